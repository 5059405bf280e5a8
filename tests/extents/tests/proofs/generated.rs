//! Kernels at random, always the same: no launch that passes a check touches anything outside. `scripts/check-extents
//! --generated N` draws others.

use extents::{Judge, Kernel, Tally, generate};
use triton_runner_extent::Extent;
use triton_runner_interpreter::{Options, Program};

/// Kernels, of which so many launches each.
const KERNELS: u64 = 60;
const CASES: u64 = 15;

#[test]
fn generated_kernels_are_read() {
    for seed in 0..KERNELS {
        let text = generate(seed);
        if let Err(error) = Extent::of(&text) {
            panic!("{error}\n{text}");
        }
        if let Err(error) = Program::new(&text, &Options::default()) {
            panic!("{error}\n{text}");
        }
    }
}

#[test]
fn no_launch_of_a_generated_kernel_goes_wrong() {
    let (mut proven, mut passed, mut confirmed) = (0, 0, 0);
    for seed in 0..KERNELS {
        let text = generate(seed);
        let Some(kernel) = Kernel::new(&format!("generated {seed}"), &text) else { continue };
        let (mut tally, mut judge) = (Tally::default(), Judge::new(seed));
        (0..CASES).for_each(|_| judge.judge(&kernel, &mut tally, false));
        assert!(tally.wrong.is_empty(), "{}\n{text}", tally.wrong.join("\n"));
        proven += 1;
        passed += tally.passed;
        confirmed += tally.confirmed;
    }
    eprintln!("{proven} {passed} {confirmed}");
    let says = format!(
        "of {KERNELS} kernels {proven} are proven, {passed} launches pass, {confirmed} go wrong as they are to"
    );
    assert!(3 * proven > KERNELS && passed > KERNELS && confirmed > KERNELS, "{says}");
}
