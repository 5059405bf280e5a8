//! The Python function that a file was made from: its parameters, read from the text by a Python with nothing in it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::cargo::Env;
use crate::cli::Result;
use crate::lowering::export::ExportArgument;
use crate::toolchain::pythons;

/// A parameter of the function.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// Whether it is annotated as `tl.constexpr`.
    pub(super) constexpr: bool,
    /// The type that another annotation fixes.
    #[serde(rename = "type")]
    pub(super) ty: Option<String>,
    /// Its default in a list of one; an empty list for one that is no literal.
    pub(super) default: Option<Vec<Value>>,
    /// Which of the given arguments are for it: one, or patterns.
    pub(super) given: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Found { parameters: Vec<Parameter> },
    Wrong { error: String },
}

/// Reads the parameters of a function. `given` are arguments whose names may be patterns.
///
/// # Errors
/// If there is no Python, or no such function in the file.
pub(super) fn parameters(file: &Path, name: &str, given: &[ExportArgument], env: &Env) -> Result<Vec<Parameter>> {
    let python = match env.path("TRITON_RUNNER_PYTHON") {
        Some(python) => python,
        None => {
            let search = env.var_os("PATH").unwrap_or_default();
            let first = pythons(&search).into_iter().find_map(std::result::Result::ok);
            first.ok_or("there is no Python on PATH, which reads the function's parameters: install one, or set TRITON_RUNNER_PYTHON")?.path
        }
    };
    let unusable = |error: &dyn std::fmt::Display| format!("`{}` can't be used: {error}", python.display());
    let mut child = Command::new(&python)
        .args(["-I", "-S", "-B", "-"])
        .arg(file)
        .arg(name)
        .args(given.iter().map(|argument| &argument.name))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| unusable(&error))?;
    if let Some(mut input) = child.stdin.take() {
        // One that ended already has said why.
        let _ = input.write_all(include_bytes!("parameters.py"));
    }
    let output = child.wait_with_output().map_err(|error| unusable(&error))?;
    match serde_json::from_slice(&output.stdout) {
        Ok(Answer::Found { parameters }) => Ok(parameters),
        Ok(Answer::Wrong { error }) => Err(format!("`{}` {error}", file.display()).into()),
        Err(_) => Err(unusable(&String::from_utf8_lossy(&output.stderr).trim()).into()),
    }
}
