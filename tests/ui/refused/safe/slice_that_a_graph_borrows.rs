#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{Graph, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn capture(stream: &Arc<CudaStream>, mut out: CudaSlice<f32>) {
    {
        let mut graph = Graph::new(stream.context());
        let held = graph.borrow(&mut out);
        drop(out);
        graph.launch(stream).unwrap();
    }
}

fn main() {}
