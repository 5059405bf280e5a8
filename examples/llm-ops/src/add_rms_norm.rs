//! A residual and the norm behind it, in one kernel: the sum, and RMSNorm of it.

use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On};
use crate::rms_norm::{self, EPSILON};

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Kernel;

    /// Loads its variants.
    fn load(machine: &Machine) -> Result<Self::Kernel>;

    /// `x`, `residual`, the sum and the norm of it hold `rows` times `columns` elements and the weight one row.
    fn launch(
        kernel: &Self::Kernel,
        on: On<'_>,
        inputs: &[Buffer<Self>; 3],
        outputs: &mut [Buffer<Self>; 2],
        sizes: [i32; 2],
    ) -> Result<()>;
}

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with the smallest that does.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    pub(crate) fn add_rms_norm_fp16(
        x: &[f16],
        residual: &[f16],
        weight: &[f16],
        sum: &mut [f16],
        out: &mut [f16],
        rows: i32,
        columns: i32,
        epsilon: f32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(rows)]
    #[requires(columns <= BLOCK)]
    pub(crate) add_rms_norm_bf16;
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident;)*) => { $(
        impl Kernels for $element {
            type Kernel = Loaded<$kernel>;

            fn load(machine: &Machine) -> Result<Self::Kernel> {
                machine.load($kernel::load)
            }

            fn launch(kernel: &Self::Kernel, on: On<'_>, inputs: &[Buffer<Self>; 3], outputs: &mut [Buffer<Self>; 2], [rows, columns]: [i32; 2]) -> Result<()> {
                let [x, residual, weight] = inputs.each_ref().map(Buffer::as_view);
                let [mut sum, mut out] = outputs.each_mut().map(Buffer::as_view_mut);
                match on {
                    On::Stream(gpu) => kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), residual.on_gpu(), weight.on_gpu(), sum.on_gpu(), out.on_gpu(), rows, columns, EPSILON),
                    On::Graph(capture) => kernel.on_gpu().capture(capture, x.in_graph(), residual.in_graph(), weight.in_graph(), sum.in_graph(), out.in_graph(), rows, columns, EPSILON),
                    On::Cpu => $kernel::interpret(x.on_cpu(), residual.on_cpu(), weight.on_cpu(), sum.on_cpu(), out.on_cpu(), rows, columns, EPSILON).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, AddRmsNormFp16;
    bf16, AddRmsNormBf16;
}

/// The operation on new random numbers.
pub(crate) struct AddRmsNormCase<T: Kernels> {
    machine: Machine,
    kernel: T::Kernel,
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
            kernel: T::load(machine)?,
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
        T::launch(&self.kernel, (&self.machine).into(), &self.inputs, &mut self.outputs, sizes)
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
