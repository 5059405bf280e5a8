//! Every operation against what a GPU gave.

use super::elementwise::*;
use super::format::*;
use super::libdevice::Libdevice;
use super::math::{Math, math_f32, math_f64};
use super::*;

/// A row of any class.
#[derive(Clone, Debug)]
enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
    I64(Vec<i64>),
}

impl Values {
    fn of_bits(format: Format, bits: &[u64]) -> Self {
        let bytes: Vec<u8> = bits.iter().flat_map(|bits| bits.to_le_bytes()[..format.bytes()].to_vec()).collect();
        let mut values = Self::zero(format.class(), bits.len());
        match &mut values {
            Self::F32(values) => load_f32(format, &bytes, values),
            Self::F64(values) => load_f64(&bytes, values),
            Self::I32(values) => load_i32(format, &bytes, values),
            Self::I64(values) => load_i64(&bytes, values),
        }
        values
    }

    fn zero(class: Class, count: usize) -> Self {
        match class {
            Class::F32 => Self::F32(vec![0.0; count]),
            Class::F64 => Self::F64(vec![0.0; count]),
            Class::I32 => Self::I32(vec![0; count]),
            Class::I64 => Self::I64(vec![0; count]),
            Class::Mask => unreachable!("the table has no masks"),
        }
    }

    fn bits(&self, format: Format) -> Vec<u64> {
        let count = self.column().len();
        let mut bytes = vec![0; count * format.bytes()];
        match self {
            Self::F32(values) => store_f32(format, values, &mut bytes),
            Self::F64(values) => store_f64(values, &mut bytes),
            Self::I32(values) => store_i32(format, values, &mut bytes),
            Self::I64(values) => store_i64(values, &mut bytes),
        }
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        bytes.chunks(format.bytes()).map(number).collect()
    }

    fn column(&self) -> Column<'_> {
        match self {
            Self::F32(values) => Column::F32(values),
            Self::F64(values) => Column::F64(values),
            Self::I32(values) => Column::I32(values),
            Self::I64(values) => Column::I64(values),
        }
    }

    fn column_mut(&mut self) -> ColumnMut<'_> {
        match self {
            Self::F32(values) => ColumnMut::F32(values),
            Self::F64(values) => ColumnMut::F64(values),
            Self::I32(values) => ColumnMut::I32(values),
            Self::I64(values) => ColumnMut::I64(values),
        }
    }

    /// Whether each is NaN; an integer isn't.
    fn nans(&self) -> Vec<bool> {
        match self {
            Self::F32(values) => values.iter().map(|value| value.is_nan()).collect(),
            Self::F64(values) => values.iter().map(|value| value.is_nan()).collect(),
            other => vec![false; other.column().len()],
        }
    }
}

/// What the operation gives; `None` where the table has one that isn't known.
fn compute(name: &str, from: Format, to: Format, [mut a, b, c]: [Values; 3]) -> Option<Values> {
    let mut result = Values::zero(to.class(), a.column().len());
    if let Some(function) = Libdevice::find(name) {
        let columns = [a.column(), b.column(), c.column()];
        function.apply(&columns[..function.arguments().len()], result.column_mut()).ok()?;
        return Some(result);
    }
    let sign = if name.ends_with("ui") || name == "arith.uitofp" { Signedness::Unsigned } else { Signedness::Signed };
    match (name, &mut a, &mut result) {
        ("arith.fptosi" | "arith.fptoui", Values::F32(a), Values::I32(r)) => drop(f32_to_i32(sign, to.bits(), a, r)),
        ("arith.fptosi" | "arith.fptoui", Values::F32(a), Values::I64(r)) => drop(f32_to_i64(sign, a, r)),
        ("arith.fptosi" | "arith.fptoui", Values::F64(a), Values::I32(r)) => drop(f64_to_i32(sign, to.bits(), a, r)),
        ("arith.fptosi" | "arith.fptoui", Values::F64(a), Values::I64(r)) => drop(f64_to_i64(sign, a, r)),
        ("arith.sitofp" | "arith.uitofp", Values::I32(a), Values::F32(r)) => i32_to_f32(sign, from.bits(), to, a, r),
        ("arith.sitofp" | "arith.uitofp", Values::I32(a), Values::F64(r)) => i32_to_f64(sign, from.bits(), a, r),
        ("arith.sitofp" | "arith.uitofp", Values::I64(a), Values::F32(r)) => i64_to_f32(sign, to, a, r),
        ("arith.sitofp" | "arith.uitofp", Values::I64(a), Values::F64(r)) => i64_to_f64(sign, a, r),
        ("arith.truncf", Values::F64(a), Values::F32(r)) => f64_to_f32(to, Rounding::NearestEven, a, r),
        ("arith.truncf" | "rtne" | "rtz" | "up", Values::F32(a), Values::F32(_)) => {
            round_f32(to, if name == "rtz" { Rounding::TowardZero } else { Rounding::NearestEven }, a);
            return Some(Values::F32(a.clone()));
        }
        _ => return in_place(name, from, a, b, c),
    }
    Some(result)
}

