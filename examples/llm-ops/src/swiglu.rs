//! SwiGLU's elementwise part: `silu(gate) * up`, where `silu(x) = x / (1 + exp(-x))`.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

triton_kernel! {
    /// One program for each `BLOCK` elements of a row.
    #[grid(rows, columns.div_ceil(BLOCK))]
    #[name = "Kernel"]
    pub(crate) fn swiglu<T>(gate: &[T], up: &[T], out: &mut [T], rows: i32, columns: i32, stride: i32);
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation.
pub(crate) struct Swiglu<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
}

impl<T: Kernels> Swiglu<T> {
    /// Loads the kernel.
    pub(crate) fn load(machine: &Machine) -> Result<Self> {
        Ok(Self { kernel: machine.load(Kernel::load)? })
    }

    /// Combines rows of `columns` elements that start every `stride` elements; `out` has no gaps. Safe, since it knows
    /// what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch<'a>(
        &self,
        on: impl Into<On<'a>>,
        [gate, up]: [&View<'_, T>; 2],
        out: &mut ViewMut<'_, T>,
        [columns, stride]: [usize; 2],
    ) -> Result<()> {
        let rows = out.len() / columns;
        assert_eq!(out.len(), rows * columns);
        assert!(columns <= stride && gate.len().min(up.len()) + stride >= rows * stride + columns);
        let [rows, columns, stride] = [rows, columns, stride].map(|size| size as i32);
        match on.into() {
            On::Stream(gpu) => {
                let (gate, up, out) = (gate.on_gpu(), up.on_gpu(), out.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, gate, up, out, rows, columns, stride)
            }
            On::Graph(capture) => {
                let (gate, up, out) = (gate.in_graph(), up.in_graph(), out.in_graph());
                self.kernel.on_gpu().capture(capture, gate, up, out, rows, columns, stride)
            }
            On::Cpu => {
                let (gate, up, out) = (gate.on_cpu(), up.on_cpu(), out.on_cpu());
                Kernel::interpret(gate, up, out, rows, columns, stride).checks(Checks::all()).run().map(drop)
            }
        }
    }
}

/// One element in float64.
pub(crate) fn reference(gate: f64, up: f64) -> f64 {
    gate / (1.0 + (-gate).exp()) * up
}

/// The operation on new random numbers.
pub(crate) struct SwigluCase<T: Kernels> {
    machine: Machine,
    operation: Swiglu<T>,
    columns: usize,
    host: [Vec<T>; 2],
    gate: Buffer<T>,
    up: Buffer<T>,
    out: Buffer<T>,
}

impl<T: Kernels> SwigluCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(machine: &Machine, rows: usize, columns: usize) -> Result<Self> {
        let host = [random(rows * columns, 4.0), random(rows * columns, 1.0)];
        Ok(Self {
            operation: Swiglu::load(machine)?,
            columns,
            gate: machine.upload(&host[0])?,
            up: machine.upload(&host[1])?,
            out: machine.upload(&vec![T::POISON; rows * columns])?,
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for SwigluCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { machine, operation, columns, gate, up, out, .. } = self;
        let inputs = [&gate.as_view(), &up.as_view()];
        operation.launch(&*machine, inputs, &mut out.as_view_mut(), [*columns, *columns])
    }

    fn check(&self) -> Result<Check> {
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, self.columns, 16 * self.columns, |_, at| {
            let [gate, up] = self.host.each_ref().map(|numbers| widened(&numbers[at.clone()]));
            gate.iter().zip(&up).map(|(&gate, &up)| Expected::exact(reference(gate, up))).collect()
        }))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes(3 * self.out.len() * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn silu_of_a_number_less_that_of_its_negative_is_the_number() {
        for x in widened(&random::<f16>(100, 8.0)) {
            assert!((reference(x, 1.0) - reference(-x, 1.0) - x).abs() < 1e-12);
            assert_eq!(reference(x, 3.0), 3.0 * reference(x, 1.0));
        }
        assert_eq!(reference(-1000.0, 1.0), 0.0);
    }

    #[test]
    fn the_kernel_is_right_for_rows_of_every_length() {
        let machine = Machine::of_test("swiglu");
        for [rows, columns] in
            machine.sizes(&[[1, 16], [3, 2048], [70, 2064], [5, 14336]], &[[1, 16], [3, 2048], [7, 2064]])
        {
            for check in [
                run(&mut SwigluCase::<f16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut SwigluCase::<bf16>::new(&machine, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
