//! `arith.divsi`, `divui`, `remsi`, `remui`, `ceildivsi`, `ceildivui`, `floordivsi`.

/// How integers are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are the operations")]
pub enum Division {
    DivSigned,
    DivUnsigned,
    RemSigned,
    RemUnsigned,
    CeilDivSigned,
    CeilDivUnsigned,
    FloorDivSigned,
}

/// The first lanes whose quotient isn't defined. Nothing traps on a GPU, and nothing does here: x ÷ 0 and its remainder
/// have all bits set, as a GPU gives them (of 64 bits only 32 where x has no more); the least integer divided by −1 is
/// itself and leaves 0. The rounded divisions follow from that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DivisionFaults {
    /// The divisor is 0.
    pub zero: Option<usize>,
    /// The least integer is divided by −1.
    pub overflow: Option<usize>,
}

impl Division {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "arith.divsi" => Self::DivSigned,
            "arith.divui" => Self::DivUnsigned,
            "arith.remsi" => Self::RemSigned,
            "arith.remui" => Self::RemUnsigned,
            "arith.ceildivsi" => Self::CeilDivSigned,
            "arith.ceildivui" => Self::CeilDivUnsigned,
            "arith.floordivsi" => Self::FloorDivSigned,
            _ => return None,
        })
    }

    const fn is_signed(self) -> bool {
        matches!(self, Self::DivSigned | Self::RemSigned | Self::CeilDivSigned | Self::FloorDivSigned)
    }
}

/// `row = row op divisors`, in integers of `bits` bits.
pub fn divide_i32(division: Division, bits: u32, row: &mut [i32], divisors: &[i32]) -> DivisionFaults {
    let bits = bits.clamp(1, 32);
    let least = i32::MIN >> (32 - bits);
    let suspects = suspects_i32(least, row, divisors);
    let faults = if suspects { faults(division, least, row, divisors, 0, -1) } else { DivisionFaults::default() };
    let low = u32::MAX >> (32 - bits);
    match division {
        Division::DivSigned => signed_i32(row, divisors),
        Division::DivUnsigned => unsigned_i32(low, row, divisors),
        Division::RemSigned => remainder_i32(row, divisors),
        Division::RemUnsigned => unsigned_remainder_i32(low, row, divisors),
        Division::CeilDivSigned => rounded_i32(1, row, divisors),
        Division::FloorDivSigned => rounded_i32(-1, row, divisors),
        Division::CeilDivUnsigned => {
            for (value, divisor) in row.iter_mut().zip(divisors) {
                let (dividend, divisor) = (*value as u32 & low, *divisor as u32 & low);
                let quotient = dividend.wrapping_sub(1).checked_div(divisor).unwrap_or(u32::MAX).wrapping_add(1);
                *value = if dividend == 0 { 0 } else { quotient as i32 };
            }
        }
    }
    if bits < 32 {
        crate::numbers::format::wrap_i32(bits, row);
    }
    faults
}

/// The same in 64 bits.
pub fn divide_i64(division: Division, row: &mut [i64], divisors: &[i64]) -> DivisionFaults {
    let faults = faults(division, i64::MIN, row, divisors, 0, -1);
    let divide: fn(i64, i64) -> i64 = match division {
        Division::DivSigned => signed_i64,
        Division::DivUnsigned => unsigned_i64,
        Division::RemSigned => |a, b| if b == 0 { by_zero(a) } else { a.wrapping_rem(b) },
        Division::RemUnsigned => |a, b| (a as u64).checked_rem(b as u64).map_or_else(|| by_zero(a), |rest| rest as i64),
        Division::CeilDivSigned => |a, b| rounded_i64(1, a, b),
        Division::FloorDivSigned => |a, b| rounded_i64(-1, a, b),
        Division::CeilDivUnsigned => |a, b| match (a, b) {
            (0, _) => 0,
            _ => unsigned_i64(a.wrapping_sub(1), b).wrapping_add(1),
        },
    };
    for (value, divisor) in row.iter_mut().zip(divisors) {
        *value = divide(*value, *divisor);
    }
    faults
}

