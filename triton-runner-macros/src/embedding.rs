//! Where the bytes of the images are: in the place of their kernel, or once for the whole crate where several kernels need
//! the same.
//!
//! What is there once is written by the crate's first call of the macro. Later calls find it through a trait, for they can't
//! know in which module that was: `triton-runner-rt` says how.

use std::collections::BTreeMap;

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use triton_runner_manifest::packed::{Archive, Packed, PackedFile, Place};
use triton_runner_manifest::{BuiltImage, ImageKind, Manifest};

/// What a crate embeds of a manifest.
pub(crate) struct Embedding<'a> {
    packed: Option<&'a Packed>,
    /// What is embedded once.
    things: Vec<Thing<'a>>,
    /// Tells one crate from the next.
    crate_id: u64,
}

/// What is embedded once.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thing<'a> {
    /// An image that several kernels have, by its hash.
    Image(&'a BuiltImage),
    Dictionary(&'a PackedFile),
    Archive(&'a Archive),
}

/// The bytes of a file below OUT_DIR, which the compiler notes as one that the crate is made of.
pub(crate) fn contents(file: &str) -> TokenStream {
    let file = format!("/{file}");
    quote!(::core::include_bytes!(::core::concat!(::core::env!("OUT_DIR"), #file)))
}

/// The same for a file beside the manifest.
fn beside(file: &str) -> TokenStream {
    let folder = Manifest::PATH.rsplit_once('/').map_or("", |(folder, _)| folder);
    contents(&format!("{folder}/{file}"))
}

fn number(bytes: u64) -> Literal {
    Literal::u64_unsuffixed(bytes)
}

impl<'a> Embedding<'a> {
    /// What the crate with this number embeds of `manifest`.
    pub(crate) fn of(manifest: &'a Manifest, crate_id: u64) -> Self {
        let packed = manifest.packed.as_ref();
        let mut things = Vec::new();
        match packed {
            Some(Packed::Solid { archives }) => things.extend(archives.iter().map(Thing::Archive)),
            Some(Packed::Each { dictionary: Some(dictionary), .. }) => things.push(Thing::Dictionary(dictionary)),
            _ => {}
        }
        let is_member = |image: &BuiltImage| {
            matches!(packed.and_then(|packed| packed.place(&image.sha256)), Some(Place::Member { .. }))
        };
        let mut equal = BTreeMap::<_, Vec<&BuiltImage>>::new();
        for image in manifest.kernels.iter().flat_map(|kernel| &kernel.images).filter(|image| !is_member(image)) {
            equal.entry((key(image), image.kind == ImageKind::Ptx)).or_default().push(image);
        }
        let shared = equal.into_iter().filter(|((key, _), images)| !key.is_empty() && images.len() > 1);
        things.extend(shared.filter_map(|(_, images)| images.first().copied()).map(Thing::Image));
        Self { packed, things, crate_id }
    }

    /// The one place of a thing.
    fn here(&self, is: impl Fn(&Thing<'a>) -> bool) -> Option<TokenStream> {
        let index = Literal::usize_unsuffixed(self.things.iter().position(is)?);
        let id = Literal::u64_unsuffixed(self.crate_id);
        Some(quote!(Here<#id, #index>))
    }

    /// What the first call of the macro in a crate writes.
    pub(crate) fn items(&self, v1: &TokenStream) -> TokenStream {
        let items = self.things.iter().filter_map(|thing| {
            let here = self.here(|one| one == thing)?;
            let kept = |ty: TokenStream, value: TokenStream| {
                quote! {
                    impl Kept<Local> for #here {
                        type Thing = #ty;
                        fn kept() -> &'static #ty {
                            static KEPT: #ty = #value;
                            &KEPT
                        }
                    }
                }
            };
            Some(match thing {
                Thing::Image(image) => {
                    let bytes = self.bytes(image);
                    quote! {
                        impl Embedded<Local> for #here {
                            const BYTES: &'static [::core::primitive::u8] = #bytes;
                        }
                    }
                }
                Thing::Dictionary(PackedFile { file, .. }) => {
                    let bytes = beside(file);
                    kept(quote!(Dictionary), quote!(Dictionary::new(#bytes)))
                }
                Thing::Archive(Archive { file, size, images, .. }) => {
                    let (bytes, size, images) = (beside(file), number(*size), Literal::usize_unsuffixed(images.len()));
                    kept(quote!(Archive), quote!(Archive::new(#bytes, #size, #images)))
                }
            })
        });
        let items: Vec<_> = items.collect();
        // A crate of its own names, so that nothing of the user's is met.
        let all = (!items.is_empty()).then(|| {
            quote! {
                #[allow(dead_code, non_local_definitions)]
                const _: () = {
                    use #v1::*;
                    pub(crate) struct Local;
                    #(#items)*
                };
            }
        });
        match self.packed {
            Some(_) => {
                let without = WITHOUT_THE_FEATURE;
                quote!(#v1::compressed! { #without #all })
            }
            None => quote!(#all),
        }
    }

    /// `bytes` and `packed` of an `ImageFields`, where the names of `v1` are imported.
    pub(crate) fn fields(&self, image: &BuiltImage, v1: &TokenStream) -> TokenStream {
        let shared =
            self.here(|one| matches!(one, Thing::Image(first) if first.kind == image.kind && key(first) == key(image)));
        let bytes = match shared {
            Some(here) => quote!(<#here as Embedded<_>>::BYTES),
            None => self.bytes(image),
        };
        match self.packed.and_then(|packed| packed.place(&image.sha256)) {
            None => quote!(bytes: #bytes, packed: None,),
            Some(Place::Frame { frame, dictionary }) => {
                let size = number(frame.size);
                let here =
                    dictionary.and_then(|of| self.here(|one| matches!(one, Thing::Dictionary(file) if *file == of)));
                let dictionary = match here {
                    Some(here) => quote!(Some(<#here as Kept<_>>::kept)),
                    None => quote!(None),
                };
                let packed = quote!(#v1::packed!(Frame { bytes: #bytes, size: #size, dictionary: #dictionary }));
                quote!(bytes: &[], packed: #packed,)
            }
            Some(Place::Member { archive, member }) => {
                let here = self.here(|one| matches!(one, Thing::Archive(one) if *one == archive));
                let (offset, size) = (number(member.offset), number(member.size));
                let packed = quote!(
                    #v1::packed!(Member { archive: <#here as Kept<_>>::kept, offset: #offset, size: #size })
                );
                quote!(bytes: &[], packed: #packed,)
            }
        }
    }

    /// The bytes of an image: its frame, where it is one, else as the driver gets them.
    fn bytes(&self, image: &BuiltImage) -> TokenStream {
        if let Some(Place::Frame { frame, .. }) = self.packed.and_then(|packed| packed.place(&image.sha256)) {
            return beside(&frame.file);
        }
        let contents = beside(&image.file);
        let (length, made) = match image.kind {
            ImageKind::Cubin => (number(image.bytes), quote!(Aligned::new(*#contents))),
            ImageKind::Ptx => (number(image.bytes.saturating_add(1)), quote!(Aligned::terminated(#contents))),
        };
        quote!({
            static IMAGE: Aligned<#length> = #made;
            IMAGE.bytes()
        })
    }
}

/// What equal images have in common.
fn key(image: &BuiltImage) -> &str {
    &image.sha256
}

/// What is said where the runtime can't decode.
const WITHOUT_THE_FEATURE: &str = concat!(
    "the images of this package's kernels are embedded compressed, and triton-runner-rt is built without the feature that \
     reads them\nhelp: add the feature in Cargo.toml: triton-runner-rt = { version = \"",
    env!("CARGO_PKG_VERSION"),
    "\", features = [\"compress\"] }\nhelp: or take `compress` out of [package.metadata.triton-runner] and of build.rs"
);

#[cfg(test)]
mod tests;
