//! RMSNorm: `x / sqrt(mean(x²) + EPSILON) * weight`, of each row.

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut};
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost, Gpu};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};

/// What keeps a row of zeros from a division by zero.
pub(crate) const EPSILON: f32 = 1e-6;

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Kernel;

    /// Loads its variants.
    fn load(context: &Arc<CudaContext>) -> Result<Self::Kernel>;

    /// # Safety
    ///
    /// `x` and `out` hold `rows` times `columns` elements and `weight` one row.
    unsafe fn launch(
        kernel: &Self::Kernel,
        stream: &Arc<CudaStream>,
        x: &CudaView<'_, Self>,
        weight: &CudaView<'_, Self>,
        out: &mut CudaViewMut<'_, Self>,
        sizes: [i32; 2],
    ) -> Result<()>;
}

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with the smallest that does.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    pub(crate) fn rms_norm_fp16(
        x: &[f16],
        weight: &[f16],
        out: &mut [f16],
        rows: i32,
        columns: i32,
        epsilon: f32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    pub(crate) rms_norm_bf16;
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident;)*) => { $(
        impl Kernels for $element {
            type Kernel = $kernel;

            fn load(context: &Arc<CudaContext>) -> Result<$kernel> {
                $kernel::load(context)
            }

            unsafe fn launch(
                kernel: &$kernel,
                stream: &Arc<CudaStream>,
                x: &CudaView<'_, Self>,
                weight: &CudaView<'_, Self>,
                out: &mut CudaViewMut<'_, Self>,
                [rows, columns]: [i32; 2],
            ) -> Result<()> {
                // SAFETY: as promised to this function.
                unsafe { kernel.launch(stream, x, weight, out, rows, columns, EPSILON) }
            }
        }
    )* };
}

kernels! {
    f16, RmsNormFp16;
    bf16, RmsNormBf16;
}

/// The operation on rows of one length.
pub(crate) struct RmsNorm<T: Kernels> {
    kernel: T::Kernel,
    columns: usize,
}

impl<T: Kernels> RmsNorm<T> {
    /// For rows of `columns` elements.
    pub(crate) fn load(context: &Arc<CudaContext>, columns: usize) -> Result<Self> {
        Ok(Self { kernel: T::load(context)?, columns })
    }

    /// Normalizes the rows of `x`. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch(
        &self,
        stream: &Arc<CudaStream>,
        x: &CudaView<'_, T>,
        weight: &CudaView<'_, T>,
        out: &mut CudaViewMut<'_, T>,
    ) -> Result<()> {
        let rows = x.len() / self.columns;
        assert_eq!([x.len(), out.len(), weight.len()], [rows * self.columns, rows * self.columns, self.columns]);
        // SAFETY: the sizes are those.
        unsafe { T::launch(&self.kernel, stream, x, weight, out, [rows as i32, self.columns as i32]) }
    }
}

/// One row in float64.
pub(crate) fn reference(x: &[f64], weight: &[f64]) -> Vec<f64> {
    let mean_square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let scale = 1.0 / (mean_square + f64::from(EPSILON)).sqrt();
    x.iter().zip(weight).map(|(x, weight)| x * scale * weight).collect()
}

/// The operation on new random numbers.
pub(crate) struct RmsNormCase<T: Kernels> {
    gpu: Gpu,
    operation: RmsNorm<T>,
    host: [Vec<T>; 2],
    x: CudaSlice<T>,
    weight: CudaSlice<T>,
    out: CudaSlice<T>,
}

impl<T: Kernels> RmsNormCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(gpu: &Gpu, rows: usize, columns: usize) -> Result<Self> {
        let host = [random(rows * columns, 1.0), random(columns, 1.0)];
        Ok(Self {
            operation: RmsNorm::load(&gpu.context, columns)?,
            x: gpu.stream.clone_htod(&host[0])?,
            weight: gpu.stream.clone_htod(&host[1])?,
            out: gpu.stream.clone_htod(&vec![T::POISON; rows * columns])?,
            host,
            gpu: gpu.clone(),
        })
    }
}

impl<T: Kernels> Case for RmsNormCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { gpu, operation, x, weight, out, .. } = self;
        operation.launch(&gpu.stream, &x.as_view(), &weight.as_view(), &mut out.as_view_mut())
    }

    fn check(&self) -> Result<Check> {
        let [x, weight] = &self.host;
        let (columns, weight) = (weight.len(), widened(weight));
        let out = self.gpu.stream.clone_dtoh(&self.out)?;
        Ok(check::by_rows(&out, columns, 4 * columns, |_, at| {
            reference(&widened(&x[at]), &weight).into_iter().map(Expected::exact).collect()
        }))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((self.x.len() + self.weight.len() + self.out.len()) * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{gpu_or_skip, run};

    #[test]
    fn a_normalized_row_has_a_mean_square_of_one_whatever_its_scale() {
        let x = widened(&random::<f16>(100, 1.0));
        let scaled: Vec<f64> = x.iter().map(|x| x * 1000.0).collect();
        let (one, another) = (reference(&x, &[1.0; 100]), reference(&scaled, &[1.0; 100]));
        assert!((one.iter().map(|x| x * x).sum::<f64>() / 100.0 - 1.0).abs() < 1e-4);
        assert!(one.iter().zip(&another).all(|(one, another)| (one - another).abs() < 1e-4));
    }

    #[test]
    fn the_kernel_is_right_for_rows_of_every_length() {
        let Some(gpu) = gpu_or_skip("rms_norm") else { return };
        for [rows, columns] in [[1, 16], [3, 1008], [70, 4096], [5, 4112], [2, 16384]] {
            for check in [
                run(&mut RmsNormCase::<f16>::new(&gpu, rows, columns).unwrap()).unwrap(),
                run(&mut RmsNormCase::<bf16>::new(&gpu, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
