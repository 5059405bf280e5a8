//! A declaration as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use triton_runner_manifest::{Access, ArgType, Argument, Constant, Safety};

use super::capacity;
use super::family::{self, Generic};
use super::grid::{Sample, fit};
use super::subject::Subject;
use super::tuned;
use crate::cli::Result;
use crate::cli::declaration::{Kernel, Variant, element, rust_name};
use crate::read::ParsedKernel;
use crate::safety::safety;

/// The declaration of a kernel with all its variants.
pub(super) fn of(name: &str, subject: &Subject<'_>) -> Result<String> {
    declaration(name, subject, subject, None)
}

/// The declaration of all kernels of a family.
pub(super) fn of_family(name: &str, generic: &Generic<'_>) -> Result<String> {
    match generic.first() {
        Some(first) => declaration(name, first, &generic.together(), Some(generic)),
        None => Ok(String::new()),
    }
}

/// The declaration of a kernel, or of a family with what is seen of all its kernels.
fn declaration(
    name: &str,
    first: &Subject<'_>,
    subject: &Subject<'_>,
    generic: Option<&Generic<'_>>,
) -> Result<String> {
    let variants = first.variants.iter().map(|(kernel, _)| variant(kernel)).collect();
    let kernel = Kernel { name, variants };
    let mut comments = host(subject);
    let mut attributes = Vec::new();
    let mut said = BTreeSet::new();
    let samples = samples(subject);
    match fit(&samples) {
        Some(axes) => {
            let expressions: Vec<_> = axes.iter().map(|axis| axis.expression.as_str()).collect();
            let grid = expressions.join(", ");
            let mut unsettled: Vec<_> = axes.iter().filter(|axis| !axis.others.is_empty()).collect();
            unsettled.dedup();
            for axis in &unsettled {
                let others: Vec<_> = axis.others.iter().map(|other| format!("`{other}`")).collect();
                let others = others.join(" or ");
                comments.push(format!("Recorded grids don't tell `{}` from {others}.", axis.expression));
            }
            if unsettled.is_empty() {
                said.extend(constants_in(&grid));
                attributes.push(format!("#[grid({grid})]"));
            } else {
                comments.push(format!("Without it `launch` takes the grid: #[grid({grid})]"));
            }
        }
        None if samples.is_empty() => {}
        None => {
            let mut grids: Vec<_> = samples.iter().map(|sample| format!("{:?}", sample.grid)).collect();
            grids.dedup();
            grids.truncate(4);
            let grids = grids.join(", ");
            comments.push(format!(
                "The grid is no expression of arguments and constants: `launch` takes it. Recorded: {grids}."
            ));
        }
    }
    let mut tuned: BTreeSet<&String> = BTreeSet::new();
    tuned.extend(subject.variants.iter().filter_map(|(_, recorded)| *recorded).flat_map(|recorded| &recorded.tuned));
    let exported: Vec<_> = subject.variants.iter().map(|(kernel, _)| tuned::of(kernel)).collect();
    tuned.extend(exported.iter().flatten());
    for (argument, constant) in capacity::of(subject) {
        let upper = rust_name(&constant).to_uppercase();
        // A configuration that was tuned is right for all.
        if !tuned.contains(&constant) && !said.contains(&upper) {
            attributes.push(format!("#[requires({} <= {upper})]", rust_name(&argument)));
            said.insert(upper);
        }
    }
    let unsaid = kernel.differing().into_iter().filter(|name| !said.contains(&rust_name(name).to_uppercase()));
    let (interchangeable, chosen): (Vec<_>, Vec<_>) = unsaid.partition(|name| tuned.iter().any(|tuned| tuned == name));
    for (attribute, names) in [("interchangeable", interchangeable), ("chosen", chosen)] {
        if !names.is_empty() {
            let names: Vec<_> = names.into_iter().map(|name| rust_name(name).to_uppercase()).collect();
            attributes.push(format!("#[{attribute}({})]", names.join(", ")));
        }
    }
    let unproven = unproven(subject);
    comments.extend(unproven.iter().flatten().map(|reason| format!("Not proven: {reason}.")));
    let mut text = String::new();
    comments.iter().try_for_each(|comment| writeln!(text, "    // {comment}"))?;
    attributes.iter().try_for_each(|attribute| writeln!(text, "    {attribute}"))?;
    let arguments = family::whole(first);
    let parameters = arguments.iter().enumerate().map(|(index, argument)| {
        let written = subject
            .variants
            .iter()
            .any(|(kernel, _)| is_written(kernel, argument, kernel.arguments.len() == arguments.len()));
        let parameter = generic.and_then(|generic| generic.parameter(index, &argument.ty));
        let ty = declared(&argument.ty, parameter, written, kernel.may_lack(&argument.name));
        format!("{}: {ty}", rust_name(&argument.name))
    });
    let parameters: Vec<_> = parameters.collect();
    let types = generic.map(|generic| format!("<{}>", generic.parameters.join(", "))).unwrap_or_default();
    let name = format!("{}{types}", rust_name(name));
    let function = if unproven.is_none() { "fn" } else { "unsafe fn" };
    let short = format!("    pub {function} {name}({});", parameters.join(", "));
    if short.len() <= 100 {
        text += &short;
    } else {
        write!(text, "    pub {function} {name}(\n        {},\n    );", parameters.join(",\n        "))?;
    }
    Ok(text)
}

