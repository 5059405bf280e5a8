//! `arith.addi`, `subi`, `muli`, `andi`, `ori`, `xori`, `maxsi`, `maxui`, `minsi`, `minui`; `tt.mulhiui`; where one
//! overflows.

use super::run;
use crate::numbers::Operand;

/// What is done to two integers; it wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum IntegerBinary {
    Add,
    Subtract,
    Multiply,
    And,
    Or,
    Xor,
    MaxSigned,
    MinSigned,
    MaxUnsigned,
    MinUnsigned,
}

impl IntegerBinary {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "arith.addi" => Self::Add,
            "arith.subi" => Self::Subtract,
            "arith.muli" => Self::Multiply,
            "arith.andi" => Self::And,
            "arith.ori" => Self::Or,
            "arith.xori" => Self::Xor,
            "arith.maxsi" => Self::MaxSigned,
            "arith.minsi" => Self::MinSigned,
            "arith.maxui" => Self::MaxUnsigned,
            "arith.minui" => Self::MinUnsigned,
            _ => return None,
        })
    }
}

macro_rules! integer {
    ($signed:ident, $unsigned:ident, $module:ident, $function:ident, $($doc:literal)*) => {
        $(#[doc = $doc])*
        pub fn $function(operation: IntegerBinary, reversed: bool, row: &mut [$signed], other: Operand<'_, $signed>) {
            use $module::*;
            match operation {
                IntegerBinary::Add => run!(add, row, other),
                IntegerBinary::Subtract if reversed => run!(subtract_from, row, other),
                IntegerBinary::Subtract => run!(subtract, row, other),
                IntegerBinary::Multiply => run!(multiply, row, other),
                IntegerBinary::And => run!(and, row, other),
                IntegerBinary::Or => run!(or, row, other),
                IntegerBinary::Xor => run!(xor, row, other),
                IntegerBinary::MaxSigned => run!(max_signed, row, other),
                IntegerBinary::MinSigned => run!(min_signed, row, other),
                IntegerBinary::MaxUnsigned => run!(max_unsigned, row, other),
                IntegerBinary::MinUnsigned => run!(min_unsigned, row, other),
            }
        }

        mod $module {
            crate::numbers::elementwise::loops! {
                $signed;
                add(a, b) a.wrapping_add(b);
                subtract(a, b) a.wrapping_sub(b);
                subtract_from(a, b) b.wrapping_sub(a);
                multiply(a, b) a.wrapping_mul(b);
                and(a, b) a & b;
                or(a, b) a | b;
                xor(a, b) a ^ b;
                max_signed(a, b) a.max(b);
                min_signed(a, b) a.min(b);
                max_unsigned(a, b) (a as $unsigned).max(b as $unsigned) as $signed;
                min_unsigned(a, b) (a as $unsigned).min(b as $unsigned) as $signed;
            }
        }
    };
}

integer!(
    i32, u32, of_i32, binary_i32,
    "`row = row op other`, or with `reversed` `row = other op row`."
    ""
    "Integers of fewer bits are sign-extended, also for the unsigned maximum: its order is the same. After `Add`,"
    "`Subtract` and `Multiply` they are to be wrapped."
);
integer!(i64, u64, of_i64, binary_i64, "As [`binary_i32`].");

mod of_mask {
    crate::numbers::elementwise::loops! {
        u8;
        xor(a, b) a ^ b;
        and(a, b) a & b;
        or(a, b) a | b;
    }
}

/// The same on `i1`, whose 1 is −1 where it is meant with a sign.
pub fn binary_mask(operation: IntegerBinary, row: &mut [u8], other: Operand<'_, u8>) {
    use of_mask::*;
    match operation {
        IntegerBinary::Add | IntegerBinary::Subtract | IntegerBinary::Xor => run!(xor, row, other),
        IntegerBinary::Multiply | IntegerBinary::And | IntegerBinary::MaxSigned | IntegerBinary::MinUnsigned => {
            run!(and, row, other);
        }
        IntegerBinary::Or | IntegerBinary::MinSigned | IntegerBinary::MaxUnsigned => run!(or, row, other),
    }
}

vectorised! {
    /// `tt.mulhiui`: the upper 32 bits of the unsigned product.
    pub fn multiply_high_i32(row: &mut [i32], other: &[i32]) {
        for (a, b) in row.iter_mut().zip(other) {
            *a = ((u64::from(*a as u32) * u64::from(*b as u32)) >> 32) as i32;
        }
    }

    /// The upper 64 bits of the unsigned product.
    pub fn multiply_high_i64(row: &mut [i64], other: &[i64]) {
        for (a, b) in row.iter_mut().zip(other) {
            *a = ((u128::from(*a as u64) * u128::from(*b as u64)) >> 64) as i64;
        }
    }

    fn any_overflow_i32(factor: bool, subtract: bool, least: i64, most: i64, a: &[i32], b: &[i32]) -> bool {
        let mut any = false;
        for (a, b) in a.iter().zip(b) {
            let (a, b) = (i64::from(*a), i64::from(*b));
            let exact = if factor { a * b } else if subtract { a - b } else { a + b };
            any |= exact < least || exact > most;
        }
        any
    }
}

/// The first lane whose signed sum, difference or product doesn't fit `bits` bits; `None` for other operations.
pub fn overflow_i32(operation: IntegerBinary, bits: u32, a: &[i32], b: &[i32]) -> Option<usize> {
    let exact: fn(i64, i64) -> i64 = match operation {
        IntegerBinary::Add => |a, b| a + b,
        IntegerBinary::Subtract => |a, b| a - b,
        IntegerBinary::Multiply => |a, b| a * b,
        _ => return None,
    };
    let most = (1_i64 << (bits.clamp(1, 32) - 1)) - 1;
    let (factor, subtract) = (operation == IntegerBinary::Multiply, operation == IntegerBinary::Subtract);
    if !any_overflow_i32(factor, subtract, -most - 1, most, a, b) {
        return None;
    }
    let fits = |(a, b): (&i32, &i32)| (-most - 1..=most).contains(&exact(i64::from(*a), i64::from(*b)));
    a.iter().zip(b).position(|pair| !fits(pair))
}

/// The same for 64 bits.
pub fn overflow_i64(operation: IntegerBinary, a: &[i64], b: &[i64]) -> Option<usize> {
    let checked: fn(i64, i64) -> Option<i64> = match operation {
        IntegerBinary::Add => i64::checked_add,
        IntegerBinary::Subtract => i64::checked_sub,
        IntegerBinary::Multiply => i64::checked_mul,
        _ => return None,
    };
    a.iter().zip(b).position(|(a, b)| checked(*a, *b).is_none())
}
