//! All errors of one kernel, so that a build shows every one and not only the first.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Errors found so far.
#[derive(Default)]
pub(crate) struct Report(Option<syn::Error>);

impl Report {
    /// Adds an error at these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: String) {
        self.add(syn::Error::new_spanned(tokens, message));
    }

    /// Adds an error at this place.
    pub(crate) fn span(&mut self, span: Span, message: String) {
        self.add(syn::Error::new(span, message));
    }

    /// Adds an error that is complete.
    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    /// The value, or `None` where it is an error, which is kept.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The errors as items, each below `attrs`: a kernel that is configured out reports nothing.
    pub(crate) fn into_items(self, attrs: &[syn::Attribute]) -> TokenStream {
        let errors = self.0.into_iter().flatten();
        errors
            .map(|error| {
                let error = error.into_compile_error();
                quote::quote!(#(#attrs)* #error)
            })
            .collect()
    }
}
