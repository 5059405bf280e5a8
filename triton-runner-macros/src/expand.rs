//! The generated code: a struct for each kernel with `load`, `launch` and its constants.
//!
//! It holds under whatever the user's crate denies, in any module and edition: paths are absolute, names are resolved
//! in generated code, and nothing is imported.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use triton_runner_manifest::Manifest;

use crate::docs;
use crate::image;
use crate::input::Input;
use crate::report::Report;
use crate::resolve::{self, Resolved};
use crate::signature::Parameter;
use crate::source::ManifestSource;
use crate::stub;
use crate::types::{Declared, Element};

/// Expands all kernels of a macro call.
pub(crate) fn kernels(input: Input, source: &ManifestSource) -> TokenStream {
    let Input { krate, declarations, mut report } = input;
    let v1 = quote!(#krate::__private::v1);
    let manifest = source.read();
    if let Err(message) = &manifest {
        report.span(Span::call_site(), message.clone());
    }
    let mut tokens = report.into_items(&[]);
    if manifest.is_ok() {
        let manifest = image::contents(Manifest::PATH);
        // For what looks at the compiler's list of files to know whether a result is old.
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
            Ok(manifest) => resolve::resolve(&declaration, manifest, &v1, &mut report),
            Err(_) => None,
        };
        match resolved {
            Some(resolved) if report.is_empty() => {
                tokens.extend(Expansion { krate: &krate, v1: &v1, kernel: &resolved }.items())
            }
            _ => {
                tokens.extend(report.into_items(&declaration.cfgs));
                tokens.extend(stub::items(&declaration, manifest.as_deref().ok(), &krate));
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
        let facts = image::facts(&self.kernel.kernel.images, vis, krate, &self.kernel.constants);
        let spec = self.spec();
        let launch = self.launch();
        quote! {
            #(#cfgs)*
            #(#docs)*
            #[doc = #about]
            #vis #keyword #struct_name {
                kernel: #v1::Kernel,
            }

            #(#cfgs)*
            impl #struct_name {
                #constants
                #facts

                /// Loads the image for this device, or gives the one that was loaded in this context before.
                ///
                /// # Errors
                ///
                /// No driver, no image for this device, or an image that the driver refuses.
                #vis fn load(
                    context: &::std::sync::Arc<#krate::cudarc::driver::CudaContext>,
                ) -> ::core::result::Result<Self, #krate::Error> {
                    ::core::result::Result::Ok(Self { kernel: #v1::Kernel::load(context, Self::__spec())? })
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

                #launch
            }

            #(#cfgs)*
            impl ::core::clone::Clone for #struct_name {
                fn clone(&self) -> Self {
                    Self { kernel: ::core::clone::Clone::clone(&self.kernel) }
                }
            }

            #(#cfgs)*
            impl ::core::fmt::Debug for #struct_name {
                fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    f.debug_struct(#name).field("kernel", &self.kernel).finish()
                }
            }
        }
    }

    fn constants(&self) -> TokenStream {
        let vis = &self.kernel.declaration.vis;
        let constants = self.kernel.constants.iter().map(|constant| {
            let (ty, value) = constant.typed();
            let ident = &constant.ident;
            let about = docs::of_constant(constant);
            quote!(#[doc = #about] #vis const #ident: #ty = #value;)
        });
        constants.collect()
    }

    /// The static that the runtime reads. It holds nothing of the user's, so names are imported where it is.
    fn spec(&self) -> TokenStream {
        let kernel = self.kernel.kernel;
        let (name, source) = (&kernel.name, &kernel.signature_from);
        let args = self.kernel.parameters.iter().map(|parameter| {
            let name = crate::names::plain(&parameter.ident);
            let ty = parameter.argument.ty.to_string();
            let divisible_by = Literal::u32_unsuffixed(parameter.argument.divisible_by);
            quote!(ArgSpec { name: #name, ty: #ty, divisible_by: #divisible_by })
        });
        let images = kernel.images.iter().map(|embedded| image::spec(embedded));
        quote! {
            KernelSpec {
                name: #name,
                source: #source,
                args: &[#(#args),*],
                images: &[#(#images),*],
            }
        }
    }

    fn launch(&self) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        let vis = &self.kernel.declaration.vis;
        let parameters = &self.kernel.parameters;
        let about = docs::of_launch(self.kernel);
        let stream = self.free("stream");
        let given = self.free("grid");
        let grid_parameter = self.kernel.grid.is_none().then(|| quote!(#given: impl ::core::convert::Into<#v1::Grid>,));
        let declared = parameters.iter().map(|parameter| {
            let (ident, ty) = (&parameter.ident, self.parameter_type(parameter));
            quote!(#ident: #ty)
        });
        // The one lint that looks into generated code: a kernel has the arguments that it has.
        let many = (parameters.len() + usize::from(self.kernel.grid.is_none()) > 5)
            .then(|| quote!(#[allow(clippy::too_many_arguments)]));
        let launch = internal("launch");
        let grid = internal("grid");
        let all = internal("parameters");
        let grid_value = match &self.kernel.grid {
            Some([x, y, z]) => quote!(#v1::Grid::new(#x, #y, #z)),
            None => quote!(::core::convert::Into::<#v1::Grid>::into(#given)),
        };
        let packed: Vec<Packed> = parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| self.packed(index, parameter, &stream, &launch))
            .collect();
        let statements = packed.iter().map(|packed| &packed.statements);
        let pointers = packed.iter().map(|packed| {
            let value = &packed.value;
            quote!((&raw const #value).cast_mut().cast())
        });
        let count = Literal::usize_unsuffixed(parameters.len() + 2);
        let hidden = std::iter::repeat_n(quote!(::core::ptr::null_mut()), 2);
        quote! {
            #[doc = #about]
            #many
            #[inline]
            #vis unsafe fn launch(
                &self,
                #stream: &::std::sync::Arc<#krate::cudarc::driver::CudaStream>,
                #grid_parameter
                #(#declared),*
            ) -> ::core::result::Result<(), #krate::Error> {
                // Before the arguments, so that their names don't hide anything that it uses.
                let #grid = #grid_value;
                let #launch = self.kernel.on(#stream)?;
                #(#statements)*
                let mut #all: [*mut ::core::ffi::c_void; #count] = [#(#pointers,)* #(#hidden),*];
                unsafe { #launch.run(#grid, &mut #all) }
            }
        }
    }

    /// A name for an argument of our own that none of the kernel's has.
    fn free(&self, name: &str) -> Ident {
        let taken = |name: &str| self.kernel.parameters.iter().any(|p| crate::names::plain(&p.ident) == name);
        let mut name = name.to_owned();
        while taken(&name) {
            name.push('_');
        }
        Ident::new(&name, Span::mixed_site())
    }

    fn parameter_type(&self, parameter: &Parameter<'_>) -> TokenStream {
        let (krate, v1) = (self.krate, self.v1);
        match &parameter.declared {
            Declared::Scalar(element) => element.path(krate),
            Declared::Pointer { element, mutable, nullable } => {
                let element = element.path(krate);
                let bound = pointer_trait(*mutable, *nullable);
                located(quote!(impl #v1::#bound<#element>), krate, parameter.span)
            }
            Declared::TensorMap { element, rank } => {
                let element = element.path(krate);
                let rank = Literal::usize_unsuffixed(*rank);
                quote!(&#krate::TensorMap<'_, #element, #rank>)
            }
        }
    }

    /// The statements that make an argument's value ready to be passed by address.
    fn packed(&self, index: usize, parameter: &Parameter<'_>, stream: &Ident, launch: &Ident) -> Packed {
        let (krate, v1) = (self.krate, self.v1);
        let ident = &parameter.ident;
        let position = Literal::usize_unsuffixed(index);
        let promise = parameter.argument.divisible_by;
        let mut value = internal(&format!("value_{index}"));
        let statements = match &parameter.declared {
            Declared::Pointer { element, mutable, nullable } => {
                let guard = internal(&format!("guard_{index}"));
                let bound = pointer_trait(*mutable, *nullable);
                let element = element.path(krate);
                let check = (promise > 1).then(|| {
                    let promise = Literal::u32_unsuffixed(promise);
                    quote!(#launch.pointer::<#promise>(#position, #value)?;)
                });
                quote! {
                    let (#value, #guard) = #v1::#bound::<#element>::pass(#ident, #stream);
                    #launch.local(#position, &#guard)?;
                    #check
                }
            }
            Declared::Scalar(element) => {
                let bits = bits(*element, ident);
                let converted = bits.map(|bits| quote!(let #value = #bits;));
                if converted.is_none() {
                    value = ident.clone();
                }
                let check = (promise > 1 && element.is_integer()).then(|| {
                    let promise = Literal::u32_unsuffixed(promise);
                    // The bits of a `u64` are as divisible by a power of two as its value.
                    quote!(#launch.integer::<#promise>(#position, #value as ::core::primitive::i64)?;)
                });
                quote!(#converted #check)
            }
            Declared::TensorMap { .. } => quote! {
                let #value = #launch.descriptor(#position, #ident)?;
            },
        };
        Packed { value, statements }
    }
}

/// The same tokens, which errors show at `place`. All with the context of `$crate`, so that they make one place.
fn located(tokens: TokenStream, krate: &TokenStream, place: Span) -> TokenStream {
    let context = krate.clone().into_iter().next().map_or(place, |token| token.span());
    let span = context.located_at(place);
    let tokens = tokens.into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    tokens.collect()
}

struct Packed {
    value: Ident,
    statements: TokenStream,
}

/// A variable of the generated code, named as no argument is.
fn internal(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}

fn pointer_trait(mutable: bool, nullable: bool) -> Ident {
    let name = match (mutable, nullable) {
        (false, false) => "Input",
        (true, false) => "Output",
        (false, true) => "NullableInput",
        (true, true) => "NullableOutput",
    };
    Ident::new(name, Span::mixed_site())
}

/// A scalar as the bytes that the kernel reads, where it isn't them by itself.
fn bits(element: Element, ident: &Ident) -> Option<TokenStream> {
    match element {
        Element::Bool => Some(quote!(#ident as ::core::primitive::u8)),
        Element::F16 | Element::Bf16 | Element::F8E4M3 | Element::F8E5M2 => Some(quote!(#ident.to_bits())),
        _ => None,
    }
}
