//! Type parameters: a declaration of a family, and those of its kernels that it stands for.

use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Ident, Token};

/// What a declaration of one kernel is of a family.
pub(crate) struct Member {
    /// The struct of the family.
    pub(crate) family: Ident,
    /// Its type parameters.
    pub(crate) parameters: Vec<Ident>,
    /// The struct with the types of this kernel: `RmsNorm<f16>`.
    pub(crate) shown: String,
}

/// `<T>`, where there is one.
pub(super) fn parse(input: ParseStream<'_>, long: bool) -> syn::Result<Vec<Ident>> {
    if !input.peek(Token![<]) {
        return Ok(Vec::new());
    }
    if !long {
        return Err(input.error(
            "a family is declared with its arguments, which say where its types are: `fn rms_norm<T>(x: &[T], …);`\nhelp: \
             `cargo triton declare` prints the declaration",
        ));
    }
    input.parse::<Token![<]>()?;
    let mut list = Punctuated::<GenericParam, Token![,]>::new();
    while !input.peek(Token![>]) {
        list.push_value(input.parse()?);
        if !input.peek(Token![>]) {
            list.push_punct(input.parse()?);
        }
    }
    let end = input.parse::<Token![>]>()?;
    if list.is_empty() {
        return Err(syn::Error::new_spanned(end, "a family has a type parameter, as in `fn rms_norm<T>(x: &[T]);`"));
    }
    let mut types = Vec::new();
    for parameter in list {
        match &parameter {
            GenericParam::Type(ty) if ty.bounds.is_empty() && ty.default.is_none() && ty.attrs.is_empty() => {
                if types.contains(&ty.ident) {
                    return Err(syn::Error::new_spanned(ty, format!("`{}` is there twice", ty.ident)));
                }
                types.push(ty.ident.clone());
            }
            GenericParam::Type(ty) => {
                let hint = "the types of a family are those that it was exported for";
                let ident = &ty.ident;
                return Err(syn::Error::new_spanned(&parameter, format!("write `{ident}` alone: {hint}")));
            }
            _ => {
                return Err(syn::Error::new_spanned(
                    &parameter,
                    "a kernel has type parameters only: those that `cargo triton export --dtype T=fp16,bf16` made it of",
                ));
            }
        }
    }
    Ok(types)
}
