//! The kernels of the GPU tests on the interpreter, held against float64: what `interpret` takes, checks and gives back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod checks;
mod memory;
mod numbers;

use rand::RngExt;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn random(len: usize) -> Vec<f32> {
    let mut rng = rand::rng();
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Fails unless each number is near what it should be.
fn near(found: &[f32], expected: impl IntoIterator<Item = f64>, tolerance: f64) {
    let mut count = 0;
    for (index, (&found, expected)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(found) - expected).abs();
        assert!(error <= tolerance * expected.abs().max(1.0), "element {index} is {found}, expected {expected}");
        count += 1;
    }
    assert_eq!(count, found.len());
}
