//! RMSNorm: `x / sqrt(mean(x²) + EPSILON) * weight`, of each row.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

/// What keeps a row of zeros from a division by zero.
pub(crate) const EPSILON: f32 = 1e-6;

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with the smallest that does.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    #[name = "Kernel"]
    pub(crate) fn rms_norm<T>(
        x: &[T],
        weight: &[T],
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
pub(crate) struct RmsNorm<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
    columns: usize,
}

impl<T: Kernels> RmsNorm<T> {
    /// For rows of `columns` elements.
    pub(crate) fn load(machine: &Machine, columns: usize) -> Result<Self> {
        Ok(Self { kernel: machine.load(Kernel::load)?, columns })
    }

    /// Normalizes the rows of `x`. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch<'a>(
        &self,
        on: impl Into<On<'a>>,
        x: &View<'_, T>,
        weight: &View<'_, T>,
        out: &mut ViewMut<'_, T>,
    ) -> Result<()> {
        let rows = x.len() / self.columns;
        assert_eq!([x.len(), out.len(), weight.len()], [rows * self.columns, rows * self.columns, self.columns]);
        let (rows, columns) = (rows as i32, self.columns as i32);
        match on.into() {
            On::Stream(gpu) => {
                let (x, weight, out) = (x.on_gpu(), weight.on_gpu(), out.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, x, weight, out, rows, columns, EPSILON)
            }
            On::Graph(capture) => {
                let (x, weight, out) = (x.in_graph(), weight.in_graph(), out.in_graph());
                self.kernel.on_gpu().capture(capture, x, weight, out, rows, columns, EPSILON)
            }
            On::Cpu => {
                let (x, weight, out) = (x.on_cpu(), weight.on_cpu(), out.on_cpu());
                Kernel::interpret(x, weight, out, rows, columns, EPSILON).checks(Checks::all()).run().map(drop)
            }
        }
    }
}

/// One row in float64.
pub(crate) fn reference(x: &[f64], weight: &[f64]) -> Vec<f64> {
    let mean_square = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
    let scale = 1.0 / (mean_square + f64::from(EPSILON)).sqrt();
    x.iter().zip(weight).map(|(x, weight)| x * scale * weight).collect()
}

/// A result that is computed in fp32, which shows where it isn't rounded to 16 bits.
fn rounded(value: f64) -> Expected {
    Expected { value, noise: 1e-6 * value.abs() }
}

/// The operation on new random numbers.
pub(crate) struct RmsNormCase<T: Kernels> {
    machine: Machine,
    operation: RmsNorm<T>,
    host: [Vec<T>; 2],
    x: Buffer<T>,
    weight: Buffer<T>,
    out: Buffer<T>,
}

impl<T: Kernels> RmsNormCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(machine: &Machine, rows: usize, columns: usize) -> Result<Self> {
        let host = [random(rows * columns, 1.0), random(columns, 1.0)];
        Ok(Self {
            operation: RmsNorm::load(machine, columns)?,
            x: machine.upload(&host[0])?,
            weight: machine.upload(&host[1])?,
            out: machine.upload(&vec![T::POISON; rows * columns])?,
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for RmsNormCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { machine, operation, x, weight, out, .. } = self;
        operation.launch(&*machine, &x.as_view(), &weight.as_view(), &mut out.as_view_mut())
    }

    fn check(&self) -> Result<Check> {
        let [x, weight] = &self.host;
        let (columns, weight) = (weight.len(), widened(weight));
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, columns, 4 * columns, |_, at| {
            reference(&widened(&x[at]), &weight).into_iter().map(rounded).collect()
        }))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((self.x.len() + self.weight.len() + self.out.len()) * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

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
        let machine = Machine::of_test("rms_norm");
        for [rows, columns] in machine.sizes(
            &[[1, 16], [3, 1008], [70, 4096], [5, 4112], [2, 16384]],
            &[[1, 16], [3, 1008], [7, 4096], [5, 4112], [2, 16384]],
        ) {
            for check in [
                run(&mut RmsNormCase::<f16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut RmsNormCase::<bf16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut RmsNormCase::<f32>::new(&machine, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
