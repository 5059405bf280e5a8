//! IR that reads is run or refused: never a panic, a hang or an address outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use triton_runner_interpreter::{Argument, Buffer, Launch, Options, ParameterKind, Program, TensorDescriptor};

/// What takes the place of a number.
const NUMBERS: [&str; 10] =
    ["0", "1", "-1", "2", "3", "16", "1000", "2147483647", "-2147483648", "9223372036854775807"];

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

/// Runs it if it can be; whether it was.
fn run(text: &str) -> bool {
    let Ok(program) = Program::new(text, &Options::default()) else { return false };
    let mut bytes = vec![vec![1u8; 4096]; program.parameters().len()];
    let mut launch = Launch::new(&program, [2, 1, 1]);
    launch.threads(1);
    launch.budget(1 << 12);
    bytes.iter_mut().for_each(|bytes| _ = launch.buffer(Buffer::write(bytes)));
    let mut parameters = program.parameters().iter().enumerate();
    while let Some((buffer, parameter)) = parameters.next() {
        launch.argument(match parameter.kind() {
            ParameterKind::Pointer(_) => Argument::Pointer { buffer, offset: 0 },
            ParameterKind::Descriptor { block, .. } => {
                let rank = block.len();
                (0..2 * rank).for_each(|_| _ = parameters.next());
                let (shape, strides) = (vec![16; rank], vec![1; rank]);
                Argument::Descriptor(TensorDescriptor {
                    buffer,
                    offset: 0,
                    shape,
                    strides,
                    pad_with_nan: false,
                    round_to_tf32: false,
                })
            }
            _ => Argument::Integer(1),
        });
    }
    launch.run().is_ok_and(|report| report.findings.iter().all(|finding| !finding.to_string().is_empty()))
}

/// One change of a text, by the places that numbers name.
fn change(text: &str, kind: u8, first: usize, second: usize) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let (a, b) = (first % lines.len(), second % lines.len());
    match kind {
        0 => _ = lines.remove(a),
        1 => lines.swap(a, b),
        2 => lines.insert(b, lines[a].clone()),
        _ => {
            // A word of one line in the place of a word of the same sort.
            let words: Vec<&str> = text.split_whitespace().collect();
            let is_alike = |one: &str, other: &str| one.chars().next() == other.chars().next();
            let old = words[first % words.len()];
            let new = match old.trim_end_matches([',', ':']).parse::<i64>() {
                Ok(_) => NUMBERS[second % NUMBERS.len()],
                Err(_) => words.iter().cycle().skip(second % words.len()).find(|word| is_alike(word, old)).unwrap(),
            };
            let holding: Vec<usize> = (0..lines.len()).filter(|&line| lines[line].contains(old)).collect();
            let line = holding[second % holding.len()];
            lines[line] = lines[line].replacen(old, new, 1);
        }
    }
    lines.join("\n")
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
