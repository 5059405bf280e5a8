//! What the macro says when a declaration and the IR differ: what the IR has and where, what was declared, and what
//! to write.

use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::ToTokens;
use triton_runner_manifest::{BuiltKernel, Constant, Manifest};

use crate::names;

/// A headline with one aligned line for each fact: `in the IR: …`.
pub(crate) fn facts(headline: &str, lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    let mut text = headline.to_owned();
    for (label, fact) in lines {
        // The label's colon counts to its width.
        let _ = write!(text, "\n  {:width$} {fact}", format!("{label}:"), width = width + 1);
    }
    text
}

/// `kernels/add.ttir:3`, or only the file where it has no lines.
pub(crate) fn place(file: &str, line: u32) -> String {
    if line == 0 { file.to_owned() } else { format!("{file}:{line}") }
}

/// Where the signature is from.
pub(crate) fn origin(kernel: &BuiltKernel) -> &'static str {
    if kernel.signature_from.ends_with(".json") { "in the metadata" } else { "in the IR" }
}

/// A type that no argument can have.
#[derive(Debug)]
pub(crate) struct NotAType {
    at: TokenStream,
    hint: &'static str,
}

impl NotAType {
    pub(crate) fn new(ty: &syn::Type, hint: &'static str) -> Self {
        Self { at: ty.to_token_stream(), hint }
    }

    /// The error, with what is known of the argument.
    pub(crate) fn error(self, known: &[(&str, String)]) -> syn::Error {
        let Self { at, hint } = self;
        let headline = format!("`{}` can't be passed to a kernel", tidy(&at));
        let message = if known.is_empty() {
            format!("{headline}\nhelp: {hint}")
        } else {
            facts(&headline, &[known, &[("help", hint.to_owned())]].concat())
        };
        syn::Error::new_spanned(at, message)
    }
}

