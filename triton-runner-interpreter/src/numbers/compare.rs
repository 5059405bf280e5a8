//! Buffers against what they should be: how near the interpreter comes to a GPU, or a GPU to it.

use std::fmt;

use super::format::{Class, Format, load_f32, load_f64};

/// How near a buffer comes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every byte.
    Equal,
    /// Within the tolerance of its format.
    Close,
    /// Further.
    Wrong,
}

/// The largest difference of a buffer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The buffer.
    pub name: String,
    /// How near it comes.
    pub verdict: Verdict,
    /// Relative to the buffer's largest value; of integers how many differ.
    pub largest: f64,
    /// Where it is.
    pub element: usize,
    /// What is there.
    pub found: f64,
    /// What should be.
    pub expected: f64,
}

impl Verdict {
    /// As a word of a table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::Close => "close",
            Self::Wrong => "wrong",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, largest, element, found, expected, .. } = self;
        write!(f, "`{name}` {largest:.2e} (element {element}: {found} for {expected})")
    }
}

/// What a difference may be, as a part of the buffer's largest value: 1e-5 of `f32`, 2e-3 of `f16`, 1.6e-2 of `bf16`,
/// 7e-2 of smaller formats; integers are equal or not.
pub fn tolerance(format: Format) -> f64 {
    match format {
        Format::F32 | Format::F64 => 1e-5,
        Format::F16 => 2e-3,
        Format::Bf16 => 1.6e-2,
        format if format.class() == Class::F32 => 7e-2,
        _ => 0.0,
    }
}

/// The largest difference between two buffers of one format; of an unknown one their bytes count.
pub fn compare(name: &str, format: Option<Format>, found: &[u8], expected: &[u8]) -> Difference {
    let equal = Difference {
        name: name.to_owned(),
        verdict: Verdict::Equal,
        largest: 0.0,
        element: 0,
        found: 0.0,
        expected: 0.0,
    };
    if found == expected {
        return equal;
    }
    // Of an unknown format, bytes.
    let format = format.unwrap_or(Format::I8);
    let (a, b) = (numbers(format, found), numbers(format, expected));
    let scale = b.iter().filter(|value| value.is_finite()).fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let mut worst = Difference { verdict: Verdict::Close, ..equal };
    if a.len() != b.len() {
        return Difference { verdict: Verdict::Wrong, largest: f64::INFINITY, ..worst };
    }
    for (element, (&found, &expected)) in a.iter().zip(&b).enumerate() {
        let difference = match (found - expected).abs() {
            _ if found == expected || found.is_nan() && expected.is_nan() => 0.0,
            difference if difference.is_finite() => difference / if scale > 0.0 { scale } else { 1.0 },
            _ => f64::INFINITY,
        };
        if difference > worst.largest {
            worst = Difference { largest: difference, element, found, expected, ..worst };
        }
    }
    let is_float = matches!(format.class(), Class::F32 | Class::F64);
    if !is_float || worst.largest > tolerance(format) {
        worst.verdict = Verdict::Wrong;
    }
    worst
}

fn numbers(format: Format, bytes: &[u8]) -> Vec<f64> {
    let count = bytes.len() / format.bytes();
    match format.class() {
        Class::F32 => {
            let mut row = vec![0.0; count];
            load_f32(format, bytes, &mut row);
            row.into_iter().map(f64::from).collect()
        }
        Class::F64 => {
            let mut row = vec![0.0; count];
            load_f64(bytes, &mut row);
            row
        }
        // Only whether they are equal counts.
        _ => bytes
            .chunks_exact(format.bytes())
            .map(|b| b.iter().rev().fold(0.0, |n, b| n * 256.0 + f64::from(*b)))
            .collect(),
    }
}
