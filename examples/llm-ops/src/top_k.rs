//! What a sampler takes from the scores of all tokens: the largest of each row, with their places. The largest alone is argmax.

use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{Check, Expected};
use crate::element::{Element, random};
use crate::machine::{Buffer, Loaded, Machine, On};

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Kernel;

    /// Loads the variant that takes `k`: 1 or 64.
    fn load(machine: &Machine, k: usize) -> Result<Self::Kernel>;

    /// `x` is rows x columns, `values` and `places` are rows x k.
    fn launch(
        kernel: &Self::Kernel,
        on: On<'_>,
        x: &Buffer<Self>,
        values: &mut Buffer<f32>,
        places: &mut Buffer<i32>,
        sizes: [i32; 2],
    ) -> Result<()>;
}

triton_kernel! {
    /// One program for each row.
    #[grid(rows)]
    #[chosen(K, BLOCK)]
    pub(crate) fn top_k_fp16(
        x: &[f16],
        values: &mut [f32],
        places: &mut [i32],
        rows: i32,
        columns: i32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(rows)]
    #[chosen(K, BLOCK)]
    pub(crate) top_k_bf16;
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident, $variant:ident;)*) => { $(
        impl Kernels for $element {
            type Kernel = (Loaded<$kernel>, $variant);

            fn load(machine: &Machine, k: usize) -> Result<Self::Kernel> {
                let variant = if k == 1 { $variant::K1 } else { $variant::K64 };
                assert_eq!(k as i64, variant.k(), "the largest, or the 64 largest");
                Ok((machine.load(|context| $kernel::load_variant(context, variant))?, variant))
            }

            fn launch((kernel, variant): &Self::Kernel, on: On<'_>, x: &Buffer<Self>, values: &mut Buffer<f32>, places: &mut Buffer<i32>, [rows, columns]: [i32; 2]) -> Result<()> {
                let (x, mut values, mut places) = (x.as_view(), values.as_view_mut(), places.as_view_mut());
                match on {
                    On::Stream(gpu) => kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), values.on_gpu(), places.on_gpu(), rows, columns),
                    On::Graph(capture) => kernel.on_gpu().capture(capture, x.in_graph(), values.in_graph(), places.in_graph(), rows, columns),
                    On::Cpu => $kernel::interpret_variant(*variant, x.on_cpu(), values.on_cpu(), places.on_cpu(), rows, columns).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, TopKFp16, TopKFp16Variant;
    bf16, TopKBf16, TopKBf16Variant;
}

/// The operation on new random numbers. There are equal ones among them: 16 bits hold few.
pub(crate) struct TopKCase<T: Kernels> {
    machine: Machine,
    kernel: T::Kernel,
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
        Ok(Self {
            kernel: T::load(machine, k)?,
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
        let Self { machine, kernel, x, values, places, .. } = self;
        let sizes = [self.host.len() / self.columns, self.columns].map(|size| size as i32);
        T::launch(kernel, (&*machine).into(), x, values, places, sizes)
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
