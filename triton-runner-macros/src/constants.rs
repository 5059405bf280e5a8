//! A kernel's compile-time constants as associated constants of its struct.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::{Constant, Kernel};

use crate::names;

/// One constant of the kernel.
pub(crate) struct Associated<'a> {
    /// Its name in the kernel.
    pub(crate) name: &'a str,
    /// Its name in Rust: upper case.
    pub(crate) ident: Ident,
    pub(crate) value: &'a Constant,
}

/// The kernel's constants that Rust has a name and a type for. `None` has no type; of two names that differ in case
/// only, the one in upper case stays.
pub(crate) fn of(kernel: &Kernel) -> Vec<Associated<'_>> {
    let mut by_ident: BTreeMap<String, Associated<'_>> = BTreeMap::new();
    for (name, value) in &kernel.constants {
        if matches!(value, Constant::None(())) {
            continue;
        }
        let rust = names::rust_name(name).to_uppercase();
        let associated = Associated { name, ident: names::ident(&rust, Span::mixed_site()), value };
        let taken = by_ident.get(&rust).is_some_and(|other| other.name == rust);
        if !taken {
            by_ident.insert(rust, associated);
        }
    }
    by_ident.into_values().collect()
}

impl Associated<'_> {
    /// Its type and value.
    pub(crate) fn typed(&self) -> (TokenStream, TokenStream) {
        match self.value {
            Constant::Bool(value) => (quote!(::core::primitive::bool), quote!(#value)),
            Constant::Int(value) => (quote!(::core::primitive::i64), int(*value)),
            Constant::Float(value) => (quote!(::core::primitive::f64), float(*value)),
            Constant::Str(value) => (quote!(&'static ::core::primitive::str), quote!(#value)),
            Constant::None(()) => (quote!(()), quote!(())),
        }
    }
}

/// The value as its author wrote it, near enough.
pub(crate) fn shown(value: &Constant) -> String {
    match value {
        Constant::Bool(true) => "True".to_owned(),
        Constant::Bool(false) => "False".to_owned(),
        Constant::Int(value) => value.to_string(),
        Constant::Float(value) => format!("{value:?}"),
        Constant::Str(value) => format!("{value:?}"),
        Constant::None(()) => "None".to_owned(),
    }
}

/// Literals have no sign, and the one of `i64::MIN` doesn't fit without.
fn int(value: i64) -> TokenStream {
    let magnitude = Literal::u64_unsuffixed(value.unsigned_abs());
    if value < 0 { quote!(-#magnitude) } else { quote!(#magnitude) }
}

fn float(value: f64) -> TokenStream {
    if value.is_nan() {
        return quote!(::core::primitive::f64::NAN);
    }
    let magnitude = if value.is_infinite() {
        quote!(::core::primitive::f64::INFINITY)
    } else {
        let literal = Literal::f64_suffixed(value.abs());
        quote!(#literal)
    };
    if value.is_sign_negative() { quote!(-#magnitude) } else { magnitude }
}