/// A file of it, as one of the variants of a declaration.
pub(super) fn variant(kernel: &ParsedKernel) -> Variant<'_> {
    let arguments = kernel.arguments.iter().map(|argument| (argument.name.as_str(), argument.ty.clone())).collect();
    Variant { stem: &kernel.name, arguments, constants: &kernel.constants }
}

fn is_written(kernel: &ParsedKernel, argument: &Argument, whole: bool) -> bool {
    let mut found = kernel
        .arguments
        .iter()
        .filter(|other| other.name == argument.name || (whole && other.line == argument.line && !other.named));
    found.any(|other| other.access != Access::Read)
}

/// A type, with the type parameter that stands for its element.
fn declared(ty: &ArgType, parameter: Option<&str>, written: bool, may_lack: bool) -> String {
    let reference = if written { "&mut " } else { "&" };
    let of = |scalar| parameter.unwrap_or(element(scalar));
    match ty {
        ArgType::Scalar(scalar) => of(*scalar).to_owned(),
        ArgType::Pointer(scalar) if may_lack => format!("Option<{reference}[{}]>", of(*scalar)),
        ArgType::Pointer(scalar) => format!("{reference}[{}]", of(*scalar)),
        ArgType::TensorDesc { element: scalar, block } => {
            format!("{reference}TensorMap<{}, {}>", of(*scalar), block.len())
        }
        // The IR has no type for these: 16-bit matrices are what they are mostly made for.
        ArgType::TmaDesc => format!("{reference}TensorMap<f16, 2>"),
    }
}

/// Why launches of it can't be safe, of all variants; `None` where they are proven.
fn unproven(subject: &Subject<'_>) -> Option<BTreeSet<String>> {
    let variants = subject.variants.iter().map(|(kernel, _)| safety(kernel, std::iter::empty()));
    let mut unproven = variants
        .filter_map(|safety| match safety {
            Safety::Proven(_) => None,
            Safety::Unsafe(reasons) => Some(reasons),
        })
        .peekable();
    unproven.peek()?;
    Some(unproven.flatten().map(|reason| reason.to_string().replace(['\n', '\r'], " ")).collect())
}

/// What Python does around a launch, of all variants.
fn host(subject: &Subject<'_>) -> Vec<String> {
    let mut all = Vec::new();
    for work in subject.variants.iter().flat_map(|(kernel, _)| kernel.host()) {
        let work = work.to_string();
        if !all.contains(&work) {
            all.push(work);
        }
    }
    all
}

/// The recorded grids of all variants, each with the constants of its own.
fn samples(subject: &Subject<'_>) -> Vec<Sample> {
    let of = |kernel: &ParsedKernel| -> BTreeMap<String, i64> {
        let integers = kernel.constants.iter().filter_map(|(name, value)| match value {
            Constant::Int(value) => Some((rust_name(name).to_uppercase(), *value)),
            _ => None,
        });
        integers.collect()
    };
    let with_grids = subject.variants.iter().filter_map(|(kernel, recorded)| Some((*kernel, (*recorded)?)));
    with_grids
        .flat_map(|(kernel, recorded)| {
            let constants = of(kernel);
            recorded.grids.iter().map(move |seen| {
                let arguments = seen.integers.iter().map(|(name, value)| (rust_name(name), *value)).collect();
                Sample { grid: seen.grid, arguments, constants: constants.clone() }
            })
        })
        .collect()
}

/// Names in upper case, which are the constants of an expression.
fn constants_in(expression: &str) -> impl Iterator<Item = String> {
    let words = expression.split(|c: char| !c.is_alphanumeric() && c != '_');
    let constants = words.filter(|word| word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase));
    constants.map(str::to_owned).collect::<Vec<_>>().into_iter()
}
