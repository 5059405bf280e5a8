//! A linear layer for few rows whose weight has 8 bits, with a scale for each output.

use rand::RngExt;
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check};
use crate::element::{Element, random, widened};
use crate::linear::reference;
use crate::machine::{Buffer, Loaded, Machine, On};

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Kernel;

    /// Loads it.
    fn load(machine: &Machine) -> Result<Self::Kernel>;

    /// m x k times the transposed n x k, each output times its scale.
    fn launch(
        kernel: &Self::Kernel,
        on: On<'_>,
        x: &Buffer<Self>,
        weight: &Buffer<i8>,
        scales: &Buffer<f32>,
        out: &mut Buffer<Self>,
        sizes: [i32; 3],
    ) -> Result<()>;
}

triton_kernel! {
    /// One program for each `TILE_M` x `TILE_N` tile of the result.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    pub(crate) fn int8_linear_fp16(
        x: &[f16],
        weight: &[i8],
        scales: &[f32],
        out: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    pub(crate) int8_linear_bf16;
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident;)*) => { $(
        impl Kernels for $element {
            type Kernel = Loaded<$kernel>;

            fn load(machine: &Machine) -> Result<Self::Kernel> {
                machine.load($kernel::load)
            }

            fn launch(kernel: &Self::Kernel, on: On<'_>, x: &Buffer<Self>, weight: &Buffer<i8>, scales: &Buffer<f32>, out: &mut Buffer<Self>, [m, n, k]: [i32; 3]) -> Result<()> {
                let (x, weight, scales, mut out) = (x.as_view(), weight.as_view(), scales.as_view(), out.as_view_mut());
                match on {
                    On::Stream(gpu) => kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), weight.on_gpu(), scales.on_gpu(), out.on_gpu(), m, n, k),
                    On::Graph(capture) => kernel.on_gpu().capture(capture, x.in_graph(), weight.in_graph(), scales.in_graph(), out.in_graph(), m, n, k),
                    On::Cpu => $kernel::interpret(x.on_cpu(), weight.on_cpu(), scales.on_cpu(), out.on_cpu(), m, n, k).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, Int8LinearFp16;
    bf16, Int8LinearBf16;
}

/// The operation on new random numbers.
pub(crate) struct Int8LinearCase<T: Kernels> {
    machine: Machine,
    kernel: T::Kernel,
    sizes: [usize; 3],
    host: (Vec<T>, Vec<i8>, Vec<f32>),
    x: Buffer<T>,
    weight: Buffer<i8>,
    scales: Buffer<f32>,
    out: Buffer<T>,
}

impl<T: Kernels> Int8LinearCase<T> {
    /// m x k times k x n.
    pub(crate) fn new(machine: &Machine, [m, n, k]: [usize; 3]) -> Result<Self> {
        let mut rng = rand::rng();
        let weight: Vec<i8> = (0..n * k).map(|_| rng.random_range(-127..=127)).collect();
        let scales: Vec<f32> = (0..n).map(|_| rng.random_range(0.5..1.0) / 127.0).collect();
        let x = random(m * k, 1.0);
        Ok(Self {
            kernel: T::load(machine)?,
            sizes: [m, n, k],
            x: machine.upload(&x)?,
            weight: machine.upload(&weight)?,
            scales: machine.upload(&scales)?,
            out: machine.upload(&vec![T::POISON; m * n])?,
            host: (x, weight, scales),
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for Int8LinearCase<T> {
    fn launch(&mut self) -> Result<()> {
        let sizes = self.sizes.map(|size| size as i32);
        T::launch(&self.kernel, (&self.machine).into(), &self.x, &self.weight, &self.scales, &mut self.out, sizes)
    }

    fn check(&self) -> Result<Check> {
        let [m, n, k] = self.sizes;
        let (x, weight, scales) = &self.host;
        let out = self.machine.download(&self.out)?;
        let columns = check::rows(n, k * 2048);
        let of =
            |column: usize| weight[column * k..][..k].iter().map(move |&w| f64::from(w) * f64::from(scales[column]));
        let weights: Vec<Vec<f64>> = columns.iter().map(|&column| of(column).collect()).collect();
        let mut check = Check::default();
        for row in check::rows(m, 2 * k * columns.len()) {
            let x = widened(&x[row * k..][..k]);
            let found: Vec<T> = columns.iter().map(|column| out[row * n + column]).collect();
            check.row(row, &found, &weights.iter().map(|weight| reference(&x, weight, 0.0)).collect::<Vec<_>>());
        }
        Ok(check)
    }

    fn cost(&self) -> Cost {
        let [m, n, k] = self.sizes;
        Cost::Bytes((m * k + m * n) * size_of::<T>() + n * k + n * size_of::<f32>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::run;

    #[test]
    fn each_output_has_its_scale_whatever_the_number_of_rows() {
        let machine = Machine::of_test("int8_linear");
        for sizes in machine.sizes(&[[1, 16, 256], [16, 4096, 1024], [33, 272, 512]], &[[1, 16, 256], [19, 48, 512]]) {
            for check in [
                run(&mut Int8LinearCase::<f16>::new(&machine, sizes).unwrap()).unwrap(),
                run(&mut Int8LinearCase::<bf16>::new(&machine, sizes).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{sizes:?}: {check}");
            }
        }
    }
}