/// The tokens of a type as one would write them.
pub(crate) fn tidy(tokens: impl ToTokens) -> String {
    let printed = tokens.to_token_stream().to_string();
    let mut text = String::new();
    for word in printed.split_whitespace() {
        let tight = text.is_empty()
            || text.ends_with(['(', '[', '<', '&', '*', '\'', '.', '!'])
            || text.ends_with("::")
            || word.starts_with([')', ']', '>', ',', ';', '<', '(', '.'])
            || word.starts_with("::");
        if !tight {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The tokens of an expression as one would write them.
pub(crate) fn expression(tokens: impl ToTokens) -> String {
    let printed = tokens.to_token_stream().to_string();
    let mut text = String::new();
    for word in printed.split_whitespace() {
        let called = |text: &str| text.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let tight = text.is_empty()
            || text.ends_with(['(', '.', '!'])
            || text.ends_with("::")
            || word.starts_with([')', ',', '.'])
            || word.starts_with("::")
            || (word.starts_with('(') && called(&text));
        if !tight {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Variants that differ in constants about which the declaration says nothing.
pub(crate) fn unexplained_variants(kernels: &[&BuiltKernel], constants: &[&str]) -> String {
    let named: Vec<(String, String)> = kernels
        .iter()
        .map(|kernel| {
            let values = constants.iter().map(|name| match kernel.constants.get(*name) {
                Some(value) => format!("{name} = {value}"),
                None => format!("no constant {name}"),
            });
            (format!("`{}`", kernel.id()), values.collect::<Vec<_>>().join(", "))
        })
        .collect();
    let mut lines: Vec<(&str, String)> = named.iter().map(|(id, values)| (id.as_str(), values.clone())).collect();
    let name = kernels.first().map(|kernel| kernel.name.as_str()).unwrap_or_default();
    let list = constants.iter().map(|name| names::rust_name(name)).collect::<Vec<_>>().join(", ");
    let all = constants.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let is_int = |name: &&&str| kernels.iter().all(|k| matches!(k.constants.get(**name), Some(Constant::Int(_))));
    let condition = match constants.iter().find(is_int) {
        Some(name) => format!("n <= {}", names::rust_name(name).to_uppercase()),
        None => "…".to_owned(),
    };
    lines.push((
        "help",
        format!("say when a variant is right, which each launch then checks: `#[requires({condition})]`"),
    ));
    lines.push(("or", format!("that each is right for all arguments: `#[interchangeable({list})]`")));
    lines.push(("or", format!("that only the caller knows, who loads one by `load_variant`: `#[chosen({list})]`")));
    facts(&format!("the variants of `{name}` differ in {all}, about which neither a condition nor the grid is"), &lines)
}

/// Variants that are no variants of one kernel.
pub(crate) fn unlike_variants(kernels: &[&BuiltKernel]) -> String {
    let named = |kernel: &BuiltKernel| {
        let arguments = kernel.arguments.iter().map(|argument| format!("{}: {}", argument.name, argument.ty));
        (
            format!("`{}`", kernel.id()),
            format!("({}) in {}", arguments.collect::<Vec<_>>().join(", "), kernel.signature_from),
        )
    };
    let named: Vec<(String, String)> = kernels.iter().map(|kernel| named(kernel)).collect();
    let mut lines: Vec<(&str, String)> = named.iter().map(|(id, facts)| (id.as_str(), facts.clone())).collect();
    let name = kernels.first().map(|kernel| kernel.name.as_str()).unwrap_or_default();
    let one = kernels.last().map(|kernel| kernel.id()).unwrap_or_default();
    lines.push((
        "help",
        format!(
            "if one is older than the others, export it again or remove its files. Another kernel than `{name}` needs \
             another name, or is declared alone: `#[kernel = \"{one}\"]`"
        ),
    ));
    facts(&format!("the variants of `{name}` take different arguments"), &lines)
}

/// No kernel of this name was built.
pub(crate) fn unknown_kernel(name: &str, manifest: &Manifest) -> String {
    let folders = manifest.folders.iter().map(|folder| format!("`{folder}`")).collect::<Vec<_>>().join(", ");
    let folders = if folders.is_empty() { "any folder".to_owned() } else { folders };
    let mut text = format!("no kernel `{name}` in {folders}");
    if let Some(family) = manifest.kernels.iter().filter_map(|kernel| kernel.family.as_ref()).find(|f| f.name == name) {
        let types: Vec<&str> = family.types.keys().map(String::as_str).collect();
        let _ = write!(
            text,
            ": it is a family\nhelp: write its types: `fn {name}<{}>(…);`, as `cargo triton declare {name}` prints it",
            types.join(", ")
        );
        return text;
    }
    let known: Vec<String> = manifest.kernels.iter().map(BuiltKernel::id).collect();
    // Variants alone are declared together, by the name that they share.
    let shared = manifest.kernels.iter().map(|kernel| kernel.name.as_str());
    if let Some(nearest) = names::nearest(name, shared.chain(known.iter().map(String::as_str))) {
        if names::rust_name(nearest) == nearest && syn::parse_str::<syn::Ident>(nearest).is_ok() {
            let _ = write!(text, "\nhelp: did you mean `{nearest}`?");
        } else {
            let _ = write!(text, "\nhelp: did you mean #[kernel = \"{nearest}\"]?");
        }
    } else {
        let _ = write!(
            text,
            "\nhelp: write the name of a kernel that is there, or export this one: `cargo triton export FILE.py::{name} …`"
        );
    }
    const SHOWN: usize = 12;
    match manifest.kernels.len() {
        0 => text.push_str("\nnote: this package's build.rs found no kernel files at all"),
        count => {
            let shown = known.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let rest = if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
            let _ = write!(text, "\nnote: this package's build.rs found {shown}{rest}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_aligned() {
        let text = facts("wrong", &[("in the IR", "a".to_owned()), ("write", "b".to_owned())]);
        assert_eq!(text, "wrong\n  in the IR: a\n  write:     b");
    }

    #[test]
    fn expressions_are_shown_as_they_are_written() {
        for text in ["n <= BLOCK", "!EVEN_K || k % (2 * BLOCK_K) == 0", "cdiv(n, 4) < self::LIMIT && n.min(m) > 1"] {
            assert_eq!(expression(syn::parse_str::<syn::Expr>(text).unwrap()), text);
        }
    }

    #[test]
    fn types_are_shown_as_they_are_written() {
        for text in ["&mut [f32]", "*const f32", "&'a CudaSlice<f32>", "a::b<C, 2>", "(i32, f32)", "fn(i32)"] {
            assert_eq!(tidy(syn::parse_str::<syn::Type>(text).unwrap()), text);
        }
    }
}
