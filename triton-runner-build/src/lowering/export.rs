//! From a Python kernel to TTIR and its metadata, with no GPU.

mod json;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use triton_runner_manifest::{Arch, ArgType, Constant, Suffix};
use triton_runner_read::metadata::{Options, PythonSource};

use super::scratch::Scratch;
use super::{LoweringError, OPTIONS, VERSIONS, environment, message};
use crate::fs::hash::sha256;
use crate::toolchain::Toolchain;

pub(crate) use json::write_json;
pub(crate) use words::{parse_argument, parse_constant};

/// What to export and how to specialize it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExportRequest {
    /// The Python file.
    pub(crate) file: PathBuf,
    /// Name of the function with `@triton.jit`.
    pub(crate) kernel: String,
    /// The parameters that stay arguments. Their order does not matter.
    pub(crate) arguments: Vec<ExportArgument>,
    /// The parameters that get a value now: each `tl.constexpr` without a default, and any other.
    pub(crate) constants: BTreeMap<String, Constant>,
    /// What the metadata says of the options, and what the kernel's own code may ask for.
    pub(crate) options: Options,
    /// Architecture numbers: 90 for sm_90. The frontend decides some things by them.
    pub(crate) targets: Vec<u16>,
}

/// A parameter that stays an argument.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct ExportArgument {
    /// Its name in the Python function.
    pub(crate) name: String,
    /// Its type in Triton's spelling: `*fp32`, `i32`, `tensordesc<fp16[128, 64]>`.
    #[serde(rename = "type")]
    pub(crate) ty: String,
    /// 16 if the address or value is promised to be a multiple of 16, else 1.
    pub(crate) divisible_by: u32,
}

/// What an export gives: one for each text that the frontend makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exported {
    /// The kernel's name, which is its entry's.
    pub(crate) name: String,
    /// For `NAME.ttir`.
    pub(crate) ttir: String,
    /// For `NAME.json`, but for what is known of the file.
    pub(crate) metadata: Map<String, Value>,
    /// The architectures for which it is this text, in the order of the request.
    pub(crate) targets: Vec<Arch>,
    /// What whoever exports should know.
    pub(crate) notes: Vec<String>,
    /// The Python files that were imported, but for installed packages.
    pub(crate) modules: Vec<PathBuf>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Done { results: Vec<Made>, left: Vec<u16> },
    Failed { error: String, traceback: String, target: Option<u16> },
}

#[derive(Deserialize)]
struct Made {
    target: u16,
    ttir: String,
    metadata: Map<String, Value>,
    notes: Vec<String>,
    modules: Vec<PathBuf>,
}

/// Runs the frontend in the toolchain's Python, for each target. The kernel's module is imported there, with everything it
/// imports; once, unless it asks for the GPU while it is imported.
///
/// # Errors
/// If the file, the kernel or one of its parameters is not as the request says, or does not compile.
pub(crate) fn export(toolchain: &Toolchain, request: &ExportRequest) -> Result<Vec<Exported>, LoweringError> {
    let asked = format!("{}::{}", request.file.display(), request.kernel);
    let failed =
        |message: String| LoweringError::Export { message: format!("`{asked}`: {message}"), traceback: String::new() };
    for argument in &request.arguments {
        let is_type = argument.ty.parse::<ArgType>();
        is_type.map_err(|error| failed(format!("argument `{}`: {error}", argument.name)))?;
    }
    let file = std::path::absolute(&request.file).map_err(LoweringError::io("find", &request.file))?;
    let mut request = ExportRequest { file, ..request.clone() };
    let several = request.targets.len() > 1;
    let mut exported = Vec::<Exported>::new();
    while !request.targets.is_empty() {
        let (results, left) = run(toolchain, &request, &asked, several)?;
        if results.is_empty() {
            return Err(LoweringError::Worker { message: "it gave no result".to_owned() });
        }
        results.into_iter().for_each(|made| add(&mut exported, made));
        request.targets = left;
    }
    Ok(exported)
}

/// Adds what was made for one target to the same text for others.
fn add(exported: &mut Vec<Exported>, made: Made) {
    let target = Arch::new(made.target, Suffix::None);
    match exported.iter_mut().find(|other| other.ttir == made.ttir && other.metadata == made.metadata) {
        Some(same) => {
            same.targets.push(target);
            let new = |note: &String| !same.notes.contains(note);
            let notes: Vec<_> = made.notes.into_iter().filter(new).collect();
            same.notes.extend(notes);
            same.modules.extend(made.modules);
        }
        None => {
            let name = made.metadata.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Made { ttir, metadata, notes, modules, .. } = made;
            exported.push(Exported { name, ttir, metadata, targets: vec![target], notes, modules });
        }
    }
}

