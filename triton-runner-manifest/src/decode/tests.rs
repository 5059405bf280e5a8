//! Frames as zstd's own encoder writes them, whole and damaged.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Of several blocks, and much like machine code: repeated with small changes.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..300_000_u32)
        .map(|i| if i % 97 < 60 { (i % 97) as u8 } else { (i.wrapping_mul(2_654_435_761) >> 24) as u8 })
        .collect()
});

/// A small image like the others of [`DICTIONARY`].
static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| sample(1000));

static DICTIONARY: LazyLock<Vec<u8>> =
    LazyLock::new(|| zstd::dict::from_samples(&(0..200).map(sample).collect::<Vec<_>>(), 4096).unwrap());

/// Frames of both, encoded once: the encoder is slow where nothing is optimized.
static FRAMES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [frame(&CONTENT, &[]), frame(&SMALL, &DICTIONARY)]);

fn sample(seed: u32) -> Vec<u8> {
    (0..600_u32).map(|i| if i % 7 == 0 { (seed.wrapping_mul(i) >> 3) as u8 } else { (i / 3) as u8 }).collect()
}

fn frame(content: &[u8], dictionary: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::bulk::Compressor::with_dictionary(5, dictionary).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.compress(content).unwrap()
}

fn decoded(frame: &[u8], dictionary: Option<&[u8]>, size: usize) -> Result<Vec<u8>, DecodeError> {
    let mut into = vec![0; size];
    Decoder::new(dictionary)?.decode(frame, &mut into)?;
    Ok(into)
}

#[test]
fn what_was_encoded_comes_back() {
    for content in [&CONTENT[..], &CONTENT[..1], &CONTENT[..131_072], &CONTENT[..131_073], &SMALL] {
        assert!(decoded(&frame(content, &[]), None, content.len()).unwrap() == content);
    }
    let with = frame(&SMALL, &DICTIONARY);
    assert!(with.len() < frame(&SMALL, &[]).len());
    assert!(decoded(&with, Some(&DICTIONARY), SMALL.len()).unwrap() == *SMALL);
}

#[test]
fn one_decoder_decodes_frame_after_frame_and_goes_on_after_errors() {
    let (small, large) = (frame(&SMALL, &DICTIONARY), frame(&CONTENT, &[]));
    let mut decoder = Decoder::new(Some(&DICTIONARY)).unwrap();
    for _ in 0..3 {
        let (mut a, mut b) = (vec![0; SMALL.len()], vec![0; CONTENT.len()]);
        decoder.decode(&small, &mut a).unwrap();
        decoder.decode(&large[..1000], &mut b).unwrap_err();
        decoder.decode(&large, &mut b).unwrap();
        assert!(a == *SMALL && b == *CONTENT);
    }
}

#[test]
fn a_frame_of_more_or_less_than_was_declared_is_refused() {
    let whole = frame(&CONTENT, &[]);
    for size in [0, 1, CONTENT.len() - 1, CONTENT.len() + 1] {
        let error = decoded(&whole, None, size).unwrap_err();
        assert!(matches!(error, DecodeError::Size { .. } | DecodeError::Frame(_)), "{error}");
    }
}

/// A terabyte of zeros in a few bytes.
#[test]
fn a_frame_that_says_nothing_of_its_size_and_never_ends_is_stopped() {
    let mut bomb = vec![0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x00];
    for _ in 0..1000 {
        // A block of 128 KiB that is one byte again and again.
        bomb.extend_from_slice(&(((128_u32 << 10) << 3) | 0b010).to_le_bytes()[..3]);
        bomb.push(0);
    }
    let last = bomb.len() - 4;
    bomb[last] |= 1;
    bomb.extend_from_slice(&[0; 4]);
    assert_eq!(decoded(&bomb, None, 1000), Err(DecodeError::Size { found: None, expected: 1000 }));
    // One that lies about it.
    let mut lying = vec![0x28, 0xb5, 0x2f, 0xfd, 0x24, 100];
    lying.extend_from_slice(&bomb[6..]);
    assert!(matches!(decoded(&lying, None, 100), Err(DecodeError::Frame(_))));
}

