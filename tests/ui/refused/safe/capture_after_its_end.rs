#![allow(unused)]

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
use triton_runner_rt::{Capture, Graph, triton_kernel};

triton_kernel! {
    #[grid(n.div_ceil(BLOCK))]
    fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

fn capture(graph: &mut Graph<'_>) {
    let mut kept: Option<&Capture> = None;
    graph.capture(|capture| {
        kept = Some(capture);
        Ok(())
    }).unwrap();
    println!("{kept:?}");
}

fn main() {}
