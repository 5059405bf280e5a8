//! Polynomials against plain arithmetic.

use proptest::prelude::*;

use super::{Interval, Lowering, Uniform, Uniforms};

/// A number made of two scalars and a grid.
#[derive(Clone, Debug)]
enum Made {
    Scalar(u32),
    Grid,
    Number(i8),
    Two(char, Box<Made>, Box<Made>),
    Select(Box<Made>, Box<Made>, Box<Made>),
}

fn made() -> impl Strategy<Value = Made> {
    let leaf = prop_oneof![(0..2_u32).prop_map(Made::Scalar), Just(Made::Grid), any::<i8>().prop_map(Made::Number)];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let boxed = inner.prop_map(Box::new);
        let operation = prop::sample::select(vec!['+', '-', '*', '/', 'f', '%', '<', '>']);
        prop_oneof![
            3 => (operation, boxed.clone(), boxed.clone()).prop_map(|(operation, a, b)| Made::Two(operation, a, b)),
            1 => (boxed.clone(), boxed.clone(), boxed).prop_map(|(a, b, c)| Made::Select(a, b, c)),
        ]
    })
}

fn put_together(made: &Made, uniforms: &mut Uniforms) -> Uniform {
    match made {
        Made::Scalar(place) => uniforms.scalar(*place, Interval::new(i32::MIN.into(), i32::MAX.into())),
        Made::Grid => uniforms.grid(0),
        Made::Number(number) => uniforms.number((*number).into()),
        Made::Two(operation, a, b) => {
            let (a, b) = (put_together(a, uniforms), put_together(b, uniforms));
            match operation {
                '+' => uniforms.add(a, b),
                '-' => uniforms.sub(a, b),
                '*' => uniforms.mul(a, b),
                '/' => uniforms.div(a, b),
                'f' => uniforms.floor(a, b),
                '%' => uniforms.rem(a, b),
                '<' => uniforms.min(a, b),
                _ => uniforms.max(a, b),
            }
        }
        Made::Select(a, b, c) => {
            let (a, b, c) = (put_together(a, uniforms), put_together(b, uniforms), put_together(c, uniforms));
            uniforms.select(a, b, c)
        }
    }
}

/// `None` where it has no value: a divisor that isn't positive, a number that doesn't fit.
fn plain(made: &Made, scalars: [i64; 2], grid: u32) -> Option<i128> {
    Some(match made {
        Made::Scalar(place) => scalars[*place as usize].into(),
        Made::Grid => grid.into(),
        Made::Number(number) => (*number).into(),
        Made::Two(operation, a, b) => {
            let (a, b) = (plain(a, scalars, grid)?, plain(b, scalars, grid)?);
            match operation {
                '+' => a.checked_add(b)?,
                '-' => a.checked_sub(b)?,
                '*' => a.checked_mul(b)?,
                '/' if b > 0 => a / b,
                'f' if b > 0 => a.div_euclid(b),
                '%' if b > 0 => a % b,
                '<' => a.min(b),
                '>' => a.max(b),
                _ => return None,
            }
        }
        Made::Select(a, b, c) => {
            let (a, b, c) = (plain(a, scalars, grid)?, plain(b, scalars, grid)?, plain(c, scalars, grid)?);
            if a >= 0 { b } else { c }
        }
    })
}

fn scalar() -> impl Strategy<Value = i64> {
    prop_oneof![
        -20..20_i64,
        Just(i64::from(i32::MAX)),
        Just(i64::from(i32::MIN)),
        i64::from(i32::MIN)..i64::from(i32::MAX)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// What is simplified has the same value, and lies where its interval says.
    #[test]
    fn a_polynomial_has_the_value_of_what_it_was_made_of(made in made(), a in scalar(), b in scalar(), grid in 1..9_u32) {
        let mut uniforms = Uniforms::default();
        let uniform = put_together(&made, &mut uniforms);
        let mut lowering = Lowering::new(&mut uniforms);
        let operand = lowering.operand(uniform);
        let program = lowering.finish();
        let scalars = [Some(a), Some(b)];
        let values = program.evaluate(&scalars, [grid, 1, 1]);
        if let (Some(expected), Some(found)) = (plain(&made, [a, b], grid), values.of(operand)) {
            prop_assert_eq!(found, expected, "{}", program);
            let interval = uniforms.interval(uniform);
            prop_assert!(interval.lo <= expected && expected <= interval.hi, "{:?} {}", interval, expected);
        }
    }
}

#[test]
fn equal_polynomials_are_one() {
    let mut uniforms = Uniforms::default();
    let n = uniforms.scalar(0, Interval::new(i32::MIN.into(), i32::MAX.into()));
    let grid = uniforms.grid(0);
    let (a, b) = (uniforms.mul(n, grid), uniforms.mul(grid, n));
    assert_eq!(a, b);
    let difference = uniforms.sub(a, b);
    assert_eq!(uniforms.as_number(difference), Some(0));
    let eight = uniforms.number(8);
    let scaled = uniforms.mul(grid, eight);
    let less = uniforms.add_number(scaled, -1);
    let quotient = uniforms.div(less, eight);
    assert_eq!(quotient, uniforms.add_number(grid, -1), "(8 g − 1) / 8 is g − 1");
}
