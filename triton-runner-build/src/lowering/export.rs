//! From a Python kernel to TTIR, or TTGIR where it is in Gluon or TLX, and its metadata, with no GPU.

mod json;
mod words;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use triton_runner_manifest::{Arch, Constant, Level, Suffix};
use triton_runner_read::metadata::{Options, Package, PythonSource};

use super::scratch::Scratch;
use super::{LoweringError, OPTIONS, VERSIONS, environment, message};
use crate::fs::hash::sha256;
use crate::toolchain::Toolchain;

pub(crate) use json::write_json;
pub(crate) use words::{at_commas, check_type, parse_argument, parse_constant};

/// What to export and how to specialize it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ExportRequest {
    /// Where the kernel is.
    #[serde(flatten)]
    pub(crate) source: Source,
    /// Packages that are not imported: something stands in for them.
    pub(crate) stand_in: Vec<String>,
    /// Name of the function with `@triton.jit` or `@gluon.jit`.
    pub(crate) kernel: String,
    /// The parameters that stay arguments. Their order does not matter; a name may be a pattern, `stride*`.
    pub(crate) arguments: Vec<ExportArgument>,
    /// The parameters that get a value now: each `tl.constexpr` without a default, and any other.
    pub(crate) constants: BTreeMap<String, Constant>,
    /// Of those constants each that is a type, and an argument's where the parameter is no `tl.constexpr`.
    pub(crate) types: Vec<ExportArgument>,
    /// Values of arguments, for what the kernel's author computes or chooses by them.
    pub(crate) values: BTreeMap<String, Constant>,
    /// Whether each configuration of the kernel's autotuner is made, as a variant.
    pub(crate) autotune: bool,
    /// What the metadata says of the options, and what the kernel's own code may ask for.
    pub(crate) options: Options,
    /// Architecture numbers: 90 for sm_90. The frontend decides some things by them.
    pub(crate) targets: Vec<u16>,
}

/// Where a kernel is: a Python file, or a module that the interpreter knows by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    File(PathBuf),
    Module(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Module(name) => name.fmt(f),
        }
    }
}

/// What is known of the Python file.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(crate) struct Origin {
    pub(crate) file: PathBuf,
    /// Its module, where an installed package has it.
    pub(crate) module: Option<String>,
    /// That package.
    pub(crate) package: Option<Package>,
    /// An SPDX expression.
    pub(crate) license: Option<String>,
    /// A line that names a holder of rights, where no licence is known.
    pub(crate) copyright: Option<String>,
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

impl ExportArgument {
    /// Its type as a command line has it: `*fp32:16`.
    pub(crate) fn type_text(&self) -> String {
        let Self { ty, divisible_by, .. } = self;
        if *divisible_by == 1 { ty.clone() } else { format!("{ty}:{divisible_by}") }
    }
}

/// What an export gives: one for each text that the frontend makes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exported {
    /// The kernel's name, which is its entry's.
    pub(crate) name: String,
    /// The variant's name, where a configuration of an autotuner is one of several.
    pub(crate) variant: Option<String>,
    /// TTIR, or TTGIR, which is for one architecture.
    pub(crate) level: Level,
    /// For `NAME.ttir` or `NAME.sm_90.ttgir`.
    pub(crate) text: String,
    /// For `NAME.json`, but for what is known of the file.
    pub(crate) metadata: Map<String, Value>,
    /// The architectures for which it is this text, in the order of the request.
    pub(crate) targets: Vec<Arch>,
    /// What whoever exports should know.
    pub(crate) notes: Vec<String>,
    /// The Python files that were imported, but for installed packages.
    pub(crate) modules: Vec<PathBuf>,
    pub(crate) origin: Origin,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Done { origin: Origin, results: Vec<Made>, left: Vec<u16> },
    Failed { error: String, traceback: String, target: Option<u16> },
}

#[derive(Deserialize)]
struct Made {
    target: u16,
    variant: Option<String>,
    level: Level,
    text: String,
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
    let shown = request.source.to_string();
    let asked = format!("{shown}::{}", request.kernel);
    let failed =
        |message: String| LoweringError::Export { message: format!("`{asked}`: {message}"), traceback: String::new() };
    for argument in &request.arguments {
        check_type(&argument.ty).map_err(|error| failed(format!("argument `{}`: {error}", argument.name)))?;
    }
    let mut request = request.clone();
    if let Source::File(file) = &mut request.source {
        *file = std::path::absolute(&file).map_err(LoweringError::io("find", &file))?;
    }
    let several = request.targets.len() > 1;
    let mut exported = Vec::<Exported>::new();
    while !request.targets.is_empty() {
        let (origin, results, left) = run(toolchain, &request, &shown, several)?;
        if results.is_empty() {
            return Err(LoweringError::Worker { message: "it gave no result".to_owned() });
        }
        results.into_iter().for_each(|made| add(&mut exported, made, &origin));
        request.targets = left;
    }
    Ok(exported)
}

/// Adds what was made for one target to the same text for others.
fn add(exported: &mut Vec<Exported>, made: Made, origin: &Origin) {
    let target = Arch::new(made.target, Suffix::None);
    let is_same = |other: &&mut Exported| {
        other.variant == made.variant && other.text == made.text && other.metadata == made.metadata
    };
    match exported.iter_mut().find(is_same) {
        Some(same) => {
            same.targets.push(target);
            let new = |note: &String| !same.notes.contains(note);
            let notes: Vec<_> = made.notes.into_iter().filter(new).collect();
            same.notes.extend(notes);
            same.modules.extend(made.modules);
        }
        None => {
            let name = made.metadata.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let Made { variant, level, text, metadata, notes, modules, .. } = made;
            exported.push(Exported {
                name,
                variant,
                level,
                text,
                metadata,
                targets: vec![target],
                notes,
                modules,
                origin: origin.clone(),
            });
        }
    }
}

