//! Reductions by one operation on floating-point numbers.
//!
//! The order of sums is free, and in `f32` it hardly shows. In `f16` and `bf16` it does: there sums are taken in the
//! order in which Triton's usual layout has a GPU take them: each thread its own elements, then the threads of a warp by
//! halves, then the warps by halves.

use crate::numbers::Operand;
use crate::numbers::elementwise::{FloatBinary, binary_f32, fma_narrow};
use crate::numbers::format::{Format, Rounding, round_f32};
use crate::value::pool;

/// What a thread loads at once, in bytes.
const VECTOR: usize = 16;
const WARP: usize = 32;

/// Elements of a thread that are neighbours along an axis, threads along it, and warps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    neighbours: usize,
    threads: usize,
    warps: usize,
}

impl Order {
    /// Along an axis of a tensor of this format, in a kernel of so many warps.
    pub(super) fn new(shape: &[usize], axis: usize, format: Format, warps: usize) -> Self {
        let all: usize = shape.iter().product();
        let vector = (VECTOR / format.bytes()).min((all / (WARP * warps.max(1))).max(1));
        let (mut threads_left, mut lanes_left, mut warps_left) = (WARP * warps, WARP, warps);
        let mut order = Self { neighbours: 1, threads: 1, warps: 1 };
        for (at, &size) in shape.iter().enumerate().rev() {
            let neighbours = if at + 1 == shape.len() { vector.min(size) } else { 1 };
            let threads = threads_left.clamp(1, (size / neighbours).max(1));
            let lanes = threads.clamp(1, lanes_left);
            let warps = (threads / lanes).clamp(1, warps_left);
            (threads_left, lanes_left, warps_left) =
                ((threads_left / threads).max(1), (lanes_left / lanes).max(1), (warps_left / warps).max(1));
            if at == axis {
                order = Self { neighbours, threads: lanes, warps };
            }
        }
        order
    }

    /// The elements of an axis, thread by thread for each of a thread's elements: `[element][thread][warp]`. `None` where
    /// they don't come out even.
    fn places(self, size: usize) -> Option<Vec<usize>> {
        let Self { neighbours, threads, warps } = self;
        if !size.is_multiple_of(neighbours * threads * warps) {
            return None;
        }
        let mut places = Vec::with_capacity(size);
        for own in 0..size / (threads * warps) {
            let (round, neighbour) = (own / neighbours, own % neighbours);
            for thread in 0..threads {
                for warp in 0..warps {
                    places.push(((round * warps + warp) * threads + thread) * neighbours + neighbour);
                }
            }
        }
        Some(places)
    }

    /// The sum along the axis in front of `size` times `rest` numbers; with `factors` of the products.
    pub(super) fn sum(
        self,
        format: Format,
        data: Vec<f32>,
        factors: Option<Vec<f32>>,
        size: usize,
        rest: usize,
    ) -> Vec<f32> {
        let Some(places) = self.places(size) else {
            let data = match factors {
                Some(factors) => multiplied(format, data, &factors),
                None => data,
            };
            return halve(FloatBinary::Add, format, data, size, rest);
        };
        let moved = |data: &[f32]| -> Vec<f32> {
            let rows = places.iter().map(|place| data.get(place * rest..(place + 1) * rest).unwrap_or_default());
            rows.flatten().copied().collect()
        };
        let data = moved(&data);
        let width = self.threads * self.warps * rest;
        let mut rows = data.chunks_exact(width.max(1));
        let mut sums = rows.next().unwrap_or_default().to_vec();
        match factors {
            None => {
                for row in rows {
                    add(format, &mut sums, row);
                }
            }
            Some(factors) => {
                // As ptxas contracts them: of the first two products the second one is rounded by itself.
                let factors = moved(&factors);
                let mut factors = factors.chunks_exact(width.max(1));
                let first = factors.next().unwrap_or_default();
                match (rows.next(), factors.next()) {
                    (Some(row), Some(by)) => {
                        let second = multiplied(format, row.to_vec(), by);
                        fma_narrow(format, &mut sums, first, &second);
                    }
                    _ => sums = multiplied(format, sums, first),
                }
                for (row, by) in rows.zip(factors) {
                    let mut next = row.to_vec();
                    fma_narrow(format, &mut next, by, &sums);
                    sums = next;
                }
            }
        }
        let sums = halve(FloatBinary::Add, format, sums, self.threads, self.warps * rest);
        halve(FloatBinary::Add, format, sums, self.warps, rest)
    }
}

fn add(format: Format, row: &mut [f32], other: &[f32]) {
    binary_f32(FloatBinary::Add, false, row, Operand::Each(other));
    round_f32(format, Rounding::NearestEven, row);
}

pub(super) fn multiplied(format: Format, mut row: Vec<f32>, by: &[f32]) -> Vec<f32> {
    binary_f32(FloatBinary::Multiply, false, &mut row, Operand::Each(by));
    round_f32(format, Rounding::NearestEven, &mut row);
    row
}

/// Rows that are no longer than this are turned before they are halved further: then all of them are at once.
const SHORT: usize = 8;

/// Rows of `size` numbers folded as [`halve`] folds them, until they are short or odd: they, how far apart they are, and
/// how long.
pub(super) fn halve_rows(binary: FloatBinary, format: Format, rows: &[f32], size: usize) -> (Vec<f32>, usize, usize) {
    let width = size / 2;
    let mut data = pool::empty(rows.len() / 2);
    for row in rows.chunks_exact(size) {
        data.extend_from_slice(&row[..width]);
    }
    for (row, from) in data.chunks_exact_mut(width).zip(rows.chunks_exact(size)) {
        binary_f32(binary, false, row, Operand::Each(&from[width..]));
    }
    round(format, &mut data);
    let mut size = width;
    while size > SHORT && size.is_multiple_of(2) {
        size /= 2;
        for row in data.chunks_exact_mut(width) {
            let (first, second) = row.split_at_mut(size);
            binary_f32(binary, false, first, Operand::Each(&second[..size]));
        }
        round(format, &mut data);
    }
    (data, width, size)
}

fn round(format: Format, row: &mut [f32]) {
    if format != Format::F32 {
        round_f32(format, Rounding::NearestEven, row);
    }
}

/// Half of the axis in front onto the other half, then the halves of that.
pub(super) fn halve(binary: FloatBinary, format: Format, mut data: Vec<f32>, mut size: usize, rest: usize) -> Vec<f32> {
    while size > 1 {
        let half = size / 2;
        let odd = size - 2 * half;
        let middle = ((half + odd) * rest).min(data.len());
        let (first, second) = data.split_at_mut(middle);
        // With an odd size the one in the middle waits.
        let row = first.get_mut(..half * rest).unwrap_or_default();
        binary_f32(binary, false, row, Operand::Each(second));
        round(format, row);
        size = half + odd;
        data.truncate(size * rest);
    }
    data
}
