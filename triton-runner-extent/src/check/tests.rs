//! Checks as text, and what they let through.

use super::{Check, Condition, Kind, Refusal, Scalar, Touched};
use crate::program::Operand;
use crate::reason::Place;

/// Of `n` elements of 4 bytes, in blocks of 16.
fn check() -> Check {
    Check {
        program: "mul g0 16;min $0 s1;mul $1 4;add $2 -1;sub 100 s1".parse().expect("it is a program"),
        scalars: vec![Scalar { argument: 1, bits: 32 }],
        conditions: vec![Condition {
            value: Operand::Step(4),
            kind: Kind::Wrap,
            place: Place { file: Some("a b,c|d%e.py".into()), line: 12 },
        }],
        touched: vec![Touched { argument: 0, low: Operand::Number(0), high: Operand::Step(3) }],
    }
}

#[test]
fn text_gives_back_the_check_that_it_was_made_of() {
    let text = check().to_string();
    assert!(text.ends_with("|$4 wrap 12 a%20b%2cc%7cd%25e.py|0:0..$3"), "{text}");
    assert_eq!(text.parse(), Ok(check()));
    assert_eq!("1||||".parse(), Ok(Check::default()));
}

#[test]
fn text_that_is_no_check_is_refused() {
    for text in [
        "",
        "1|||",
        "2||||",
        "1|3|||",
        "1||add s1 1|$1 wrap 1|",
        "1|||5 what 1|",
        "1||||0:0",
        "1||||0:0..$0",
        "1|||5 wrap 1 %zz|",
    ] {
        assert!(text.parse::<Check>().is_err(), "{text}");
    }
}

#[test]
fn memory_of_just_the_length_is_enough_and_a_byte_less_is_not() {
    let check = check();
    let admit = |n: i64, grid: u32, length: u64| check.admit(&[None, Some(n)], [grid, 1, 1], &[Some(length), None]);
    assert_eq!(admit(20, 2, 80), Ok(()));
    assert_eq!(admit(0, 1, 0), Ok(()));
    assert_eq!(admit(100, 0, 0), Ok(()));
    let because = vec![Operand::Scalar(1), Operand::Grid(0)];
    assert_eq!(admit(20, 2, 79), Err(Refusal::Short { argument: 0, needed: 80, given: 79, because }));
    // No memory at all where some is needed.
    assert!(check.admit(&[None, Some(20)], [1, 1, 1], &[]).is_err());
}

#[test]
fn scalars_and_grids_that_no_launch_has_are_refused() {
    let check = check();
    let evaluate = |scalar: Option<i64>, grid: [u32; 3]| check.evaluate(&[None, scalar], grid);
    assert!(evaluate(Some(20), [1, 1, 1]).is_ok());
    for scalar in [None, Some(1 << 31), Some(-(1 << 31) - 1)] {
        assert_eq!(evaluate(scalar, [1, 1, 1]), Err(Refusal::Scalar { argument: 1 }), "{scalar:?}");
    }
    for grid in [[1 << 31, 1, 1], [1, 65_536, 1], [1, 1, 65_536]] {
        assert_eq!(evaluate(Some(1), grid), Err(Refusal::Grid), "{grid:?}");
    }
}

#[test]
fn a_condition_names_what_goes_wrong_and_what_makes_it_so() {
    let refusal = check().evaluate(&[None, Some(101)], [1, 1, 1]).expect_err("100 at most");
    assert_eq!(refusal.to_string(), "an integer wraps (a b,c|d%e.py:12), by argument 1");
    let mut unknown = check();
    unknown.conditions[0].value = Operand::Unknown;
    let refusal = unknown.evaluate(&[None, Some(1)], [1, 1, 1]).expect_err("nothing is known");
    assert!(refusal.to_string().contains("numbers too large to tell"), "{refusal}");
}
