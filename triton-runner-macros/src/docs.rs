//! Documentation of the generated items: what the kernel is, and what is embedded.

mod family;
mod safe;

use std::fmt::Write as _;

use triton_runner_manifest::{Access, ArgType, Argument, BuiltKernel, Constant, ImageKind};

use crate::constants::Associated;
use crate::messages;
use crate::names;
use crate::resolve::Resolved;
use crate::safety::Launches;
use crate::tuned::Tuned;
use crate::variants::{Paired, Variant};
pub(crate) use family::{of_element, of_family, of_family_constant, of_family_variant};
pub(crate) use safe::{of_capture, of_capture_unchecked, of_launch};

/// Of the struct; it follows what its user wrote.
pub(crate) fn of_struct(resolved: &Resolved<'_>) -> String {
    let kernel = resolved.kernel;
    // A line of its own where the user's documentation came before.
    let mut text = if resolved.declaration.docs.is_empty() { String::new() } else { "\n".to_owned() };
    match &resolved.variants {
        None => {
            let _ = writeln!(text, "Kernel {} of {}.", code(&kernel.id()), code(&kernel.signature_from));
        }
        Some(variants) => {
            let _ = writeln!(text, "Kernel {}, in the variants of [`{}`].", code(&kernel.name), variants.name);
        }
    }
    arguments(resolved, &mut text);
    why_unsafe(resolved, &mut text);
    if resolved.variants.is_none() {
        untyped(kernel, &mut text);
        elsewhere(kernel, &mut text);
        not_interpreted(kernel, &mut text);
        images(kernel, &mut text);
    }
    text
}

/// Of a variant in the enum.
pub(crate) fn of_variant(resolved: &Resolved<'_>, variant: &Variant<'_>) -> String {
    let kernel = variant.kernel;
    let mut text = format!("{} of {}", code(&kernel.id()), code(&kernel.signature_from));
    let varying = resolved.constants.iter().filter(|constant| constant.varies());
    let own = varying.filter_map(|constant| kernel.constants.get(constant.name).map(|value| (constant.name, value)));
    let own: Vec<String> = own.map(|(name, value)| code(&format!("{name} = {value}"))).collect();
    if !own.is_empty() {
        let _ = write!(text, ", compiled with {}", own.join(", "));
    }
    text.push_str(".\n");
    for (parameter, own) in resolved.parameters.iter().zip(variant.paired.arguments()) {
        let Some((_, argument)) = own else {
            let _ = writeln!(text, "\n* {}: left out", code(&names::plain(&parameter.ident)));
            continue;
        };
        let promise = promise(&argument.ty, argument.divisible_by);
        if !promise.is_empty() {
            let _ = writeln!(text, "\n* {}: {promise}", code(&names::plain(&parameter.ident)));
        }
    }
    untyped(kernel, &mut text);
    elsewhere(kernel, &mut text);
    not_interpreted(kernel, &mut text);
    images(kernel, &mut text);
    text
}

fn arguments(resolved: &Resolved<'_>, text: &mut String) {
    if resolved.parameters.is_empty() {
        return;
    }
    // What each variant is compiled for is told there.
    let promises = resolved.variants.is_none();
    let (title, rule) = if promises { (" compiled for |", "---|") } else { ("", "") };
    let _ = write!(text, "\n| argument | type | in the IR |{title}\n|---|---|---|{rule}\n");
    for parameter in &resolved.parameters {
        let argument = parameter.argument;
        let _ = write!(
            text,
            "| {} | {} | {} |",
            code(&names::plain(&parameter.ident)),
            code(&parameter.declared.to_string()),
            code(&argument.ty.to_string()),
        );
        if promises {
            let _ = write!(text, " {} |", promise(&argument.ty, argument.divisible_by));
        }
        text.push('\n');
    }
}

