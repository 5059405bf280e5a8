//! `arith.cmpf` and `arith.cmpi`.

use crate::numbers::Operand;

/// Which outcomes of a comparison of floats count as true: `olt` is `less` alone, `une` all but `equal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub struct FloatPredicate {
    pub less: bool,
    pub equal: bool,
    pub greater: bool,
    /// One of the two is NaN.
    pub unordered: bool,
}

/// Which outcomes of a comparison of integers count as true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub struct IntegerPredicate {
    pub less: bool,
    pub equal: bool,
    pub greater: bool,
    pub unsigned: bool,
}

impl FloatPredicate {
    /// From MLIR's word: `oeq`, `ult`, `false`.
    pub fn from_mlir(name: &str) -> Option<Self> {
        let (less, equal, greater, unordered) = match name {
            "false" => (false, false, false, false),
            "oeq" => (false, true, false, false),
            "ogt" => (false, false, true, false),
            "oge" => (false, true, true, false),
            "olt" => (true, false, false, false),
            "ole" => (true, true, false, false),
            "one" => (true, false, true, false),
            "ord" => (true, true, true, false),
            "ueq" => (false, true, false, true),
            "ugt" => (false, false, true, true),
            "uge" => (false, true, true, true),
            "ult" => (true, false, false, true),
            "ule" => (true, true, false, true),
            "une" => (true, false, true, true),
            "uno" => (false, false, false, true),
            "true" => (true, true, true, true),
            _ => return None,
        };
        Some(Self { less, equal, greater, unordered })
    }
}

impl IntegerPredicate {
    /// From MLIR's word: `eq`, `slt`, `uge`.
    pub fn from_mlir(name: &str) -> Option<Self> {
        let (less, equal, greater, unsigned) = match name {
            "eq" => (false, true, false, false),
            "ne" => (true, false, true, false),
            "slt" => (true, false, false, false),
            "sle" => (true, true, false, false),
            "sgt" => (false, false, true, false),
            "sge" => (false, true, true, false),
            "ult" => (true, false, false, true),
            "ule" => (true, true, false, true),
            "ugt" => (false, false, true, true),
            "uge" => (false, true, true, true),
            _ => return None,
        };
        Some(Self { less, equal, greater, unsigned })
    }
}

macro_rules! compare {
    ($kind:ident, $module:ident; $($name:ident($a:ident, $b:ident$(, $flip:ident)?) $body:expr;)*) => {
        mod $module {$(
            pub(super) mod $name {
                vectorised! {
                    pub(in crate::numbers::elementwise::compare) fn each($($flip: $kind,)? negate: bool, a: &[$kind], b: &[$kind], mask: &mut [u8]) {
                        for ((a, b), mask) in a.iter().zip(b).zip(mask) {
                            let ($a, $b) = (*a, *b);
                            *mask = u8::from(($body) ^ negate);
                        }
                    }

                    pub(in crate::numbers::elementwise::compare) fn all($($flip: $kind,)? negate: bool, a: &[$kind], b: $kind, mask: &mut [u8]) {
                        for (a, mask) in a.iter().zip(mask) {
                            let ($a, $b) = (*a, b);
                            *mask = u8::from(($body) ^ negate);
                        }
                    }
                }
            }
        )*}
    };
}

macro_rules! float {
    ($kind:ident, $module:ident, $function:ident) => {
        compare! {
            $kind, $module;
            less(a, b) a < b;
            less_or_equal(a, b) a <= b;
            greater(a, b) a > b;
            greater_or_equal(a, b) a >= b;
            equal(a, b) a == b;
            unequal(a, b) (a < b) | (a > b);
            ordered(a, b) !a.is_nan() & !b.is_nan();
        }

        /// `mask = a op b`.
        pub fn $function(predicate: FloatPredicate, a: &[$kind], b: Operand<'_, $kind>, mask: &mut [u8]) {
            use $module::*;
            // What is true of NaN is the opposite of what isn't.
            let negate = predicate.unordered;
            let run = |each: Each<$kind>, all: All<$kind>, mask| match b {
                Operand::Each(b) => each(negate, a, b, mask),
                Operand::All(b) => all(negate, a, b, mask),
            };
            match (predicate.less ^ negate, predicate.equal ^ negate, predicate.greater ^ negate) {
                (true, false, false) => run(less::each, less::all, mask),
                (true, true, false) => run(less_or_equal::each, less_or_equal::all, mask),
                (false, false, true) => run(greater::each, greater::all, mask),
                (false, true, true) => run(greater_or_equal::each, greater_or_equal::all, mask),
                (false, true, false) => run(equal::each, equal::all, mask),
                (true, false, true) => run(unequal::each, unequal::all, mask),
                (true, true, true) => run(ordered::each, ordered::all, mask),
                (false, false, false) => mask.iter_mut().zip(a).for_each(|(mask, _)| *mask = u8::from(negate)),
            }
        }
    };
}

type Each<T> = fn(bool, &[T], &[T], &mut [u8]);
type All<T> = fn(bool, &[T], T, &mut [u8]);

float!(f32, of_f32, compare_f32);
float!(f64, of_f64, compare_f64);

macro_rules! integer {
    ($kind:ident, $module:ident, $function:ident) => {
        compare! {
            $kind, $module;
            less(a, b, half) (a ^ half) < (b ^ half);
            less_or_equal(a, b, half) (a ^ half) <= (b ^ half);
            equal(a, b, half) (a ^ half) == (b ^ half);
        }

        /// `mask = a op b`.
        pub fn $function(predicate: IntegerPredicate, a: &[$kind], b: Operand<'_, $kind>, mask: &mut [u8]) {
            use $module::*;
            // Without the sign the order is that of the numbers moved by half their range.
            let half = if predicate.unsigned { $kind::MIN } else { 0 };
            let negate = predicate.greater;
            let run = |each: fn($kind, bool, &[$kind], &[$kind], &mut [u8]),
                       all: fn($kind, bool, &[$kind], $kind, &mut [u8]),
                       mask| {
                match b {
                    Operand::Each(b) => each(half, negate, a, b, mask),
                    Operand::All(b) => all(half, negate, a, b, mask),
                }
            };
            match (predicate.less ^ negate, predicate.equal ^ negate) {
                (true, false) => run(less::each, less::all, mask),
                (true, true) => run(less_or_equal::each, less_or_equal::all, mask),
                (false, true) => run(equal::each, equal::all, mask),
                (false, false) => mask.iter_mut().zip(a).for_each(|(mask, _)| *mask = u8::from(negate)),
            }
        }
    };
}

integer!(i32, of_i32, compare_i32);
integer!(i64, of_i64, compare_i64);

/// `mask = a op b` on `i1`, whose 1 is −1 where it is meant with a sign.
pub fn compare_mask(predicate: IntegerPredicate, a: &[u8], b: &[u8], mask: &mut [u8]) {
    for ((a, b), mask) in a.iter().zip(b).zip(mask) {
        let (a, b) = if predicate.unsigned { (*a as i8, *b as i8) } else { (-(*a as i8), -(*b as i8)) };
        *mask = u8::from((a < b && predicate.less) || (a == b && predicate.equal) || (a > b && predicate.greater));
    }
}
