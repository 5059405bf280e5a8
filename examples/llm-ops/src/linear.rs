//! A linear layer: `x Wᵀ`, or `x Wᵀ + residual`. The weight has a row for each output, as PyTorch has it.

mod persistent;

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{random, widened};
use crate::linear::persistent::Persistent;
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

triton_kernel! {
    /// One program for each `TILE_M` x `TILE_N` tile of the result.
    #[grid(m.div_ceil(TILE_M) * n.div_ceil(TILE_N))]
    #[chosen(ADD, TILE_K)]
    #[name = "Kernel"]
    pub(crate) fn linear<T>(
        x: &[T],
        weight: &[T],
        residual: Option<&[T]>,
        out: &mut [T],
        m: i32,
        n: i32,
        k: i32,
    );
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: persistent::Kernels + KernelElement {}

impl<T: persistent::Kernels + KernelElement> Kernels for T {}

/// How many rows tiles are made for: up to 16, up to 64, more.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rows {
    Few,
    Some,
    Many,
}

impl Rows {
    /// What `m` rows are.
    fn of(m: usize) -> Self {
        match m {
            ..=16 => Self::Few,
            17..=64 => Self::Some,
            _ => Self::Many,
        }
    }
}

/// The kernel in one of its variants.
struct Tiled<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
    variant: KernelVariant,
}

impl<T: Kernels> Tiled<T> {
    /// The variant that adds a residual, or the one that doesn't, for so many rows.
    fn load(machine: &Machine, residual: bool, rows: Rows) -> Result<Self> {
        let variant = match (residual, rows) {
            (false, Rows::Few) => KernelVariant::Few,
            (false, Rows::Some) => KernelVariant::Some,
            (false, Rows::Many) => KernelVariant::Base,
            (true, Rows::Few) => KernelVariant::FewResidual,
            (true, Rows::Some) => KernelVariant::SomeResidual,
            (true, Rows::Many) => KernelVariant::Residual,
        };
        Ok(Self { kernel: machine.load(|context| Kernel::load_variant(context, variant))?, variant })
    }

    /// What the elements of a row of `x` must be a multiple of.
    fn depth(&self) -> usize {
        self.variant.tile_k() as usize
    }

    /// As [`Linear::launch`], for a k that is a multiple of `depth`.
    fn launch(
        &self,
        on: On<'_>,
        x: &View<'_, T>,
        weight: &View<'_, T>,
        residual: Option<&View<'_, T>>,
        out: &mut ViewMut<'_, T>,
        [m, n, k]: [i32; 3],
    ) -> Result<()> {
        match on {
            On::Stream(gpu) => {
                let (x, weight, residual, out) =
                    (x.on_gpu(), weight.on_gpu(), residual.map(View::on_gpu), out.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, x, weight, residual, out, m, n, k)
            }
            On::Graph(capture) => {
                let (x, weight, out) = (x.in_graph(), weight.in_graph(), out.in_graph());
                self.kernel.on_gpu().capture(capture, x, weight, residual.map(View::in_graph), out, m, n, k)
            }
            On::Cpu => {
                let (x, weight, residual, out) =
                    (x.on_cpu(), weight.on_cpu(), residual.map(View::on_cpu), out.on_cpu());
                let launch = Kernel::interpret_variant(self.variant, x, weight, residual, out, m, n, k);
                launch.checks(Checks::all()).run().map(drop)
            }
        }
    }
}

/// The kernels that add a residual, or those that don't.
struct Kinds<T: Kernels> {
    many: Tiled<T>,
    some: Tiled<T>,
    few: Tiled<T>,
    persistent: Option<Persistent<T>>,
}

/// The operation.
pub(crate) struct Linear<T: Kernels> {
    plain: Kinds<T>,
    adding: Kinds<T>,
}

impl<T: Kernels> Linear<T> {
    /// Loads the kernels.
    pub(crate) fn load(machine: &Machine) -> Result<Self> {
        let load = |residual| -> Result<Kinds<T>> {
            Ok(Kinds {
                many: Tiled::load(machine, residual, Rows::Many)?,
                some: Tiled::load(machine, residual, Rows::Some)?,
                few: Tiled::load(machine, residual, Rows::Few)?,
                persistent: Persistent::load(machine, residual)?,
            })
        };
        Ok(Self { plain: load(false)?, adding: load(true)? })
    }

