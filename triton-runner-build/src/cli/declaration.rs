//! Kernels as they are declared in Rust: names of structs, types of arguments, and what is to be said of variants.

use std::collections::BTreeMap;

use triton_runner_manifest::{ArgType, Constant, Scalar, camel_case};

use crate::read::files::split_variant;

/// One variant of a kernel, or a kernel without any.
#[derive(Clone, Debug)]
pub(super) struct Variant<'a> {
    /// The stem of its files.
    pub(super) stem: &'a str,
    /// What the caller passes, in order.
    pub(super) arguments: Vec<(&'a str, ArgType)>,
    pub(super) constants: &'a BTreeMap<String, Constant>,
}

/// A kernel with all its variants, at least one.
#[derive(Clone, Debug)]
pub(super) struct Kernel<'a> {
    pub(super) name: &'a str,
    pub(super) variants: Vec<Variant<'a>>,
}

impl<'a> Kernel<'a> {
    /// Puts variants together, by the stems of their files.
    pub(super) fn all(variants: impl IntoIterator<Item = Variant<'a>>) -> Vec<Self> {
        let mut kernels = BTreeMap::<&str, Vec<Variant<'a>>>::new();
        for variant in variants {
            kernels.entry(split_variant(variant.stem).0).or_default().push(variant);
        }
        kernels.into_iter().map(|(name, variants)| Self { name, variants }).collect()
    }

    /// The name of its struct.
    pub(super) fn struct_name(&self) -> String {
        camel_case(self.name)
    }

    /// The arguments of a declaration: those of the variant that has the most.
    pub(super) fn arguments(&self) -> &[(&'a str, ArgType)] {
        let mut longest: &[_] = &[];
        for variant in &self.variants {
            if variant.arguments.len() > longest.len() {
                longest = &variant.arguments;
            }
        }
        longest
    }

    /// Whether some variant was compiled without this argument.
    pub(super) fn may_lack(&self, argument: &str) -> bool {
        self.variants.iter().any(|variant| variant.arguments.iter().all(|(name, _)| *name != argument))
    }

    /// The constants in which variants differ, but for pointers that are `None` for some.
    pub(super) fn differing(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> =
            self.variants.iter().flat_map(|variant| variant.constants.keys()).map(|name| &**name).collect();
        names.sort_unstable();
        names.dedup();
        let value = |variant: &Variant<'a>, name: &str| variant.constants.get(name).cloned();
        names.retain(|name| {
            let first = self.variants.first().and_then(|variant| value(variant, name));
            let is_argument = self.arguments().iter().any(|(argument, _)| argument == name);
            !is_argument && self.variants.iter().any(|variant| value(variant, name) != first)
        });
        names
    }
}

impl Variant<'_> {
    /// Its name in the enum of the variants.
    pub(super) fn variant_name(&self) -> String {
        camel_case(split_variant(self.stem).1.unwrap_or("base"))
    }
}

/// The Rust type of an element, as the macro's short form has it.
pub(super) fn element(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::I1 => "bool",
        Scalar::I8 => "i8",
        Scalar::I16 => "i16",
        Scalar::I32 => "i32",
        Scalar::I64 => "i64",
        Scalar::F16 => "f16",
        Scalar::Bf16 => "bf16",
        Scalar::F32 => "f32",
        Scalar::F64 => "f64",
        Scalar::F8E4M3 => "F8E4M3",
        Scalar::F8E5M2 => "F8E5M2",
    }
}

/// Where a program finds such a type, if it isn't a primitive one.
pub(super) fn home(element: &str) -> Option<&'static str> {
    match element {
        "f16" | "bf16" => Some("triton_runner_rt::half"),
        "F8E4M3" | "F8E5M2" => Some("triton_runner_rt"),
        _ => None,
    }
}

/// A name of the kernel's as Rust allows it.
pub(super) fn rust_name(name: &str) -> String {
    let name = triton_runner_manifest::rust_name(name);
    if KEYWORDS.contains(&name.as_str()) { format!("r#{name}") } else { name }
}

/// Source: The Rust Reference, "Keywords"; those that may be raw.
const KEYWORDS: [&str; 47] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while",
];
