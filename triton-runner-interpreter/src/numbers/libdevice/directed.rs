//! Arithmetic with a rounding of its own: `__nv_fadd_rz` and its kind.

use super::function::Function;

/// Which neighbour a result becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Nearest,
    Zero,
    Up,
    Down,
}

/// A name and its direction: `fadd_rz`.
pub(super) fn split(name: &str) -> Option<(&str, Direction)> {
    let (name, direction) = name.rsplit_once('_')?;
    let direction = match direction {
        "rn" => Direction::Nearest,
        "rz" => Direction::Zero,
        "ru" => Direction::Up,
        "rd" => Direction::Down,
        _ => return None,
    };
    Some((name, direction))
}

/// Functions have no state, so each direction needs its own.
macro_rules! each_direction {
    ($direction:expr, $kind:ident, |$($argument:ident),+| $name:ident) => {
        match $direction {
            Direction::Nearest => Function::$kind(|$($argument),+| $name($($argument,)+ Direction::Nearest)),
            Direction::Zero => Function::$kind(|$($argument),+| $name($($argument,)+ Direction::Zero)),
            Direction::Up => Function::$kind(|$($argument),+| $name($($argument,)+ Direction::Up)),
            Direction::Down => Function::$kind(|$($argument),+| $name($($argument,)+ Direction::Down)),
        }
    };
}
pub(super) use each_direction;

pub(super) fn find(name: &str) -> Option<Function> {
    let (name, direction) = split(name)?;
    Some(match name {
        "fadd" => each_direction!(direction, FFF, |a, b| add_f32),
        "fsub" => each_direction!(direction, FFF, |a, b| subtract_f32),
        "fmul" => each_direction!(direction, FFF, |a, b| multiply_f32),
        "fdiv" => each_direction!(direction, FFF, |a, b| divide_f32),
        "fmaf" => each_direction!(direction, FFFF, |a, b, c| fma_f32),
        "frcp" => each_direction!(direction, FF, |a| reciprocal_f32),
        "fsqrt" => each_direction!(direction, FF, |a| root_f32),
        "frsqrt" if direction == Direction::Nearest => Function::FF(|a| (1.0 / f64::from(a).sqrt()) as f32),
        "dadd" => each_direction!(direction, DDD, |a, b| add_f64),
        "dsub" => each_direction!(direction, DDD, |a, b| subtract_f64),
        "dmul" => each_direction!(direction, DDD, |a, b| multiply_f64),
        "ddiv" => each_direction!(direction, DDD, |a, b| divide_f64),
        "fma" => each_direction!(direction, DDDD, |a, b, c| fma_f64),
        "drcp" => each_direction!(direction, DD, |a| reciprocal_f64),
        "dsqrt" => each_direction!(direction, DD, |a| root_f64),
        _ => return None,
    })
}

/// The neighbour of `near` in the direction, where `beyond` has the sign of what the exact result has beyond it.
fn directed(near: f64, beyond: f64, direction: Direction) -> f64 {
    if near.is_nan() || beyond == 0.0 || beyond.is_nan() {
        return near;
    }
    match direction {
        Direction::Up if beyond > 0.0 => near.next_up(),
        Direction::Down if beyond < 0.0 => near.next_down(),
        Direction::Zero if near > 0.0 && beyond < 0.0 => near.next_down(),
        Direction::Zero if near < 0.0 && beyond > 0.0 => near.next_up(),
        _ => near,
    }
}

/// Of a result that overflowed the exact one lies before it.
fn overflowed(near: f64, operands: &[f64]) -> Option<f64> {
    (near.is_infinite() && operands.iter().all(|operand| operand.is_finite())).then_some(-near)
}

/// What an exact sum has beyond the rounded one.
fn beyond_sum(a: f64, b: f64, near: f64) -> f64 {
    let other = near - a;
    (a - (near - other)) + (b - other)
}

/// What opposite numbers add up to.
fn nothing(direction: Direction) -> f64 {
    if direction == Direction::Down { -0.0 } else { 0.0 }
}

fn add_f64(a: f64, b: f64, direction: Direction) -> f64 {
    let near = a + b;
    if near == 0.0 && a.is_sign_negative() != b.is_sign_negative() {
        return nothing(direction);
    }
    directed(near, overflowed(near, &[a, b]).unwrap_or_else(|| beyond_sum(a, b, near)), direction)
}

