//! A residual and the norm behind it, in one kernel: the sum, and RMSNorm of it.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine};
use crate::rms_norm::{self, EPSILON};

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with the smallest that does.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    #[name = "Kernel"]
    pub(crate) fn add_rms_norm<T>(
        x: &[T],
        residual: &[T],
        weight: &[T],
        sum: &mut [T],
        out: &mut [T],
        rows: i32,
        columns: i32,
        epsilon: f32,
    );
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation on new random numbers.
pub(crate) struct AddRmsNormCase<T: Kernels> {
    machine: Machine,
    kernel: Loaded<Kernel<T>>,
    /// One row, the residual's row, the weight.
    host: [Vec<T>; 3],
    inputs: [Buffer<T>; 3],
    outputs: [Buffer<T>; 2],
}

impl<T: Kernels> AddRmsNormCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(machine: &Machine, rows: usize, columns: usize) -> Result<Self> {
        let len = rows * columns;
        let host = [len, len, columns].map(|len| random(len, 1.0));
        let [x, residual, weight] = host.each_ref().map(|numbers| machine.upload(numbers));
        let [sum, out] = [(); 2].map(|()| machine.upload(&vec![T::POISON; len]));
        Ok(Self {
            kernel: machine.load(Kernel::load)?,
            inputs: [x?, residual?, weight?],
            outputs: [sum?, out?],
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for AddRmsNormCase<T> {
    fn launch(&mut self) -> Result<()> {
        let columns = self.host[2].len();
        let sizes = [self.host[0].len() / columns, columns].map(|size| size as i32);
        let [x, residual, weight] = self.inputs.each_ref().map(Buffer::as_view);
        let [mut sum, mut out] = self.outputs.each_mut().map(Buffer::as_view_mut);
        let [rows, columns] = sizes;
        match &self.machine {
            Machine::Gpu(gpu) => {
                let (x, residual, weight) = (x.on_gpu(), residual.on_gpu(), weight.on_gpu());
                let (kernel, sum, out) = (self.kernel.on_gpu(), sum.on_gpu(), out.on_gpu());
                kernel.launch(&gpu.stream, x, residual, weight, sum, out, rows, columns, EPSILON)
            }
            Machine::Cpu => {
                let (x, residual, weight) = (x.on_cpu(), residual.on_cpu(), weight.on_cpu());
                let (sum, out) = (sum.on_cpu(), out.on_cpu());
                Kernel::interpret(x, residual, weight, sum, out, rows, columns, EPSILON)
                    .checks(Checks::all())
                    .run()
                    .map(drop)
            }
        }
    }

    fn check(&self) -> Result<Check> {
        let [x, residual, weight] = &self.host;
        let (columns, weight) = (weight.len(), widened(weight));
        let [sum, out] = self.outputs.each_ref().map(|buffer| self.machine.download(buffer));
        let (sum, out) = (sum?, out?);
        let mut check = Check::default();
        for row in check::rows(out.len() / columns, 8 * columns) {
            let at = row * columns..(row + 1) * columns;
            let of = widened(&x[at.clone()]).into_iter().zip(widened(&residual[at.clone()]));
            let expected: Vec<f64> = of.map(|(x, residual)| x + residual).collect();
            let exact = |values: &[f64]| values.iter().copied().map(Expected::exact).collect::<Vec<_>>();
            check.row(row, &sum[at.clone()], &exact(&expected));
            check.row(row, &out[at], &exact(&rms_norm::reference(&expected, &weight)));
        }
        Ok(check)
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((4 * self.host[0].len() + self.host[2].len()) * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn the_sum_and_its_norm_are_right_for_rows_of_every_length() {
        let machine = Machine::of_test("add_rms_norm");
        for [rows, columns] in
            machine.sizes(&[[1, 16], [3, 1008], [70, 4096], [5, 4112], [2, 16384]], &[[1, 16], [3, 1008], [5, 4112]])
        {
            for check in [
                run(&mut AddRmsNormCase::<f16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut AddRmsNormCase::<bf16>::new(&machine, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
