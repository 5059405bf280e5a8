//! Every pattern of the narrow formats, against tables and `half`.

mod integer;
mod narrow;
mod wide;

use super::*;

/// Bytes of each element of a row, as they are stored.
fn stored(format: Format, values: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * format.bytes()];
    store_f32(format, values, &mut bytes);
    bytes
}

fn loaded(format: Format, bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0; bytes.len() / format.bytes()];
    load_f32(format, bytes, &mut values);
    values
}

fn rounded(format: Format, rounding: Rounding, values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    round_f32(format, rounding, &mut values);
    values
}

fn narrowed(format: Format, rounding: Rounding, values: &[f64]) -> Vec<f32> {
    let mut narrow = vec![0.0; values.len()];
    f64_to_f32(format, rounding, values, &mut narrow);
    narrow
}

/// Equal bits, or two NaN.
#[track_caller]
fn assert_same(left: &[f32], right: &[f32], of: impl Fn(usize) -> String) {
    assert_eq!(left.len(), right.len());
    for (index, (left, right)) in left.iter().zip(right).enumerate() {
        let same = left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan());
        assert!(same, "{}: {left:e} and {right:e}", of(index));
    }
}

/// Every number of the format that is finite, from the least to the largest, with both zeros where there are two.
fn finite_numbers(format: Format) -> Vec<f32> {
    let count = 1_u32 << format.bits();
    let bytes: Vec<u8> = (0..count).flat_map(|bits| bits.to_le_bytes()[..format.bytes()].to_vec()).collect();
    let mut numbers: Vec<f32> = loaded(format, &bytes).into_iter().filter(|number| number.is_finite()).collect();
    numbers.sort_by(f32::total_cmp);
    numbers
}

const NARROW: [Format; 7] = [
    Format::F16,
    Format::Bf16,
    Format::F8E4M3Fn,
    Format::F8E5M2,
    Format::F8E4M3Fnuz,
    Format::F8E5M2Fnuz,
    Format::F8E4B15,
];

#[test]
fn each_format_is_found_by_its_name_and_has_its_size() {
    for (name, format, bytes) in [
        ("i1", Format::I1, 1),
        ("i16", Format::I16, 2),
        ("f8E4M3FN", Format::F8E4M3Fn, 1),
        ("bf16", Format::Bf16, 2),
        ("f64", Format::F64, 8),
    ] {
        assert_eq!(Format::from_mlir(name), Some(format));
        assert_eq!(format.bytes(), bytes);
    }
    assert_eq!(Format::from_mlir("index"), None);
}
