//! A linear layer for few rows whose weight has 8 bits, with a scale for each output.

use rand::RngExt;
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check};
use crate::element::{Element, random, widened};
use crate::linear::reference;
use crate::machine::{Buffer, Loaded, Machine};

triton_kernel! {
    /// One program for each `TILE_M` x `TILE_N` tile of the result.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    #[name = "Kernel"]
    pub(crate) fn int8_linear<T>(
        x: &[T],
        weight: &[i8],
        scales: &[f32],
        out: &mut [T],
        m: i32,
        n: i32,
        k: i32,
    );
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation on new random numbers.
pub(crate) struct Int8LinearCase<T: Kernels> {
    machine: Machine,
    kernel: Loaded<Kernel<T>>,
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
            kernel: machine.load(Kernel::load)?,
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
        let [m, n, k] = self.sizes.map(|size| size as i32);
        let (x, weight, scales) = (self.x.as_view(), self.weight.as_view(), self.scales.as_view());
        let mut out = self.out.as_view_mut();
        match &self.machine {
            Machine::Gpu(gpu) => {
                let (x, weight, scales, out) = (x.on_gpu(), weight.on_gpu(), scales.on_gpu(), out.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, x, weight, scales, out, m, n, k)
            }
            Machine::Cpu => {
                let (x, weight, scales, out) = (x.on_cpu(), weight.on_cpu(), scales.on_cpu(), out.on_cpu());
                Kernel::interpret(x, weight, scales, out, m, n, k).checks(Checks::all()).run().map(drop)
            }
        }
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
    use triton_runner_rt::half::{bf16, f16};

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
