//! Reads kernels into typed bodies, for `scripts/check-corpus`: a line of JSON for each file.
//!
//! ```text
//! cargo run -p triton-runner-ir --example check_corpus -- [--print FOLDER] FILE…
//! ```
//!
//! With `--print` the text that each body prints is written there, by the file's number.

#![allow(clippy::print_stdout, reason = "its output")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use triton_runner_ir::{Summary, Syntax, parse};
use triton_runner_manifest::{Access, ArgType};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let folder = match files.first() {
        Some(first) if first == Path::new("--print") && files.len() > 1 => files.drain(..2).nth(1),
        _ => None,
    };
    for (number, file) in files.iter().enumerate() {
        let text = std::fs::read_to_string(file)?;
        let (mut line, printed) = match parse(&text) {
            Ok(module) => {
                let printed = module.to_string();
                let again = parse(&printed);
                let unknown = module.ops().filter(|(_, op)| op.syntax == Syntax::Unknown);
                let unknown: BTreeSet<_> = unknown.map(|(_, op)| format!("{} (line {})", op.name, op.line)).collect();
                let types = module.values().map(|(id, _)| module.ty(id)).filter(|ty| ty.is_opaque());
                let types: BTreeSet<_> = types.map(ToString::to_string).collect();
                let equal = again.as_ref().is_ok_and(|again| *again == module);
                let error = again.err().map(|error| format!("what is printed: {error}"));
                (json!({"unknown": unknown, "types": types, "equal": equal, "error": error}), Some(printed))
            }
            Err(error) => (json!({"error": error.to_string()}), None),
        };
        line["file"] = json!(file);
        line["written"] = written(&text);
        println!("{line}");
        if let (Some(folder), Some(printed)) = (&folder, printed) {
            std::fs::write(folder.join(format!("{number}.ttir")), printed)?;
        }
    }
    Ok(())
}

/// Which pointers are written, counted among the arguments that are pointers; why not, if there is no such answer.
fn written(text: &str) -> Value {
    match Summary::read(text) {
        Ok(summary) => {
            let pointers = summary.raw_arguments.iter().filter(|argument| !matches!(argument.ty, ArgType::Scalar(_)));
            let written = pointers.enumerate().filter(|(_, argument)| matches!(argument.access, Access::Write { .. }));
            json!(written.map(|(place, _)| place).collect::<Vec<_>>())
        }
        Err(error) => json!(error.to_string()),
    }
}