#[test]
fn a_checksum_is_required_and_compared() {
    let mut encoder = zstd::bulk::Compressor::new(3).unwrap();
    let without = encoder.compress(&SMALL).unwrap();
    assert_eq!(decoded(&without, None, SMALL.len()), Err(DecodeError::NoChecksum));
    let mut other = frame(&SMALL, &[]);
    *other.last_mut().unwrap() ^= 1;
    assert!(matches!(decoded(&other, None, SMALL.len()), Err(DecodeError::Frame(why)) if why.contains("checksum")));
    let mut longer = frame(&SMALL, &[]);
    longer.extend_from_slice(&[0; 3]);
    assert_eq!(decoded(&longer, None, SMALL.len()), Err(DecodeError::Trailing { bytes: 3 }));
}

#[test]
fn a_frame_without_its_dictionary_is_refused() {
    let with = frame(&SMALL, &DICTIONARY);
    assert!(matches!(decoded(&with, None, SMALL.len()), Err(DecodeError::Frame(_))));
    assert!(matches!(decoded(&with, Some(b"none"), SMALL.len()), Err(DecodeError::Dictionary(_))));
    for length in [0, 4, 8, 100, DICTIONARY.len() - 1] {
        decoded(&with, Some(&DICTIONARY[..length]), SMALL.len()).unwrap_err();
    }
}

#[test]
fn every_cut_and_every_changed_byte_is_noticed() {
    let whole = frame(&SMALL, &DICTIONARY);
    for position in 0..whole.len() {
        assert!(decoded(&whole[..position], Some(&DICTIONARY), SMALL.len()).is_err(), "cut at {position}");
        let mut changed = whole.clone();
        changed[position] ^= 1 << (position % 8);
        // A bit that nothing depends on, such as one of those that a header reserves, leaves the content as it was.
        let result = decoded(&changed, Some(&DICTIONARY), SMALL.len());
        assert!(result.as_ref().is_ok_and(|decoded| *decoded == *SMALL) || result.is_err(), "byte {position}");
    }
}

proptest! {
    #[test]
    fn bytes_that_are_no_frame_are_an_error_and_no_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        head in 0..3_usize,
        size in 0..5000_usize,
    ) {
        let mut bytes = bytes;
        // Behind the magic number, and behind the header of a frame of this size, more of the reader is reached.
        let heads: [&[u8]; 3] = [&[], &[0x28, 0xb5, 0x2f, 0xfd], &[0x28, 0xb5, 0x2f, 0xfd, 0x64, size as u8, (size >> 8) as u8]];
        bytes.splice(0..0, heads[head].iter().copied());
        prop_assert!(decoded(&bytes, None, size).is_err());
        let _ = decoded(&bytes, Some(&DICTIONARY), size);
        let _ = Decoder::new(Some(&bytes));
    }

    #[test]
    fn a_damaged_frame_never_decodes_to_something_else(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
        dictionary in any::<bool>(),
    ) {
        let (content, given) = if dictionary { (&*SMALL, Some(&**DICTIONARY)) } else { (&*CONTENT, None) };
        let mut bytes = FRAMES[usize::from(dictionary)].clone();
        for (index, value) in changes {
            let index = index.index(bytes.len());
            bytes[index] = value;
        }
        if let Ok(decoded) = decoded(&bytes, given, content.len()) {
            prop_assert!(decoded == *content);
        }
    }

    #[test]
    fn a_damaged_dictionary_is_an_error_and_no_panic(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut bytes = DICTIONARY.clone();
        for (index, value) in changes {
            let index = index.index(bytes.len());
            bytes[index] = value;
        }
        if let Ok(decoded) = decoded(&FRAMES[1], Some(&bytes), SMALL.len()) {
            prop_assert!(decoded == *SMALL);
        }
    }
}
