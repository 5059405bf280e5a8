//! What stands in for a kernel whose declaration has errors, so that its uses don't add errors of their own.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use triton_runner_manifest::{BuiltKernel, Manifest};

use crate::constants;
use crate::family::{self, arguments, bounded, element_trait, generics};
use crate::image;
use crate::input::Declaration;
use crate::report::Report;
use crate::resolve;
use crate::variants::{Paired, Variants};

/// The struct with functions that take anything. Never run: the errors stop the build.
pub(crate) fn items(declaration: &Declaration, manifest: Option<&Manifest>, krate: &TokenStream) -> TokenStream {
    let Some(name) = resolve::struct_name(declaration, &mut Report::default()) else { return TokenStream::new() };
    let (cfgs, vis) = (&declaration.cfgs, &declaration.vis);
    let kernels = manifest.map(|manifest| kernels(declaration, manifest)).unwrap_or_default();
    let kernel = kernels.first();
    let associated = constants::of(&kernels);
    let values = associated.iter().filter(|constant| !constant.varies()).map(|constant| {
        let (ident, ty, value) = (&constant.ident, constant.ty(), constants::literal(constant.value()));
        quote!(#[doc = ""] #vis const #ident: #ty = #value;)
    });
    let alone: Vec<Paired<'_>> = kernels.iter().map(|kernel| Paired::alone(kernel)).collect();
    let variants = (kernels.len() > 1).then(|| Variants::new(&alone, &name, declaration).ok()).flatten();
    let facts: Vec<_> = match kernel {
        Some(kernel) if variants.is_none() => image::facts(&kernel.images, krate, &associated),
        _ => Vec::new(),
    };
    let facts = facts.iter().map(|fact| fact.written(vis));
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
    let from_outside = declaration.external.is_some().then(|| {
        quote! {
            #[doc = ""]
            #vis fn load_from(#context, _: &[#krate::ExternalImage]) -> #result { loop {} }
            #[doc = ""]
            #vis fn unload(self) -> ::core::result::Result<(), #krate::Error> { loop {} }
            #[doc = ""]
            #vis fn constant(&self, _: &::core::primitive::str) -> ::core::option::Option<::core::primitive::i64> { loop {} }
        }
    });
    let family = (!declaration.types.is_empty()).then(|| Generic::new(declaration, &name, krate));
    let (generics, of, fields, element) = match &family {
        Some(Generic { generics, of, fields, element }) => (Some(generics), Some(of), Some(fields), Some(element)),
        None => (None, None, None, None),
    };
    quote! {
        #(#cfgs)*
        #[doc = ""]
        #[derive(Clone, Debug)]
        #vis struct #name #generics {#fields}

        #element

        #enumeration

        #(#cfgs)*
        #[allow(dead_code)]
        impl #generics #name #of {
            #(#values)*
            #(#facts)*

            #[doc = ""]
            #vis fn load(#context) -> #result { loop {} }
            #from_outside

            #functions
            #launch
        }
    }
}

/// The kernel with its variants; of a family, one that stands for all.
fn kernels<'a>(declaration: &Declaration, manifest: &'a Manifest) -> Vec<&'a BuiltKernel> {
    let name = declaration.kernel_name();
    if declaration.types.is_empty() {
        return resolve::kernels(&name, manifest);
    }
    family::kernels(&name, manifest).into_values().next().unwrap_or_default()
}

/// What the struct of a family has more: of any types.
struct Generic {
    generics: TokenStream,
    of: TokenStream,
    fields: TokenStream,
    /// The trait of its types, which all have.
    element: TokenStream,
}

impl Generic {
    fn new(declaration: &Declaration, name: &Ident, krate: &TokenStream) -> Self {
        let (cfgs, vis, types) = (&declaration.cfgs, &declaration.vis, &declaration.types);
        let element = element_trait(name);
        let rest = types.get(1..).unwrap_or_default();
        let bounded = bounded(rest, krate);
        let of = arguments(rest);
        let any = quote::format_ident!("__Any", span = Span::mixed_site());
        Self {
            generics: generics(types, &element, krate),
            of: quote!(<#(#types),*>),
            fields: quote!(types: ::core::marker::PhantomData<(#(#types,)*)>,),
            element: quote! {
                #(#cfgs)*
                #[doc = ""]
                #vis trait #element #bounded: #krate::FamilyElement {}

                #(#cfgs)*
                impl<#any: #krate::FamilyElement #(, #rest: #krate::FamilyElement)*> #element #of for #any {}
            },
        }
    }
}