    /// The product of `x`, m x k, with the transposed `weight`, n x k, and what is added to it. Safe, since it knows
    /// what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch<'a>(
        &self,
        on: impl Into<On<'a>>,
        x: &View<'_, T>,
        weight: &View<'_, T>,
        residual: Option<&View<'_, T>>,
        out: &mut ViewMut<'_, T>,
        [m, n, k]: [usize; 3],
    ) -> Result<()> {
        assert_eq!([x.len(), weight.len(), out.len()], [m * k, n * k, m * n], "{m} x {n} x {k}");
        assert!(residual.is_none_or(|residual| residual.len() == m * n));
        let Kinds { many, some, few, persistent } = if residual.is_some() { &self.adding } else { &self.plain };
        let kernel = match Rows::of(m) {
            Rows::Few if k.is_multiple_of(few.depth()) => few,
            Rows::Some if k.is_multiple_of(some.depth()) => some,
            _ => many,
        };
        assert_eq!([n % 16, k % kernel.depth()], [0, 0], "{n} outputs of {k} inputs");
        let sizes = [m, n, k].map(|size| size as i32);
        match persistent {
            Some(kernel) if matches!(Rows::of(m), Rows::Many) => {
                kernel.launch(on.into(), x, weight, residual, out, sizes)
            }
            _ => kernel.launch(on.into(), x, weight, residual, out, sizes),
        }
    }
}

/// One output in float64.
pub(crate) fn reference(x: &[f64], weight: &[f64], residual: f64) -> Expected {
    let terms = || x.iter().zip(weight).map(|(x, weight)| x * weight);
    // The rounding of the fp32 sum.
    Expected { value: terms().sum::<f64>() + residual, noise: 4e-6 * terms().map(f64::abs).sum::<f64>() }
}

/// The operation on new random numbers.
pub(crate) struct LinearCase<T: Kernels> {
    machine: Machine,
    operation: Linear<T>,
    sizes: [usize; 3],
    host: [Vec<T>; 3],
    device: [Buffer<T>; 3],
    out: Buffer<T>,
    add: bool,
}

impl<T: Kernels> LinearCase<T> {
    /// m x k times k x n, and with `add` a residual.
    pub(crate) fn new(machine: &Machine, [m, n, k]: [usize; 3], add: bool) -> Result<Self> {
        let host: [Vec<T>; 3] = [m * k, n * k, m * n].map(|len| random(len, 1.0));
        let [x, weight, residual] = host.each_ref().map(|numbers| machine.upload(numbers));
        Ok(Self {
            operation: Linear::load(machine)?,
            sizes: [m, n, k],
            device: [x?, weight?, residual?],
            out: machine.upload(&vec![T::POISON; m * n])?,
            host,
            add,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for LinearCase<T> {
    fn launch(&mut self) -> Result<()> {
        let [x, weight, residual] = self.device.each_ref().map(Buffer::as_view);
        let residual = self.add.then_some(&residual);
        let mut out = self.out.as_view_mut();
        self.operation.launch(&self.machine, &x, &weight, residual, &mut out, self.sizes)
    }

    fn check(&self) -> Result<Check> {
        let [m, n, k] = self.sizes;
        let [x, weight, residual] = &self.host;
        let out = self.machine.download(&self.out)?;
        let columns = check::rows(n, k * 2048);
        let weights: Vec<Vec<f64>> = columns.iter().map(|&column| widened(&weight[column * k..][..k])).collect();
        let mut check = Check::default();
        for row in check::rows(m, 2 * k * columns.len()) {
            let x = widened(&x[row * k..][..k]);
            let found: Vec<T> = columns.iter().map(|column| out[row * n + column]).collect();
            let expected = columns.iter().zip(&weights).map(|(column, weight)| {
                let residual = if self.add { residual[row * n + column].to_f64() } else { 0.0 };
                reference(&x, weight, residual)
            });
            check.row(row, &found, &expected.collect::<Vec<_>>());
        }
        Ok(check)
    }

    fn cost(&self) -> Cost {
        let [m, n, k] = self.sizes;
        Cost::Operations(2 * m * n * k)
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn the_product_with_a_unit_vector_is_an_element_and_the_residual_is_added() {
        let x = widened(&random::<f16>(64, 1.0));
        let unit: Vec<f64> = (0..64).map(|i| f64::from(i == 17)).collect();
        assert_eq!(reference(&x, &unit, 0.0).value, x[17]);
        assert_eq!(reference(&x, &unit, 3.0).value, x[17] + 3.0);
        let twice: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        assert!((reference(&twice, &x, 0.0).value - 2.0 * reference(&x, &x, 0.0).value).abs() < 1e-12);
    }

    #[test]
    fn the_kernel_is_right_for_any_number_of_rows() {
        let machine = Machine::of_test("linear");
        for sizes in machine.sizes(
            &[
                [1, 16, 64],
                [128, 128, 64],
                [129, 144, 320],
                [1000, 272, 128],
                [7, 4096, 1024],
                [16, 48, 512],
                [64, 48, 512],
            ],
            &[[1, 16, 64], [128, 128, 64], [129, 144, 320], [7, 48, 512], [19, 48, 512]],
        ) {
            for add in [false, true] {
                for check in [
                    run(&mut LinearCase::<f16>::new(&machine, sizes, add).unwrap()).unwrap(),
                    run(&mut LinearCase::<bf16>::new(&machine, sizes, add).unwrap()).unwrap(),
                ] {
                    assert!(check.passed(), "{sizes:?}, residual {add}: {check}");
                }
            }
        }
    }
}
