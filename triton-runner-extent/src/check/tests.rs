//! Checks as text, and what they let through.

use super::{Check, Condition, Kind, Launched, Refusal, Scalar, Touched, words};
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

/// A refusal as who launches `copy(x, n)` is told.
fn told(check: &Check, n: i64, grid: u32, length: u64) -> String {
    let scalars = [None, Some(n)];
    let refusal = check.admit(&scalars, [grid, 1, 1], &[Some(length), None]).expect_err("it is refused");
    let launched = Launched { file: "copy.ttir", names: &["x", "n"], scalars: &scalars, grid: [grid, 1, 1] };
    let (fault, because) = launched.fault(&refusal);
    words("copy", &fault, &because)
}

#[test]
fn a_refusal_names_what_goes_wrong_and_what_makes_it_so() {
    let needs = "argument `x` of kernel `copy` needs 80 bytes and has 79, with n = 20, grid.x = 2";
    assert_eq!(told(&check(), 20, 2, 79), needs);
    let cant = "kernel `copy` can't be launched with these numbers: ";
    assert_eq!(told(&check(), 101, 1, 0), format!("{cant}an integer wraps (a b,c|d%e.py:12), with n = 101"));
    let fits = "`n` is no integer that fits its type (copy.ttir)";
    assert_eq!(told(&check(), 1 << 31, 1, 0), format!("{cant}{fits}"));
    assert!(told(&check(), 1, 1 << 31, 0).starts_with(&format!("{cant}the grid has more programs than a GPU takes")));
    let mut other = check();
    other.touched[0].low = Operand::Number(-4);
    let before = "kernel `copy` would touch byte -4 of argument `x`, before its start";
    assert_eq!(told(&other, 20, 1, 80), before);
    other.touched[0].low = Operand::Unknown;
    let large = "nobody can tell what kernel `copy` touches of argument `x`: numbers too large";
    assert_eq!(told(&other, 20, 2, 80), format!("{large}, with n = 20, grid.x = 2"));
    other.conditions[0].value = Operand::Unknown;
    let unknown = "an integer wraps, or the numbers are too large to tell (a b,c|d%e.py:12)";
    assert_eq!(told(&other, 1, 1, 80), format!("{cant}{unknown}"));
    let unreadable = Refusal::Unreadable("1|".parse::<Check>().expect_err("it is no check"));
    let launched = Launched { file: "copy.ttir", names: &[], scalars: &[], grid: [1; 3] };
    assert!(words("copy", &launched.fault(&unreadable).0, &[]).starts_with(cant));
}
