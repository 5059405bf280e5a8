//! Integer operations, against the same in 128 bits.

use proptest::prelude::*;

use crate::numbers::Operand;
use crate::numbers::elementwise::*;
use crate::numbers::format::wrap_i32;

/// Sign-extended from so many bits.
fn signed(x: i128, bits: u32) -> i128 {
    (x << (128 - bits)) >> (128 - bits)
}

fn unsigned(x: i128, bits: u32) -> i128 {
    x & ((1 << bits) - 1)
}

const BINARY: [&str; 10] = [
    "arith.addi",
    "arith.subi",
    "arith.muli",
    "arith.andi",
    "arith.ori",
    "arith.xori",
    "arith.maxsi",
    "arith.minsi",
    "arith.maxui",
    "arith.minui",
];

fn reference(name: &str, bits: u32, a: i128, b: i128) -> i128 {
    let (unsigned_a, unsigned_b) = (unsigned(a, bits), unsigned(b, bits));
    // A GPU looks at the low 32 bits of an amount.
    let shift = unsigned(unsigned_b, 32);
    let result = match name {
        "arith.addi" => a + b,
        "arith.subi" => a - b,
        "arith.muli" => a * b,
        "arith.andi" => a & b,
        "arith.ori" => a | b,
        "arith.xori" => a ^ b,
        "arith.maxsi" => a.max(b),
        "arith.minsi" => a.min(b),
        "arith.maxui" => unsigned_a.max(unsigned_b),
        "arith.minui" => unsigned_a.min(unsigned_b),
        "arith.divsi" => a / b,
        "arith.divui" => unsigned_a / unsigned_b,
        "arith.remsi" => a % b,
        "arith.remui" => unsigned_a % unsigned_b,
        "arith.ceildivsi" => (a / b) + i128::from(a % b != 0 && (a < 0) == (b < 0)),
        "arith.floordivsi" => a.div_euclid(b) - i128::from(b < 0 && a.rem_euclid(b) != 0),
        "arith.ceildivui" => (unsigned_a + unsigned_b - 1) / unsigned_b,
        "arith.shli" if shift < i128::from(bits) => a << shift,
        "arith.shrui" if shift < i128::from(bits) => unsigned_a >> shift,
        "arith.shli" | "arith.shrui" => 0,
        "arith.shrsi" => a >> shift.min(i128::from(bits) - 1),
        _ => unreachable!(),
    };
    signed(result, bits)
}

const DIVISIONS: [&str; 7] = [
    "arith.divsi",
    "arith.divui",
    "arith.remsi",
    "arith.remui",
    "arith.ceildivsi",
    "arith.ceildivui",
    "arith.floordivsi",
];

/// An integer of so many bits, small ones and the ends more often than by chance.
fn integer(bits: u32) -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -3..4_i64,
        Just(i64::MIN >> (64 - bits)),
        Just(i64::MAX >> (64 - bits)),
        (0..bits).prop_map(|shift| 1_i64 << shift)
    ]
    .prop_map(move |x| (x << (64 - bits)) >> (64 - bits))
}

fn case() -> impl Strategy<Value = (u32, i64, i64)> {
    prop_oneof![Just(8), Just(16), Just(32), Just(64)].prop_flat_map(|bits| (Just(bits), integer(bits), integer(bits)))
}

