//! Whether launches of a kernel can be safe functions: what its build has proven, held against its declaration.

use triton_runner_extent::{Check, Scalar, Touched};
use triton_runner_manifest::{Access, ArgType, Safety, Scalar as Type};

use crate::input::Declaration;
use crate::messages;
use crate::signature::Parameter;
use crate::types::{Declared, Element};
use crate::variants::Paired;

/// What each launch of a kernel or variant is held to: all of them.
pub(crate) type Checks = Vec<Check>;

/// Why launches are `unsafe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Because {
    /// The kernel or variant, by the stem of its files.
    pub(crate) kernel: String,
    /// What is said of it, with the argument and the line.
    pub(crate) reason: String,
}

/// What launches of a declared kernel are.
#[derive(Debug)]
pub(crate) enum Launches {
    /// Safe functions, held to the checks of the kernel or of each of its variants.
    Safe(Vec<Checks>),
    /// `unsafe`, for these reasons; none where the declaration alone wants it.
    Unsafe(Vec<Because>),
}

impl Launches {
    /// The checks of the kernel or of each of its variants; none where launches are `unsafe`.
    pub(crate) fn checks(&self) -> &[Checks] {
        match self {
            Self::Safe(checks) => checks,
            Self::Unsafe(_) => &[],
        }
    }

    pub(crate) fn are_safe(&self) -> bool {
        matches!(self, Self::Safe(_))
    }
}

/// What launches of the kernel, or of all of its variants, can be.
pub(crate) fn of(all: &[Paired<'_>], parameters: &[Parameter<'_>]) -> Launches {
    let (mut checks, mut because) = (Vec::new(), Vec::new());
    for paired in all {
        let kernel = paired.kernel.id();
        let mut refuse = |reason: String| because.push(Because { kernel: kernel.clone(), reason });
        match &paired.kernel.safety {
            Safety::Unsafe(reasons) if reasons.is_empty() => refuse("the build has proven nothing".to_owned()),
            Safety::Unsafe(reasons) => reasons.iter().for_each(|reason| refuse(reason.to_string())),
            Safety::Proven(texts) => match parsed(texts, paired) {
                Ok(own) => checks.push(own),
                Err(problem) => refuse(problem),
            },
        }
        for (index, parameter) in parameters.iter().enumerate() {
            declared(parameter, paired.argument(index).map(|own| own.access)).into_iter().for_each(&mut refuse);
        }
    }
    because.dedup();
    if because.is_empty() { Launches::Safe(checks) } else { Launches::Unsafe(because) }
}

/// What is said of a kernel that is declared as safe and isn't proven to be.
pub(crate) fn unproven(declaration: &Declaration, because: &[Because]) -> String {
    let (name, ident) = (declaration.kernel_name(), &declaration.ident);
    let line = |one: &Because| {
        if one.kernel == name {
            ("because", one.reason.clone())
        } else {
            // A variant, by its own name.
            ("in", format!("`{}`: {}", one.kernel, one.reason))
        }
    };
    let mut lines: Vec<(&str, String)> = because.iter().map(line).collect();
    let instead = match &declaration.signature {
        Some(_) => format!("unsafe fn {ident}{}(…);", declaration.generics()),
        None => format!("unsafe {ident};"),
    };
    lines.push((
        "help",
        format!(
            "declare it `{instead}`: its launches are `unsafe` then, and whoever launches it promises that it stays \
             within its memory"
        ),
    ));
    messages::facts(&format!("launches of `{name}` can't be safe: not all is known of what they touch"), &lines)
}

/// What a declaration leaves open.
fn declared(parameter: &Parameter<'_>, access: Option<Access>) -> Option<String> {
    let name = &parameter.ident;
    match &parameter.declared {
        // Whatever a kernel stores is an element, but not every byte is a `bool`. Of one that it is seen to store the build has
        // said so.
        Declared::Pointer { element: Element::Bool, mutable: true, .. }
            if !matches!(access, Some(Access::Write { .. })) =>
        {
            Some(format!("`{name}`: a kernel may leave any bits behind a `&mut [bool]`, and most are none"))
        }
        Declared::Pointer { mutable: false, .. } | Declared::TensorMap { mutable: false, .. }
            if access == Some(Access::Unknown) =>
        {
            Some(format!("`{name}`: nothing shows whether it is written: only a `&mut` is right in any case"))
        }
        _ => None,
    }
}

/// The checks of a kernel, each about arguments that it has.
fn parsed(texts: &[String], paired: &Paired<'_>) -> Result<Checks, String> {
    let other = || "its check in the manifest is of other arguments: build the crate anew".to_owned();
    let one = |text: &String| {
        let check: Check = text.parse().map_err(|error| format!("its check in the manifest: {error}"))?;
        let scalars = check.scalars.iter().all(|scalar| is_scalar(*scalar, paired));
        let touched = check.touched.iter().all(|touched| is_pointer(*touched, paired));
        if scalars && touched { Ok(check) } else { Err(other()) }
    };
    texts.iter().map(one).collect()
}

fn is_scalar(scalar: Scalar, paired: &Paired<'_>) -> bool {
    let own = paired.kernel.arguments.get(scalar.argument as usize).map(|argument| &argument.ty);
    match own {
        Some(ArgType::Scalar(own @ (Type::I1 | Type::I8 | Type::I16 | Type::I32 | Type::I64))) => {
            let bits = if *own == Type::I1 { 1 } else { own.bytes() * 8 };
            bits == scalar.bits
        }
        _ => false,
    }
}

fn is_pointer(touched: Touched, paired: &Paired<'_>) -> bool {
    let own = paired.kernel.arguments.get(touched.argument as usize).map(|argument| &argument.ty);
    matches!(own, Some(ArgType::Pointer(_)))
}
