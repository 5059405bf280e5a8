use std::sync::LazyLock;

use super::*;

const CUBIN: &[u8] = &[b'c'; 1000];
const TEXT: &[u8] = b".version 8.4";

/// Two images behind each other, as the build lays them.
const LAID: [u8; 1152] = {
    let mut laid = [0; 1152];
    laid.split_at_mut(1000).0.copy_from_slice(CUBIN);
    laid.split_at_mut(1024).1.split_at_mut(TEXT.len()).0.copy_from_slice(TEXT);
    laid
};

fn frame(content: &[u8], dictionary: &[u8]) -> &'static [u8] {
    let mut encoder = zstd::bulk::Compressor::with_dictionary(3, dictionary).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.compress(content).unwrap().leak()
}

static SAMPLES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let sample = |seed: u32| (0..600_u32).map(move |i| if i % 7 == 0 { (seed * i >> 3) as u8 } else { (i / 3) as u8 });
    (0..200).map(|seed| sample(seed).collect()).collect()
});

fn dictionary() -> &'static Dictionary {
    static DICTIONARY: LazyLock<Dictionary> =
        LazyLock::new(|| Dictionary::new(zstd::dict::from_samples(&SAMPLES, 4096).unwrap().leak()));
    &DICTIONARY
}

fn archive() -> &'static Archive {
    static ARCHIVE: LazyLock<Archive> = LazyLock::new(|| Archive::new(frame(&LAID, &[]), LAID.len(), 2));
    &ARCHIVE
}

#[test]
fn an_image_is_what_was_encoded_at_an_address_that_is_aligned() {
    let packed = Packed::Frame { bytes: frame(CUBIN, &[]), size: CUBIN.len(), dictionary: None };
    let bytes = packed.unpacked(0).unwrap();
    assert!(*bytes == *CUBIN && bytes.as_ptr() as usize % 64 == 0);
    let packed = Packed::Frame { bytes: frame(TEXT, &[]), size: TEXT.len(), dictionary: None };
    let text = packed.unpacked(1).unwrap();
    assert_eq!(text.split_last(), Some((&0, TEXT)));
}

#[test]
fn frames_of_a_crate_share_their_dictionary() {
    for sample in SAMPLES.iter().take(3) {
        let bytes = frame(sample, dictionary().bytes());
        let packed = Packed::Frame { bytes, size: sample.len(), dictionary: Some(dictionary) };
        assert!(*packed.unpacked(0).unwrap() == **sample);
        let damaged =
            Packed::Frame { bytes: &bytes[..bytes.len() - 6], size: sample.len(), dictionary: Some(dictionary) };
        damaged.unpacked(0).unwrap_err();
    }
}

#[test]
fn an_archive_is_kept_until_each_of_its_images_was_taken() {
    let cubin = Packed::Member { archive, offset: 0, size: CUBIN.len() };
    let text = Packed::Member { archive, offset: 1024, size: TEXT.len() };
    for _ in 0..2 {
        assert!(!archive().is_kept());
        let first = cubin.unpacked(0).unwrap();
        cubin.unpacked(0).unwrap();
        assert!(archive().is_kept());
        let second = text.unpacked(1).unwrap();
        assert!(!archive().is_kept());
        assert!(*first == *CUBIN && first.as_ptr() as usize % 64 == 0);
        assert_eq!((second.split_last(), second.as_ptr() as usize % 64), (Some((&0, TEXT)), 0));
    }
}

#[test]
fn an_image_outside_of_its_archive_is_an_error() {
    for (offset, size) in [(1024, 129), (2000, 0), (usize::MAX, 1), (0, usize::MAX)] {
        let error = Packed::Member { archive, offset, size }.unpacked(0).unwrap_err();
        assert!(matches!(error, DecodeError::Size { .. }), "{error}");
    }
    fn damaged() -> &'static Archive {
        static ARCHIVE: Archive = Archive::new(b"no frame", 64, 1);
        &ARCHIVE
    }
    Packed::Member { archive: damaged, offset: 0, size: 64 }.unpacked(0).unwrap_err();
}
