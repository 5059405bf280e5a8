//! Loading, storing and rounding of floating-point formats of 8 and 16 bits.

use half::{bf16, f16};

use super::*;

const TABLES: &str = include_str!("../../../../testdata/float8.txt");

fn all_bits(format: Format) -> Vec<u8> {
    let step = if cfg!(miri) && format.bytes() == 2 { 257 } else { 1 };
    (0..1_u32 << format.bits()).step_by(step).flat_map(|bits| bits.to_le_bytes()[..format.bytes()].to_vec()).collect()
}

#[test]
fn eight_bits_mean_what_the_tables_say() {
    for (name, format) in [
        ("float8_e4m3fn", Format::F8E4M3Fn),
        ("float8_e5m2", Format::F8E5M2),
        ("float8_e4m3fnuz", Format::F8E4M3Fnuz),
        ("float8_e5m2fnuz", Format::F8E5M2Fnuz),
    ] {
        let line = TABLES.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap();
        let table: Vec<f32> =
            line.split(' ').map(|bits| f32::from_bits(u32::from_str_radix(bits, 16).unwrap())).collect();
        assert_eq!(table.len(), 256);
        assert_same(&loaded(format, &all_bits(format)), &table, |bits| format!("{name} {bits:#x}"));
    }
}

#[test]
fn fp8e4b15_is_the_upper_half_of_an_f16_without_its_highest_exponent_bit() {
    let expected: Vec<f32> =
        (0..256_u16).map(|bits| f16::from_bits((bits & 0x80) << 8 | (bits & 0x7f) << 7).to_f32()).collect();
    assert_same(&loaded(Format::F8E4B15, &all_bits(Format::F8E4B15)), &expected, |bits| format!("{bits:#x}"));
}

#[test]
fn sixteen_bits_mean_what_half_says() {
    let bytes = all_bits(Format::F16);
    let patterns: Vec<u16> = bytes.as_chunks().0.iter().map(|bytes| u16::from_le_bytes(*bytes)).collect();
    let f16s: Vec<f32> = patterns.iter().map(|bits| f16::from_bits(*bits).to_f32()).collect();
    assert_same(&loaded(Format::F16, &bytes), &f16s, |index| format!("{:#x}", patterns[index]));
    let bf16s: Vec<f32> = patterns.iter().map(|bits| bf16::from_bits(*bits).to_f32()).collect();
    assert_same(&loaded(Format::Bf16, &bytes), &bf16s, |index| format!("{:#x}", patterns[index]));
}

#[test]
fn every_pattern_but_a_signalling_nan_survives_load_and_store() {
    for format in NARROW {
        let bytes = all_bits(format);
        let values = loaded(format, &bytes);
        let back = stored(format, &values);
        for ((before, after), value) in bytes.chunks(format.bytes()).zip(back.chunks(format.bytes())).zip(&values) {
            match format {
                // The largest pattern is a number that no conversion gives.
                Format::F8E4B15 if before[0] & 0x7f == 0x7f => {}
                _ if value.is_nan() => assert!(loaded(format, after)[0].is_nan()),
                _ => assert_eq!(before, after, "{format:?} {value:e}"),
            }
        }
    }
}

/// Numbers of a format, what lies between them, just beside the middle, and far outside.
fn probes(format: Format) -> Vec<f32> {
    let numbers = finite_numbers(format);
    let step = if cfg!(miri) { numbers.len().div_ceil(64) } else { 1 };
    let mut probes: Vec<f32> = numbers
        .windows(2)
        .step_by(step)
        .flat_map(|pair| {
            let middle = ((f64::from(pair[0]) + f64::from(pair[1])) / 2.0) as f32;
            [pair[0], pair[0].next_up(), middle.next_down(), middle, middle.next_up(), pair[1].next_down()]
        })
        .collect();
    let largest = numbers[numbers.len() - 1];
    let spacing = largest - numbers[numbers.len() - 2];
    for beyond in
        [largest, largest + spacing / 2.0, largest + spacing, f32::MAX, f32::INFINITY, f32::NAN, f32::MIN_POSITIVE]
    {
        probes.extend([beyond, beyond.next_down(), beyond.next_up(), -beyond]);
    }
    probes.extend([f32::from_bits(1), -f32::from_bits(1), 0.0, -0.0]);
    probes
}

/// Formats whose numbers are searched; under Miri only the short ones.
fn searched() -> impl Iterator<Item = Format> {
    NARROW.into_iter().filter(|format| !cfg!(miri) || format.bytes() == 1)
}

