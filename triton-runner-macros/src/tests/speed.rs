//! How long an expansion takes.

use std::time::{Duration, Instant};

/// Prints it, and fails where it is far from what an editor needs: `cargo test --release -- --ignored speed`.
#[test]
#[ignore = "a measurement: run it in release"]
fn a_hundred_kernels_expand_in_a_tenth_of_a_second() {
    let one = "#[grid(n.div_ceil(BLOCK))] pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);";
    let time = |declarations: &str| {
        let start = Instant::now();
        let tokens = super::expand("::triton_runner_rt", declarations);
        let took = start.elapsed();
        assert!(!tokens.to_string().contains("compile_error"));
        took
    };
    let hundred: String = (0..100)
        .map(|i| one.replace("pub fn add_kernel", &format!("#[kernel = \"add_kernel\"] pub fn add_{i}")))
        .collect();
    let best = (0..20).map(|_| time(&hundred)).min().unwrap();
    println!("100 kernels: {best:?}");
    assert!(best < Duration::from_millis(100), "{best:?}");
}