/// One process: what it made, and the targets that need another one.
fn run(
    toolchain: &Toolchain,
    request: &ExportRequest,
    shown: &str,
    several: bool,
) -> Result<(Origin, Vec<Made>, Vec<u16>), LoweringError> {
    let temporary = std::env::temp_dir();
    let folder = Scratch::new(&temporary).map_err(LoweringError::io("create a folder in", &temporary))?;
    let place = |name: &str| folder.join(name);
    let write = |name: &str, text: &[u8]| fs::write(place(name), text).map_err(LoweringError::io("write", place(name)));
    for (name, text) in PROGRAM {
        write(name, text.as_bytes())?;
    }
    let shared = |target: &u16| {
        let memory = Arch::new(*target, Suffix::None).shared_memory()?;
        Some((*target, memory.per_block()))
    };
    let shared_memory = request.targets.iter().filter_map(shared).collect();
    let text = serde_json::to_vec(&Asked { request, shown, shared_memory })
        .map_err(|error| LoweringError::Worker { message: error.to_string() })?;
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
        Ok(Answer::Done { origin, results, left }) => Ok((origin, results, left)),
        Ok(Answer::Failed { error, traceback, target }) => {
            let diagnostics = message::diagnostics(&said, "", "");
            let with_diagnostics = error.contains("PassManager::run failed") || error.contains("error encountered");
            let message = if with_diagnostics { format!("{error}\n{diagnostics}") } else { error };
            let of = target.filter(|_| several).map(|target| format!(" for sm_{target}")).unwrap_or_default();
            let message = format!("`{shown}::{}`{of}: {message}", request.kernel);
            Err(LoweringError::Export { message, traceback })
        }
        Err(error) => Err(LoweringError::Worker { message: format!("its answer does not read: {error}") }),
    }
}

/// A request, and how messages name its file.
#[derive(Serialize)]
struct Asked<'a> {
    #[serde(flatten)]
    request: &'a ExportRequest,
    shown: &'a str,
    /// Of a block, in bytes, by architecture: who prunes an autotuner's configurations asks for it.
    shared_memory: BTreeMap<u16, u32>,
}

/// What Python knows of a kernel, which a recording asks for in the user's own process.
pub(crate) const KERNEL_FACTS: (&str, &str) = ("kernel_facts.py", include_str!("kernel_facts.py"));

/// Where a Python file comes from, which it asks for too.
pub(crate) const ORIGIN: (&str, &str) = ("origin.py", include_str!("origin.py"));

/// The Python program.
const PROGRAM: [(&str, &str); 12] = [
    VERSIONS,
    OPTIONS,
    KERNEL_FACTS,
    ("export_options.py", include_str!("export_options.py")),
    ("export.py", include_str!("export.py")),
    ("export_language.py", include_str!("export_language.py")),
    ("export_notes.py", include_str!("export_notes.py")),
    ("export_parameters.py", include_str!("export_parameters.py")),
    ("export_tuning.py", include_str!("export_tuning.py")),
    ORIGIN,
    ("stand_in.py", include_str!("stand_in.py")),
    ("kernel_module.py", include_str!("kernel_module.py")),
];

impl Exported {
    /// Notes in the metadata what it was exported from.
    pub(crate) fn noting(&mut self, source: PythonSource) -> serde_json::Result<()> {
        self.metadata.insert("exported_from".to_owned(), serde_json::to_value(source)?);
        Ok(())
    }

    /// Whether its signature has these arguments as they were asked for, and no other.
    pub(crate) fn has_only(&self, arguments: &[ExportArgument]) -> bool {
        let Some(signature) = self.metadata.get("signature").and_then(Value::as_array) else { return false };
        let is_asked = |found: &Value| ExportArgument::deserialize(found).is_ok_and(|found| arguments.contains(&found));
        signature.len() == arguments.len() && signature.iter().all(is_asked)
    }

    /// The text of the JSON beside the IR, for some of its targets.
    ///
    /// # Errors
    /// If the signature is not one.
    pub(crate) fn json(&self, targets: &[Arch]) -> serde_json::Result<String> {
        let mut metadata = self.metadata.clone();
        match (self.level, targets) {
            (Level::Ttir, targets) => metadata.insert("targets".to_owned(), serde_json::to_value(targets)?),
            // Below TTIR the target is one, as in Triton's own JSON.
            (_, targets) => targets.first().and_then(|target| {
                let target = serde_json::json!({"backend": "cuda", "arch": target.number(), "warp_size": 32});
                metadata.insert("target".to_owned(), target)
            }),
        };
        metadata.insert("sha256".to_owned(), serde_json::json!({self.level.extension(): sha256(self.text.as_bytes())}));
        write_json(&metadata)
    }
}

/// The files of a kernel, or of one variant, by their names: `STEM.ttir` where the text is one for all targets, else one
/// for each, `STEM.sm_90.ttir` or `STEM.sm_90.ttgir`; and the JSON beside each.
///
/// # Errors
/// If a signature is not one.
pub(crate) fn files(stem: &str, exported: &[&Exported]) -> serde_json::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    let mut add = |stem: &str, one: &Exported, targets: &[Arch]| {
        files.push((format!("{stem}.{}", one.level.extension()), one.text.clone()));
        files.push((format!("{stem}.json"), one.json(targets)?));
        Ok::<_, serde_json::Error>(())
    };
    match exported {
        [one] if one.level == Level::Ttir => add(stem, one, &one.targets)?,
        several => {
            for one in several {
                one.targets.iter().try_for_each(|target| add(&format!("{stem}.{target}"), one, &[*target]))?;
            }
        }
    }
    Ok(files)
}
