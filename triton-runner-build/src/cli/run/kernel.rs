//! The kernel that is run: its TTIR, and what its metadata says of how numbers are computed.

use std::path::{Path, PathBuf};

use triton_runner_interpreter::{Options, Program};
use triton_runner_manifest::Level;

use crate::cargo::Env;
use crate::cli::outcome::Result;
use crate::cli::single::{SingleFile, level_of, look_at, metadata_beside};
use crate::cli::subject::Selection;
use crate::lowering::Pipeline;
use crate::settings::KernelSettings;

/// A file of TTIR and the JSON that belongs to it.
struct Files {
    ttir: PathBuf,
    metadata: Option<PathBuf>,
}

/// A kernel, ready to run.
pub(super) struct Kernel {
    pub(super) program: Program,
    /// The file, and the text in it that the program was made from.
    pub(super) file: String,
    pub(super) ttir: String,
}

/// Reads it.
pub(super) fn read(selection: &Selection, env: &Env) -> Result<Kernel> {
    let files = match selection.file() {
        Some(ttir) => {
            let metadata = selection.metadata.clone().or_else(|| metadata_beside(&ttir, &selection.arch));
            if level_of(&ttir) == Some(Level::Ttir) {
                one_kernel(&ttir, metadata.clone())?;
            }
            Files { ttir, metadata }
        }
        None => of_package(selection, env)?,
    };
    let name = files.ttir.display();
    if files.ttir.extension().is_none_or(|extension| extension != "ttir") {
        return Err(format!("{name}: only TTIR can be run, a file that ends in `.ttir`").into());
    }
    let ttir = std::fs::read_to_string(&files.ttir).map_err(|error| format!("{name}: can't read it: {error}"))?;
    let options = match &files.metadata {
        Some(metadata) => options(metadata).map_err(|error| format!("{}: {error}", metadata.display()))?,
        None => Options::default(),
    };
    let program = Program::new(&ttir, &options).map_err(|error| format!("{name}: {error}"))?;
    Ok(Kernel { program, file: name.to_string(), ttir })
}

/// Holds a file against its JSON as a build does: of another export it would give arguments other names.
fn one_kernel(ttir: &Path, metadata: Option<PathBuf>) -> Result {
    let request = SingleFile {
        file: ttir.to_owned(),
        archs: Vec::new(),
        metadata,
        triton: None,
        options: KernelSettings::default(),
        line_info: false,
        pipeline: Pipeline::default(),
    };
    look_at(&request)?;
    Ok(())
}

fn options(metadata: &Path) -> Result<Options> {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(metadata)?)?;
    let mut options = Options::default();
    if let Some(contract) = json["enable_fp_fusion"].as_bool() {
        options.contract = contract;
    }
    if let Some(warps) = json["num_warps"].as_u64().and_then(|warps| u32::try_from(warps).ok()) {
        options.warps = warps;
    }
    // TTIR of an older Triton has no names.
    let names = json["signature"].as_array().into_iter().flatten().map(|argument| argument["name"].as_str());
    options.arguments = names.map(|name| name.map(str::to_owned)).collect::<Option<_>>().unwrap_or_default();
    Ok(options)
}

/// The kernel's TTIR in a package: for the architecture that was asked for, or for all.
fn of_package(selection: &Selection, env: &Env) -> Result<Files> {
    let wanted = selection.what.clone().unwrap_or_default();
    let subjects = selection.read(env)?;
    let kernels: Vec<_> = subjects.iter().flat_map(|subject| &subject.analysis.kernels).collect();
    let exact = kernels.iter().find(|kernel| kernel.name == wanted);
    let kernel = match (exact, &kernels[..]) {
        (Some(kernel), _) => kernel,
        (None, [kernel]) => kernel,
        (None, []) => return Err(format!("kernel `{wanted}` can't be read; `cargo triton inspect` says why").into()),
        (None, several) => {
            let names: Vec<_> = several.iter().map(|kernel| &*kernel.name).collect();
            return Err(format!("`{wanted}` has several variants; name one: {}", names.join(", ")).into());
        }
    };
    let ttir = kernel.sources.iter().filter(|source| source.is_ttir());
    let ttir: Vec<_> = ttir.filter(|source| is_for(source.artifact.arch, &selection.arch)).collect();
    let Some(source) = ttir.iter().find(|source| source.artifact.arch.is_some()).or(ttir.first()) else {
        return Err(format!("kernel `{}` has no TTIR, and nothing else can be run", kernel.name).into());
    };
    let metadata = kernel.metadata.iter().find(|metadata| metadata.arch == source.artifact.arch);
    let metadata = metadata.or(kernel.metadata.first()).map(|metadata| metadata.path.clone());
    Ok(Files { ttir: source.artifact.path.clone(), metadata })
}

fn is_for<A: PartialEq>(arch: Option<A>, wanted: &[A]) -> bool {
    match arch {
        None => true,
        Some(arch) => wanted.is_empty() || wanted.contains(&arch),
    }
}
