//! NVIDIA's libdevice: the functions that Triton's `libdevice` names, by the symbol that `tt.extern_elementwise` calls.

mod convert;
mod directed;
mod function;
mod integer;
mod one;
mod several;
mod special;
#[cfg(test)]
mod tests;

use super::format::Class;
use super::math::{flush_f32, math_f32};
use super::{Column, ColumnMut};
use function::Function;

/// A function of libdevice, with what it takes and gives.
#[derive(Clone, Copy, Debug)]
pub struct Libdevice {
    function: Function,
    denormals: Denormals,
}

/// What becomes of denormal `f32`: Triton links libdevice so that most of its code has `.ftz`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Denormals {
    /// They count as zero, as argument and as result.
    Flushed,
    /// As argument they count as zero.
    Given,
    /// They are numbers.
    Kept,
}

/// Columns that aren't those of the function's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these columns are not what the function takes and gives")]
pub struct WrongColumns;

impl Libdevice {
    /// The function of this name, `__nv_tanhf` say; `None` where Triton's `libdevice` has no such function.
    pub fn find(name: &str) -> Option<Self> {
        let name = name.strip_prefix("__nv_")?;
        let function = one::vectorised(name)
            .map(Function::Row)
            .or_else(|| convert::find(name))
            .or_else(|| directed::find(name))
            .or_else(|| integer::find(name))
            .or_else(|| one::find(name))
            .or_else(|| several::find(name))?;
        Some(Self { function, denormals: denormals(name) })
    }

    /// The classes of what it takes.
    pub fn arguments(&self) -> &'static [Class] {
        use Class::{F32, F64, I32, I64};
        match self.function {
            Function::Row(_) | Function::ThroughF64(_) | Function::FF(_) | Function::FI(_) | Function::FL(_) => &[F32],
            Function::TwoThroughF64(_) | Function::FFF(_) => &[F32, F32],
            Function::ThreeThroughF64(_) | Function::FFFF(_) => &[F32, F32, F32],
            Function::FourThroughF64(_) => &[F32, F32, F32, F32],
            Function::DD(_) | Function::DI(_) | Function::DL(_) | Function::DF(_) => &[F64],
            Function::DDD(_) => &[F64, F64],
            Function::DDDD(_) => &[F64, F64, F64],
            Function::DDDDD(_) => &[F64, F64, F64, F64],
            Function::IF(_) | Function::ID(_) | Function::II(_) => &[I32],
            Function::LF(_) | Function::LD(_) | Function::LL(_) | Function::LI(_) => &[I64],
            Function::IID(_) | Function::III(_) => &[I32, I32],
            Function::FIF(_) => &[F32, I32],
            Function::DID(_) => &[F64, I32],
            Function::IFF(_) => &[I32, F32],
            Function::IDD(_) => &[I32, F64],
            Function::IIII(_) => &[I32, I32, I32],
            Function::LLL(_) => &[I64, I64],
        }
    }

    /// The class of what it gives.
    pub fn result(&self) -> Class {
        match self.function {
            Function::Row(_) | Function::ThroughF64(_) | Function::TwoThroughF64(_) | Function::ThreeThroughF64(_) => {
                Class::F32
            }
            Function::FourThroughF64(_) | Function::FF(_) | Function::FFF(_) | Function::FFFF(_) => Class::F32,
            Function::DF(_) | Function::IF(_) | Function::LF(_) | Function::FIF(_) | Function::IFF(_) => Class::F32,
            Function::DD(_) | Function::DDD(_) | Function::DDDD(_) | Function::DDDDD(_) => Class::F64,
            Function::ID(_) | Function::LD(_) | Function::IID(_) | Function::DID(_) | Function::IDD(_) => Class::F64,
            Function::FI(_) | Function::DI(_) | Function::II(_) | Function::III(_) => Class::I32,
            Function::IIII(_) | Function::LI(_) => Class::I32,
            Function::FL(_) | Function::DL(_) | Function::LL(_) | Function::LLL(_) => Class::I64,
        }
    }

    /// Applies it to each element.
    ///
    /// # Errors
    ///
    /// Where the columns aren't of the classes that [`Self::arguments`] and [`Self::result`] say.
    pub fn apply(&self, arguments: &[Column<'_>], mut result: ColumnMut<'_>) -> Result<(), WrongColumns> {
        use Column as C;
        use ColumnMut as M;
        let flush = self.denormals != Denormals::Kept;
        let z = |x: f32| if flush && x.abs() < f32::MIN_POSITIVE { 0.0_f32.copysign(x) } else { x };
        match (self.function, arguments, &mut result) {
            (Function::Row(math), [C::F32(a)], M::F32(r)) => {
                let count = a.len().min(r.len());
                r[..count].copy_from_slice(&a[..count]);
                if flush {
                    flush_f32(&mut r[..count]);
                }
                math_f32(math, &mut r[..count]);
            }
            (Function::ThroughF64(f), [C::F32(a)], M::F32(r)) => one(a, r, |a| f(f64::from(z(a))) as f32),
            (Function::TwoThroughF64(f), [C::F32(a), C::F32(b)], M::F32(r)) => {
                two(a, b, r, |a, b| f(f64::from(z(a)), f64::from(z(b))) as f32);
            }
            (Function::ThreeThroughF64(f), [C::F32(a), C::F32(b), C::F32(c)], M::F32(r)) => {
                three(a, b, c, r, |a, b, c| f(f64::from(z(a)), f64::from(z(b)), f64::from(z(c))) as f32);
            }
            (Function::FourThroughF64(f), [C::F32(a), C::F32(b), C::F32(c), C::F32(d)], M::F32(r)) => {
                for (((a, b), (c, d)), r) in a.iter().zip(*b).zip(c.iter().zip(*d)).zip(r.iter_mut()) {
                    *r = f(f64::from(z(*a)), f64::from(z(*b)), f64::from(z(*c)), f64::from(z(*d))) as f32;
                }
            }
            (Function::DDDDD(f), [C::F64(a), C::F64(b), C::F64(c), C::F64(d)], M::F64(r)) => {
                for (((a, b), (c, d)), r) in a.iter().zip(*b).zip(c.iter().zip(*d)).zip(r.iter_mut()) {
                    *r = f(*a, *b, *c, *d);
                }
            }
            (Function::FF(f), [C::F32(a)], M::F32(r)) => one(a, r, |a| f(z(a))),
            (Function::FFF(f), [C::F32(a), C::F32(b)], M::F32(r)) => two(a, b, r, |a, b| f(z(a), z(b))),
            (Function::FFFF(f), [C::F32(a), C::F32(b), C::F32(c)], M::F32(r)) => {
                three(a, b, c, r, |a, b, c| f(z(a), z(b), z(c)))
            }
            (Function::DD(f), [C::F64(a)], M::F64(r)) => one(a, r, f),
            (Function::DDD(f), [C::F64(a), C::F64(b)], M::F64(r)) => two(a, b, r, f),
            (Function::DDDD(f), [C::F64(a), C::F64(b), C::F64(c)], M::F64(r)) => three(a, b, c, r, f),
            (Function::FI(f), [C::F32(a)], M::I32(r)) => one(a, r, |a| f(z(a))),
            (Function::FL(f), [C::F32(a)], M::I64(r)) => one(a, r, |a| f(z(a))),
            (Function::DI(f), [C::F64(a)], M::I32(r)) => one(a, r, f),
            (Function::DL(f), [C::F64(a)], M::I64(r)) => one(a, r, f),
            (Function::DF(f), [C::F64(a)], M::F32(r)) => one(a, r, f),
            (Function::IF(f), [C::I32(a)], M::F32(r)) => one(a, r, f),
            (Function::ID(f), [C::I32(a)], M::F64(r)) => one(a, r, f),
            (Function::LF(f), [C::I64(a)], M::F32(r)) => one(a, r, f),
            (Function::LD(f), [C::I64(a)], M::F64(r)) => one(a, r, f),
            (Function::IID(f), [C::I32(a), C::I32(b)], M::F64(r)) => two(a, b, r, f),
            (Function::FIF(f), [C::F32(a), C::I32(b)], M::F32(r)) => two(a, b, r, |a, b| f(z(a), b)),
            (Function::DID(f), [C::F64(a), C::I32(b)], M::F64(r)) => two(a, b, r, f),
            (Function::IFF(f), [C::I32(a), C::F32(b)], M::F32(r)) => two(a, b, r, |a, b| f(a, z(b))),
            (Function::IDD(f), [C::I32(a), C::F64(b)], M::F64(r)) => two(a, b, r, f),
            (Function::II(f), [C::I32(a)], M::I32(r)) => one(a, r, f),
            (Function::III(f), [C::I32(a), C::I32(b)], M::I32(r)) => two(a, b, r, f),
            (Function::IIII(f), [C::I32(a), C::I32(b), C::I32(c)], M::I32(r)) => three(a, b, c, r, f),
            (Function::LL(f), [C::I64(a)], M::I64(r)) => one(a, r, f),
            (Function::LI(f), [C::I64(a)], M::I32(r)) => one(a, r, f),
            (Function::LLL(f), [C::I64(a), C::I64(b)], M::I64(r)) => two(a, b, r, f),
            _ => return Err(WrongColumns),
        }
        if let (Denormals::Flushed, M::F32(r)) = (self.denormals, result) {
            flush_f32(r);
        }
        Ok(())
    }
}

