//! Launches at random, aimed at where constraints change sides.

use rand::rngs::StdRng;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use triton_runner_interpreter::numbers::format::{Class, Format};
use triton_runner_interpreter::{Parameter, ParameterKind};

use crate::Kernel;

/// Scalars and grid of one launch.
#[derive(Clone, Debug)]
pub struct Case {
    /// Integers by the parameters' places; `None` for all else.
    pub scalars: Vec<Option<i64>>,
    /// Programs.
    pub grid: [u32; 3],
    /// For what is in memory.
    pub seed: u64,
}

/// Where launches come from.
#[derive(Debug)]
pub struct Draw(StdRng);

impl Draw {
    /// The same launches for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// A launch of a kernel.
    pub fn case(&mut self, kernel: &Kernel) -> Case {
        let mut grid = [1, 1, 1];
        for programs in &mut grid {
            *programs = *self.pick(&[1, 1, 1, 2, 2, 3, 4, 7]);
        }
        if self.below(8) == 0 {
            grid[self.below(3)] = *self.pick(&[12, 33]);
        }
        // Programs that all do the same say nothing new: few launches have them.
        for (programs, differ) in grid.iter_mut().zip(kernel.axes) {
            if !differ && self.below(16) > 0 {
                *programs = 1;
            }
        }
        let mut scalars: Vec<Option<i64>> = Vec::new();
        for parameter in kernel.program.parameters() {
            let drawn = match parameter.kind() {
                ParameterKind::Number(format) => self.scalar(kernel, parameter, format, grid, &scalars),
                _ => None,
            };
            scalars.push(drawn);
        }
        Case { scalars, grid, seed: self.0.next_u64() }
    }

    /// A number below another.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0.random_range(0..limit.max(1))
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn scalar(
        &mut self,
        kernel: &Kernel,
        parameter: &Parameter,
        format: Format,
        grid: [u32; 3],
        before: &[Option<i64>],
    ) -> Option<i64> {
        let (low, high) = match format.class() {
            Class::Mask => return Some(i64::from(self.0.random_bool(0.5))),
            Class::F32 | Class::F64 => return None,
            _ if format.bytes() == 8 => (i64::MIN, i64::MAX),
            _ => {
                let half = 1_i64 << (8 * format.bytes() - 1);
                (-half, half - 1)
            }
        };
        let number = if kernel.numbers.is_empty() { 16 } else { *self.pick(&kernel.numbers) };
        let used: Vec<u32> =
            grid.into_iter().zip(kernel.axes).filter(|(_, differ)| *differ).map(|(of, _)| of).collect();
        let programs = i64::from(if used.is_empty() { 1 } else { *self.pick(&used) });
        let earlier: Vec<i64> = before.iter().copied().flatten().collect();
        let aim = match self.below(16) {
            0 => 0,
            1 => 1,
            2 | 3 => number,
            4 | 5 => number.saturating_mul(programs),
            6..=8 => self.0.random_range(0..100),
            9 if !earlier.is_empty() => self.pick(&earlier).saturating_mul(*self.pick(&[1, 1, 2])),
            10 => high - number,
            11 => low,
            // What wraps when it is multiplied by another.
            12 => (1 << 31) / number,
            13 if !earlier.is_empty() => (1_i64 << 31).checked_div(*self.pick(&earlier)).unwrap_or(0),
            14 if !earlier.is_empty() => (1_i64 << 32).checked_div(*self.pick(&earlier)).unwrap_or(0),
            _ => self.0.random_range(-100..1000),
        };
        let aim = aim.saturating_add(*self.pick(&[-1, 0, 0, 0, 1])).clamp(low, high);
        let by = i64::try_from(parameter.divisible_by()).unwrap_or(1).max(1);
        Some(aim - aim.rem_euclid(by))
    }
}
