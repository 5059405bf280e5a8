//! A Triton kernel as an operation of burn, as burn's backend extensions are written: on a CUDA device it is launched, on
//! memory of cubecl; on the CPU it is interpreted, with every access checked.
//!
//! The result is compared with burn's own operations on the same device, and with the same computed in float64.

#[cfg(feature = "cuda")]
mod cuda;
mod flex;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Device, Distribution, Tensor, activation::sigmoid};
use triton_runner_rt::triton_kernel;

triton_kernel! {
    /// `out[r, c] = x[r, c] * sigmoid(by[c])`: a program for each `BLOCK` columns of each row.
    pub fn gate(x: &[f32], x_stride: i32, by: &[f32], out: &mut [f32], columns: i32);
}

/// What a backend has to have for [`gate_rows`].
#[backend_extension(Flex, Cube: cfg(feature = "cuda"))]
pub trait GateRows: Backend {
    /// A matrix of `f32`, and a vector with an element for each of its columns.
    fn gate_rows(x: FloatTensor<Self>, by: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The operation, for tensors of any device that has it.
pub fn gate_rows(x: Tensor<2>, by: Tensor<1>) -> Tensor<2> {
    assert_eq!(x.dims()[1], by.dims()[0], "gate_rows: a factor for each column");
    Tensor::from_dispatch(Dispatch::gate_rows(x.into_dispatch(), by.into_dispatch()))
}

/// A program for each `BLOCK` columns of each row.
fn grid(rows: usize, columns: usize) -> (usize, usize) {
    (rows, columns.div_ceil(Gate::BLOCK as usize))
}

/// The elements that differ by more than rounding: from burn's operations, and from the same in float64.
fn wrong(x: Tensor<2>, by: Tensor<1>) -> (usize, usize) {
    let numbers = |tensor: Tensor<2>| tensor.into_data().try_to_vec::<f32>().expect("tensors here are of f32");
    let columns = by.dims()[0];
    let ours = numbers(gate_rows(x.clone(), by.clone()));
    let theirs = numbers(x.clone() * sigmoid(by.clone()).unsqueeze());

    let (x, by) = (numbers(x), numbers(by.unsqueeze()));
    let exact = |index: usize| f64::from(x[index]) / (1.0 + (-f64::from(by[index % columns])).exp());
    // NaN is near nothing.
    let near = |a: f64, b: f64, bound: f64| (a - b).abs() <= bound * b.abs();
    let far = |near: usize| ours.len() - near;
    (
        far((0..ours.len()).filter(|&index| near(ours[index].into(), theirs[index].into(), 4e-6)).count()),
        far((0..ours.len()).filter(|&index| near(ours[index].into(), exact(index), 2e-6)).count()),
    )
}

fn run(device: &Device, what: &str) -> bool {
    let uniform = Distribution::Uniform(-8.0, 8.0);
    let x = Tensor::<2>::random([256, 1000], uniform, device);
    let by = Tensor::<1>::random([1000], uniform, device);
    let window = (x.clone().slice([7..107, 3..520]), by.clone().slice([9..526]));
    let mut right = true;
    for (part, (x, by)) in [("all of a tensor", (x, by)), ("a window of it", window)] {
        let count = x.dims().iter().product::<usize>();
        let (from_burn, from_exact) = wrong(x, by);
        println!("{what}, {part}: of {count} elements {from_exact} are wrong, {from_burn} differ from burn's");
        right &= from_burn == 0 && from_exact == 0;
    }
    right
}

fn main() -> Result<(), String> {
    let on_cpu = run(&Device::flex(), "CPU");
    let on_gpu = match triton_runner_rt::context(0) {
        Ok(_) => on_gpu(),
        // Without a driver burn panics; this is an error value.
        Err(error) => {
            println!("Nothing was launched: {error}");
            true
        }
    };
    if on_cpu && on_gpu { Ok(()) } else { Err("elements are wrong".into()) }
}

#[cfg(feature = "cuda")]
fn on_gpu() -> bool {
    run(&Device::cuda(0), "CUDA")
}

#[cfg(not(feature = "cuda"))]
fn on_gpu() -> bool {
    println!("There is a GPU, and the feature `cuda` is off: build with `--features cuda`");
    true
}
