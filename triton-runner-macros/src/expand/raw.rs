//! The generated functions that hand out the driver's handles.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::Expansion;
use super::function::{Function, Kind};

impl Expansion<'_> {
    /// `raw_handles`; of a kernel in variants, for one of them.
    pub(super) fn raw_handles(&self) -> TokenStream {
        let krate = self.krate;
        let safety = quote! {
            /// For libraries that take them, as NVSHMEM takes the module of kernels that call it.
            ///
            /// # Safety
            ///
            /// They are used while this value, or a clone of it, lives, and in its context. Nothing unloads the module, and no
            /// attribute is set on the function that launches depend on, such as its most dynamic shared memory.
        };
        let (about, signature, arguments) = match &self.kernel.variants {
            None => {
                let about = quote!(#[doc = " The driver's handles of the loaded module and of the function in it."]);
                (about, quote!((&self) -> #krate::RawHandles), TokenStream::new())
            }
            Some(variants) => {
                let name = &variants.name;
                let about =
                    quote!(#[doc = " The driver's handles of a variant; `None` where the device doesn't run it."]);
                let result = quote!(::core::option::Option<#krate::RawHandles>);
                (about, quote!((&self, variant: #name) -> #result), quote!(variant))
            }
        };
        let function = Function {
            about: quote!(#about #[doc = ""] #safety),
            allowed: None,
            is_inline: false,
            is_unsafe: true,
            name: Ident::new("raw_handles", Span::mixed_site()),
            signature,
            kind: Kind::Method(arguments),
        };
        self.function(function, || match &self.kernel.variants {
            None => quote!(unsafe { self.kernel.raw_handles() }),
            Some(_) => quote! {
                match &self.kernels[variant as ::core::primitive::usize] {
                    ::core::option::Option::Some(kernel) => {
                        ::core::option::Option::Some(unsafe { kernel.raw_handles() })
                    }
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            },
        })
    }
}
