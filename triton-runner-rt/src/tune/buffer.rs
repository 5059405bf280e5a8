//! Memory for a kernel that is timed: values as they are in practice, and as much as the launch needs.

use std::fmt;
use std::sync::{Arc, OnceLock};

use cudarc::driver::{CudaSlice, CudaStream, DeviceRepr, ValidAsZeroBits};
use half::{bf16, f16};

use crate::Result;
use crate::error::{BoundsFault, Error};
use crate::float8::{F8E4M3, F8E5M2};

/// An element that a buffer can hold.
pub trait Sample: Copy {
    /// A value of its own for a number with a normal distribution.
    fn sample(normal: f32) -> Self;
}

macro_rules! sampled {
    ($($ty:ty: $sample:expr;)*) => { $(
        impl Sample for $ty {
            fn sample(normal: f32) -> Self {
                let sample: fn(f32) -> $ty = $sample;
                sample(normal)
            }
        }
    )* };
}

sampled! {
    f32: |normal| normal;
    f64: f64::from;
    f16: f16::from_f32;
    bf16: bf16::from_f32;
    F8E4M3: F8E4M3::from_f32;
    F8E5M2: F8E5M2::from_f32;
    // Integers may be indices, for which 0 is right wherever there is anything.
    bool: |_| false;
    u8: |_| 0;
    i8: |_| 0;
    u16: |_| 0;
    i16: |_| 0;
    u32: |_| 0;
    i32: |_| 0;
    u64: |_| 0;
    i64: |_| 0;
}

/// As many values are drawn; a longer buffer repeats them. A prime, so that rows of a matrix aren't alike.
const DRAWN: usize = 524_287;

/// The same ones for all buffers.
fn drawn() -> &'static [f32] {
    static ALL: OnceLock<Vec<f32>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut normals = Normals::default();
        (0..DRAWN).map(|_| normals.next()).collect()
    })
}

/// A buffer on the device.
pub struct Buffer<T> {
    /// Its memory.
    pub slice: CudaSlice<T>,
}

impl<T: Sample + DeviceRepr + ValidAsZeroBits> Buffer<T> {
    /// One with at least so many elements, and at least one.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub fn new(stream: &Arc<CudaStream>, elements: usize) -> Result<Self> {
        let mut slice = stream.alloc_zeros::<T>(elements.max(1))?;
        let drawn: Vec<T> = drawn().iter().take(slice.len()).map(|&normal| T::sample(normal)).collect();
        let mut from = 0;
        while from < slice.len() {
            let count = drawn.len().min(slice.len() - from);
            let Some(part) = drawn.get(..count) else { break };
            stream.memcpy_htod(part, &mut slice.slice_mut(from..from + count))?;
            from += count;
        }
        Ok(Self { slice })
    }
}

/// A buffer that can be replaced by a longer one.
pub trait Grow {
    /// Makes it at least so many bytes long.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    fn grow(&mut self, bytes: u64) -> Result<()>;
}

impl<T: Sample + DeviceRepr + ValidAsZeroBits> Grow for Buffer<T> {
    fn grow(&mut self, bytes: u64) -> Result<()> {
        let elements = usize::try_from(bytes).unwrap_or(usize::MAX).div_ceil(size_of::<T>().max(1));
        let stream = Arc::clone(self.slice.stream());
        // What there is goes first: both may not fit.
        self.slice = stream.alloc_zeros(1)?;
        *self = Self::new(&stream, elements)?;
        Ok(())
    }
}

/// Makes the buffer longer that a launch refused as too short; `false` where that isn't what was wrong.
pub(super) fn grown(launched: &Result<()>, buffers: &mut [(&str, &mut dyn Grow)]) -> Result<bool> {
    let Err(Error::OutOfBounds(refused)) = launched else { return Ok(false) };
    let BoundsFault::Short { argument, needed, given, .. } = &refused.fault else { return Ok(false) };
    let Ok(needed) = u64::try_from(*needed) else { return Ok(false) };
    match buffers.iter_mut().find(|(name, _)| name == argument) {
        Some((_, buffer)) if needed > *given => buffer.grow(needed).map(|()| true),
        _ => Ok(false),
    }
}

impl<T> fmt::Debug for Buffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffer").field("elements", &self.slice.len()).finish()
    }
}

/// Numbers with a normal distribution, near enough: sums of uniform ones. The same ones each time.
struct Normals(u64);

impl Default for Normals {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl Normals {
    fn next(&mut self) -> f32 {
        let mut uniform = || {
            // xorshift64.
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 40) as f32 / (1_u32 << 24) as f32
        };
        // Each has a variance of 1/12.
        (0..12).map(|_| uniform()).sum::<f32>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_numbers_have_the_mean_and_the_spread_of_a_normal_distribution() {
        let mut normals = Normals::default();
        let drawn: Vec<f64> = (0..100_000).map(|_| f64::from(normals.next())).collect();
        let mean = drawn.iter().sum::<f64>() / 1e5;
        let variance = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
    }
}
