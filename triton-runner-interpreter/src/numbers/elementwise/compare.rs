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
    ($kind:ident, $predicate:ident, $function:ident, $module:ident, $compare:expr) => {
        /// `mask = a op b`.
        pub fn $function(predicate: $predicate, a: &[$kind], b: Operand<'_, $kind>, mask: &mut [u8]) {
            match b {
                Operand::Each(b) => $module::each(predicate, a, b, mask),
                Operand::All(b) => $module::all(predicate, a, b, mask),
            }
        }

        mod $module {
            use super::$predicate;

            vectorised! {
                pub(super) fn each(predicate: $predicate, a: &[$kind], b: &[$kind], mask: &mut [u8]) {
                    for ((a, b), mask) in a.iter().zip(b).zip(mask) {
                        *mask = $compare(predicate, *a, *b);
                    }
                }

                pub(super) fn all(predicate: $predicate, a: &[$kind], b: $kind, mask: &mut [u8]) {
                    for (a, mask) in a.iter().zip(mask) {
                        *mask = $compare(predicate, *a, b);
                    }
                }
            }
        }
    };
}

compare!(f32, FloatPredicate, compare_f32, of_f32, crate::numbers::elementwise::compare::float_f32);
compare!(f64, FloatPredicate, compare_f64, of_f64, crate::numbers::elementwise::compare::float_f64);
compare!(i32, IntegerPredicate, compare_i32, of_i32, crate::numbers::elementwise::compare::integer_i32);
compare!(i64, IntegerPredicate, compare_i64, of_i64, crate::numbers::elementwise::compare::integer_i64);

/// `mask = a op b` on `i1`, whose 1 is −1 where it is meant with a sign.
pub fn compare_mask(predicate: IntegerPredicate, a: &[u8], b: &[u8], mask: &mut [u8]) {
    for ((a, b), mask) in a.iter().zip(b).zip(mask) {
        let (a, b) = if predicate.unsigned { (*a as i8, *b as i8) } else { (-(*a as i8), -(*b as i8)) };
        *mask = u8::from((a < b && predicate.less) || (a == b && predicate.equal) || (a > b && predicate.greater));
    }
}

macro_rules! of_float {
    ($name:ident, $float:ident) => {
        #[inline(always)]
        fn $name(predicate: FloatPredicate, a: $float, b: $float) -> u8 {
            let (less, equal, greater) = (a < b, a == b, a > b);
            let unordered = !(less | equal | greater);
            let ordered = (less & predicate.less) | (equal & predicate.equal) | (greater & predicate.greater);
            u8::from(ordered | (unordered & predicate.unordered))
        }
    };
}
of_float!(float_f32, f32);
of_float!(float_f64, f64);

macro_rules! of_integer {
    ($name:ident, $integer:ident) => {
        #[inline(always)]
        fn $name(predicate: IntegerPredicate, a: $integer, b: $integer) -> u8 {
            // Without the sign the order is that of the numbers moved by half their range.
            let half = if predicate.unsigned { $integer::MIN } else { 0 };
            let (a, b) = (a ^ half, b ^ half);
            u8::from(((a < b) & predicate.less) | ((a == b) & predicate.equal) | ((a > b) & predicate.greater))
        }
    };
}
of_integer!(integer_i32, i32);
of_integer!(integer_i64, i64);
