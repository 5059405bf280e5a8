//! Products of matrices: `tt.dot`.
//!
//! Sums are taken in `f32`, `f64` or exactly; their order is not that of a GPU, which is free to choose its own.
//! `max_num_imprecise_acc` is ignored: the sums here are at least as good as it asks for.

mod integer;
mod kernel;
mod matrix;
mod panel;
#[cfg(test)]
mod tests;

pub use integer::dot_i32;
pub use matrix::Matrix;

/// What `tt.dot` does with `f32` before it multiplies. Other types have no use for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precision {
    /// `ieee`: nothing. Also what stands for `tf32x3`, `bf16x3` and `bf16x6`, which come near it in several products.
    Ieee,
    /// `tf32`: cuts the mantissa to 10 bits. Triton gives the tensor cores `f32` as it is, and they don't look at the rest.
    Tf32,
}

impl Precision {
    /// From MLIR's word for `inputPrecision`.
    pub fn from_mlir(name: &str) -> Option<Self> {
        match name {
            "ieee" | "tf32x3" | "bf16x3" | "bf16x6" => Some(Self::Ieee),
            "tf32" => Some(Self::Tf32),
            _ => None,
        }
    }
}

/// `sums += a · b`; `sums` lies row after row. Nothing is done where the shapes don't fit: `a`'s columns are `b`'s rows, and
/// `sums` has `a`'s rows times `b`'s columns.
///
/// For an `f16` accumulator `sums` is rounded afterwards ([`super::format::round_f32`]).
pub fn dot_f32(precision: Precision, a: Matrix<'_, f32>, b: Matrix<'_, f32>, sums: &mut [f32]) {
    if !fit(&a, &b, sums) {
        return;
    }
    panel::dot_f32(precision == Precision::Tf32, &a, &b, sums);
}

/// The same in `f64`.
pub fn dot_f64(a: Matrix<'_, f64>, b: Matrix<'_, f64>, sums: &mut [f64]) {
    if fit(&a, &b, sums) {
        panel::dot_f64(&a, &b, sums);
    }
}

fn fit<A, B, C>(a: &Matrix<'_, A>, b: &Matrix<'_, B>, sums: &[C]) -> bool {
    let fits = a.columns == b.rows && a.rows.checked_mul(b.columns).is_some_and(|size| size == sums.len());
    debug_assert!(fits, "{:?} · {:?} into {}", a.shape(), b.shape(), sums.len());
    fits
}