fn faults<T: Copy + PartialEq>(
    division: Division,
    least: T,
    row: &[T],
    divisors: &[T],
    zero: T,
    minus_one: T,
) -> DivisionFaults {
    let overflows = |(value, divisor): (&T, &T)| *value == least && *divisor == minus_one;
    DivisionFaults {
        zero: row.iter().zip(divisors).position(|(_, divisor)| *divisor == zero),
        overflow: if division.is_signed() { row.iter().zip(divisors).position(overflows) } else { None },
    }
}

fn signed_i64(a: i64, b: i64) -> i64 {
    if b == 0 { by_zero(a) } else { a.wrapping_div(b) }
}

fn unsigned_i64(a: i64, b: i64) -> i64 {
    (a as u64).checked_div(b as u64).map_or_else(|| by_zero(a), |quotient| quotient as i64)
}

/// The compiled kernel divides in 32 bits what has no more.
fn by_zero(a: i64) -> i64 {
    if a as u64 >> 32 == 0 { 0xffff_ffff } else { -1 }
}

fn rounded_i64(step: i64, a: i64, b: i64) -> i64 {
    let quotient = signed_i64(a, b);
    let same_sign = (a ^ b) >= 0;
    if quotient.wrapping_mul(b) != a && same_sign == (step > 0) { quotient.wrapping_add(step) } else { quotient }
}

// Quotients of 32-bit integers are taken in `f64`: one that isn't whole lies further from a whole number than `f64`
// rounds, so cutting it off is exact, and this vectorises.

/// A whole number below 2³² in the low bits of this sum, those of a negative one as its complement.
const WHOLE: f64 = 6_755_399_441_055_744.0;

#[inline(always)]
fn quotient(a: i32, b: i32) -> i32 {
    let quotient = ((f64::from(a) / f64::from(b)).trunc() + WHOLE).to_bits() as i32;
    if b == 0 { -1 } else { quotient }
}

#[inline(always)]
fn unsigned_quotient(a: u32, b: u32) -> u32 {
    let quotient = ((f64::from(a) / f64::from(b)).trunc() + WHOLE).to_bits() as u32;
    if b == 0 { u32::MAX } else { quotient }
}

vectorised! {
    fn suspects_i32(least: i32, row: &[i32], divisors: &[i32]) -> bool {
        let mut any = false;
        for (value, divisor) in row.iter().zip(divisors) {
            any |= *divisor == 0 || (*value == least && *divisor == -1);
        }
        any
    }

    fn signed_i32(row: &mut [i32], divisors: &[i32]) {
        for (value, divisor) in row.iter_mut().zip(divisors) {
            *value = quotient(*value, *divisor);
        }
    }

    fn remainder_i32(row: &mut [i32], divisors: &[i32]) {
        for (value, divisor) in row.iter_mut().zip(divisors) {
            let product = quotient(*value, *divisor).wrapping_mul(*divisor);
            *value = if *divisor == 0 { -1 } else { value.wrapping_sub(product) };
        }
    }

    fn rounded_i32(step: i32, row: &mut [i32], divisors: &[i32]) {
        for (value, divisor) in row.iter_mut().zip(divisors) {
            let quotient = quotient(*value, *divisor);
            let same_sign = (*value ^ *divisor) >= 0;
            let is_exact = quotient.wrapping_mul(*divisor) == *value;
            let step = if !is_exact && same_sign == (step > 0) { step } else { 0 };
            *value = quotient.wrapping_add(step);
        }
    }

    fn unsigned_i32(low: u32, row: &mut [i32], divisors: &[i32]) {
        for (value, divisor) in row.iter_mut().zip(divisors) {
            *value = unsigned_quotient(*value as u32 & low, *divisor as u32 & low) as i32;
        }
    }

    fn unsigned_remainder_i32(low: u32, row: &mut [i32], divisors: &[i32]) {
        for (value, divisor) in row.iter_mut().zip(divisors) {
            let (dividend, divisor) = (*value as u32 & low, *divisor as u32 & low);
            let product = unsigned_quotient(dividend, divisor).wrapping_mul(divisor);
            *value = if divisor == 0 { -1 } else { dividend.wrapping_sub(product) as i32 };
        }
    }
}
