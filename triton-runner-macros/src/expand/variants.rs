//! The generated code of a kernel in several variants: the enum, and a struct that holds all that the device runs.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;

use super::function::{Function, Kind};
use super::{Expansion, why_left_out};
use crate::constants;
use crate::docs;
use crate::tuned;
use crate::variants::{Variant, Variants};

impl Expansion<'_> {
    /// The enum, with the constants in which the variants differ, and what each is called and documented as.
    pub(super) fn variant_enum(
        &self,
        variants: &Variants<'_>,
        named: impl Fn(&Variant<'_>) -> (String, String),
    ) -> TokenStream {
        let declaration = self.kernel.declaration;
        let (cfgs, vis, name) = (&declaration.cfgs, &declaration.vis, &variants.name);
        let about = format!("The variants of [`{}`].", declaration.struct_of_all(&self.kernel.struct_name));
        let idents: Vec<&Ident> = variants.all.iter().map(|variant| &variant.ident).collect();
        let (ids, docs): (Vec<String>, Vec<String>) = variants.all.iter().map(named).unzip();
        let functions = self.kernel.constants.iter().filter(|constant| constant.varies()).map(|constant| {
            let (function, ty) = (&constant.ident, constant.ty());
            let about = docs::of_constant(constant);
            let values = constant.values.iter().map(|value| constants::literal(value));
            quote! {
                #[doc = #about]
                #vis const fn #function(self) -> #ty {
                    match self {
                        #(Self::#idents => #values,)*
                    }
                }
            }
        });
        quote! {
            #(#cfgs)*
            #[doc = #about]
            #[::core::prelude::v1::derive(
                ::core::clone::Clone,
                ::core::marker::Copy,
                ::core::fmt::Debug,
                ::core::cmp::PartialEq,
                ::core::cmp::Eq,
                ::core::hash::Hash,
            )]
            #vis enum #name {
                #(#[doc = #docs] #idents,)*
            }

            #(#cfgs)*
            #[allow(dead_code)]
            impl #name {
                /// All of them.
                #vis const ALL: &'static [Self] = &[#(Self::#idents),*];

                #(#functions)*
            }

            #(#cfgs)*
            impl ::core::fmt::Display for #name {
                /// The name of its files: `kernel@variant`.
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.write_str(match self {
                        #(Self::#idents => #ids,)*
                    })
                }
            }
        }
    }

    /// The struct's fields.
    pub(super) fn variant_fields(&self, variants: &Variants<'_>) -> TokenStream {
        let (v1, name, count) = (self.v1, &variants.name, Literal::usize_unsuffixed(variants.all.len()));
        let tuned = self.measured().map(|_| {
            let field = tuned::field();
            quote! {
                /// What was measured on such a device.
                #field: ::core::option::Option<&'static #v1::TunedTable>,
            }
        });
        quote! {
            /// Those that the device runs.
            kernels: [::core::option::Option<#v1::LoadedKernel>; #count],
            /// Of them, the one that was compiled on the fewest promises.
            fallback: (#name, #v1::LoadedKernel),
            #tuned
        }
    }

    /// `load` and what goes with it.
    pub(super) fn variant_functions(&self, variants: &Variants<'_>) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        let name = &variants.name;
        let context = quote!(&::std::sync::Arc<#krate::cudarc::driver::CudaContext>);
        // What only the caller knows can't be chosen by a launch.
        let load = self.kernel.declaration.chosen.is_empty().then(|| {
            let about = quote! {
                /// Loads the variants that this device runs, or gives those that were loaded in this context before.
                ///
                /// # Errors
                ///
                /// No driver, no variant with an image for this device, or an image that the driver refuses.
            };
            let signature = quote!((context: #context) -> #krate::Result<Self>);
            let load = Function::safe("load", about, signature, Kind::Constructor(quote!(context)));
            let load = self.function(load, || self.load_variants(variants));
            let refused = self.helper(|| {
                quote! {
                    fn __refused(error: &#krate::Error) -> ::core::primitive::bool {
                        ::core::matches!(error, #krate::Error::NoImage(_) | #krate::Error::SharedMemory { .. })
                    }
                }
            });
            quote!(#load #refused)
        });
        let alone = docs::of_load_variant(self.kernel);
        let about = quote! {
            #[doc = #alone]
            ///
            /// # Errors
            ///
            /// No driver, no image for this device, or an image that the driver refuses.
        };
        let signature = quote!((context: #context, variant: #name) -> #krate::Result<Self>);
        let load_variant =
            Function::safe("load_variant", about, signature, Kind::Constructor(quote!(context, variant)));
        let load_variant = self.function(load_variant, || self.load_variant(variants));
        let about = quote!(#[doc = " What was loaded for a variant, and why; `None` where the device doesn't run it."]);
        let signature = quote!((&self, variant: #name) -> ::core::option::Option<#krate::KernelInfo>);
        let info = self.function(Function::safe("info", about, signature, Kind::Method(quote!(variant))), || {
            quote! {
                match &self.kernels[variant as ::core::primitive::usize] {
                    ::core::option::Option::Some(kernel) => ::core::option::Option::Some(kernel.info()),
                    ::core::option::Option::None => ::core::option::Option::None,
                }
            }
        });
        let about = quote!(#[doc = " What is embedded for a variant. Known without a device."]);
        let signature = quote!((variant: #name) -> &'static [#v1::ImageSpec]);
        let embedded = self.function(Function::safe("embedded", about, signature, Kind::Free(quote!(variant))), || {
            quote!(Self::__specs()[variant as ::core::primitive::usize].images)
        });
        let specs = self.helper(|| {
            let count = Literal::usize_unsuffixed(variants.all.len());
            let specs = variants.all.iter().map(|variant| self.spec(&variant.paired));
            quote! {
                fn __specs() -> &'static [#v1::KernelSpec; #count] {
                    use #v1::*;
                    static SPECS: [KernelSpec; #count] = [#(#specs),*];
                    &SPECS
                }
            }
        });
        let tables = self.helper(|| self.tables().unwrap_or_default());
        quote!(#load #load_variant #info #embedded #tables #specs)
    }

    fn load_variants(&self, variants: &Variants<'_>) -> TokenStream {
        let tuned = tuned::field();
        let tuned_on = self.measured().map(|_| {
            let v1 = self.v1;
            quote!(#tuned: #v1::TunedTable::for_device(Self::__tables(), &fallback.1),)
        });
        let name = &variants.name;
        let count = Literal::usize_unsuffixed(variants.all.len());
        let mut sorted = variants.tried().into_iter().map(|variant| &variant.ident);
        let first = sorted.next();
        let others = sorted;
        let kernel = Ident::new("kernel", Span::mixed_site());
        let compared = self.compared(&kernel, Some(&quote!(variant)));
        let loaded = self.loaded_variant(variants);
        quote! {
            let mut kernels = [const { ::core::option::Option::None }; #count];
            let mut load = |variant: #name| {
                let #kernel = #loaded?;
                #compared
                kernels[variant as ::core::primitive::usize] =
                    ::core::option::Option::Some(::core::clone::Clone::clone(&#kernel));
                ::core::result::Result::Ok((variant, #kernel))
            };
            // What this device doesn't run is left out, unless nothing is left then.
            let mut fallback = match load(#name::#first) {
                ::core::result::Result::Err(error) if !Self::__refused(&error) => {
                    return ::core::result::Result::Err(error);
                }
                loaded => loaded,
            };
            for variant in [#(#name::#others),*] {
                match load(variant) {
                    ::core::result::Result::Err(error) if !Self::__refused(&error) => {
                        return ::core::result::Result::Err(error);
                    }
                    ::core::result::Result::Err(_) => {}
                    loaded => fallback = loaded,
                }
            }
            let fallback = fallback?;
            ::core::result::Result::Ok(Self { #tuned_on fallback, kernels })
        }
    }

    /// The call that loads `variant`.
    fn loaded_variant(&self, variants: &Variants<'_>) -> TokenStream {
        let index = quote!(variant as ::core::primitive::usize);
        let left_out = || variants.all.iter().map(|variant| variant.paired.kernel.left_out.as_ref());
        let why = left_out().any(|one| one.is_some()).then(|| {
            let each = left_out().map(|one| one.map_or(quote!(::core::option::Option::None), why_left_out));
            quote!([#(#each),*][#index])
        });
        self.loaded(&quote!(&Self::__specs()[#index]), why)
    }

    fn load_variant(&self, variants: &Variants<'_>) -> TokenStream {
        let tuned = tuned::field();
        let not_tuned = self.measured().map(|_| quote!(#tuned: ::core::option::Option::None,));
        let count = Literal::usize_unsuffixed(variants.all.len());
        let kernel = Ident::new("kernel", Span::mixed_site());
        let compared = self.compared(&kernel, Some(&quote!(variant)));
        let loaded = self.loaded_variant(variants);
        quote! {
            let mut kernels = [const { ::core::option::Option::None }; #count];
            let #kernel = #loaded?;
            #compared
            kernels[variant as ::core::primitive::usize] = ::core::option::Option::Some(::core::clone::Clone::clone(&#kernel));
            ::core::result::Result::Ok(Self { kernels, fallback: (variant, #kernel), #not_tuned })
        }
    }
}