fn subtract_f64(a: f64, b: f64, direction: Direction) -> f64 {
    add_f64(a, -b, direction)
}

fn multiply_f64(a: f64, b: f64, direction: Direction) -> f64 {
    let near = a * b;
    directed(near, overflowed(near, &[a, b]).unwrap_or_else(|| a.mul_add(b, -near)), direction)
}

fn divide_f64(a: f64, b: f64, direction: Direction) -> f64 {
    let near = a / b;
    if b == 0.0 || b.is_infinite() {
        return near;
    }
    let rest = (-near).mul_add(b, a) * b.signum();
    directed(near, overflowed(near, &[a, b]).unwrap_or(rest), direction)
}

fn reciprocal_f64(a: f64, direction: Direction) -> f64 {
    divide_f64(1.0, a, direction)
}

fn root_f64(a: f64, direction: Direction) -> f64 {
    let near = a.sqrt();
    directed(near, if near.is_finite() { (-near).mul_add(near, a) } else { 0.0 }, direction)
}

fn fma_f64(a: f64, b: f64, c: f64, direction: Direction) -> f64 {
    let near = a.mul_add(b, c);
    let product = a * b;
    if near == 0.0 && product == -c && product.is_sign_negative() != c.is_sign_negative() {
        return nothing(direction);
    }
    let low = a.mul_add(b, -product);
    let sum = product + c;
    let beyond = ((sum - near) + beyond_sum(product, c, sum)) + low;
    directed(near, overflowed(near, &[a, b, c]).unwrap_or(beyond), direction)
}

/// An `f64` that is not exact, moved so that it lies on the exact result's side of every `f32`.
fn odd(near: f64, beyond: f64) -> f64 {
    let is_even = near.to_bits() & 1 == 0;
    match beyond {
        _ if !near.is_finite() || !is_even => near,
        _ if beyond > 0.0 => near.next_up(),
        _ if beyond < 0.0 => near.next_down(),
        _ => near,
    }
}

/// `f64` to `f32`.
pub(super) fn narrow(value: f64, direction: Direction) -> f32 {
    let near = value as f32;
    let beyond = if near.is_infinite() && value.is_finite() { -near } else { (value - f64::from(near)) as f32 };
    // The difference may be too small for an `f32`.
    let beyond =
        if beyond == 0.0 && value != f64::from(near) { (value - f64::from(near)).signum() as f32 } else { beyond };
    match direction {
        Direction::Up if beyond > 0.0 => near.next_up(),
        Direction::Down if beyond < 0.0 => near.next_down(),
        Direction::Zero if near > 0.0 && beyond < 0.0 => near.next_down(),
        Direction::Zero if near < 0.0 && beyond > 0.0 => near.next_up(),
        _ => near,
    }
}

fn add_f32(a: f32, b: f32, direction: Direction) -> f32 {
    let (a, b) = (f64::from(a), f64::from(b));
    let near = a + b;
    if near == 0.0 && a.is_sign_negative() != b.is_sign_negative() {
        return nothing(direction) as f32;
    }
    narrow(odd(near, beyond_sum(a, b, near)), direction)
}

fn subtract_f32(a: f32, b: f32, direction: Direction) -> f32 {
    add_f32(a, -b, direction)
}

fn multiply_f32(a: f32, b: f32, direction: Direction) -> f32 {
    narrow(f64::from(a) * f64::from(b), direction)
}

fn divide_f32(a: f32, b: f32, direction: Direction) -> f32 {
    let (a, b) = (f64::from(a), f64::from(b));
    let near = a / b;
    let rest = if near.is_finite() && b.is_finite() { (-near).mul_add(b, a) * b.signum() } else { 0.0 };
    narrow(odd(near, rest), direction)
}

fn reciprocal_f32(a: f32, direction: Direction) -> f32 {
    divide_f32(1.0, a, direction)
}

fn root_f32(a: f32, direction: Direction) -> f32 {
    let a = f64::from(a);
    let near = a.sqrt();
    narrow(odd(near, if near.is_finite() { (-near).mul_add(near, a) } else { 0.0 }), direction)
}

fn fma_f32(a: f32, b: f32, c: f32, direction: Direction) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let near = product + c;
    if near == 0.0 && product.is_sign_negative() != c.is_sign_negative() {
        return nothing(direction) as f32;
    }
    narrow(odd(near, beyond_sum(product, c, near)), direction)
}
