//! `cargo triton sign`: what a file below TTIR takes as arguments, from the Python function that it was made from.

mod compose;
mod function;
pub(in crate::cli) mod known;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use semver::Version;
use serde_json::{Map, Value};
use triton_runner_manifest::Constant;
use triton_runner_read::metadata::each_key_once;

use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::cli::single::{self, SingleFile, metadata_beside};
use crate::error::Error;
use crate::lowering::Pipeline;
use crate::lowering::export::{ExportArgument, Source, check_type, parse_argument, parse_constant, write_json};
use crate::settings::KernelSettings;
use crate::verify::verify_source;
use compose::{Said, Signed, compose};
use function::parameters;
use known::Known;

/// Write into the JSON of LLVM IR, PTX or machine code what its arguments are, from the Python function that it was made from.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// Files of one kernel, each with the JSON that Triton wrote beside it
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The function. Its file is read, and not run
    #[arg(long, value_name = "FILE.py::KERNEL", value_parser = super::export::parse_kernel)]
    from: (Source, String),
    /// An argument's type, as Triton spells it, and what it was compiled for: x=*fp32:16, n=i32; a pattern is for all
    /// without a type: stride*=i32:16. What IR or fbtriton's launch metadata beside the file says need not be said
    #[arg(long = "arg", value_name = "NAME=TYPE[:16]", value_parser = parse_argument)]
    args: Vec<ExportArgument>,
    /// A parameter's value that was compiled in: BLOCK=1024, stride=1, bias=None
    #[arg(long = "const", value_name = "NAME=VALUE", value_parser = parse_constant)]
    constants: Vec<(String, Constant)>,
    /// The Triton that made the files, in place of what the JSON says: a build from between two releases calls itself by the
    /// one before, and may have the hidden parameters of the next
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton)]
    triton: Option<Version>,
}

impl Sign {
    pub(super) fn run(self, env: &Env) -> Result {
        let (source, kernel) = &self.from;
        let mut staged = Staged::default();
        for file in &self.files {
            let about = |error: Box<dyn std::error::Error>| format!("`{}`: {error}", file.display());
            let known = Known::beside(file).map_err(about)?;
            let signed =
                by_function(source, kernel, &self.args, &self.constants, known.as_ref(), env).map_err(about)?;
            let (path, text) = json(file, &signed, self.triton.as_ref())?;
            verified(file, &path, &text)?;
            staged.add(&path, text.as_bytes())?;
            eprintln!("{}: {}", file.display(), compose::shown(&signed.signature));
            signed.notes().iter().for_each(|note| eprintln!("note: {note}"));
        }
        for path in staged.commit()? {
            terminal::print_line(&path.display().to_string())?;
        }
        Ok(())
    }
}

/// What a file takes, by the function that it was made from.
///
/// # Errors
/// If the function isn't there, or something is missing or contradicts.
pub(super) fn by_function(
    source: &Source,
    kernel: &str,
    arguments: &[ExportArgument],
    constants: &[(String, Constant)],
    known: Option<&Known>,
    env: &Env,
) -> Result<Signed> {
    let Source::File(python) = source else {
        return Err("`--from` names a Python file, whose text is read: `--from matmul.py::matmul_kernel`".into());
    };
    for argument in arguments {
        check_type(&argument.ty).map_err(|error| format!("argument `{}`: {error}", argument.name))?;
    }
    let parameters = parameters(python, kernel, arguments, env)?;
    compose(&parameters, Said { arguments, constants }, known)
}

impl Signed {
    /// What nobody says.
    pub(super) fn notes(&self) -> Vec<String> {
        let signed = self;
        let list = |names: &[String]| format!("`{}`", names.join("`, `"));
        let mut notes = Vec::new();
        if let Some(first) = signed.unknown.first() {
            notes.push(format!("not known: the values of {}, which were compiled in; for the Rust side give them, --const {first}=VALUE", list(&signed.unknown)));
        }
        if let Some(first) = signed.unpromised.first() {
            notes.push(format!("by their annotations alone: {}; where the file was compiled for multiples of 16, say so, or wrong launches are not noticed: --arg {first}=TYPE:16", list(&signed.unpromised)));
        }
        notes
    }
}

/// The JSON beside a file with the signature in it.
fn json(file: &Path, signed: &Signed, triton: Option<&Version>) -> Result<(PathBuf, String)> {
    let path = metadata_beside(file, &[]).ok_or_else(|| {
        format!(
            "there is no JSON beside `{}`: Triton writes one, and what else it says (shared memory, scratch, warps) is nowhere else",
            file.display()
        )
    })?;
    let text = std::fs::read_to_string(&path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?;
    let unreadable = |error: serde_json::Error| format!("`{}` is not JSON: {error}", path.display());
    let mut json: Map<String, Value> = each_key_once(text.as_bytes()).map_err(unreadable)?;
    json.insert("signature".to_owned(), serde_json::to_value(&signed.signature)?);
    let mut constants = match json.remove("constants") {
        Some(Value::Object(constants)) => constants,
        _ => Map::new(),
    };
    constants.extend(signed.constants.clone());
    json.insert("constants".to_owned(), Value::Object(constants));
    if let Some(triton) = triton {
        json.insert("triton_version".to_owned(), triton.to_string().into());
    }
    // Paths and hashes of the machine that compiled it.
    json.remove("hash");
    json.remove("extern_libs");
    Ok((path, write_json(&json)?))
}

/// Holds the file against the signature, as a build does.
fn verified(file: &Path, json: &Path, text: &str) -> Result {
    let named = serde_json::from_str::<Value>(text)?.get("triton_version").is_some_and(Value::is_string);
    let request = SingleFile {
        file: file.to_owned(),
        archs: Vec::new(),
        metadata: Some(json.to_owned()),
        // Which alone writes no version.
        triton: (!named).then_some(Version::new(3, 2, 0)),
        options: KernelSettings { constants: BTreeMap::new(), ..KernelSettings::default() },
        line_info: false,
        pipeline: Pipeline::default(),
    };
    let analysis = single::look_at_with(&request, text.as_bytes())?;
    let (steps, problems) = analysis.steps();
    if !problems.is_empty() {
        return Err(Error::new(problems).into());
    }
    for step in &steps {
        verify_source(step).map_err(|kind| {
            let problem = crate::error::Problem::new(&step.kernel.name, &step.source.artifact.name, kind);
            Error::new(vec![problem.for_arch(step.arch)])
        })?;
    }
    Ok(())
}