/// Why launches are `unsafe`.
fn why_unsafe(resolved: &Resolved<'_>, text: &mut String) {
    let Launches::Unsafe(because) = &resolved.launches else { return };
    if because.is_empty() {
        text.push_str("\nIts launches are `unsafe`, as it is declared; the build has proven what they touch.\n");
        return;
    }
    text.push_str("\nIts launches are `unsafe`: not all is known of what they touch.\n\n");
    for one in because {
        let kernel = if resolved.variants.is_some() { format!("{}, ", code(&one.kernel)) } else { String::new() };
        let _ = writeln!(text, "* {kernel}{}", one.reason.replace(['\n', '\r'], " "));
    }
}

fn untyped(kernel: &BuiltKernel, text: &mut String) {
    let untyped = kernel.constants.iter().filter(|(_, value)| matches!(value, Constant::None(())));
    let untyped: Vec<String> = untyped.map(|(name, _)| code(&format!("{name} = None"))).collect();
    if !untyped.is_empty() {
        let _ = writeln!(text, "\nMade with {}.", untyped.join(", "));
    }
}

/// What no declaration of an argument can tell.
fn elsewhere(kernel: &BuiltKernel, text: &mut String) {
    if let Some(place) = &kernel.writes_elsewhere {
        let _ = writeln!(
            text,
            "\nIt writes through addresses that no argument has ({}): they are loaded from memory, or passed as numbers.",
            code(place)
        );
    }
}

fn images(kernel: &BuiltKernel, text: &mut String) {
    if let Some(why) = &kernel.left_out {
        let _ = writeln!(text, "\nMachine code is missing, and `load` returns an error where it is needed: {why}.");
    }
    if kernel.images.is_empty() && kernel.left_out.is_none() {
        text.push_str("\nNothing was lowered for this build, and no image is embedded.\n");
    }
    if kernel.images.is_empty() {
        return;
    }
    text.push_str("\n| embedded | made from | Triton | warps | shared memory | registers | local memory |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    for image in &kernel.images {
        let kind = match image.kind {
            ImageKind::Cubin => "cubin",
            ImageKind::Ptx => "PTX",
        };
        let number = |value: Option<u32>, unit: &str| value.map_or("".to_owned(), |value| format!("{value}{unit}"));
        let _ = writeln!(
            text,
            "| `{}` {kind} | {} | {} | {} | {} B | {} | {} |",
            image.arch,
            code(&image.source),
            image.triton.as_deref().unwrap_or(""),
            image.num_warps,
            image.shared.saturating_add(image.static_shared),
            number(image.registers, ""),
            number(image.local_bytes, " B"),
        );
    }
}

fn promise(ty: &ArgType, divisible_by: u32) -> String {
    match (ty, divisible_by) {
        (_, 0 | 1) => String::new(),
        (ArgType::Pointer(_), n) => format!("addresses divisible by {n}"),
        (_, n) => format!("values divisible by {n}"),
    }
}

/// Of an associated constant.
pub(crate) fn of_constant(constant: &Associated<'_>) -> String {
    if constant.varies() {
        return format!("{} of the kernel, as this variant was compiled.", code(constant.name));
    }
    let shown = format!("{} = {}", constant.name, constant.shown());
    format!("The kernel was compiled with {}.", code(&shown))
}

/// Of `load_variant`.
pub(crate) fn of_load_variant(resolved: &Resolved<'_>) -> String {
    let launched = if resolved.conditions.is_empty() { "in any case" } else { "where its conditions hold" };
    format!("Loads one variant alone, which is then launched {launched}.")
}