/// One process: what it made, and the targets that need another one.
fn run(
    toolchain: &Toolchain,
    request: &ExportRequest,
    asked: &str,
    several: bool,
) -> Result<(Vec<Made>, Vec<u16>), LoweringError> {
    let temporary = std::env::temp_dir();
    let folder = Scratch::new(&temporary).map_err(LoweringError::io("create a folder in", &temporary))?;
    let place = |name: &str| folder.join(name);
    let write = |name: &str, text: &[u8]| fs::write(place(name), text).map_err(LoweringError::io("write", place(name)));
    for (name, text) in PROGRAM {
        write(name, text.as_bytes())?;
    }
    let text = serde_json::to_vec(request).map_err(|error| LoweringError::Worker { message: error.to_string() })?;
    write("request.json", &text)?;
    let mut command = Command::new(&toolchain.python);
    if toolchain.site.is_some() {
        command.arg("-s");
    }
    command.arg("-B").arg(place("export.py")).arg(place("request.json")).arg(place("result.json"));
    environment::for_export(&mut command, toolchain, folder.path());
    let output = command.stdin(Stdio::null()).output().map_err(LoweringError::io("start", &toolchain.python))?;
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat();
    let Ok(answer) = fs::read(place("result.json")) else {
        // The interpreter died: an abort inside the compiler, most likely.
        let words = message::last_words(&said, "", "");
        let words = if words.is_empty() { words } else { format!(". The last it said:\n{words}") };
        let message = format!("the Python process ended with no result ({}){words}", output.status);
        return Err(LoweringError::Worker { message });
    };
    match serde_json::from_slice(&answer) {
        Ok(Answer::Done { results, left }) => Ok((results, left)),
        Ok(Answer::Failed { error, traceback, target }) => {
            let diagnostics = message::diagnostics(&said, "", "");
            let with_diagnostics = error.contains("PassManager::run failed") || error.contains("error encountered");
            let message = if with_diagnostics { format!("{error}\n{diagnostics}") } else { error };
            let of = target.filter(|_| several).map(|target| format!(" for sm_{target}")).unwrap_or_default();
            Err(LoweringError::Export { message: format!("`{asked}`{of}: {message}"), traceback })
        }
        Err(error) => Err(LoweringError::Worker { message: format!("its answer does not read: {error}") }),
    }
}

/// What Python knows of a kernel, which a recording asks for in the user's own process.
pub(crate) const KERNEL_FACTS: (&str, &str) = ("kernel_facts.py", include_str!("kernel_facts.py"));

/// The Python program.
const PROGRAM: [(&str, &str); 7] = [
    VERSIONS,
    OPTIONS,
    KERNEL_FACTS,
    ("export_options.py", include_str!("export_options.py")),
    ("export.py", include_str!("export.py")),
    ("export_notes.py", include_str!("export_notes.py")),
    ("kernel_module.py", include_str!("kernel_module.py")),
];

impl Exported {
    /// Notes in the metadata what it was exported from, if that is known.
    pub(crate) fn noting(&mut self, source: Option<PythonSource>) -> serde_json::Result<()> {
        if let Some(source) = source {
            self.metadata.insert("exported_from".to_owned(), serde_json::to_value(source)?);
        }
        Ok(())
    }

    /// The text of the JSON beside the TTIR, for some of its targets.
    ///
    /// # Errors
    /// If the signature is not one.
    pub(crate) fn json(&self, targets: &[Arch]) -> serde_json::Result<String> {
        let mut metadata = self.metadata.clone();
        metadata.insert("targets".to_owned(), serde_json::to_value(targets)?);
        metadata.insert("sha256".to_owned(), serde_json::json!({"ttir": sha256(self.ttir.as_bytes())}));
        write_json(&metadata)
    }
}

/// The files of a kernel by their names: `STEM.ttir` where the text is one for all targets, else one for each,
/// `STEM.sm_90.ttir`; and the JSON beside each.
///
/// # Errors
/// If a signature is not one.
pub(crate) fn files(stem: &str, exported: &[Exported]) -> serde_json::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut add = |stem: &str, one: &Exported, targets: &[Arch]| {
        files.push((format!("{stem}.ttir"), one.ttir.clone()));
        files.push((format!("{stem}.json"), one.json(targets)?));
        Ok::<_, serde_json::Error>(())
    };
    match exported {
        [one] => add(stem, one, &one.targets)?,
        several => {
            for one in several {
                one.targets.iter().try_for_each(|target| add(&format!("{stem}.{target}"), one, &[*target]))?;
            }
        }
    }
    Ok(files)
}
