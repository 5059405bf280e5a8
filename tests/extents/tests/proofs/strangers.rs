//! Kernels of people who didn't know the analysis, in `strangers/`: launches of theirs that go wrong are all refused, and so are
//! those at random. Whether a kernel is proven isn't asked, only that nothing wrong is called safe.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use extents::{Case, Judge, Kernel, Seen, Tally, find, see};
use triton_runner_interpreter::{Options, ParameterKind, Program};

/// Launches at random of each kernel.
const CASES: u64 = 30;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("strangers")
}

/// Texts by name.
fn kernels() -> BTreeMap<String, String> {
    let named = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        (file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), text)
    };
    find(&[folder()]).into_iter().map(named).collect()
}

/// A line of `launches.txt`.
struct Row {
    kernel: String,
    /// Behind each pointer.
    bytes: usize,
    case: Case,
}

fn rows() -> Vec<Row> {
    let text = std::fs::read_to_string(folder().join("launches.txt")).expect("it is there");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let [kernel, bytes, grid, scalars] = words.as_slice() else { panic!("{line}") };
        let grid: Vec<u32> = grid.split(',').map(|programs| programs.parse().expect(line)).collect();
        let scalars = scalars.split(',').map(|word| (word != "-").then(|| word.parse().expect(line))).collect();
        let case = Case { scalars, grid: grid.try_into().expect(line), seed: 1 };
        Row { kernel: (*kernel).to_owned(), bytes: bytes.parse().expect(line), case }
    };
    lines.map(read).collect()
}

#[test]
fn launches_that_go_wrong_are_refused() {
    let kernels = kernels();
    let mut admitted = Vec::new();
    for Row { kernel: name, bytes, case } in rows() {
        let text = kernels.get(&name).unwrap_or_else(|| panic!("no kernel is called {name}"));
        let program = Program::new(text, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let is_pointer = |kind| matches!(kind, ParameterKind::Pointer(_));
        let lengths: Vec<Option<usize>> =
            program.parameters().iter().map(|parameter| is_pointer(parameter.kind()).then_some(bytes)).collect();
        let seen = see(&program, &case, &lengths, &[]);
        assert!(matches!(seen, Seen::Outside(_)), "{name} {case:?} with {bytes} bytes goes well: {seen:?}");
        let lengths: Vec<Option<u64>> = lengths.iter().map(|bytes| bytes.map(|bytes| bytes as u64)).collect();
        let Some(kernel) = Kernel::new(&name, text) else { continue };
        if kernel.check.admit(&case.scalars, case.grid, &lengths).is_ok() {
            admitted.push(format!("{name} {case:?} with {bytes} bytes: {seen:?}"));
        }
    }
    assert!(admitted.is_empty(), "{}", admitted.join("\n"));
}

#[test]
fn no_launch_at_random_goes_wrong() {
    let (mut proven, mut wrong) = (0, Vec::new());
    for (name, text) in kernels() {
        let Some(kernel) = Kernel::new(&name, &text) else { continue };
        proven += 1;
        let (mut tally, mut judge) = (Tally::default(), Judge::new(2));
        (0..CASES).for_each(|_| judge.judge(&kernel, &mut tally, false));
        wrong.extend(tally.wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(proven > 150, "{proven} kernels are proven, so this says nothing");
}