/// What every launch does.
fn launched(resolved: &Resolved<'_>) -> String {
    let mut text =
        "Launches the kernel on a stream; it runs once what the stream holds before it is done.\n".to_owned();
    match &resolved.declaration.grid {
        Some(grid) => {
            let axes: Vec<String> = grid.axes.iter().map(messages::expression).collect();
            let _ = writeln!(text, "\nThe grid is {}; an empty one launches nothing.", code(&axes.join(", ")));
        }
        None if resolved.variants.is_some() => text.push_str(
            "\nThe grid is made by a function, which is told the variant: the number of programs in each dimension. An \
             empty one launches nothing.\n",
        ),
        None => {
            text.push_str("\nThe grid is the number of programs in each dimension; an empty one launches nothing.\n")
        }
    }
    if !resolved.conditions.is_empty() {
        let all: Vec<String> = resolved.conditions.iter().map(|condition| code(&condition.text)).collect();
        let of = if resolved.variants.is_some() { "A variant" } else { "The kernel" };
        let _ = writeln!(text, "\n{of} is right where {}; each launch checks it.", all.join(" and "));
    }
    if let Some(variants) = &resolved.variants {
        let kept = if resolved.conditions.is_empty() {
            "promises these arguments keep"
        } else {
            "conditions hold and whose promises these arguments keep"
        };
        let chosen_by = (resolved.parameters.iter().enumerate()).filter(|(index, _)| variants.chosen_by(*index));
        for (_, parameter) in chosen_by {
            let name = code(&names::plain(&parameter.ident));
            let _ =
                writeln!(text, "\nWith {name} it takes a variant that has it, without one that was compiled without.");
        }
        let order: Vec<String> = variants.tried().iter().map(|variant| code(&variant.ident.to_string())).collect();
        let _ = writeln!(
            text,
            "\n{}f the variants that were loaded it takes the first, in the order {}, whose {kept}.",
            resolved.tuned.as_ref().map_or("O".to_owned(), Tuned::said),
            order.join(", "),
        );
    }
    let documented: Vec<_> = resolved.parameters.iter().filter(|parameter| !parameter.docs.is_empty()).collect();
    if !documented.is_empty() {
        text.push('\n');
    }
    for parameter in documented {
        let lines: Vec<String> = parameter.docs.iter().filter_map(doc_line).collect();
        let _ = writeln!(text, "* {}: {}", code(&names::plain(&parameter.ident)), lines.join("\n  "));
    }
    around(resolved, &mut text);
    text
}

/// Of `launch_unchecked`, and of `launch` where that is `unsafe`.
pub(crate) fn of_launch_unchecked(resolved: &Resolved<'_>) -> String {
    let mut text = launched(resolved);
    text.push_str(
        "\n# Safety\n\n\
         * The kernel stays within the memory behind its pointers for these arguments: nothing checks its bounds.\n\
         * What it writes is not read or written by anything else at the same time, through other arguments or from \
         elsewhere.\n\
         * Memory behind a `DevicePointer` is valid until the kernel has run.\n",
    );
    let kernels = all_paired(resolved);
    if kernels.iter().any(|paired| paired.kernel.writes_elsewhere.is_some()) {
        text.push_str(
            "* The kernel also writes through addresses that no argument has. Memory behind them is valid until it has run, \
             and nothing orders it with anything else: that is the caller's.\n",
        );
    }
    let is_unknown =
        |argument: &Argument| !matches!(argument.ty, ArgType::Scalar(_)) && argument.access == Access::Unknown;
    let unknown = resolved
        .parameters
        .iter()
        .enumerate()
        .filter(|(index, _)| kernels.iter().any(|paired| paired.argument(*index).is_some_and(is_unknown)));
    let unknown: Vec<String> = unknown.map(|(_, parameter)| code(&names::plain(&parameter.ident))).collect();
    if !unknown.is_empty() {
        let _ = writeln!(
            text,
            "* {} shows nothing about what is written: {} taken as declared, `&[T]` only where the kernel never writes.",
            code(&resolved.kernel.signature_from),
            match unknown.as_slice() {
                [one] => format!("{one} is"),
                more => format!("{} are", more.join(", ")),
            },
        );
    }
    errors(resolved, &mut text);
    text.push_str("or a launch that the driver refuses.");
    text
}

/// The errors of every launch but the last.
fn errors(resolved: &Resolved<'_>, text: &mut String) {
    text.push_str(
        "\n# Errors\n\n\
         A stream of another device, a grid that is too large, an argument that breaks a promise the kernel was \
         compiled on, ",
    );
    if !resolved.conditions.is_empty() {
        text.push_str("a condition that doesn't hold, ");
    }
}

