//! The same work, written by hand for one thread.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use triton_runner_interpreter::numbers::math::{Math, math_f32};

pub(crate) fn add(x: &[f32], y: &[f32], out: &mut [f32]) {
    for ((out, x), y) in out.iter_mut().zip(x).zip(y) {
        *out = x + y;
    }
}

/// Rows of `f16` through `f`, which changes them as `f32`.
fn rows(x: &[u8], out: &mut [u8], columns: usize, mut f: impl FnMut(&mut [f32])) {
    let mut halves = vec![f16::ZERO; columns];
    let mut row = vec![0.0; columns];
    for (x, out) in x.chunks_exact(2 * columns).zip(out.chunks_exact_mut(2 * columns)) {
        for (half, bytes) in halves.iter_mut().zip(x.chunks_exact(2)) {
            *half = f16::from_le_bytes([bytes[0], bytes[1]]);
        }
        halves.convert_to_f32_slice(&mut row);
        f(&mut row);
        halves.convert_from_f32_slice(&row);
        for (half, bytes) in halves.iter().zip(out.chunks_exact_mut(2)) {
            bytes.copy_from_slice(&half.to_le_bytes());
        }
    }
}

/// In eight parts, which the compiler keeps side by side.
fn fold(row: &[f32], start: f32, f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut parts = [start; 16];
    for chunk in row.chunks_exact(16) {
        for (part, value) in parts.iter_mut().zip(chunk) {
            *part = f(*part, *value);
        }
    }
    parts.into_iter().reduce(f).unwrap_or(start)
}

pub(crate) fn softmax(x: &[u8], out: &mut [u8], columns: usize) {
    rows(x, out, columns, |row| {
        let largest = fold(row, f32::NEG_INFINITY, |a, b| if a > b { a } else { b });
        row.iter_mut().for_each(|value| *value -= largest);
        math_f32(Math::Exp, row);
        let sum = fold(row, 0.0, |a, b| a + b);
        row.iter_mut().for_each(|value| *value /= sum);
    });
}

pub(crate) fn rms_norm(x: &[u8], weight: &[u8], out: &mut [u8], columns: usize) {
    let weight: Vec<f32> = weight.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect();
    let mut squares = vec![0.0; columns];
    rows(x, out, columns, |row| {
        squares.iter_mut().zip(&*row).for_each(|(square, value)| *square = value * value);
        let scale = 1.0 / (fold(&squares, 0.0, |a, b| a + b) / columns as f32 + 1e-6).sqrt();
        row.iter_mut().zip(&weight).for_each(|(value, weight)| *value = *value * scale * weight);
    });
}

pub(crate) fn layer_norm(x: &[u8], weight: &[u8], bias: &[u8], out: &mut [u8], columns: usize) {
    let [weight, bias] = [weight, bias].map(|bytes| -> Vec<f32> {
        bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()
    });
    let mut squares = vec![0.0; columns];
    rows(x, out, columns, |row| {
        let mean = fold(row, 0.0, |a, b| a + b) / columns as f32;
        row.iter_mut().for_each(|value| *value -= mean);
        squares.iter_mut().zip(&*row).for_each(|(square, value)| *square = value * value);
        let scale = 1.0 / (fold(&squares, 0.0, |a, b| a + b) / columns as f32 + 1e-5).sqrt();
        for ((value, weight), bias) in row.iter_mut().zip(&weight).zip(&bias) {
            *value = *value * scale * weight + bias;
        }
    });
}

/// `c = a · b`, row after row.
pub(crate) fn sgemm(m: usize, k: usize, n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    assert!(a.len() >= m * k && b.len() >= k * n && c.len() >= m * n);
    let [k_, n_] = [k, n].map(|size| size as isize);
    // SAFETY: each slice holds as many elements as its sizes say, row after row.
    unsafe {
        matrixmultiply::sgemm(m, k, n, 1.0, a.as_ptr(), k_, 1, b.as_ptr(), n_, 1, 0.0, c.as_mut_ptr(), n_, 1);
    }
}