/// The nearest by searching, of two the one whose pattern is even: its neighbours have odd ones.
fn nearest(format: Format, numbers: &[f32], value: f32) -> f32 {
    let magnitude = f64::from(value.abs());
    let at = numbers.partition_point(|number| f64::from(*number) < magnitude);
    let chosen = match (numbers.get(at.wrapping_sub(1)), numbers.get(at)) {
        (_, Some(above)) if f64::from(*above) == magnitude || at == 0 => *above,
        (Some(below), Some(above)) => {
            let (down, up) = (magnitude - f64::from(*below), f64::from(*above) - magnitude);
            let even = if stored(format, &[*below])[0] & 1 == 0 { *below } else { *above };
            if down < up {
                *below
            } else if up < down {
                *above
            } else {
                even
            }
        }
        (Some(largest), None) => {
            let spacing = largest - numbers[at - 2];
            let is_beyond = magnitude >= f64::from(*largest) + f64::from(spacing) / 2.0;
            let has_infinity = matches!(format, Format::F16 | Format::Bf16);
            if is_beyond && has_infinity { f32::INFINITY } else { *largest }
        }
        (None, _) => unreachable!("zero is a number"),
    };
    let chosen = chosen.copysign(value);
    let has_negative_zero = !matches!(format, Format::F8E4M3Fnuz | Format::F8E5M2Fnuz);
    if chosen == 0.0 && !has_negative_zero { 0.0 } else { chosen }
}

fn positive(format: Format) -> Vec<f32> {
    let mut numbers: Vec<f32> = finite_numbers(format).into_iter().filter(|number| number.is_sign_positive()).collect();
    if format == Format::F8E4B15 {
        // No conversion gives the largest pattern.
        numbers.pop();
    }
    numbers
}

#[test]
fn conversions_give_the_nearest_number_and_saturate_where_the_format_has_no_infinity() {
    for format in searched() {
        let (numbers, probes) = (positive(format), probes(format));
        let expected: Vec<f32> = probes
            .iter()
            .map(|probe| if probe.is_nan() { *probe } else { nearest(format, &numbers, *probe) })
            .collect();
        let name = |index: usize| format!("{format:?} of {:e}", probes[index]);
        assert_same(&rounded(format, Rounding::NearestEven, &probes), &expected, name);
        let wide: Vec<f64> = probes.iter().map(|probe| f64::from(*probe)).collect();
        assert_same(&narrowed(format, Rounding::NearestEven, &wide), &expected, name);
    }
}

#[test]
fn towards_zero_gives_the_number_below_and_no_infinity_from_a_finite_one() {
    for format in searched() {
        let (numbers, probes) = (positive(format), probes(format));
        let keeps_infinity = matches!(format, Format::F16 | Format::Bf16 | Format::F8E5M2);
        let expected: Vec<f32> = probes
            .iter()
            .map(|probe| {
                let below = numbers.partition_point(|number| *number <= probe.abs());
                let cut = numbers[below.max(1) - 1].copysign(*probe);
                let cut = if probe.is_infinite() && keeps_infinity { *probe } else { cut };
                let has_negative_zero = !matches!(format, Format::F8E4M3Fnuz | Format::F8E5M2Fnuz);
                let cut = if cut == 0.0 && !has_negative_zero { 0.0 } else { cut };
                if probe.is_nan() { *probe } else { cut }
            })
            .collect();
        let name = |index: usize| format!("{format:?} of {:e}", probes[index]);
        assert_same(&rounded(format, Rounding::TowardZero, &probes), &expected, name);
        let wide: Vec<f64> = probes.iter().map(|probe| f64::from(*probe)).collect();
        assert_same(&narrowed(format, Rounding::TowardZero, &wide), &expected, name);
    }
}

#[test]
fn storing_what_is_not_on_the_grid_rounds_as_half_does() {
    for format in [Format::F16, Format::Bf16] {
        let probes = if cfg!(miri) { probes(Format::F8E5M2) } else { probes(format) };
        for (bytes, probe) in stored(format, &probes).as_chunks().0.iter().zip(&probes) {
            let bits = u16::from_le_bytes(*bytes);
            let expected =
                if format == Format::F16 { f16::from_f32(*probe).to_bits() } else { bf16::from_f32(*probe).to_bits() };
            let both_nan = probe.is_nan() && loaded(format, bytes)[0].is_nan();
            assert!(bits == expected || both_nan, "{format:?} {probe:e}: {bits:#x} {expected:#x}");
        }
    }
}

#[test]
fn fp8e4b15_rounds_halves_away_from_zero_and_stops_at_its_largest() {
    for bits in (0..=u16::MAX).step_by(if cfg!(miri) { 97 } else { 1 }) {
        // The inline assembly: the magnitude's upper byte after adding half of it, beyond 0x3f00 that one.
        let magnitude = bits & 0x7fff;
        let capped = if f16::from_bits(magnitude) < f16::from_bits(0x3f00) { magnitude } else { 0x3f00 };
        let expected = ((bits & 0x8000) >> 8) as u8 | (((capped * 2 + 0x80) >> 8) & 0x7f) as u8;
        let mut value = [f16::from_bits(bits).to_f32()];
        round_to_f8e4b15(&mut value);
        assert_eq!(stored(Format::F8E4B15, &value)[0], expected, "{bits:#x}");
    }
}

#[test]
fn four_bits_are_two_to_a_byte_and_scales_are_powers_of_two() {
    let mut values = [0.0; 4];
    unpack_e2m1(&[0x21, 0xf7], &mut values);
    assert_eq!(values, [0.5, 1.0, 6.0, -6.0]);
    let mut scales = [0.0; 4];
    scale_of_e8m0(&[0, 127, 254, 255], &mut scales);
    assert_eq!(scales[..3], [libm::ldexpf(1.0, -127), 1.0, libm::ldexpf(1.0, 127)]);
    assert!(scales[3].is_nan());
}
