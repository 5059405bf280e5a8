//! The generated code: a struct for each kernel with `load`, `launch` and its constants.
//!
//! It holds under whatever the user's crate denies, in any module and edition: paths are absolute, names are resolved
//! in generated code, and nothing is imported.

mod family;
pub(crate) mod function;
mod tuned;
mod variants;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use triton_runner_manifest::{LeftOut, Manifest};

use crate::constants::{self, Item};
use crate::docs;
use crate::embedding::{self, Embedding};
use crate::image;
use crate::input::{Declaration, Input};
use crate::names;
use crate::report::Report;
use crate::resolve::{self, Resolved};
use crate::signature::Parameter;
use crate::source::{ManifestSource, Read};
use crate::stub;
use crate::tuned as tuning;
use crate::types::Element;
use crate::variants::{Paired, Variant};
use function::{Function, Kind, Place};

/// Expands all kernels of a macro call.
pub(crate) fn kernels(input: Input, source: &ManifestSource) -> TokenStream {
    let Input { krate, declarations, mut report } = input;
    let v1 = quote!(#krate::__private::v1);
    let manifest = source.read();
    if let Err(message) = &manifest {
        report.span(Span::call_site(), message.clone());
    }
    let mut tokens = report.into_items(&[]);
    let manifest = manifest.as_ref().ok();
    let embedding = manifest.map(|read| Embedding::of(&read.manifest, read.crate_id));
    if let (Some(Read { first: true, .. }), Some(embedding)) = (manifest, &embedding) {
        let manifest = embedding::contents(Manifest::PATH);
        // For what looks at the compiler's list of files to know whether a result is old. Once is enough.
        tokens.extend(quote!(const _: &[::core::primitive::u8] = #manifest;));
        tokens.extend(embedding.items(&v1));
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
        let manifest = manifest.map(|read| &*read.manifest);
        let paths = |embedding| (&krate, &v1, embedding);
        match manifest
            .zip(embedding.as_ref())
            .and_then(|(manifest, embedding)| items(&declaration, manifest, paths(embedding), &mut report))
        {
            Some(items) if report.is_empty() => tokens.extend(items),
            _ => {
                tokens.extend(report.into_items(&declaration.cfgs));
                tokens.extend(stub::items(&declaration, manifest, &krate));
            }
        }
    }
    tokens
}

/// What one declaration becomes; `None` with errors in the report.
fn items(
    declaration: &Declaration,
    manifest: &Manifest,
    (krate, v1, embedding): (&TokenStream, &TokenStream, &Embedding<'_>),
    report: &mut Report,
) -> Option<TokenStream> {
    if declaration.types.is_empty() {
        let kernel = resolve::resolve(declaration, manifest, v1, report)?;
        return Some(Expansion { krate, v1, embedding, kernel: &kernel, place: Place::Kernel }.items());
    }
    let members = crate::family::members(declaration, manifest, report)?;
    let family = crate::family::resolve(declaration, &members, manifest, v1, report)?;
    Some(family.items(krate, v1, embedding))
}

/// One kernel.
pub(crate) struct Expansion<'a> {
    pub(crate) krate: &'a TokenStream,
    pub(crate) v1: &'a TokenStream,
    pub(crate) embedding: &'a Embedding<'a>,
    pub(crate) kernel: &'a Resolved<'a>,
    /// What of it is written.
    pub(crate) place: Place,
}

impl Expansion<'_> {
    fn items(&self) -> TokenStream {
        let Resolved { declaration, struct_name, .. } = self.kernel;
        let (docs, cfgs) = (&declaration.docs, &declaration.cfgs);
        let about = docs::of_struct(self.kernel);
        let structure = self.structure(&quote!(#(#docs)* #[doc = #about]));
        let constants = self.constants().into_iter().map(|constant| constant.written(&declaration.vis));
        let named = |variant: &Variant<'_>| (variant.kernel.id(), docs::of_variant(self.kernel, variant));
        let enumeration = self.kernel.variants.as_ref().map(|variants| self.variant_enum(variants, named));
        let functions = self.functions();
        let launch = self.launch();
        let interpret = self.interpret();
        let traits = self.traits();
        let measuring = self.measuring();
        quote! {
            #structure

            #enumeration

            #(#cfgs)*
            #[allow(dead_code)]
            impl #struct_name {
                #(#constants)*

                #functions

                #launch
            }

            #interpret

            #measuring

            #traits
        }
    }

    /// The struct alone.
    fn structure(&self, about: &TokenStream) -> TokenStream {
        let Resolved { declaration, struct_name, .. } = self.kernel;
        let (cfgs, vis, v1) = (&declaration.cfgs, &declaration.vis, self.v1);
        // Errors and warnings about the struct are shown at its declaration.
        let keyword = quote_spanned!(struct_name.span()=> struct);
        let fields = match &self.kernel.variants {
            None => quote!(kernel: #v1::LoadedKernel,),
            Some(variants) => self.variant_fields(variants),
        };
        quote! {
            #(#cfgs)*
            #about
            #vis #keyword #struct_name {
                #fields
            }
        }
    }

    /// What every struct implements.
    fn traits(&self) -> TokenStream {
        let Resolved { declaration, struct_name, .. } = self.kernel;
        let cfgs = &declaration.cfgs;
        let name = declaration.member.as_ref().map_or_else(|| struct_name.to_string(), |member| member.shown.clone());
        let names: &[&str] = if self.kernel.variants.is_some() { &["kernels", "fallback"] } else { &["kernel"] };
        let field_names: Vec<Ident> = names.iter().map(|name| Ident::new(name, Span::mixed_site())).collect();
        let field_names: Vec<Ident> = field_names.into_iter().chain(self.measured().map(|_| tuning::field())).collect();
        let (shown, shown_field) = (names.first(), field_names.first());
        quote! {
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

    /// `load` and what goes with it.
    fn functions(&self) -> TokenStream {
        match &self.kernel.variants {
            None => self.functions_alone(),
            Some(variants) => self.variant_functions(variants),
        }
    }

    /// The same for a kernel without variants.
    fn functions_alone(&self) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        let kernel = Ident::new("kernel", Span::mixed_site());
        let context = quote!(&::std::sync::Arc<#krate::cudarc::driver::CudaContext>);
        let about = quote! {
            /// Loads the image for this device, or gives the one that was loaded in this context before.
            ///
            /// # Errors
            ///
            /// No driver, no image for this device, or an image that the driver refuses.
        };
        let signature = quote!((context: #context) -> #krate::Result<Self>);
        let load = self.function(Function::safe("load", about, signature, Kind::Constructor(quote!(context))), || {
            let compared = self.compared(&kernel, None);
            let loaded = self.loaded(&quote!(Self::__spec()), self.kernel.kernel.left_out.as_ref().map(why_left_out));
            quote! {
                let #kernel = #loaded?;
                #compared
                ::core::result::Result::Ok(Self { kernel: #kernel })
            }
        });
        let about = quote!(#[doc = " What was loaded, and why."]);
        let signature = quote!((&self) -> #krate::KernelInfo);
        let info = self.function(Function::safe("info", about, signature, Kind::Method(TokenStream::new())), || {
            quote!(self.kernel.info())
        });
        let about = quote!(#[doc = " What is embedded. Known without a device."]);
        let signature = quote!(() -> &'static [#v1::ImageSpec]);
        let embedded = self
            .function(Function::safe("embedded", about, signature, Kind::Free(TokenStream::new())), || {
                quote!(Self::__spec().images)
            });
        let spec = self.helper(|| {
            let spec = self.spec(&Paired::alone(self.kernel.kernel));
            quote! {
                fn __spec() -> &'static #v1::KernelSpec {
                    use #v1::*;
                    static SPEC: KernelSpec = #spec;
                    &SPEC
                }
            }
        });
        quote!(#load #info #embedded #spec)
    }

    /// The associated constants: those of the kernel that don't vary, and what is known of its images.
    fn constants(&self) -> Vec<Item> {
        let of_kernel = self.kernel.constants.iter().filter(|constant| !constant.varies()).map(|constant| Item {
            about: docs::of_constant(constant),
            ident: constant.ident.clone(),
            ty: constant.ty(),
            value: constants::literal(constant.value()),
        });
        let mut items: Vec<_> = of_kernel.collect();
        if self.kernel.variants.is_none() {
            items.extend(image::facts(&self.kernel.kernel.images, self.krate, &self.kernel.constants));
        }
        items
    }

    /// The call that loads the kernel of `spec`; `why` says why images of it are missing, where that can be: an expression.
    fn loaded(&self, spec: &TokenStream, why: Option<TokenStream>) -> TokenStream {
        let v1 = self.v1;
        match why {
            Some(why) => quote!(#v1::LoadedKernel::load_what_is_there(context, #spec, #why)),
            None => quote!(#v1::LoadedKernel::load(context, #spec)),
        }
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
        let images = kernel.images.iter().map(|image| image::spec(image, self.embedding, self.v1));
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

/// Why images are missing, for the runtime.
fn why_left_out(left_out: &LeftOut) -> TokenStream {
    let why = left_out.to_string();
    quote!(::core::option::Option::Some(#why))
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
