//! What a sampler takes from the scores of all tokens: the largest of each row, with their places. The largest alone is argmax.

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{Check, Expected};
use crate::element::{Element, random};
use crate::machine::{Buffer, Loaded, Machine};

triton_kernel! {
    /// One program for each row.
    #[grid(rows)]
    #[chosen(K, BLOCK)]
    #[name = "Kernel"]
    pub(crate) fn top_k<T>(x: &[T], values: &mut [f32], places: &mut [i32], rows: i32, columns: i32);
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// The operation on new random numbers. There are equal ones among them: 16 bits hold few.
pub(crate) struct TopKCase<T: Kernels> {
    machine: Machine,
    kernel: Loaded<Kernel<T>>,
    variant: KernelVariant,
    columns: usize,
    k: usize,
    host: Vec<T>,
    x: Buffer<T>,
    values: Buffer<f32>,
    places: Buffer<i32>,
}

impl<T: Kernels> TopKCase<T> {
    /// The `k` largest of each of `rows` rows.
    pub(crate) fn new(machine: &Machine, [rows, columns, k]: [usize; 3]) -> Result<Self> {
        let host = random(rows * columns, 8.0);
        let variant = if k == 1 { KernelVariant::K1 } else { KernelVariant::K64 };
        assert_eq!(k as i64, variant.k(), "the largest, or the 64 largest");
        Ok(Self {
            kernel: machine.load(|context| Kernel::load_variant(context, variant))?,
            variant,
            x: machine.upload(&host)?,
            values: machine.upload(&vec![f32::NAN; rows * k])?,
            places: machine.upload(&vec![-7; rows * k])?,
            columns,
            k,
            host,
            machine: machine.clone(),
        })
    }
}

/// The `k` largest of a row with their places, the largest first, of equal ones the first; the rest where there are fewer.
fn reference(row: &[f64], k: usize) -> Vec<(f64, i32)> {
    let mut all: Vec<(f64, i32)> = row.iter().copied().zip(0..).collect();
    all.sort_by(|(a, at), (b, other)| b.total_cmp(a).then(at.cmp(other)));
    all.resize(all.len().max(k), (f64::NEG_INFINITY, -1));
    all.truncate(k);
    all
}

impl<T: Kernels> Case for TopKCase<T> {
    fn launch(&mut self) -> Result<()> {
        let [rows, columns] = [self.host.len() / self.columns, self.columns].map(|size| size as i32);
        let (x, mut values, mut places) = (self.x.as_view(), self.values.as_view_mut(), self.places.as_view_mut());
        match &self.machine {
            Machine::Gpu(gpu) => {
                let (x, values, places) = (x.on_gpu(), values.on_gpu(), places.on_gpu());
                self.kernel.on_gpu().launch(&gpu.stream, x, values, places, rows, columns)
            }
            Machine::Cpu => {
                let (x, values, places) = (x.on_cpu(), values.on_cpu(), places.on_cpu());
                let launch = Kernel::interpret_variant(self.variant, x, values, places, rows, columns);
                launch.checks(Checks::all()).run().map(drop)
            }
        }
    }

    fn check(&self) -> Result<Check> {
        let (values, places) = (self.machine.download(&self.values)?, self.machine.download(&self.places)?);
        let mut check = Check::default();
        for (row, numbers) in self.host.chunks(self.columns).enumerate() {
            let numbers: Vec<f64> = numbers.iter().map(|number| number.to_f64()).collect();
            for (at, (value, place)) in (row * self.k..).zip(reference(&numbers, self.k)) {
                // Both are exact: what differs is infinitely wrong.
                let right = f64::from(values[at]) == value && places[at] == place;
                let found = if right { T::from_f32(0.0) } else { T::POISON };
                check.row(row, &[found], &[Expected::exact(0.0)]);
            }
        }
        Ok(check)
    }

    fn cost(&self) -> Cost {
        Cost::Bytes(self.host.len() * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn of_equal_numbers_the_first_comes_first_and_short_rows_are_filled_up() {
        assert_eq!(reference(&[1.0, 3.0, 3.0, -1.0], 3), [(3.0, 1), (3.0, 2), (1.0, 0)]);
        assert_eq!(reference(&[5.0], 2), [(5.0, 0), (f64::NEG_INFINITY, -1)]);
    }

    #[test]
    fn the_largest_and_their_places_are_right_in_rows_of_every_length() {
        let machine = Machine::of_test("top_k");
        for [rows, columns] in machine.sizes(&[[1, 1], [3, 63], [5, 1024], [7, 32001]], &[[1, 1], [2, 63], [2, 1500]]) {
            for k in [1, 64] {
                for check in [
                    run(&mut TopKCase::<f16>::new(&machine, [rows, columns, k]).unwrap()).unwrap(),
                    run(&mut TopKCase::<bf16>::new(&machine, [rows, columns, k]).unwrap()).unwrap(),
                ] {
                    assert!(check.passed(), "{k} of {rows} x {columns}: {check}");
                }
            }
        }
    }
}
