//! Kernels of the examples: all of them are proven, and what is proven holds in launches at random.

use std::path::{Path, PathBuf};

use extents::{Judge, Kernel, Tally, find};
use triton_runner_extent::Extent;

/// Kernels that are declared `unsafe`, for one of their variants at least: a number that goes round in a loop is divided by.
const UNSAFE: [&str; 3] = ["persistent_linear", "fast_matmul", "hosted_matmul"];

/// Launches of each kernel. `scripts/check-extents` draws many more.
const CASES: u64 = 3;

fn is_unsafe(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    UNSAFE.iter().any(|kernel| name.starts_with(kernel))
}

fn files() -> Vec<PathBuf> {
    find(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples")])
}

#[test]
fn all_examples_are_proven_but_those_that_are_declared_unsafe() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        match Extent::of(&text) {
            Ok(Extent::Unknown(_)) if is_unsafe(&file) => {}
            Ok(Extent::Proven(check)) => assert_eq!(check.to_string().parse(), Ok(check)),
            other => panic!("{}: {other:?}", file.display()),
        }
    }
}

#[test]
fn no_launch_at_random_that_a_check_lets_through_touches_anything_outside() {
    let mut tally = Tally::default();
    for (seed, file) in (0..).zip(files().into_iter().filter(|file| !is_unsafe(file))) {
        let text = std::fs::read_to_string(&file).expect("it can be read");
        let kernel = Kernel::new(&file.display().to_string(), &text).expect("it is proven, and runs");
        let mut judge = Judge::new(seed);
        (0..CASES).for_each(|_| judge.judge(&kernel, &mut tally, false));
    }
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    let refused = tally.confirmed + tally.unconfirmed.len() as u64;
    assert!(tally.passed > 15 && refused > 15, "{} passed, {refused} refused", tally.passed);
}
