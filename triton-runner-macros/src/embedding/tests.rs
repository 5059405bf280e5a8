//! What is embedded, as Rust that can be parsed.

use triton_runner_manifest::packed::{Frame, Member};

use super::*;
use crate::tests::kernels;

fn manifest(packed: Option<Packed>) -> Manifest {
    Manifest { packed, ..kernels::manifest() }
}

/// What the first call of the macro writes, and what each image of `add_kernel` has.
fn written(manifest: &Manifest) -> (String, Vec<String>) {
    let embedding = Embedding::of(manifest, 7);
    let items = embedding.items(&quote!(v1));
    syn::parse2::<syn::File>(items.clone()).unwrap();
    let images = &manifest.kernel("add_kernel").unwrap().images;
    let fields = images.iter().map(|image| {
        let fields = embedding.fields(image, &quote!(v1));
        syn::parse2::<syn::ExprStruct>(quote!(ImageFields { #fields })).unwrap();
        plain(fields)
    });
    (plain(items), fields.collect())
}

fn plain(tokens: TokenStream) -> String {
    tokens.to_string().split_whitespace().collect()
}

/// Hashes of all images.
fn hashes(manifest: &Manifest) -> Vec<String> {
    manifest.kernels.iter().flat_map(|kernel| &kernel.images).map(|image| image.sha256.clone()).collect()
}

#[test]
fn images_that_nobody_shares_are_where_their_kernel_is() {
    let (items, images) = written(&manifest(None));
    assert_eq!(items, "");
    assert!(images.iter().all(|image| image.contains("Aligned::new(*") && image.ends_with("packed:None,")));
}

#[test]
fn equal_images_are_embedded_once_whatever_kernel_or_architecture_they_are_of() {
    let mut manifest = manifest(None);
    for kernel in manifest.kernels.iter_mut().filter(|kernel| ["add_kernel", "gather"].contains(&kernel.name.as_str()))
    {
        kernel.images.iter_mut().for_each(|image| image.sha256 = "same".to_owned());
    }
    let (items, images) = written(&manifest);
    assert_eq!(items.matches("include_bytes").count(), 1, "{items}");
    assert!(items.contains("implEmbedded<Local>forHere<7,0>"), "{items}");
    assert!(
        images.len() > 1 && images.iter().all(|image| image == "bytes:<Here<7,0>asEmbedded<_>>::BYTES,packed:None,")
    );
}

#[test]
fn images_without_a_hash_are_nobodys_equal() {
    let mut manifest = manifest(None);
    manifest.kernels.iter_mut().flat_map(|kernel| &mut kernel.images).for_each(|image| image.sha256.clear());
    assert_eq!(written(&manifest).0, "");
}

#[test]
fn frames_are_with_their_kernel_and_their_dictionary_once() {
    let frame = |hash: &String| (hash.clone(), Frame { file: format!("{hash}.zst"), bytes: 20, size: 64 });
    let frames = hashes(&manifest(None)).iter().map(frame).collect();
    let dictionary = Some(PackedFile { file: "images.dictionary".to_owned(), bytes: 100 });
    let (items, images) = written(&manifest(Some(Packed::Each { dictionary, frames })));
    assert!(items.starts_with("v1::compressed!{") && items.contains("implKept<Local>forHere<7,0>"), "{items}");
    assert_eq!(items.matches("include_bytes").count(), 1, "{items}");
    for image in images {
        assert!(image.starts_with("bytes:&[],packed:v1::packed!(Frame{bytes:::core::include_bytes!("), "{image}");
        assert!(image.ends_with(",size:64,dictionary:Some(<Here<7,0>asKept<_>>::kept)}),"), "{image}");
    }
}

#[test]
fn an_archive_is_embedded_once_and_nothing_beside_it() {
    let places = hashes(&manifest(None)).into_iter().zip((0..).step_by(64));
    let images = places.map(|(hash, offset)| (hash, Member { offset, size: 60 })).collect();
    let archive = Archive { file: "images.sm_80.cubin.zst".to_owned(), bytes: 100, size: 6400, images };
    let (items, images) = written(&manifest(Some(Packed::Solid { archives: vec![archive] })));
    assert_eq!(items.matches("include_bytes").count(), 1, "{items}");
    assert!(items.contains("Archive::new(::core::include_bytes!("), "{items}");
    for image in images {
        assert!(
            image.starts_with("bytes:&[],packed:v1::packed!(Member{archive:<Here<7,0>asKept<_>>::kept,offset:"),
            "{image}"
        );
        assert!(!image.contains("include_bytes"), "{image}");
    }
}

#[test]
fn without_its_feature_the_runtime_says_which_line_to_add() {
    let packed = Packed::Each { dictionary: None, frames: BTreeMap::new() };
    let manifest = manifest(Some(packed));
    let items = Embedding::of(&manifest, 7).items(&quote!(v1)).to_string();
    let line = format!(
        "triton-runner-rt = {{ version = \\\"{}\\\", features = [\\\"compress\\\"] }}",
        env!("CARGO_PKG_VERSION")
    );
    assert!(items.contains(&line), "{items}");
}
