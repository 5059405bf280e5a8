//! Recorded launches: each passes, and is refused when the last element that it needs is cut off. As a rule it is started by
//! `scripts/check-extents`.
//!
//! `recordings FOLDER [--tight]`: with `--tight` the interpreter says whether first and last byte are touched.

#![allow(clippy::print_stdout, reason = "its output")]

use std::error::Error;
use std::path::Path;

use extents::{Case, Judge, Kernel, Tally};
use serde_json::Value;

/// A launch, by the IR's arguments.
#[derive(Default)]
struct Recorded {
    scalars: Vec<Option<i64>>,
    lengths: Vec<Option<u64>>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder =
        arguments.iter().find(|argument| !argument.starts_with("--")).ok_or("usage: recordings FOLDER [--tight]")?;
    let tight = arguments.iter().any(|argument| argument == "--tight");
    let launches: Value = serde_json::from_str(&std::fs::read_to_string(Path::new(folder).join("launches.json"))?)?;
    let (mut total, mut passed, mut refused, mut pairs, mut unknown) = (0, 0, 0, 0, 0);
    let mut tally = Tally::default();
    for launch in launches.as_array().ok_or("expected a list")? {
        total += 1;
        let name = launch["kernel"].as_str().ok_or("no `kernel`")?;
        let text = std::fs::read_to_string(Path::new(folder).join("kernels").join(format!("{name}.ttir")))?;
        let Some(kernel) = Kernel::new(name, &text) else {
            unknown += 1;
            println!("{name}: nothing is proven");
            continue;
        };
        let grid = [0, 1, 2].map(|axis| launch["grid"].get(axis).and_then(Value::as_u64).unwrap_or(1) as u32);
        let recorded = recorded(launch).ok_or_else(|| format!("{name}: arguments that aren't understood"))?;
        match kernel.check.admit(&recorded.scalars, grid, &recorded.lengths) {
            Ok(()) => passed += 1,
            Err(refusal) => println!("{name}: {refusal:?}"),
        }
        let Ok(bytes) = kernel.check.evaluate(&recorded.scalars, grid) else { continue };
        let exact = |place: usize| {
            let ends = bytes.iter().find(|one| one.argument as usize == place).and_then(|one| one.ends);
            ends.map_or(0, |(_, high)| high as u64 + 1)
        };
        let needed: Vec<Option<u64>> =
            (0..).zip(&recorded.lengths).map(|(place, len)| len.map(|_| exact(place))).collect();
        for one in bytes.iter().filter(|one| one.ends.is_some()) {
            pairs += 1;
            let place = one.argument as usize;
            let mut short = needed.clone();
            short[place] = short[place].map(|len| len.saturating_sub(kernel.element(place) as u64));
            refused += u32::from(kernel.check.admit(&recorded.scalars, grid, &short).is_err());
            if tight {
                let case = Case { scalars: recorded.scalars.clone(), grid, seed: 1 };
                let lengths: Vec<Option<usize>> = needed.iter().map(|len| len.map(|len| len as usize)).collect();
                Judge::tightness(&kernel, &case, &lengths, one, &mut tally);
            }
        }
    }
    println!("{total} launches: {passed} pass, {unknown} of kernels that aren't proven");
    println!("{pairs} arguments of launches: {refused} refused without the last element that they need");
    if tight {
        tally.inexact.iter().for_each(|one| println!("{one}"));
        println!("{} exact, {} not", tally.exact, tally.inexact.len());
    }
    Ok(())
}

fn recorded(launch: &Value) -> Option<Recorded> {
    let mut recorded = Recorded::default();
    let mut push = |scalar: Option<i64>, length: Option<u64>| {
        recorded.scalars.push(scalar);
        recorded.lengths.push(length);
    };
    for argument in launch["args"].as_array()? {
        // What is folded into the kernel is no argument any more.
        if launch["sig"][argument["name"].as_str()?] == "constexpr" {
            continue;
        }
        let length = || {
            let buffer = launch["bufs"].get(argument["buf"].as_u64()? as usize)?;
            let before = buffer["before"].get(1)?.as_u64()?;
            before.checked_sub(argument["off"].as_u64().unwrap_or(0))
        };
        match argument["kind"].as_str()? {
            "ptr" => push(None, Some(length()?)),
            "desc" => {
                push(None, length());
                for key in ["shape", "strides"] {
                    argument[key].as_array()?.iter().for_each(|number| push(number.as_i64(), None));
                }
            }
            "num" => match &argument["value"] {
                Value::Bool(value) => push(Some(i64::from(*value)), None),
                value => push(value.as_i64(), None),
            },
            _ => push(None, None),
        }
    }
    Some(recorded)
}
