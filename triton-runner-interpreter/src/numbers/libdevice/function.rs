//! Functions by their signature.

use crate::numbers::math::Math;

/// One variant for each signature: F is `f32`, D `f64`, I `i32`, L `i64`; what is given comes last.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::upper_case_acronyms, reason = "a letter for each type")]
pub(super) enum Function {
    /// A whole row of `f32`, vectorised.
    Row(Math),
    /// Through `f64`, rounded once more.
    ThroughF64(fn(f64) -> f64),
    TwoThroughF64(fn(f64, f64) -> f64),
    ThreeThroughF64(fn(f64, f64, f64) -> f64),
    FourThroughF64(fn(f64, f64, f64, f64) -> f64),
    FF(fn(f32) -> f32),
    FFF(fn(f32, f32) -> f32),
    FFFF(fn(f32, f32, f32) -> f32),
    DD(fn(f64) -> f64),
    DDD(fn(f64, f64) -> f64),
    DDDD(fn(f64, f64, f64) -> f64),
    DDDDD(fn(f64, f64, f64, f64) -> f64),
    FI(fn(f32) -> i32),
    FL(fn(f32) -> i64),
    DI(fn(f64) -> i32),
    DL(fn(f64) -> i64),
    DF(fn(f64) -> f32),
    IF(fn(i32) -> f32),
    ID(fn(i32) -> f64),
    LF(fn(i64) -> f32),
    LD(fn(i64) -> f64),
    IID(fn(i32, i32) -> f64),
    FIF(fn(f32, i32) -> f32),
    DID(fn(f64, i32) -> f64),
    IFF(fn(i32, f32) -> f32),
    IDD(fn(i32, f64) -> f64),
    II(fn(i32) -> i32),
    III(fn(i32, i32) -> i32),
    IIII(fn(i32, i32, i32) -> i32),
    LL(fn(i64) -> i64),
    LI(fn(i64) -> i32),
    LLL(fn(i64, i64) -> i64),
}