/// As an H100 showed it.
fn denormals(name: &str) -> Denormals {
    match name {
        "float_as_int" | "float_as_uint" | "int_as_float" | "uint_as_float" => Denormals::Kept,
        "copysignf" | "fdimf" | "logf" | "log2f" | "log10f" | "logbf" | "powf" | "powif" | "fast_powf" => {
            Denormals::Kept
        }
        "erfinvf" | "normcdfinvf" | "tgammaf" => Denormals::Kept,
        "expf" | "exp10f" | "erfcf" | "erfcxf" | "fmodf" | "remainderf" | "j1f" | "normcdff" => Denormals::Given,
        "rhypotf" | "rnorm3df" | "rnorm4df" => Denormals::Given,
        _ => Denormals::Flushed,
    }
}

fn one<A: Copy, R>(a: &[A], r: &mut [R], f: impl Fn(A) -> R) {
    a.iter().zip(r).for_each(|(a, r)| *r = f(*a));
}

fn two<A: Copy, B: Copy, R>(a: &[A], b: &[B], r: &mut [R], f: impl Fn(A, B) -> R) {
    a.iter().zip(b).zip(r).for_each(|((a, b), r)| *r = f(*a, *b));
}

fn three<A: Copy, R>(a: &[A], b: &[A], c: &[A], r: &mut [R], f: impl Fn(A, A, A) -> R) {
    a.iter().zip(b).zip(c).zip(r).for_each(|(((a, b), c), r)| *r = f(*a, *b, *c));
}
