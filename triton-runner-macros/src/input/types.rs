//! Type parameters: a declaration of a family, and those of its kernels that it stands for.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{GenericParam, Ident, LitStr, Token, Type};

use super::{Declaration, Parameter, Signature};
use crate::report::Report;

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

impl Declaration {
    /// The declaration of one kernel of this family: that of the file `stem`, in which each type parameter is a type.
    pub(crate) fn of_member(&self, stem: &str, struct_name: &str, types: &[&str], member: Member) -> Self {
        let stem = LitStr::new(stem, self.file_stem.as_ref().map_or_else(|| self.ident.span(), LitStr::span));
        let types: Vec<_> = self.types.iter().zip(types).collect();
        Self {
            docs: self.docs.clone(),
            cfgs: self.cfgs.clone(),
            vis: self.vis.clone(),
            is_unsafe: self.is_unsafe,
            ident: self.ident.clone(),
            struct_name: Some(LitStr::new(struct_name, self.ident.span())),
            file_stem: Some(stem),
            grid: self.grid.clone(),
            requires: self.requires.clone(),
            interchangeable: self.interchangeable.clone(),
            chosen: self.chosen.clone(),
            types: Vec::new(),
            member: Some(member),
            signature: self.signature.as_ref().map(|signature| Signature {
                close: signature.close,
                parameters: signature.parameters.iter().map(|parameter| concrete(parameter, &types)).collect(),
                complete: signature.complete,
            }),
            report: Report::default(),
        }
    }
}

/// An argument with a type in the place of a type parameter.
fn concrete(parameter: &Parameter, types: &[(&Ident, &&str)]) -> Parameter {
    let mut generic = None;
    let tokens = replaced(parameter.ty.to_token_stream(), types, &mut generic);
    Parameter {
        docs: parameter.docs.clone(),
        ident: parameter.ident.clone(),
        // A name in the place of a name leaves a type.
        ty: syn::parse2(tokens.clone()).unwrap_or(Type::Verbatim(tokens)),
        generic,
    }
}

fn replaced(tokens: TokenStream, types: &[(&Ident, &&str)], generic: &mut Option<Ident>) -> TokenStream {
    let one = |tree: TokenTree| match tree {
        TokenTree::Ident(ident) => match types.iter().find(|(name, _)| ident == **name) {
            Some((name, ty)) => {
                *generic = Some((*name).clone());
                TokenTree::Ident(Ident::new(ty, ident.span()))
            }
            None => TokenTree::Ident(ident),
        },
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), replaced(group.stream(), types, generic));
            inner.set_span(group.span());
            TokenTree::Group(inner)
        }
        other => other,
    };
    tokens.into_iter().map(one).collect()
}
