//! The embedded images: their bytes, and what a launch needs to know about each.

use std::ffi::CString;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use triton_runner_manifest::{Arch, BuiltImage, BuiltTtir, DescriptorRecipe, ImageKind, Manifest};

use crate::constants::{Associated, Item};
use crate::embedding::Embedding;

/// An `ImageSpec`, where the names of `v1` are imported.
pub(crate) fn spec(image: &BuiltImage, embedding: &Embedding<'_>, v1: &TokenStream) -> TokenStream {
    let bytes = embedding.fields(image, v1);
    let kind = match image.kind {
        ImageKind::Cubin => quote!(Cubin),
        ImageKind::Ptx => quote!(Ptx),
    };
    let arch = arch(image.arch, &TokenStream::new());
    let source = &image.source;
    // A name with a NUL can't be in an ELF file; from damaged metadata, it is cut there and not found.
    let entry = image.entry.split('\0').next().unwrap_or_default();
    let entry = Literal::c_string(&CString::new(entry).unwrap_or_default());
    let [num_warps, shared, static_shared, hidden] =
        [image.num_warps, image.shared, image.static_shared, image.hidden].map(Literal::u32_unsuffixed);
    let [scratch_size, scratch_align] =
        [image.global_scratch.size, image.global_scratch.align].map(Literal::u32_unsuffixed);
    let [profile_scratch_size, profile_scratch_align] =
        [image.profile_scratch.size, image.profile_scratch.align].map(Literal::u32_unsuffixed);
    let cluster = image.cluster.map(Literal::u32_unsuffixed);
    let (cooperative, pdl) = (image.cooperative, image.pdl);
    let registers = optional(image.registers);
    let local_bytes = optional(image.local_bytes);
    let descriptors = image.descriptors.iter().map(descriptor);
    quote! {
        ImageSpec::new(ImageFields {
            kind: ImageKind::#kind,
            arch: #arch,
            #bytes
            source: #source,
            entry: #entry,
            num_warps: #num_warps,
            cluster: [#(#cluster),*],
            shared: #shared,
            static_shared: #static_shared,
            hidden: #hidden,
            scratch_size: #scratch_size,
            scratch_align: #scratch_align,
            profile_scratch_size: #profile_scratch_size,
            profile_scratch_align: #profile_scratch_align,
            cooperative: #cooperative,
            pdl: #pdl,
            registers: #registers,
            local_bytes: #local_bytes,
            descriptors: &[#(#descriptors),*],
        })
    }
}

/// A `Ttir`, where the names of `v1` are imported.
pub(crate) fn ttir(ttir: &BuiltTtir) -> TokenStream {
    let folder = Manifest::PATH.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = format!("/{folder}/{}", ttir.file);
    let arch = match ttir.arch {
        Some(of) => {
            let of = arch(of, &TokenStream::new());
            quote!(Some(#of))
        }
        None => quote!(None),
    };
    let (source, warps, fusion) = (&ttir.source, Literal::u32_unsuffixed(ttir.num_warps), ttir.enable_fp_fusion);
    let text = quote!(::core::include_str!(::core::concat!(::core::env!("OUT_DIR"), #file)));
    quote!(Ttir::new(#arch, #source, #text, #warps, #fusion))
}

/// The architecture, as what is left of the enum's path finds it.
pub(crate) fn arch(arch: Arch, path: &TokenStream) -> TokenStream {
    let (number, suffix) = (Literal::u16_unsuffixed(arch.number()), format_ident!("{}", arch.suffix().ident()));
    quote!(#path Arch::new(#number, #path Suffix::#suffix))
}

fn optional(value: Option<u32>) -> TokenStream {
    match value.map(Literal::u32_unsuffixed) {
        Some(value) => quote!(Some(#value)),
        None => quote!(None),
    }
}

fn descriptor(recipe: &DescriptorRecipe) -> TokenStream {
    let [swizzle, elem_size, elem_type] =
        [recipe.swizzle, recipe.elem_size, recipe.elem_type].map(Literal::u32_unsuffixed);
    let block = recipe.block_size.iter().map(|n| Literal::u32_unsuffixed(*n));
    let fp4_padded = recipe.fp4_padded;
    quote! {
        DescriptorSpec {
            swizzle: #swizzle,
            elem_size: #elem_size,
            elem_type: #elem_type,
            block_size: &[#(#block),*],
            fp4_padded: #fp4_padded,
        }
    }
}

/// Associated constants with what is known of the images: `ARCHS`, `NUM_WARPS`, `SHARED`. Where the images differ,
/// each has its own: `NUM_WARPS_SM_90A`. A constant of the kernel with the same name goes before these.
pub(crate) fn facts(images: &[BuiltImage], krate: &TokenStream, constants: &[Associated<'_>]) -> Vec<Item> {
    let path = quote!(#krate::);
    let archs = |kind| {
        let of_kind = images.iter().filter(move |image| image.kind == kind);
        of_kind.map(|image| arch(image.arch, &path))
    };
    let free = |name: &str| !constants.iter().any(|constant| constant.upper == name);
    let mut items = Vec::new();
    let lists = [
        ("ARCHS", ImageKind::Cubin, "The architectures that machine code is embedded for."),
        ("PTX_ARCHS", ImageKind::Ptx, "The architectures that PTX is embedded for."),
    ];
    for (name, kind, about) in lists {
        let archs: Vec<_> = archs(kind).collect();
        if free(name) && (kind == ImageKind::Cubin || !archs.is_empty()) {
            items.push(Item {
                about: about.to_owned(),
                ident: Ident::new(name, Span::mixed_site()),
                ty: quote!(&'static [#krate::Arch]),
                value: quote!(&[#(#archs),*]),
            });
        }
    }
    type Fact = fn(&BuiltImage) -> u32;
    let numbers: [(&str, &str, Fact); 2] = [
        ("NUM_WARPS", "Warps of a block: it has 32 threads for each.", |image| image.num_warps),
        ("SHARED", "Bytes of dynamic shared memory of a block.", |image| image.shared),
    ];
    for (name, about, fact) in numbers {
        let mut emit = |name: &str, about: &str, value: u32| {
            if free(name) {
                let value = Literal::u32_unsuffixed(value);
                items.push(Item {
                    about: about.to_owned(),
                    ident: Ident::new(name, Span::mixed_site()),
                    ty: quote!(::core::primitive::u32),
                    value: quote!(#value),
                });
            }
        };
        match images.split_first() {
            // docs.rs lowers nothing, and what uses the constant is documented all the same.
            None => emit(name, &format!("{about} Not known here: nothing was lowered."), 0),
            Some((first, rest)) if rest.iter().all(|image| fact(image) == fact(first)) => {
                emit(name, about, fact(first))
            }
            Some(_) => {
                for image in images {
                    let (arch, ptx) = (image.arch.to_string().to_uppercase(), image.kind == ImageKind::Ptx);
                    let suffix = if ptx { "_PTX" } else { "" };
                    let about = format!("{about} For `{}`{}.", image.arch, if ptx { " PTX" } else { "" });
                    emit(&format!("{name}_{arch}{suffix}"), &about, fact(image));
                }
            }
        }
    }
    items
}
