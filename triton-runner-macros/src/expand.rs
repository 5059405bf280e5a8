//! The generated code: a struct for each kernel with `load`, `launch` and its constants.
//!
//! It holds under whatever the user's crate denies, in any module and edition: paths are absolute, names are resolved
//! in generated code, and nothing is imported.

mod tuned;
mod variants;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use triton_runner_manifest::Manifest;

use crate::constants;
use crate::docs;
use crate::image;
use crate::input::Input;
use crate::names;
use crate::report::Report;
use crate::resolve::{self, Resolved};
use crate::source::ManifestSource;
use crate::stub;
use crate::tuned as tuning;
use crate::variants::Paired;

/// Expands all kernels of a macro call.
pub(crate) fn kernels(input: Input, source: &ManifestSource) -> TokenStream {
    let Input { krate, declarations, mut report } = input;
    let v1 = quote!(#krate::__private::v1);
    let manifest = source.read();
    if let Err(message) = &manifest {
        report.span(Span::call_site(), message.clone());
    }
    let mut tokens = report.into_items(&[]);
    if manifest.as_ref().is_ok_and(|read| read.first) {
        let manifest = image::contents(Manifest::PATH);
        // For what looks at the compiler's list of files to know whether a result is old. Once is enough.
        tokens.extend(quote!(const _: &[::core::primitive::u8] = #manifest;));
    }
    let mut names: Vec<String> = Vec::new();
    for mut declaration in declarations {
        let mut report = std::mem::take(&mut declaration.report);
        if let Some(name) = resolve::struct_name(&declaration, &mut Report::default()) {
            if declaration.cfgs.is_empty() && names.contains(&name.to_string()) {
                let hint = "another name for one of them: `#[name = \"…\"]`";
                report.at(&declaration.ident, format!("two kernels here have the struct `{name}`\nhelp: write {hint}"));
                tokens.extend(report.into_items(&[]));
                continue;
            }
            names.push(name.to_string());
        }
        let resolved = match &manifest {
            Ok(read) => resolve::resolve(&declaration, &read.manifest, &v1, &mut report),
            Err(_) => None,
        };
        match resolved {
            Some(resolved) if report.is_empty() => {
                tokens.extend(Expansion { krate: &krate, v1: &v1, kernel: &resolved }.items())
            }
            _ => {
                tokens.extend(report.into_items(&declaration.cfgs));
                tokens.extend(stub::items(&declaration, manifest.as_ref().ok().map(|read| &*read.manifest), &krate));
            }
        }
    }
    tokens
}

/// One kernel.
pub(crate) struct Expansion<'a> {
    pub(crate) krate: &'a TokenStream,
    pub(crate) v1: &'a TokenStream,
    pub(crate) kernel: &'a Resolved<'a>,
}

impl Expansion<'_> {
    fn items(&self) -> TokenStream {
        let Resolved { declaration, struct_name, .. } = self.kernel;
        let (krate, v1) = (self.krate, self.v1);
        let (docs, cfgs, vis) = (&declaration.docs, &declaration.cfgs, &declaration.vis);
        let about = docs::of_struct(self.kernel);
        let name = struct_name.to_string();
        // Errors and warnings about the struct are shown at its declaration.
        let keyword = quote_spanned!(struct_name.span()=> struct);
        let constants = self.constants();
        let facts = match self.kernel.variants {
            None => image::facts(&self.kernel.kernel.images, vis, krate, &self.kernel.constants),
            Some(_) => TokenStream::new(),
        };
        let (enumeration, fields, functions) = match &self.kernel.variants {
            None => (TokenStream::new(), quote!(kernel: #v1::LoadedKernel,), self.functions()),
            Some(variants) => {
                (self.variant_enum(variants), self.variant_fields(variants), self.variant_functions(variants))
            }
        };
        let names: &[&str] = if self.kernel.variants.is_some() { &["kernels", "fallback"] } else { &["kernel"] };
        let field_names: Vec<Ident> = names.iter().map(|name| Ident::new(name, Span::mixed_site())).collect();
        let field_names: Vec<Ident> = field_names.into_iter().chain(self.measured().map(|_| tuning::field())).collect();
        let (shown, shown_field) = (names.first(), field_names.first());
        let launch = self.launch();
        let interpret = self.interpret();
        let measuring = self.measuring();
        quote! {
            #(#cfgs)*
            #(#docs)*
            #[doc = #about]
            #vis #keyword #struct_name {
                #fields
            }

            #enumeration

            #(#cfgs)*
            #[allow(dead_code)]
            impl #struct_name {
                #constants
                #facts

                #functions

                #launch
            }

            #interpret

            #measuring

            #(#cfgs)*
            impl ::core::clone::Clone for #struct_name {
                fn clone(&self) -> Self {
                    Self { #(#field_names: ::core::clone::Clone::clone(&self.#field_names)),* }
                }
            }

            #(#cfgs)*
            impl ::core::fmt::Debug for #struct_name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(#name).field(#shown, &self.#shown_field).finish()
                }
            }
        }
    }

    /// `load` and what goes with it, for a kernel without variants.
    fn functions(&self) -> TokenStream {
        let (krate, v1, vis) = (self.krate, self.v1, &self.kernel.declaration.vis);
        let spec = self.spec(&Paired::alone(self.kernel.kernel));
        let kernel = Ident::new("kernel", Span::mixed_site());
        let compared = self.compared(&kernel, None);
        quote! {
                /// Loads the image for this device, or gives the one that was loaded in this context before.
            ///
            /// # Errors
            ///
            /// No driver, no image for this device, or an image that the driver refuses.
            #vis fn load(
                context: &::std::sync::Arc<#krate::cudarc::driver::CudaContext>,
            ) -> #krate::Result<Self> {
                let #kernel = #v1::LoadedKernel::load(context, Self::__spec())?;
                #compared
                ::core::result::Result::Ok(Self { kernel: #kernel })
            }

            /// What was loaded, and why.
            #vis fn info(&self) -> #krate::KernelInfo {
                self.kernel.info()
            }

            /// What is embedded. Known without a device.
            #vis fn embedded() -> &'static [#v1::ImageSpec] {
                Self::__spec().images
            }

            fn __spec() -> &'static #v1::KernelSpec {
                use #v1::*;
                static SPEC: KernelSpec = #spec;
                &SPEC
            }
        }
    }

    fn constants(&self) -> TokenStream {
        let vis = &self.kernel.declaration.vis;
        let constants = self.kernel.constants.iter().filter(|constant| !constant.varies()).map(|constant| {
            let (ty, value) = (constant.ty(), constants::literal(constant.value()));
            let ident = &constant.ident;
            let about = docs::of_constant(constant);
            quote!(#[doc = #about] #vis const #ident: #ty = #value;)
        });
        constants.collect()
    }

    /// The static that the runtime reads. It holds nothing of the user's, so names are imported where it is.
    pub(crate) fn spec(&self, paired: &Paired<'_>) -> TokenStream {
        let kernel = paired.kernel;
        let (name, source) = (kernel.id(), &kernel.signature_from);
        let present = self.kernel.parameters.iter().zip(paired.arguments());
        let args = present.filter_map(|(parameter, own)| Some((parameter, own?.1))).map(|(parameter, argument)| {
            let name = names::plain(&parameter.ident);
            let ty = argument.ty.to_string();
            let divisible_by = Literal::u32_unsuffixed(argument.divisible_by);
            quote!(ArgSpec { name: #name, ty: #ty, divisible_by: #divisible_by })
        });
        let images = kernel.images.iter().map(image::spec);
        let checks = if self.kernel.launches.are_safe() { kernel.safety.checks() } else { &[] };
        quote! {
            KernelSpec {
                name: #name,
                source: #source,
                args: &[#(#args),*],
                checks: &[#(#checks),*],
                images: &[#(#images),*],
            }
        }
    }
}
