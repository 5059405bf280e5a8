//! Kernels, as files.

use std::collections::BTreeSet;

use triton_runner_extent::{Check, Extent};
use triton_runner_interpreter::{Options, ParameterKind, Program};

/// A kernel that is proven and that the interpreter runs.
#[derive(Debug)]
pub struct Kernel {
    /// Its file, or what it is called.
    pub name: String,
    /// What the interpreter runs.
    pub program: Program,
    /// What is proven.
    pub check: Check,
    /// Numbers in its text: blocks and steps among them.
    pub numbers: Vec<i64>,
    /// Whether programs along each axis do different things.
    pub axes: [bool; 3],
}

impl Kernel {
    /// Reads a kernel's text. `None` where nothing is proven, or the interpreter doesn't run it.
    pub fn new(name: &str, text: &str) -> Option<Self> {
        let Ok(Extent::Proven(check)) = Extent::of(text) else { return None };
        let program = Program::new(text, &Options::default()).ok()?;
        // What the check says goes through its text, as it does on its way to a launch.
        let check = check.to_string().parse().ok()?;
        Some(Self { name: name.to_owned(), program, check, numbers: numbers(text), axes: axes(text) })
    }

    /// Bytes of an element behind a pointer, by the parameter's place.
    pub fn element(&self, place: usize) -> usize {
        match self.program.parameters().get(place).map(|parameter| parameter.kind()) {
            Some(ParameterKind::Pointer(format)) => format.bytes(),
            _ => 1,
        }
    }
}

/// The axes of which a text asks for its program, or how many there are.
fn axes(text: &str) -> [bool; 3] {
    let asked = ["get_program_id", "get_num_programs"];
    let is_number = asked.iter().any(|op| text.contains(&format!("{op} {{")) || text.contains(&format!("\"tt.{op}")));
    ["x", "y", "z"].map(|axis| is_number || asked.iter().any(|op| text.contains(&format!("{op} {axis}"))))
}

/// Whole numbers of constants and ranges in a text.
fn numbers(text: &str) -> Vec<i64> {
    let lines = text.lines().filter(|line| line.contains("arith.constant") || line.contains("make_range"));
    let words = lines.flat_map(|line| line.split(|c: char| !c.is_ascii_digit() && c != '-'));
    let numbers: BTreeSet<i64> =
        words.filter_map(|word| word.parse().ok()).filter(|&n| (1..=1 << 16).contains(&n)).collect();
    numbers.into_iter().collect()
}
