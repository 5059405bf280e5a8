//! Conversions between integers and floating-point numbers, and of bits.

use super::directed::{Direction, each_direction, narrow, split};
use super::function::Function;

pub(super) fn find(name: &str) -> Option<Function> {
    let of_bits = match name {
        "float_as_int" | "float_as_uint" => Some(Function::FI(|x| x.to_bits() as i32)),
        "int_as_float" | "uint_as_float" => Some(Function::IF(|bits| f32::from_bits(bits as u32))),
        "double_as_longlong" => Some(Function::DL(|x| x.to_bits() as i64)),
        "longlong_as_double" => Some(Function::LD(|bits| f64::from_bits(bits as u64))),
        "double2hiint" => Some(Function::DI(|x| (x.to_bits() >> 32) as i32)),
        "double2loint" => Some(Function::DI(|x| x.to_bits() as i32)),
        "hiloint2double" => {
            Some(Function::IID(|high, low| f64::from_bits(u64::from(high as u32) << 32 | u64::from(low as u32))))
        }
        "llrintf" => Some(Function::FL(|x| long(f64::from(x), Direction::Nearest))),
        "llrint" => Some(Function::DL(|x| long(x, Direction::Nearest))),
        "llroundf" => Some(Function::FL(|x| long(f64::from(x.round()), Direction::Zero))),
        "llround" => Some(Function::DL(|x| long(x.round(), Direction::Zero))),
        _ => None,
    };
    of_bits.or_else(|| split(name).and_then(|(name, direction)| rounded(name, direction)))
}

fn rounded(name: &str, direction: Direction) -> Option<Function> {
    Some(match name {
        "float2int" => each_direction!(direction, FI, |x| float_to_int),
        "float2uint" => each_direction!(direction, FI, |x| float_to_unsigned),
        "float2ll" => each_direction!(direction, FL, |x| float_to_long),
        "float2ull" => each_direction!(direction, FL, |x| float_to_unsigned_long),
        "double2int" => each_direction!(direction, DI, |x| double_to_int),
        "double2uint" => each_direction!(direction, DI, |x| double_to_unsigned),
        "double2ll" => each_direction!(direction, DL, |x| long),
        "double2ull" => each_direction!(direction, DL, |x| unsigned_long),
        "double2float" => each_direction!(direction, DF, |x| narrow),
        "int2float" => each_direction!(direction, IF, |x| int_to_float),
        "uint2float" => each_direction!(direction, IF, |x| unsigned_to_float),
        "ll2float" => each_direction!(direction, LF, |x| long_to_float),
        "ull2float" => each_direction!(direction, LF, |x| unsigned_long_to_float),
        "int2double" if direction == Direction::Nearest => Function::ID(f64::from),
        "uint2double" if direction == Direction::Nearest => Function::ID(|x| f64::from(x as u32)),
        "ll2double" => each_direction!(direction, LD, |x| long_to_double),
        "ull2double" => each_direction!(direction, LD, |x| unsigned_long_to_double),
        _ => return None,
    })
}

fn whole(x: f64, direction: Direction) -> f64 {
    match direction {
        Direction::Nearest => x.round_ties_even(),
        Direction::Zero => x.trunc(),
        Direction::Up => x.ceil(),
        Direction::Down => x.floor(),
    }
}

// The casts saturate and make 0 of NaN; from `f64`, and to 64 bits, a GPU gives the highest bit alone.

fn double_to_int(x: f64, direction: Direction) -> i32 {
    if x.is_nan() { i32::MIN } else { whole(x, direction) as i32 }
}

fn double_to_unsigned(x: f64, direction: Direction) -> i32 {
    if x.is_nan() { i32::MIN } else { whole(x, direction) as u32 as i32 }
}

fn long(x: f64, direction: Direction) -> i64 {
    if x.is_nan() { i64::MIN } else { whole(x, direction) as i64 }
}

fn unsigned_long(x: f64, direction: Direction) -> i64 {
    if x.is_nan() { i64::MIN } else { whole(x, direction) as u64 as i64 }
}

fn float_to_int(x: f32, direction: Direction) -> i32 {
    whole(f64::from(x), direction) as i32
}

fn float_to_unsigned(x: f32, direction: Direction) -> i32 {
    whole(f64::from(x), direction) as u32 as i32
}

fn float_to_long(x: f32, direction: Direction) -> i64 {
    long(f64::from(x), direction)
}

fn float_to_unsigned_long(x: f32, direction: Direction) -> i64 {
    unsigned_long(f64::from(x), direction)
}

fn int_to_float(x: i32, direction: Direction) -> f32 {
    narrow(f64::from(x), direction)
}

fn unsigned_to_float(x: i32, direction: Direction) -> f32 {
    narrow(f64::from(x as u32), direction)
}

fn long_to_float(x: i64, direction: Direction) -> f32 {
    integer_to_float(i128::from(x), direction)
}

fn unsigned_long_to_float(x: i64, direction: Direction) -> f32 {
    integer_to_float(i128::from(x as u64), direction)
}

fn long_to_double(x: i64, direction: Direction) -> f64 {
    integer_to_double(i128::from(x), direction)
}

fn unsigned_long_to_double(x: i64, direction: Direction) -> f64 {
    integer_to_double(i128::from(x as u64), direction)
}

fn integer_to_float(x: i128, direction: Direction) -> f32 {
    let near = x as f32;
    directed(x, near as i128, direction, [near.next_down(), near, near.next_up()])
}

fn integer_to_double(x: i128, direction: Direction) -> f64 {
    let near = x as f64;
    directed(x, near as i128, direction, [near.next_down(), near, near.next_up()])
}

/// The number before the nearest one, that, or the number after it.
fn directed<F>(x: i128, near: i128, direction: Direction, [before, nearest, after]: [F; 3]) -> F {
    if near > x && (direction == Direction::Down || (direction == Direction::Zero && x > 0)) {
        before
    } else if near < x && (direction == Direction::Up || (direction == Direction::Zero && x < 0)) {
        after
    } else {
        nearest
    }
}