/// Of `interpret`.
pub(crate) fn of_interpret(resolved: &Resolved<'_>) -> String {
    let mut text =
        "Runs the kernel on the CPU, on memory of the host and with every access checked: for tests, and where \
                    there is no GPU. `run` starts it.\n"
            .to_owned();
    let file = |kernel: &BuiltKernel| {
        let files: Vec<String> = kernel.ttir.iter().map(|ttir| code(&ttir.source)).collect();
        files.join(", ")
    };
    match &resolved.variants {
        _ if resolved.declaration.member.is_some() => text.push_str("\nIt takes what `launch` takes.\n"),
        None => {
            let _ = writeln!(text, "\nIt takes what `launch` takes, and runs {}.", file(resolved.kernel));
        }
        Some(_) => {
            let kernels = all_paired(resolved);
            let (with, without): (Vec<_>, Vec<_>) =
                kernels.iter().map(|paired| paired.kernel).partition(|kernel| !kernel.ttir.is_empty());
            let names = |kernels: &[&BuiltKernel]| {
                let names: Vec<String> = kernels.iter().map(|kernel| code(&kernel.id())).collect();
                names.join(", ")
            };
            let _ = writeln!(text, "\nIt takes what `launch` takes, and one of {} as `launch` does.", names(&with));
            if !without.is_empty() {
                let _ = writeln!(text, "\nThere is no TTIR of {}, so these are never taken.", names(&without));
            }
        }
    }
    text
}

/// Of `interpret_variant`.
pub(crate) fn of_interpret_variant(resolved: &Resolved<'_>) -> String {
    let launched = if resolved.conditions.is_empty() { "in any case" } else { "where its conditions hold" };
    format!(
        "Runs one variant on the CPU, {launched}, on memory of the host and with every access checked. \
         `run` starts it."
    )
}

/// Why there is no `interpret`.
fn not_interpreted(kernel: &BuiltKernel, text: &mut String) {
    if !kernel.ttir.is_empty() {
        return;
    }
    let files: Vec<String> = kernel.sources.iter().map(|source| code(&source.name)).collect();
    let has_ttir = kernel.sources.iter().any(|source| source.name.ends_with(".ttir"));
    let why = if has_ttir { "nothing says how many warps it has" } else { "it needs TTIR" };
    let _ = writeln!(text, "\nIt has no `interpret`: {why}, and what there is of it is {}.", files.join(", "));
}

/// The kernel, or each of its variants.
fn all_paired<'a>(resolved: &Resolved<'a>) -> Vec<Paired<'a>> {
    match &resolved.variants {
        Some(variants) => variants.all.iter().map(|variant| variant.paired.clone()).collect(),
        None => vec![Paired::alone(resolved.kernel)],
    }
}

/// What Python does around a launch, and nothing here does.
fn around(resolved: &Resolved<'_>, text: &mut String) {
    let mut told = Vec::new();
    for work in all_paired(resolved).into_iter().flat_map(|paired| &paired.kernel.host) {
        let sentence = work.to_string();
        if !told.contains(&sentence) {
            told.push(sentence);
        }
    }
    if told.is_empty() {
        return;
    }
    text.push_str("\nWhat Python does around a launch of its kernel, and this function doesn't:\n\n");
    for sentence in told {
        let _ = writeln!(text, "* {}", sentence.replace(['\n', '\r'], " "));
    }
}

fn doc_line(attribute: &syn::Attribute) -> Option<String> {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
    Some(text.value().trim().to_owned())
}

/// Text in code font, inside a table too. Names come from files: they can hold anything, so the fence is longer than
/// every run of backticks in them.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|").replace(['\n', '\r'], " ");
    match text.split(|c| c != '`').map(str::len).max() {
        Some(0) | None => format!("`{text}`"),
        Some(longest) => {
            let fence = "`".repeat(longest + 1);
            format!("{fence} {text} {fence}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_ends_its_code_font() {
        assert_eq!(code("x"), "`x`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("`` <script> `"), "``` `` <script> ` ```");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
    }
}
