//! The functions of a struct, as each place of the generated code has them.
//!
//! A kernel alone has all of them in its struct. The kernels of a family have those that users call in a trait, by which the
//! struct of the family finds the one for its type; nothing is looked up while a program runs.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::Expansion;
use crate::signature::Parameter;
use crate::types::Element;

/// Where functions are written.
pub(crate) enum Place {
    /// The struct of a kernel alone.
    Kernel,
    /// The struct of a family, where they call those of this implementation of the trait.
    Family(TokenStream),
    /// The trait of a family's kernels.
    Trait,
    /// One kernel's implementation of it.
    Member,
    /// The struct of that kernel: only what its own functions call.
    Helpers,
}

/// A function that users call.
pub(crate) struct Function {
    /// Documentation, as attributes.
    pub(crate) about: TokenStream,
    /// The lint that it breaks.
    pub(crate) allowed: Option<TokenStream>,
    pub(crate) is_inline: bool,
    pub(crate) is_unsafe: bool,
    pub(crate) name: Ident,
    /// From its generics to its result.
    pub(crate) signature: TokenStream,
    pub(crate) kind: Kind,
}

/// How a function of a family calls that of its kernel, with these arguments.
pub(crate) enum Kind {
    /// With the kernel.
    Method(TokenStream),
    /// Without one.
    Free(TokenStream),
    /// To get one.
    Constructor(TokenStream),
}

impl Expansion<'_> {
    /// A function that users call, in this place.
    pub(crate) fn function(&self, function: Function, body: impl FnOnce() -> TokenStream) -> TokenStream {
        let Function { about, allowed, is_inline, is_unsafe, name, signature, kind } = function;
        let inline = is_inline.then(|| quote!(#[inline]));
        let vis = &self.kernel.declaration.vis;
        let unsafety = is_unsafe.then(|| quote!(unsafe));
        match &self.place {
            Place::Kernel => {
                let body = body();
                quote!(#about #allowed #inline #vis #unsafety fn #name #signature { #body })
            }
            Place::Family(kernel) => {
                let call = match kind {
                    Kind::Method(arguments) => quote!(#kernel::#name(&self.kernel, #arguments)),
                    Kind::Free(arguments) => quote!(#kernel::#name(#arguments)),
                    Kind::Constructor(arguments) => {
                        quote!(::core::result::Result::Ok(Self { kernel: #kernel::#name(#arguments)? }))
                    }
                };
                let call = if is_unsafe { quote!(unsafe { #call }) } else { call };
                quote!(#about #allowed #inline #vis #unsafety fn #name #signature { #call })
            }
            Place::Trait => quote!(#allowed #unsafety fn #name #signature;),
            Place::Member => {
                let body = body();
                quote!(#inline #unsafety fn #name #signature { #body })
            }
            Place::Helpers => TokenStream::new(),
        }
    }

    /// What only the kernel's own functions call.
    pub(crate) fn helper(&self, tokens: impl FnOnce() -> TokenStream) -> Option<TokenStream> {
        matches!(self.place, Place::Kernel | Place::Helpers).then(tokens)
    }

    /// The type of an argument's element: where all types of a family are meant, its parameter.
    pub(crate) fn element(&self, parameter: &Parameter<'_>, element: Element) -> TokenStream {
        match (&self.place, parameter.generic) {
            (Place::Family(_) | Place::Trait, Some(generic)) => quote!(#generic),
            _ => element.path(self.krate),
        }
    }
}
