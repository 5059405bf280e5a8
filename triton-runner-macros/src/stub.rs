//! What stands in for a kernel whose declaration has errors, so that its uses don't add errors of their own.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Visibility;
use triton_runner_manifest::Manifest;

use crate::constants;
use crate::image;
use crate::input::Declaration;
use crate::report::Report;
use crate::resolve;

/// The struct with functions that take anything. Never run: the errors stop the build.
pub(crate) fn items(declaration: &Declaration, manifest: Option<&Manifest>, krate: &TokenStream) -> TokenStream {
    let Some(name) = resolve::struct_name(declaration, &mut Report::default()) else { return TokenStream::new() };
    let (cfgs, vis) = (&declaration.cfgs, &declaration.vis);
    let kernel = manifest.and_then(|manifest| manifest.kernel(&declaration.kernel_name()));
    let associated = kernel.map(constants::of).unwrap_or_default();
    let values = associated.iter().map(|constant| {
        let (ident, (ty, value)) = (&constant.ident, constant.typed());
        quote!(#[doc = ""] #vis const #ident: #ty = #value;)
    });
    let facts = image::facts(kernel.map_or(&[], |kernel| &kernel.images), &Visibility::Inherited, krate, &associated);
    let count = match (&declaration.signature, kernel) {
        (Some(signature), _) => Some(signature.parameters.len()),
        (None, Some(kernel)) => Some(kernel.arguments.len()),
        (None, None) => None,
    };
    let given = usize::from(declaration.grid.is_none());
    let launch = count.map(|count| {
        let arguments = (0..count + given).map(|i| {
            let name = quote::format_ident!("_{i}", span = Span::mixed_site());
            quote!(#name: impl ::core::marker::Sized)
        });
        quote! {
            #[doc = ""]
            #vis unsafe fn launch(
                &self,
                _: &::std::sync::Arc<#krate::cudarc::driver::CudaStream>,
                #(#arguments),*
            ) -> ::core::result::Result<(), #krate::Error> {
                loop {}
            }
        }
    });
    quote! {
        #(#cfgs)*
        #[doc = ""]
        #[derive(Clone, Debug)]
        #vis struct #name {}

        #(#cfgs)*
        #[allow(dead_code)]
        impl #name {
            #(#values)*
            #facts

            #[doc = ""]
            #vis fn load(
                _: &::std::sync::Arc<#krate::cudarc::driver::CudaContext>,
            ) -> ::core::result::Result<Self, #krate::Error> {
                loop {}
            }

            #[doc = ""]
            #vis fn info(&self) -> #krate::KernelInfo {
                loop {}
            }

            #[doc = ""]
            #vis fn embedded() -> &'static [#krate::__private::v1::ImageSpec] {
                &[]
            }

            #launch
        }
    }
}
