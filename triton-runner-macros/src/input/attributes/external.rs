//! `#[external]`, and what the images that it speaks of have to be compiled with.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprUnary, Lit, Meta, MetaNameValue, Token, UnOp};
use triton_runner_manifest::Constant;

use crate::names;

/// `#[external(BLOCK = 1024)]`.
#[derive(Default)]
pub(crate) struct External {
    /// What the kernel has to be compiled with: integers and flags.
    pub(crate) constants: Vec<(String, Constant)>,
}

/// Reads `#[external]` and `#[external(BLOCK = 1024, EVEN = true)]`.
pub(super) fn parse(attribute: &Attribute) -> syn::Result<External> {
    let pairs = match &attribute.meta {
        Meta::Path(_) => Punctuated::new(),
        Meta::List(list) => list.parse_args_with(Punctuated::<MetaNameValue, Token![,]>::parse_terminated)?,
        Meta::NameValue(_) => {
            let form =
                "write `#[external]`, or `#[external(BLOCK = 1024)]` with the constants that the grid is written with";
            return Err(syn::Error::new_spanned(attribute, format!("expected constants in parentheses\nhelp: {form}")));
        }
    };
    let mut constants: Vec<(String, Constant)> = Vec::new();
    for MetaNameValue { path, value, .. } in &pairs {
        let name = path.get_ident().map(names::plain).ok_or_else(|| expected(path, "the name of a constant"))?;
        if constants.iter().any(|(other, _)| *other == name) {
            return Err(syn::Error::new_spanned(path, format!("`{name}` is there twice")));
        }
        let value = constant(value).ok_or_else(|| expected(value, "an integer of 64 bits, `true` or `false`"))?;
        constants.push((name, value));
    }
    Ok(External { constants })
}

fn expected(tokens: &dyn ToTokens, what: &str) -> syn::Error {
    syn::Error::new_spanned(tokens, format!("expected {what}, as in `#[external(BLOCK = 1024, EVEN = true)]`"))
}

fn constant(value: &Expr) -> Option<Constant> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok().map(Constant::Int),
        Expr::Lit(ExprLit { lit: Lit::Bool(flag), .. }) => Some(Constant::Bool(flag.value)),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => {
                format!("-{}", number.base10_digits()).parse().ok().map(Constant::Int)
            }
            _ => None,
        },
        _ => None,
    }
}