proptest! {
    #[test]
    fn arithmetic_wraps_at_its_width((bits, a, b) in case(), reversed: bool) {
        for name in BINARY {
            let operation = IntegerBinary::from_mlir(name).unwrap();
            let (left, right) = if reversed { (b, a) } else { (a, b) };
            let expected = reference(name, bits, i128::from(left), i128::from(right));
            if bits == 64 {
                let mut row = [a; 5];
                binary_i64(operation, reversed, &mut row, Operand::Each(&[b; 5]));
                prop_assert_eq!(row.map(i128::from), [expected; 5], "{}", name);
            } else {
                let mut row = [a as i32; 9];
                binary_i32(operation, reversed, &mut row, Operand::All(b as i32));
                wrap_i32(bits, &mut row);
                prop_assert_eq!(row.map(i128::from), [expected; 9], "{}", name);
            }
        }
    }

    #[test]
    fn an_overflow_is_found_where_the_exact_result_does_not_fit((bits, a, b) in case()) {
        for name in &BINARY[..3] {
            let operation = IntegerBinary::from_mlir(name).unwrap();
            let (wide_a, wide_b) = (i128::from(a), i128::from(b));
            let exact = match *name {
                "arith.addi" => wide_a + wide_b,
                "arith.subi" => wide_a - wide_b,
                _ => wide_a * wide_b,
            };
            let expected = (signed(exact, bits) != exact).then_some(1);
            let found = if bits == 64 {
                overflow_i64(operation, &[0, a, a], &[0, b, b])
            } else {
                overflow_i32(operation, bits, &[0, a as i32, a as i32], &[0, b as i32, b as i32])
            };
            prop_assert_eq!(found, expected, "{}", name);
        }
    }

    #[test]
    fn division_is_exact_and_reports_what_is_not_defined((bits, a, b) in case()) {
        for name in DIVISIONS {
            let division = Division::from_mlir(name).unwrap();
            let mut row = [1, a, a];
            let mut row_i32 = row.map(|x| x as i32);
            let faults = if bits == 64 {
                divide_i64(division, &mut row, &[1, b, b])
            } else {
                let faults = divide_i32(division, bits, &mut row_i32, &[1, b as i32, b as i32]);
                row = row_i32.map(i64::from);
                faults
            };
            let is_signed = !name.ends_with("ui");
            let overflows = is_signed && b == -1 && a == i64::MIN >> (64 - bits);
            prop_assert_eq!(faults, DivisionFaults {
                zero: (b == 0).then_some(1),
                overflow: overflows.then_some(1),
            }, "{}", name);
            if b != 0 && !overflows {
                prop_assert_eq!(i128::from(row[1]), reference(name, bits, i128::from(a), i128::from(b)), "{} {} {}", name, a, b);
            } else if b == 0 && (name.starts_with("arith.div") || name.starts_with("arith.rem")) {
                let is_short = bits == 64 && a as u64 >> 32 == 0;
                prop_assert_eq!(row[1], if is_short { 0xffff_ffff } else { -1 });
            } else if overflows && name == "arith.divsi" {
                prop_assert_eq!(row[1], a);
            } else if overflows && name == "arith.remsi" {
                prop_assert_eq!(row[1], 0);
            }
        }
    }

    #[test]
    fn shifts_stop_at_the_width_and_report_it((bits, a, b) in case(), small in 0..70_i64) {
        for amount in [b, small] {
            for name in ["arith.shli", "arith.shrsi", "arith.shrui"] {
                let shift = Shift::from_mlir(name).unwrap();
                let expected = reference(name, bits, i128::from(a), signed(i128::from(amount), bits));
                let too_far = unsigned(i128::from(amount), bits) >= i128::from(bits);
                let (result, fault) = if bits == 64 {
                    let mut row = [a, a];
                    let fault = shift_i64(shift, &mut row, &[0, amount]);
                    (row[1], fault)
                } else {
                    let amount = signed(i128::from(amount), bits) as i32;
                    let mut row = [a as i32, a as i32];
                    let fault = shift_i32(shift, bits, &mut row, &[0, amount]);
                    (i64::from(row[1]), fault)
                };
                prop_assert_eq!(i128::from(result), expected, "{} {} {}", name, a, amount);
                prop_assert_eq!(fault, too_far.then_some(1), "{}", name);
            }
        }
    }

    #[test]
    fn comparisons_follow_their_sign((bits, a, b) in case()) {
        let (unsigned_a, unsigned_b) = (unsigned(i128::from(a), bits), unsigned(i128::from(b), bits));
        for (name, expected) in [
            ("eq", a == b),
            ("ne", a != b),
            ("slt", a < b),
            ("sle", a <= b),
            ("sgt", a > b),
            ("sge", a >= b),
            ("ult", unsigned_a < unsigned_b),
            ("ule", unsigned_a <= unsigned_b),
            ("ugt", unsigned_a > unsigned_b),
            ("uge", unsigned_a >= unsigned_b),
        ] {
            let predicate = IntegerPredicate::from_mlir(name).unwrap();
            let mut mask = [7; 9];
            if bits == 64 {
                compare_i64(predicate, &[a; 9], Operand::All(b), &mut mask);
            } else {
                compare_i32(predicate, &[a as i32; 9], Operand::Each(&[b as i32; 9]), &mut mask);
            }
            prop_assert_eq!(mask, [u8::from(expected); 9], "{}", name);
        }
    }
}

#[test]
fn masks_compute_as_integers_of_one_bit() {
    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        for name in BINARY {
            let mut row = [a];
            binary_mask(IntegerBinary::from_mlir(name).unwrap(), &mut row, Operand::All(b));
            let expected = reference(name, 1, -i128::from(a), -i128::from(b));
            assert_eq!(i128::from(row[0]), -expected, "{name} {a} {b}");
        }
        let mut mask = [0];
        compare_mask(IntegerPredicate::from_mlir("slt").unwrap(), &[a], &[b], &mut mask);
        assert_eq!(mask[0], u8::from(a > b));
        compare_mask(IntegerPredicate::from_mlir("ult").unwrap(), &[a], &[b], &mut mask);
        assert_eq!(mask[0], u8::from(a < b));
    }
}

#[test]
fn the_upper_half_of_a_product_has_no_sign() {
    let mut row = [-1, i32::MIN, 3];
    multiply_high_i32(&mut row, &[-1, 2, 5]);
    assert_eq!(row, [-2, 1, 0]);
    let mut row = [-1, i64::MIN, 3];
    multiply_high_i64(&mut row, &[-1, 2, 5]);
    assert_eq!(row, [-2, 1, 0]);
}

#[test]
fn bits_are_counted_within_the_width() {
    for (name, bits, x, expected) in [
        ("math.absi", 8, -128, -128),
        ("math.absi", 32, -7, 7),
        ("math.ctpop", 8, -1, 8),
        ("math.ctpop", 32, -1, 32),
        ("math.ctlz", 16, 1, 15),
        ("math.ctlz", 8, 0, 8),
        ("math.cttz", 8, 0, 8),
        ("math.cttz", 32, 8, 3),
    ] {
        let mut row = [x];
        unary_i32(IntegerUnary::from_mlir(name).unwrap(), bits, &mut row);
        assert_eq!(row, [expected], "{name} {bits} {x}");
    }
    let mut row = [-7, i64::MIN];
    unary_i64(IntegerUnary::Absolute, &mut row);
    assert_eq!(row, [7, i64::MIN]);
    let mut row = [-1];
    unary_i64(IntegerUnary::Ones, &mut row);
    assert_eq!(row, [64]);
}
