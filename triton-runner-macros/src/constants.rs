//! A kernel's compile-time constants as associated constants of its struct.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::Visibility;
use triton_runner_manifest::{BuiltKernel, Constant};

use crate::names;

/// One constant of the kernel.
pub(crate) struct Associated<'a> {
    /// Its name in the kernel.
    pub(crate) name: &'a str,
    /// Its name in Rust, in upper case as grids have it.
    pub(crate) upper: String,
    /// The same as generated code has it: a constant, or in lower case the function that gives each variant's own.
    pub(crate) ident: Ident,
    /// Its value in each variant of the kernel, in their order; one for a kernel without variants.
    pub(crate) values: Vec<&'a Constant>,
}

/// The constants that Rust has a name and a type for, and that all variants of a kernel have with one type. `None` has
/// no type; of two names that differ in case only, the one in upper case stays.
pub(crate) fn of<'a>(kernels: &[&'a BuiltKernel]) -> Vec<Associated<'a>> {
    let Some((first, others)) = kernels.split_first() else { return Vec::new() };
    let mut by_ident: BTreeMap<String, Associated<'_>> = BTreeMap::new();
    for (name, value) in &first.constants {
        let others = others.iter().map(|kernel| kernel.constants.get(name).filter(|other| same_type(value, other)));
        let Some(values) = std::iter::once(Some(value)).chain(others).collect::<Option<Vec<_>>>() else { continue };
        if matches!(value, Constant::None(())) {
            continue;
        }
        let upper = names::rust_name(name).to_uppercase();
        let varies = values.iter().any(|other| *other != value);
        let ident = if varies { upper.to_lowercase() } else { upper.clone() };
        let associated =
            Associated { name, upper: upper.clone(), ident: names::ident(&ident, Span::mixed_site()), values };
        let taken = by_ident.get(&upper).is_some_and(|other| other.name == upper);
        if !taken {
            by_ident.insert(upper, associated);
        }
    }
    by_ident.into_values().collect()
}

fn same_type(a: &Constant, b: &Constant) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

impl Associated<'_> {
    /// Its value, in the first variant where they differ.
    pub(crate) fn value(&self) -> &Constant {
        self.values.first().copied().unwrap_or(&Constant::None(()))
    }

    /// Its value as its author wrote it, or that of each variant: `64 or 128`.
    pub(crate) fn shown(&self) -> String {
        let mut values: Vec<String> = Vec::new();
        for value in self.values.iter().map(ToString::to_string) {
            if !values.contains(&value) {
                values.push(value);
            }
        }
        values.join(" or ")
    }

    /// Whether each variant has its own value.
    pub(crate) fn varies(&self) -> bool {
        self.values.iter().any(|value| *value != self.value())
    }

    /// Its type.
    pub(crate) fn ty(&self) -> TokenStream {
        match self.value() {
            Constant::Bool(_) => quote!(::core::primitive::bool),
            Constant::Int(_) => quote!(::core::primitive::i64),
            Constant::Float(_) => quote!(::core::primitive::f64),
            Constant::Str(_) => quote!(&'static ::core::primitive::str),
            Constant::None(()) => quote!(()),
        }
    }
}

/// An associated constant of the generated code.
#[derive(Clone)]
pub(crate) struct Item {
    /// Its documentation.
    pub(crate) about: String,
    pub(crate) ident: Ident,
    pub(crate) ty: TokenStream,
    pub(crate) value: TokenStream,
}

impl Item {
    pub(crate) fn written(&self, vis: &Visibility) -> TokenStream {
        let Self { about, ident, ty, value } = self;
        quote!(#[doc = #about] #vis const #ident: #ty = #value;)
    }
}

/// A value as an expression.
pub(crate) fn literal(value: &Constant) -> TokenStream {
    match value {
        Constant::Bool(value) => quote!(#value),
        Constant::Int(value) => int(*value),
        Constant::Float(value) => float(*value),
        Constant::Str(value) => quote!(#value),
        Constant::None(()) => quote!(()),
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
