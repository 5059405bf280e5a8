//! Layer norm: `(x - mean(x)) / sqrt(variance(x) + EPSILON) * weight + bias`, of each row.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, View, ViewMut};

/// What keeps a row of equal numbers from a division by zero.
pub(crate) const EPSILON: f32 = 1e-6;

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with the smallest that does.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    #[name = "Kernel"]
    pub(crate) fn layer_norm<T>(
        x: &[T],
        weight: &[T],
        bias: &[T],
        out: &mut [T],
        rows: i32,
        columns: i32,
        epsilon: f32,
    );
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation on rows of one length.
pub(crate) struct LayerNorm<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
    columns: usize,
}

impl<T: Kernels> LayerNorm<T> {
    /// For rows of `columns` elements.
    pub(crate) fn load(machine: &Machine, columns: usize) -> Result<Self> {
        Ok(Self { kernel: machine.load(Kernel::load)?, columns })
    }

    /// Normalizes the rows of `x`. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch(
        &self,
        machine: &Machine,
        x: &View<'_, T>,
        weight: &View<'_, T>,
        bias: &View<'_, T>,
        out: &mut ViewMut<'_, T>,
    ) -> Result<()> {
        let rows = x.len() / self.columns;
        assert_eq!([x.len(), out.len()], [rows * self.columns; 2]);
        assert_eq!([weight.len(), bias.len()], [self.columns; 2]);
        let (rows, columns) = (rows as i32, self.columns as i32);
        match machine {
            Machine::Gpu(gpu) => {
                let (x, weight, bias, out) = (x.on_gpu(), weight.on_gpu(), bias.on_gpu(), out.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, x, weight, bias, out, rows, columns, EPSILON)
            }
            Machine::Cpu => {
                let (x, weight, bias, out) = (x.on_cpu(), weight.on_cpu(), bias.on_cpu(), out.on_cpu());
                Kernel::interpret(x, weight, bias, out, rows, columns, EPSILON).checks(Checks::all()).run().map(drop)
            }
        }
    }
}

/// One row in float64.
pub(crate) fn reference(x: &[f64], weight: &[f64], bias: &[f64]) -> Vec<Expected> {
    let columns = x.len() as f64;
    let mean = x.iter().sum::<f64>() / columns;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / columns;
    let scale = 1.0 / (variance + f64::from(EPSILON)).sqrt();
    let row = x.iter().zip(weight).zip(bias).map(|((x, weight), bias)| Expected {
        value: (x - mean) * scale * weight + bias,
        // fp32's rounding, where the terms of a sum cancel out.
        noise: 1e-6 * ((x.abs() + mean.abs()) * scale * weight.abs() + bias.abs()),
    });
    row.collect()
}

/// The operation on new random numbers.
pub(crate) struct LayerNormCase<T: Kernels> {
    machine: Machine,
    operation: LayerNorm<T>,
    host: [Vec<T>; 3],
    x: Buffer<T>,
    weight: Buffer<T>,
    bias: Buffer<T>,
    out: Buffer<T>,
}

impl<T: Kernels> LayerNormCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(machine: &Machine, rows: usize, columns: usize) -> Result<Self> {
        let host = [random(rows * columns, 1.0), random(columns, 1.0), random(columns, 1.0)];
        Ok(Self {
            operation: LayerNorm::load(machine, columns)?,
            x: machine.upload(&host[0])?,
            weight: machine.upload(&host[1])?,
            bias: machine.upload(&host[2])?,
            out: machine.upload(&vec![T::POISON; rows * columns])?,
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for LayerNormCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { machine, operation, x, weight, bias, out, .. } = self;
        operation.launch(machine, &x.as_view(), &weight.as_view(), &bias.as_view(), &mut out.as_view_mut())
    }

    fn check(&self) -> Result<Check> {
        let [x, weight, bias] = &self.host;
        let (columns, weight, bias) = (weight.len(), widened(weight), widened(bias));
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, columns, 6 * columns, |_, at| reference(&widened(&x[at]), &weight, &bias)))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((self.x.len() + 2 * self.weight.len() + self.out.len()) * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn a_normalized_row_has_mean_zero_and_variance_one_wherever_it_lies() {
        let x = widened(&random::<f16>(100, 1.0));
        let moved: Vec<f64> = x.iter().map(|x| x + 1000.0).collect();
        let (one, another) = (reference(&x, &[1.0; 100], &[0.0; 100]), reference(&moved, &[1.0; 100], &[0.0; 100]));
        assert!(one.iter().map(|x| x.value).sum::<f64>().abs() < 1e-9);
        assert!((one.iter().map(|x| x.value.powi(2)).sum::<f64>() / 100.0 - 1.0).abs() < 1e-4);
        assert!(one.iter().zip(&another).all(|(one, another)| (one.value - another.value).abs() < 1e-9));
    }

    #[test]
    fn the_kernel_is_right_for_rows_of_every_length() {
        let machine = Machine::of_test("layer_norm");
        for [rows, columns] in machine.sizes(
            &[[1, 16], [3, 1008], [70, 4096], [5, 4112], [2, 16384]],
            &[[1, 16], [3, 1008], [7, 4096], [5, 4112], [2, 16384]],
        ) {
            for check in [
                run(&mut LayerNormCase::<f16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut LayerNormCase::<bf16>::new(&machine, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
