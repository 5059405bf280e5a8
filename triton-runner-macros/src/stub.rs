//! What stands in for a kernel whose declaration has errors, so that its uses don't add errors of their own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::Manifest;

use crate::constants;
use crate::image;
use crate::input::Declaration;
use crate::report::Report;
use crate::resolve;
use crate::variants::{Paired, Variants};

/// The struct with functions that take anything. Never run: the errors stop the build.
pub(crate) fn items(declaration: &Declaration, manifest: Option<&Manifest>, krate: &TokenStream) -> TokenStream {
    let Some(name) = resolve::struct_name(declaration, &mut Report::default()) else { return TokenStream::new() };
    let (cfgs, vis) = (&declaration.cfgs, &declaration.vis);
    let kernels = manifest.map(|manifest| resolve::kernels(&declaration.kernel_name(), manifest)).unwrap_or_default();
    let kernel = kernels.first();
    let associated = constants::of(&kernels);
    let values = associated.iter().filter(|constant| !constant.varies()).map(|constant| {
        let (ident, ty, value) = (&constant.ident, constant.ty(), constants::literal(constant.value()));
        quote!(#[doc = ""] #vis const #ident: #ty = #value;)
    });
    let alone: Vec<Paired<'_>> = kernels.iter().map(|kernel| Paired::alone(kernel)).collect();
    let variants = (kernels.len() > 1).then(|| Variants::new(&alone, &name, declaration).ok()).flatten();
    let facts = match kernel {
        Some(kernel) if variants.is_none() => image::facts(&kernel.images, vis, krate, &associated),
        _ => TokenStream::new(),
    };
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
        let arguments: Vec<_> = arguments.collect();
        let form = |unsafety: Option<TokenStream>, name: &str, on: TokenStream| {
            let name = Ident::new(name, Span::mixed_site());
            quote! {
                #[doc = ""]
                #vis #unsafety fn #name(&self, _: &#on, #(#arguments),*) -> ::core::result::Result<(), #krate::Error> {
                    loop {}
                }
            }
        };
        let stream = || quote!(::std::sync::Arc<#krate::cudarc::driver::CudaStream>);
        let unsafety = || Some(quote!(unsafe));
        let launch = form(if declaration.is_unsafe { unsafety() } else { None }, "launch", stream());
        let unchecked = form(unsafety(), "launch_unchecked", stream());
        let capture = (!declaration.is_unsafe).then(|| form(None, "capture", quote!(#krate::Capture)));
        quote!(#launch #unchecked #capture)
    });
    let enumeration = variants.as_ref().map(|variants| {
        let (enum_name, all) = (&variants.name, variants.all.iter().map(|variant| &variant.ident));
        let all: Vec<_> = all.collect();
        quote! {
            #(#cfgs)*
            #[doc = ""]
            #[allow(missing_docs)]
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #vis enum #enum_name { #(#all),* }

            #(#cfgs)*
            impl #enum_name {
                #[doc = ""]
                #vis const ALL: &'static [Self] = &[#(Self::#all),*];
            }
        }
    });
    let context = quote!(_: &::std::sync::Arc<#krate::cudarc::driver::CudaContext>);
    let result = quote!(::core::result::Result<Self, #krate::Error>);
    let (info, images) = (quote!(#krate::KernelInfo), quote!(&'static [#krate::__private::v1::ImageSpec]));
    let functions = match &variants {
        None => quote! {
            #[doc = ""]
            #vis fn info(&self) -> #info { loop {} }
            #[doc = ""]
            #vis fn embedded() -> #images { loop {} }
        },
        Some(Variants { name, .. }) => quote! {
            #[doc = ""]
            #vis fn load_variant(#context, _: #name) -> #result { loop {} }
            #[doc = ""]
            #vis fn info(&self, _: #name) -> ::core::option::Option<#info> { loop {} }
            #[doc = ""]
            #vis fn embedded(_: #name) -> #images { loop {} }
        },
    };
    quote! {
        #(#cfgs)*
        #[doc = ""]
        #[derive(Clone, Debug)]
        #vis struct #name {}

        #enumeration

        #(#cfgs)*
        #[allow(dead_code)]
        impl #name {
            #(#values)*
            #facts

            #[doc = ""]
            #vis fn load(#context) -> #result { loop {} }

            #functions
            #launch
        }
    }
}
