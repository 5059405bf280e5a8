//! Softmax of each row.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, View, ViewMut};

triton_kernel! {
    /// One program for each row, which fits into `BLOCK`. A launch takes the variant with wide loads where the
    /// length of the rows allows it.
    #[grid(rows)]
    #[name = "Kernel"]
    pub(crate) fn softmax<T>(x: &[T], out: &mut [T], rows: i32, columns: i32);
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation.
pub(crate) struct Softmax<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
}

impl<T: Kernels> Softmax<T> {
    /// Loads the kernel.
    pub(crate) fn load(machine: &Machine) -> Result<Self> {
        Ok(Self { kernel: machine.load(Kernel::load)? })
    }

    /// The softmax of each row of `columns` elements. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together, or the rows are too long.
    pub(crate) fn launch(
        &self,
        machine: &Machine,
        x: &View<'_, T>,
        out: &mut ViewMut<'_, T>,
        columns: usize,
    ) -> Result<()> {
        let rows = x.len() / columns;
        assert_eq!([x.len(), out.len()], [rows * columns; 2]);
        assert!(
            columns as i64 <= Kernel::<T>::BLOCK,
            "rows of {columns} elements: the kernel holds {}",
            Kernel::<T>::BLOCK
        );
        let (rows, columns) = (rows as i32, columns as i32);
        match machine {
            Machine::Gpu(gpu) => self.kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), out.on_gpu(), rows, columns),
            Machine::Cpu => {
                Kernel::interpret(x.on_cpu(), out.on_cpu(), rows, columns).checks(Checks::all()).run().map(drop)
            }
        }
    }
}

/// One row in float64.
pub(crate) fn reference(x: &[f64]) -> Vec<f64> {
    let largest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let row: Vec<f64> = x.iter().map(|x| (x - largest).exp()).collect();
    let sum: f64 = row.iter().sum();
    row.into_iter().map(|x| x / sum).collect()
}

/// The operation on new random numbers.
pub(crate) struct SoftmaxCase<T: Kernels> {
    machine: Machine,
    operation: Softmax<T>,
    columns: usize,
    host: Vec<T>,
    x: Buffer<T>,
    out: Buffer<T>,
}

impl<T: Kernels> SoftmaxCase<T> {
    /// `rows` rows of `columns` elements.
    pub(crate) fn new(machine: &Machine, rows: usize, columns: usize) -> Result<Self> {
        let host = random(rows * columns, 8.0);
        Ok(Self {
            operation: Softmax::load(machine)?,
            columns,
            x: machine.upload(&host)?,
            out: machine.upload(&vec![T::POISON; rows * columns])?,
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for SoftmaxCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { machine, operation, columns, x, out, .. } = self;
        operation.launch(machine, &x.as_view(), &mut out.as_view_mut(), *columns)
    }

    fn check(&self) -> Result<Check> {
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, self.columns, 16 * self.columns, |_, at| {
            reference(&widened(&self.host[at])).into_iter().map(Expected::exact).collect()
        }))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((self.x.len() + self.out.len()) * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn a_row_sums_to_one_and_the_ratio_of_two_elements_is_that_of_their_exponentials() {
        let x = widened(&random::<f16>(100, 8.0));
        let moved: Vec<f64> = x.iter().map(|x| x - 5000.0).collect();
        let row = reference(&x);
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((row[7] / row[3] / (x[7] - x[3]).exp() - 1.0).abs() < 1e-9);
        assert!(row.iter().zip(reference(&moved)).all(|(one, another)| (one - another).abs() < 1e-12));
    }

    #[test]
    fn the_kernel_is_right_for_rows_of_every_length() {
        let machine = Machine::of_test("softmax");
        for [rows, columns] in machine.sizes(
            &[[1, 1], [3, 17], [50, 1008], [7, 1009], [5, 4095], [70, 4096]],
            &[[1, 1], [3, 17], [5, 1008], [7, 1009], [5, 4095], [7, 4096]],
        ) {
            for check in [
                run(&mut SoftmaxCase::<f16>::new(&machine, rows, columns).unwrap()).unwrap(),
                run(&mut SoftmaxCase::<bf16>::new(&machine, rows, columns).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{rows} x {columns}: {check}");
            }
        }
    }
}
