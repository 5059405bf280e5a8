//! The generated code of a tuned kernel: what was measured, and the test that measures.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use triton_runner_manifest::ImageKind;

use super::Expansion;
use crate::image;
use crate::names;
use crate::signature::Parameter;
use crate::tuned::{Made, Table, Tuned};
use crate::types::Declared;
use crate::variants::Variants;

impl Expansion<'_> {
    /// What is measured, if a launch goes by it.
    pub(crate) fn measured(&self) -> Option<&Tuned> {
        self.kernel.tuned.as_ref().filter(|tuned| !tuned.tables.is_empty())
    }

    /// The tables.
    pub(super) fn tables(&self) -> Option<TokenStream> {
        let (v1, tables) = (self.v1, self.measured()?.tables.iter().map(table));
        Some(quote! {
            fn __tables() -> &'static [#v1::TunedTable] {
                use #v1::*;
                static TABLES: &[TunedTable] = &[#(#tables),*];
                TABLES
            }
        })
    }

    /// The test that times all variants, where `cargo triton tune` asks for it.
    pub(super) fn measuring(&self) -> Option<TokenStream> {
        let (tuned, variants) = (self.kernel.tuned.as_ref()?, self.kernel.variants.as_ref()?);
        let (v1, cfgs, name) = (self.v1, &self.kernel.declaration.cfgs, &self.kernel.struct_name);
        // Two declarations of one kernel have structs of their own names.
        let other = self.kernel.declaration.struct_name.as_ref().map(|_| format!("_as_{name}"));
        let test = format!("tune_{}{}", self.kernel.kernel.name, other.unwrap_or_default());
        let test = names::ident(&test, Span::mixed_site());
        let tunable = tunable(self, tuned, variants);
        let [measuring, key, kernel, launched] = ["measuring", "key", "kernel", "launched"].map(own);
        let [variant, place, loaded, fits, stream] = ["variant", "place", "loaded", "fits", "stream"].map(own);
        let made = || self.kernel.parameters.iter().zip(&tuned.made);
        // The keys come first: the others are made of them.
        let keys = made().filter_map(|(parameter, made)| self.key(parameter, made, &measuring, &key));
        let others = made().filter_map(|(parameter, made)| self.other(parameter, made, &measuring));
        let maps: Vec<_> = made().filter_map(|(parameter, made)| self.map(parameter, made)).collect();
        let buffers = made().filter(|(_, made)| matches!(made, Made::Memory(_))).map(|(parameter, _)| {
            let (ident, text) = (&parameter.ident, names::plain(&parameter.ident));
            quote!((#text, &mut #ident))
        });
        let arguments: Vec<_> = made().map(|(parameter, _)| argument(parameter)).collect();
        let launch = match self.kernel.launches.are_safe() {
            true => quote!(#kernel.launch(#stream, #(#arguments),*)),
            false => quote!(unsafe { #kernel.launch_unchecked(#stream, #(#arguments),*) }),
        };
        let enumeration = &variants.name;
        Some(quote! {
            #[cfg(test)]
            #(#cfgs)*
            #[test]
            #[ignore = "times variants on a GPU, where `cargo triton tune` asks for it"]
            #[allow(non_snake_case, unnameable_test_items, unused_mut, clippy::undocumented_unsafe_blocks)]
            fn #test() -> ::core::result::Result<(), #v1::Failed> {
                static TUNABLE: #v1::Tunable = {
                    use #v1::*;
                    #tunable
                };
                TUNABLE.measure(|#measuring, #key| {
                    let #stream = #measuring.stream();
                    #(#keys)*
                    #(#others)*
                    for &#variant in #enumeration::ALL {
                        let #place = #variant as ::core::primitive::usize;
                        let #loaded = #name::load_variant(#stream.context(), #variant);
                        let ::core::option::Option::Some(#kernel) = #measuring.loaded(#place, #loaded)? else { continue };
                        let #fits = loop {
                            #(#maps)*
                            let #launched = #launch;
                            if #measuring.grown(&#launched, &mut [#(#buffers),*])? {
                                continue;
                            }
                            break #measuring.fits(#place, #launched)?;
                        };
                        if #fits {
                            #(#maps)*
                            #measuring.time(#place, #kernel.info(#variant), || #launch)?;
                        }
                    }
                    ::core::result::Result::Ok(())
                })
            }
        })
    }

    fn key(&self, parameter: &Parameter<'_>, made: &Made, measuring: &Ident, key: &Ident) -> Option<TokenStream> {
        let (Made::Key(place), Declared::Scalar(element)) = (made, &parameter.declared) else { return None };
        let (ident, ty, text) = (&parameter.ident, element.path(self.krate), names::plain(&parameter.ident));
        let place = Literal::usize_unsuffixed(*place);
        Some(quote!(let #ident: #ty = #measuring.key(#text, #key, #place)?;))
    }

    /// What isn't a key.
    fn other(&self, parameter: &Parameter<'_>, made: &Made, measuring: &Ident) -> Option<TokenStream> {
        let v1 = self.v1;
        let (ident, text) = (&parameter.ident, names::plain(&parameter.ident));
        let element = match &parameter.declared {
            Declared::Scalar(element) | Declared::Pointer { element, .. } | Declared::TensorMap { element, .. } => {
                element.path(self.krate)
            }
        };
        let one = quote!(#v1::Extent::new(1));
        Some(match made {
            Made::Key(_) => return None,
            Made::Integer(value) => quote!(let #ident: #element = #measuring.integer(#text, #value)?;),
            Made::Constant => quote!(let #ident: #element = #v1::Sample::sample(1.0);),
            Made::Memory(elements) => {
                let elements = elements.as_ref().unwrap_or(&one);
                quote!(let mut #ident = #measuring.buffer::<#element>(#text, #elements)?;)
            }
            Made::Tensor(shape) => {
                let of = shape_of(ident);
                quote! {
                    let #of = [#(#measuring.integer(#text, #shape)?),*];
                    let mut #ident = #measuring.buffer::<#element>(#text, #one #(* (#shape))*)?;
                }
            }
        })
    }

    /// The descriptor of a tensor.
    fn map(&self, parameter: &Parameter<'_>, made: &Made) -> Option<TokenStream> {
        let (krate, Declared::TensorMap { mutable, .. }, Made::Tensor(_)) = (self.krate, &parameter.declared, made)
        else {
            return None;
        };
        let (ident, map, shape) = (&parameter.ident, map_of(&parameter.ident), shape_of(&parameter.ident));
        Some(match mutable {
            true => quote!(let mut #map = #krate::TensorMapMut::contiguous(&mut #ident.slice, #shape)?;),
            false => quote!(let #map = #krate::TensorMap::contiguous(&#ident.slice, #shape)?;),
        })
    }
}

/// What the test says of the kernel, where the names of `v1` are imported.
fn tunable(of: &Expansion<'_>, tuned: &Tuned, variants: &Variants<'_>) -> TokenStream {
    let (kernel, beside) = (&of.kernel.kernel.name, &of.kernel.kernel.signature_from);
    let keys = tuned.keys.iter().filter_map(|&key| of.kernel.parameters.get(key));
    let keys = keys.map(|parameter| names::plain(&parameter.ident));
    let variants = variants.all.iter().map(|variant| {
        let id = variant.kernel.id();
        let images = variant.kernel.images.iter().map(|image| {
            let kind = match image.kind {
                ImageKind::Cubin => quote!(Cubin),
                ImageKind::Ptx => quote!(Ptx),
            };
            let (arch, sha256) = (image::arch(image.arch, &TokenStream::new()), &image.sha256);
            quote!(TunableImage { kind: ImageKind::#kind, arch: #arch, sha256: #sha256 })
        });
        quote!(TunableVariant { id: #id, images: &[#(#images),*] })
    });
    quote! {
        Tunable { kernel: #kernel, beside: #beside, keys: &[#(#keys),*], variants: &[#(#variants),*] }
    }
}

/// An argument of the launch that is timed.
fn argument(parameter: &Parameter<'_>) -> TokenStream {
    let ident = &parameter.ident;
    match &parameter.declared {
        Declared::Scalar(_) => quote!(#ident),
        Declared::Pointer { mutable: false, .. } => quote!(&#ident.slice),
        Declared::Pointer { mutable: true, .. } => quote!(&mut #ident.slice),
        Declared::TensorMap { mutable, .. } => {
            let map = map_of(ident);
            if *mutable { quote!(&mut #map) } else { quote!(&#map) }
        }
    }
}

fn map_of(ident: &Ident) -> Ident {
    format_ident!("__map_of_{}", names::plain(ident), span = Span::mixed_site())
}

fn shape_of(ident: &Ident) -> Ident {
    format_ident!("__shape_of_{}", names::plain(ident), span = Span::mixed_site())
}

fn own(name: &str) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site())
}

/// A table, where the names of `v1` are imported.
fn table(table: &Table) -> TokenStream {
    let gpu = &table.of.gpu;
    let (arch, multiprocessors) =
        (image::arch(table.of.arch, &TokenStream::new()), Literal::u32_unsuffixed(table.of.multiprocessors));
    let rows = table.rows.iter().map(|(key, order)| {
        let key = key.iter().map(|value| Literal::i64_unsuffixed(*value));
        let order = order.iter().map(|variant| Literal::usize_unsuffixed(*variant));
        quote!(TunedRow { key: &[#(#key),*], order: &[#(#order),*] })
    });
    quote! {
        TunedTable { gpu: #gpu, arch: #arch, multiprocessors: #multiprocessors, rows: &[#(#rows),*] }
    }
}
