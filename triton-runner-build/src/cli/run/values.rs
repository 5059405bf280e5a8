//! Values of a program, as text.

use std::fmt::Write as _;

use triton_runner_interpreter::{Elements, Traced};

/// Elements of a line.
const WIDTH: usize = 16;

/// Every value that a program gave something of this name, one behind the other. A variable of Python is what its
/// expression comes to; what is computed on the way there has the same name in the IR.
pub(super) fn texts(traced: &[Traced], name: &str, id: [u32; 3]) -> String {
    let of_program = traced.iter().filter(|traced| traced.program == id);
    let in_ir = |traced: &&Traced| traced.name.trim_start_matches('%') == name.trim_start_matches('%');
    let in_python: Vec<&Traced> =
        of_program.clone().filter(|traced| traced.variable.as_deref() == Some(name)).collect();
    if in_python.is_empty() {
        return of_program.filter(in_ir).map(text).collect();
    }
    let mut texts = String::new();
    let mut on_the_way: Vec<&str> = Vec::new();
    for (place, traced) in in_python.iter().enumerate() {
        on_the_way.push(&traced.name);
        let goes_on = in_python.get(place + 1).is_some_and(|next| {
            // The same line once more is the next round of a loop.
            next.python == traced.python && !on_the_way.contains(&&*next.name)
        });
        if !goes_on {
            texts += &text(traced);
            on_the_way.clear();
        }
    }
    texts
}

fn text(traced: &Traced) -> String {
    let [x, y, z] = traced.program;
    let place = match &traced.python {
        Some((file, line)) => format!("{file}:{line}"),
        None => format!("line {} of the IR", traced.line),
    };
    let shape: Vec<String> = traced.shape.iter().map(usize::to_string).collect();
    let shape = if shape.is_empty() { String::new() } else { format!(" [{}]", shape.join("x")) };
    let name = traced.variable.as_deref().unwrap_or(&traced.name);
    let mut text = format!("{name}{shape} in program ({x}, {y}, {z}), {place}:\n");
    let row = traced.shape.last().copied().unwrap_or(1).clamp(1, WIDTH);
    for line in elements(&traced.elements).chunks(row) {
        let written = writeln!(text, "  {}", line.join(" "));
        debug_assert!(written.is_ok());
    }
    text
}

/// Elements as they are written.
pub(super) fn elements(elements: &Elements) -> Vec<String> {
    match elements {
        Elements::Integers(all) => all.iter().map(i64::to_string).collect(),
        Elements::Floats(all) => all.iter().map(|number| shortest(*number)).collect(),
        _ => Vec::new(),
    }
}

/// Numbers up to 32 bits are written as such: 0.1, not 0.10000000149011612.
fn shortest(number: f64) -> String {
    let narrow = number as f32;
    if f64::from(narrow) == number || number.is_nan() { narrow.to_string() } else { number.to_string() }
}
