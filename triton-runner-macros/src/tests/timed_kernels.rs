//! Kernels that were timed, in the manifest of the tests.

use triton_runner_manifest::{BuiltKernel, Constant, Tuned};

use super::parts::{read, ttir, value, written};

/// Microseconds by one key on an H100.
fn tuned(file: &str, keys: &[&str], times: &[(i64, f64)]) -> Tuned {
    Tuned {
        file: file.to_owned(),
        gpu: "NVIDIA H100".to_owned(),
        arch: "sm_90".parse().unwrap(),
        multiprocessors: 132,
        keys: keys.iter().map(|&key| key.to_owned()).collect(),
        times: times.iter().map(|&(key, micros)| (vec![key], micros)).collect(),
    }
}

/// Variants that were timed on one GPU, of which one is right for few rows.
pub(super) fn timed() -> [BuiltKernel; 2] {
    let timed = |name: &str, block: i64, times: &[(i64, f64)]| {
        let arguments =
            vec![read("x", "*fp16", 16), written("out", "*fp16", 16, 9), value("m", "i32", 1), value("lda", "i32", 1)];
        let mut kernel = ttir(name, arguments);
        kernel.constants.insert("BLOCK_M".to_owned(), Constant::Int(block));
        kernel.tuned = vec![tuned("kernels/timed.tuned.h100.json", &["m"], times)];
        kernel
    };
    [timed("timed", 64, &[(16, 2.0), (4096, 9.5)]), timed("timed@wide", 256, &[(16, 3.5), (4096, 4.0)])]
}
