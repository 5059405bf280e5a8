//! From the bytes of memory to slices.

use super::small::table;
use super::{Class, Format};

/// Reads rows of a format whose class is [`Class::F32`]; any other format leaves `values` as they are. A NaN stays one.
pub fn load_f32(format: Format, bytes: &[u8], values: &mut [f32]) {
    debug_assert_eq!(format.class(), Class::F32);
    match format {
        Format::F32 => f32_bits(bytes, values),
        Format::F16 => f16(bytes, values),
        Format::Bf16 => bf16(bytes, values),
        _ => {
            if let Some(table) = table(format) {
                bytes.iter().zip(values).for_each(|(byte, value)| *value = table[usize::from(*byte)]);
            }
        }
    }
}

/// Reads rows of a format whose class is [`Class::I32`], sign-extended; any other leaves `values` as they are.
pub fn load_i32(format: Format, bytes: &[u8], values: &mut [i32]) {
    debug_assert_eq!(format.class(), Class::I32);
    match format {
        Format::I8 => i8_as_i32(bytes, values),
        Format::I16 => i16_as_i32(bytes, values),
        Format::I32 => i32_bits(bytes, values),
        _ => {}
    }
}

/// Reads rows of `f64`.
pub fn load_f64(bytes: &[u8], values: &mut [f64]) {
    f64_bits(bytes, values);
}

/// Reads rows of `i64` or of pointers.
pub fn load_i64(bytes: &[u8], values: &mut [i64]) {
    i64_bits(bytes, values);
}

/// Where the processor's bytes are in the order of memory this is a copy. A whole row's as one would be the C library's,
/// whose loop for such lengths is slow on some processors where the two sides are aligned differently.
macro_rules! copy {
    ($bytes:ident, $values:ident, $number:ident, $size:literal) => {{
        let (lines, rest) = $bytes.as_chunks::<64>();
        let (rows, last) = $values.as_chunks_mut::<{ 64 / $size }>();
        for (line, row) in lines.iter().zip(&mut *rows) {
            let (numbers, _) = line.as_chunks::<$size>();
            *row = std::array::from_fn(|next| $number::from_le_bytes(numbers[next]));
        }
        for (bytes, value) in rest.as_chunks().0.iter().zip(last) {
            *value = $number::from_le_bytes(*bytes);
        }
    }};
}

vectorised! {
    fn f32_bits(bytes: &[u8], values: &mut [f32]) {
        copy!(bytes, values, f32, 4);
    }

    fn i32_bits(bytes: &[u8], values: &mut [i32]) {
        copy!(bytes, values, i32, 4);
    }

    fn f64_bits(bytes: &[u8], values: &mut [f64]) {
        copy!(bytes, values, f64, 8);
    }

    fn i64_bits(bytes: &[u8], values: &mut [i64]) {
        copy!(bytes, values, i64, 8);
    }

    /// Reads rows of `i1`, each a byte of which the lowest bit counts.
    pub fn load_mask(bytes: &[u8], values: &mut [u8]) {
        for (byte, value) in bytes.iter().zip(values) {
            *value = byte & 1;
        }
    }

    fn i8_as_i32(bytes: &[u8], values: &mut [i32]) {
        for (byte, value) in bytes.iter().zip(values) {
            *value = i32::from(*byte as i8);
        }
    }

    fn i16_as_i32(bytes: &[u8], values: &mut [i32]) {
        for (bytes, value) in bytes.as_chunks().0.iter().zip(values) {
            *value = i32::from(i16::from_le_bytes(*bytes));
        }
    }

    fn bf16(bytes: &[u8], values: &mut [f32]) {
        for (bytes, value) in bytes.as_chunks().0.iter().zip(values) {
            *value = f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16);
        }
    }

    fn f16(bytes: &[u8], values: &mut [f32]) {
        for (bytes, value) in bytes.as_chunks().0.iter().zip(values) {
            *value = value_of_f16(u16::from_le_bytes(*bytes));
        }
    } => wide {
        let (eights, rest) = bytes.as_chunks::<16>();
        let (rows, last) = values.as_chunks_mut::<8>();
        for (bytes, row) in eights.iter().zip(rows) {
            *row = bytemuck::cast(std::arch::x86_64::_mm256_cvtph_ps(bytemuck::cast(*bytes)));
        }
        for (bytes, value) in rest.as_chunks().0.iter().zip(last) {
            *value = value_of_f16(u16::from_le_bytes(*bytes));
        }
    }
}

/// As `vcvtph2ps` has it: a NaN keeps its payload and becomes quiet.
#[inline(always)]
pub(super) fn value_of_f16(bits: u16) -> f32 {
    let magnitude = u32::from(bits & 0x7fff) << 13;
    let finite = (f32::from_bits(magnitude) * super::grid::power_of_two(112)).to_bits();
    let special = magnitude | 0x7f80_0000 | if magnitude > 0x0f80_0000 { 0x0040_0000 } else { 0 };
    let magnitude = if magnitude >= 0x0f80_0000 { special } else { finite };
    f32::from_bits(magnitude | u32::from(bits & 0x8000) << 16)
}
