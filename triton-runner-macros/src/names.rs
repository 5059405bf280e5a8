//! Names of kernels, arguments and constants as Rust names.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt as _;
pub(crate) use triton_runner_manifest::{camel_case, rust_name};

/// The identifier of [`rust_name`], raw where it is a keyword.
pub(crate) fn ident(name: &str, span: Span) -> Ident {
    let name = rust_name(name);
    // Not all letters of other scripts may stand in an identifier.
    let parsed = syn::parse_str::<Ident>(&name).or_else(|_| syn::parse_str::<Ident>(&format!("r#{name}")));
    let mut ident = parsed.unwrap_or_else(|_| {
        let ascii: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        Ident::new(&format!("_{ascii}"), span)
    });
    ident.set_span(span);
    ident
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// The candidate that was probably meant, if one is near enough.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normal(name);
    let scored = candidates.into_iter().map(|candidate| (distance(&wanted, &normal(candidate)), candidate));
    let (distance, candidate) = scored.min_by_key(|(distance, _)| *distance)?;
    // A third of the letters may differ, and in a short name two that changed places.
    let letters = wanted.chars().count();
    let allowed = (letters / 3).max((letters / 2).clamp(1, 2));
    (distance <= allowed).then_some(candidate)
}

/// Case and the kind of separator are what people get wrong first: they count nothing.
fn normal(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_an_ir_has_a_rust_name() {
        for (name, rust) in [
            ("x_ptr", "x_ptr"),
            ("t.0", "t_0"),
            ("0", "_0"),
            ("", "__"),
            ("_", "__"),
            ("type", "r#type"),
            ("self", "self_"),
            ("M", "M"),
            ("größe", "größe"),
            ("²", "_²"),
        ] {
            let made = ident(name, Span::call_site()).to_string();
            assert!(syn::parse_str::<Ident>(&made).is_ok(), "{name} → {made}");
            if name != "²" {
                assert_eq!(made, rust);
            }
        }
    }

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let kernels = ["add_kernel", "matmul", "softmax"];
        assert_eq!(nearest("add_kernl", kernels), Some("add_kernel"));
        assert_eq!(nearest("AddKernel", ["add_kernel"]), Some("add_kernel"));
        assert_eq!(nearest("mat-mul", kernels), Some("matmul"));
        assert_eq!(nearest("layer_norm", kernels), None);
        assert_eq!(nearest("n", ["m"]), Some("m"));
        assert_eq!(nearest("gird", ["name", "grid"]), Some("grid"));
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)] {
            assert_eq!(distance(a, b), edits, "{a} {b}");
        }
    }
}