fn in_place(name: &str, format: Format, mut a: Values, b: Values, c: Values) -> Option<Values> {
    match (&mut a, &b, &c) {
        (Values::F32(a), Values::F32(b), Values::F32(c)) => {
            match name {
                "fma" if format == Format::F32 => fma_f32(a, b, c),
                "fma" => fma_narrow(format, a, b, c),
                "clampnone" | "clampall" => clamp_f32(name == "clampall", a, b, c),
                _ => match FloatBinary::from_mlir(name) {
                    Some(operation) => binary_f32(operation, false, a, Operand::Each(b)),
                    None => math_f32(Math::from_mlir(name)?, a),
                },
            }
            round_f32(format, Rounding::NearestEven, a);
        }
        (Values::F64(a), Values::F64(b), Values::F64(c)) => match name {
            "fma" => fma_f64(a, b, c),
            "clampnone" | "clampall" => clamp_f64(name == "clampall", a, b, c),
            _ => match FloatBinary::from_mlir(name) {
                Some(operation) => binary_f64(operation, false, a, Operand::Each(b)),
                None => math_f64(Math::from_mlir(name)?, a),
            },
        },
        (Values::I32(a), Values::I32(b), _) if name == "tt.mulhiui" => multiply_high_i32(a, b),
        (Values::I32(a), Values::I32(b), _) => match Division::from_mlir(name) {
            Some(division) => drop(divide_i32(division, format.bits(), a, b)),
            None => drop(shift_i32(Shift::from_mlir(name)?, format.bits(), a, b)),
        },
        (Values::I64(a), Values::I64(b), _) => match Division::from_mlir(name) {
            Some(division) => drop(divide_i64(division, a, b)),
            None => drop(shift_i64(Shift::from_mlir(name)?, a, b)),
        },
        _ => return None,
    }
    Some(a)
}

/// Ulps that the two may lie apart; 0 where the bits are to be equal.
fn bound(name: &str, to: Format) -> u64 {
    let directed = ["_rn", "_rz", "_ru", "_rd"].iter().any(|direction| name.ends_with(direction));
    let exact =
        ["round", "rint", "nearbyint", "trunc", "floor", "ceil", "abs", "copysign", "fmod", "remainder", "fdim", "fma"];
    let exact = exact.iter().any(|exact| name.trim_start_matches("__nv_").trim_start_matches('f').starts_with(exact));
    match name {
        "arith.divf" if to == Format::F32 => 2,
        _ if to.class() != Class::F32 && to != Format::F64 => 0,
        _ if directed || exact || name.contains("_as_") || name.contains("hiloint") => 0,
        "math.floor" | "math.ceil" | "math.absf" | "tt.precise_sqrt" => 0,
        _ if name.starts_with("math.") => 2,
        // Approximations to 2⁻²², and products of them.
        _ if name.starts_with("__nv_fast_") => 512,
        _ if name.starts_with("__nv_") => 6,
        _ => 0,
    }
}

/// The patterns in the order of their numbers.
fn ordered(format: Format, bits: u64) -> i128 {
    let sign = 1 << (format.bits() - 1);
    if bits & sign == 0 { i128::from(bits) } else { -i128::from(bits & !sign) }
}

#[test]
fn each_operation_gives_what_an_h100_gave() {
    let table = include_str!("../../testdata/h100.txt");
    let mut cases = 0;
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (operation, rows) = line.split_once(": ").unwrap();
        let [name, from, to] = *operation.split(' ').collect::<Vec<_>>() else { panic!("{operation}") };
        let [from, to] = [from, to].map(|name| Format::from_mlir(name).unwrap());
        let rows: Vec<Vec<u64>> = rows
            .split(", ")
            .map(|row| row.split(' ').map(|bits| u64::from_str_radix(bits, 16).unwrap()).collect())
            .collect();
        let column = |index: usize| rows.iter().map(|row| row[index]).collect::<Vec<_>>();
        let operands = [0, 1, 2].map(|index| Values::of_bits(from, &column(index)));
        let expected = column(3);
        let found = compute(name, from, to, operands).unwrap_or_else(|| panic!("{operation}"));
        let nans = found.nans().into_iter().zip(Values::of_bits(to, &expected).nans());
        for (((found, expected), nans), row) in found.bits(to).into_iter().zip(expected).zip(nans).zip(&rows) {
            let is_float = matches!(to.class(), Class::F32 | Class::F64);
            let apart = ordered(to, found).abs_diff(ordered(to, expected));
            let near =
                if is_float && bound(name, to) > 0 { apart <= u128::from(bound(name, to)) } else { found == expected };
            assert!(
                near && nans.0 == nans.1 || nans == (true, true),
                "{operation} {row:x?}: {found:x}, not {expected:x}"
            );
            cases += 1;
        }
    }
    assert!(cases > 3000);
}
