//! Formats of eight and four bits: tables of their values.

use super::Format;
use super::grid::{Grid, power_of_two};

/// What each byte means, for a format of eight bits.
pub(super) fn table(format: Format) -> Option<&'static [f32; 256]> {
    static E4M3_FN: [f32; 256] = values(Format::F8E4M3Fn);
    static E5M2: [f32; 256] = values(Format::F8E5M2);
    static E4M3_FNUZ: [f32; 256] = values(Format::F8E4M3Fnuz);
    static E5M2_FNUZ: [f32; 256] = values(Format::F8E5M2Fnuz);
    static E4B15: [f32; 256] = values(Format::F8E4B15);
    Some(match format {
        Format::F8E4M3Fn => &E4M3_FN,
        Format::F8E5M2 => &E5M2,
        Format::F8E4M3Fnuz => &E4M3_FNUZ,
        Format::F8E5M2Fnuz => &E5M2_FNUZ,
        Format::F8E4B15 => &E4B15,
        _ => return None,
    })
}

const fn values(format: Format) -> [f32; 256] {
    let mut values = [0.0; 256];
    if let Some(grid) = Grid::of(format) {
        let mut bits = 0;
        while bits < 256 {
            values[bits] = value(format, &grid, bits as u32);
            bits += 1;
        }
    }
    values
}

const fn value(format: Format, grid: &Grid, bits: u32) -> f32 {
    let magnitude = bits & 0x7f;
    let exponent = (magnitude >> grid.mantissa) as i32;
    let fraction = (magnitude & ((1 << grid.mantissa) - 1)) as f32 * power_of_two(-(grid.mantissa as i32));
    let value = match (format, magnitude) {
        (Format::F8E4M3Fn, 0x7f) | (Format::F8E5M2, 0x7d..=0x7f) => f32::NAN,
        (Format::F8E5M2, 0x7c) => f32::INFINITY,
        (Format::F8E4M3Fnuz | Format::F8E5M2Fnuz, 0) if bits == 0x80 => return f32::NAN,
        _ if exponent == 0 => fraction * power_of_two(grid.smallest()),
        _ => (1.0 + fraction) * power_of_two(exponent - grid.bias),
    };
    if bits & 0x80 == 0 { value } else { -value }
}

vectorised! {
    /// Rounds `f16` values to Triton's `fp8e4b15` as its inline assembly does: to the nearest, of two the larger in
    /// magnitude; beyond 1.75 becomes 1.75.
    pub fn round_to_f8e4b15(values: &mut [f32]) {
        for value in values {
            let magnitude = value.abs();
            // NaN too: `min.f16x2` drops it.
            let magnitude = if magnitude < 1.75 { magnitude } else { 1.75 };
            let spacing = f32::from_bits((magnitude.to_bits() & 0x7f80_0000).max(113 << 23) - (3 << 23));
            // Exact: an `f16` has few enough bits.
            let rounded = (magnitude / spacing + 0.5).trunc() * spacing;
            *value = rounded.copysign(*value);
        }
    }
}

/// Two E2M1 numbers in each byte, the one in the low half first, as `tt.dot_scaled` has them.
pub fn unpack_e2m1(bytes: &[u8], values: &mut [f32]) {
    const VALUES: [f32; 16] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, -0.0, -0.5, -1.0, -1.5, -2.0, -3.0, -4.0, -6.0];
    for (byte, pair) in bytes.iter().zip(values.chunks_exact_mut(2)) {
        pair[0] = VALUES[usize::from(byte & 15)];
        pair[1] = VALUES[usize::from(byte >> 4)];
    }
}

/// The scales of `tt.dot_scaled`, E8M0: powers of two from 2⁻¹²⁷ to 2¹²⁷, and NaN for `0xff`.
pub fn scale_of_e8m0(bytes: &[u8], scales: &mut [f32]) {
    for (byte, scale) in bytes.iter().zip(scales) {
        *scale = match byte {
            // A denormal.
            0 => f32::from_bits(1 << 22),
            0xff => f32::NAN,
            exponent => f32::from_bits(u32::from(*exponent) << 23),
        };
    }
}
