//! IR that reads is run or refused: never a panic, a hang or an address outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod change;
mod run;

use std::path::{Path, PathBuf};

use change::change;
use proptest::prelude::*;
use run::run;

fn samples() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folders = ["triton-runner-build/benches/kernels", "triton-runner-build/tests/data/3.6", "tests/gpu/kernels"];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ttir"))
        .collect();
    files.sort();
    assert!(files.len() > 20, "{files:?}");
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_kernel_is_run_or_refused(
        sample in any::<prop::sample::Index>(),
        changes in prop::collection::vec((0u8..8, any::<usize>(), any::<usize>()), 1..4),
    ) {
        let samples = samples();
        let mut text = sample.get(&samples).clone();
        for (kind, first, second) in changes {
            text = change(&text, kind, first, second);
        }
        run(&text);
    }
}

#[test]
fn the_samples_themselves_run() {
    let ran = samples().iter().filter(|text| run(text)).count();
    assert!(ran > 20, "{ran}");
}
