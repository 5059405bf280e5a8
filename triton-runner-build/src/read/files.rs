//! Artifacts: the checked-in files of each kernel, found by their names and read once.
//!
//! `NAME.ttir`, `NAME.sm_90.ttir`, `NAME.sm_90.ptx`, `NAME.json`, `NAME.sm_90.json`; `NAME@VARIANT.ttir` and so on for
//! the variants of one kernel. A file of a level below TTIR may also come without
//! its architecture, as Triton's cache has it: then its content says which one it is for.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use triton_runner_manifest::{Arch, Level, Suffix};

use crate::cargo::display_name;
use crate::error::Problem;
use crate::fs::input::{self, Input, Stat};

/// One file with a kernel at one level.
#[derive(Clone, Debug)]
pub(crate) struct Artifact {
    pub(crate) path: PathBuf,
    /// Relative to the package.
    pub(crate) name: String,
    pub(crate) level: Level,
    /// The architecture in the file's name.
    pub(crate) arch: Option<Arch>,
    /// The pass that somebody says it stands after, beside what its JSON says.
    pub(crate) after_pass: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

/// One JSON file beside artifacts.
#[derive(Clone, Debug)]
pub(crate) struct MetadataFile {
    pub(crate) path: PathBuf,
    /// Relative to the package.
    pub(crate) name: String,
    /// The architecture in the file's name.
    pub(crate) arch: Option<Arch>,
    pub(crate) bytes: Vec<u8>,
}

/// What was measured of a kernel on one GPU: `NAME.tuned.GPU.json`.
#[derive(Clone, Debug)]
pub(crate) struct TableFile {
    pub(crate) path: PathBuf,
    /// Relative to the package.
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// All files of one kernel.
#[derive(Clone, Debug)]
pub(crate) struct KernelFiles {
    /// The stem that they share.
    pub(crate) name: String,
    pub(crate) artifacts: Vec<Artifact>,
    pub(crate) metadata: Vec<MetadataFile>,
    /// The same ones for all variants.
    pub(crate) tables: Vec<TableFile>,
}

/// What the folders hold.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Ordered by name.
    pub(crate) kernels: Vec<KernelFiles>,
    pub(crate) problems: Vec<Problem>,
    /// The folders, each with the names in it that may be a kernel's.
    pub(crate) folders: BTreeMap<PathBuf, Vec<OsString>>,
    /// Size and times of each file that was read.
    pub(crate) stats: BTreeMap<PathBuf, Stat>,
}

impl Found {
    /// The files of a kernel, as they were read.
    pub(crate) fn inputs(&self, kernel: &str) -> Vec<Input> {
        let files = self.kernels.iter().filter(|files| files.name == kernel).flat_map(KernelFiles::contents);
        files.filter_map(|(path, bytes)| Some(Input::new(path, *self.stats.get(path)?, bytes))).collect()
    }
}

impl KernelFiles {
    /// Path and content of each file.
    pub(crate) fn contents(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let artifacts = self.artifacts.iter().map(|file| (file.path.as_path(), file.bytes.as_slice()));
        let metadata = self.metadata.iter().map(|file| (file.path.as_path(), file.bytes.as_slice()));
        artifacts.chain(metadata).chain(self.tables.iter().map(|file| (file.path.as_path(), file.bytes.as_slice())))
    }
}

/// A file's name that can't be understood, or two files in each other's way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArtifactError {
    #[error("can't read it: {0}")]
    Unreadable(std::io::Error),
    #[error("there is no such folder; create it, or set `kernels = [\"FOLDER\"]` in [package.metadata.triton-runner]")]
    NoFolder,
    #[error("`kernels` lists this folder twice: list it once, or each of its kernels would be there twice")]
    FolderTwice,
    #[error(
        "`{0}` can't name a kernel: the part before the first dot becomes a Rust name, so it must be an identifier like `add_kernel`, or two like `matmul@small` for a variant; rename the file"
    )]
    NotAnIdentifier(String),
    #[error(
        "`{middle}` is no architecture: a kernel's files are named `NAME.ttir`, `NAME.sm_90.{extension}` or `NAME.{extension}`; rename the file"
    )]
    NotAnArch { middle: String, extension: &'static str },
    #[error("`{found}` in a file's name: write `{expected}`; the suffix is in the content")]
    Suffixed { found: Arch, expected: Arch },
    #[error("there is no kernel `{kernel}` beside it: remove the file, or rename it")]
    NoKernel { kernel: String },
    #[error("`{other}` claims the same kernel, level and architecture: remove one of the two or rename it")]
    Twice { other: String },
}

/// Reads the folders, relative to `package`. Each file's problem is reported; the rest goes on.
pub(crate) fn scan(package: &Path, folders: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut kernels = BTreeMap::<String, KernelFiles>::new();
    let mut tables = Vec::new();
    let mut seen = Vec::new();
    for folder in folders {
        let folder = package.join(folder);
        // `kernels` and `./kernels` are one; one that isn't there has a message of its own.
        if let Ok(path) = folder.canonicalize() {
            if seen.contains(&path) {
                found.problems.push(Problem::file(display_name(package, &folder), ArtifactError::FolderTwice));
                continue;
            }
            seen.push(path);
        }
        match names_in(&folder) {
            Ok(names) => {
                let paths = names.iter().map(|name| folder.join(name)).filter(|path| is_meant(path));
                paths.for_each(|path| take(package, &path, &mut kernels, &mut tables, &mut found));
                found.folders.insert(folder, names);
            }
            Err(error) => {
                let error = match error.kind() {
                    std::io::ErrorKind::NotFound => ArtifactError::NoFolder,
                    _ => ArtifactError::Unreadable(error),
                };
                found.problems.push(Problem::file(display_name(package, &folder), error));
            }
        }
    }
    // A JSON file on its own belongs to something else.
    found.kernels = kernels.into_values().filter(|kernel| !kernel.artifacts.is_empty()).collect();
    for (kernel, table) in tables {
        let mut of = found.kernels.iter_mut().filter(|files| split_variant(&files.name).0 == kernel).peekable();
        if of.peek().is_none() {
            found.problems.push(Problem::file(table.name, ArtifactError::NoKernel { kernel }));
            continue;
        }
        of.for_each(|files| files.tables.push(table.clone()));
    }
    found
}

/// The names in a folder that may be a kernel's. Sorted, so that nothing depends on the file system's order.
pub(crate) fn names_in(folder: &Path) -> std::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let extension = Path::new(&name).extension().and_then(OsStr::to_str);
        if extension.is_some_and(|extension| extension == "json" || Level::from_extension(extension).is_some()) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Whether a name is to be read: not a folder, and not what an editor leaves beside a file, which may be a link to nowhere.
/// A kernel that can't be read is to be told, not passed over.
fn is_meant(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    path.is_file() || (!hidden && !path.is_dir())
}

/// What a file's name says.
enum Name {
    Artifact { kernel: String, level: Level, arch: Option<Arch> },
    Metadata { kernel: String, arch: Option<Arch> },
    Table { kernel: String },
    Other,
}

fn take(
    package: &Path,
    path: &Path,
    kernels: &mut BTreeMap<String, KernelFiles>,
    tables: &mut Vec<(String, TableFile)>,
    found: &mut Found,
) {
    let name = display_name(package, path);
    let parsed = match parse_name(path) {
        Ok(Name::Other) => return,
        Ok(parsed) => parsed,
        Err(error) => return found.problems.push(Problem::file(name, error)),
    };
    let bytes = match input::read(path) {
        Ok((stat, bytes)) => {
            found.stats.insert(path.to_owned(), stat);
            bytes
        }
        Err(error) => return found.problems.push(Problem::file(name, ArtifactError::Unreadable(error))),
    };
    let kernel = match &parsed {
        Name::Artifact { kernel, .. } | Name::Metadata { kernel, .. } => kernel.clone(),
        Name::Table { kernel } => {
            return tables.push((kernel.clone(), TableFile { path: path.to_owned(), name, bytes }));
        }
        Name::Other => return,
    };
    let files = kernels.entry(kernel.clone()).or_insert_with(|| KernelFiles {
        name: kernel,
        artifacts: Vec::new(),
        metadata: Vec::new(),
        tables: Vec::new(),
    });
    let twin = match &parsed {
        Name::Artifact { level, arch, .. } => {
            files.artifacts.iter().find(|a| a.level == *level && a.arch == *arch).map(|a| a.name.clone())
        }
        Name::Metadata { arch, .. } => files.metadata.iter().find(|m| m.arch == *arch).map(|m| m.name.clone()),
        Name::Table { .. } | Name::Other => None,
    };
    if let Some(other) = twin {
        found.problems.push(Problem::new(&files.name, name, ArtifactError::Twice { other }));
        return;
    }
    let path = path.to_owned();
    match parsed {
        Name::Artifact { level, arch, .. } => {
            files.artifacts.push(Artifact { path, name, level, arch, after_pass: None, bytes });
        }
        Name::Metadata { arch, .. } => files.metadata.push(MetadataFile { path, name, arch, bytes }),
        Name::Table { .. } | Name::Other => {}
    }
}

/// What stands between kernel and GPU in the name of a table.
const TUNED: &str = "tuned.";

fn parse_name(path: &Path) -> Result<Name, ArtifactError> {
    let Some(extension) = path.extension().and_then(|extension| extension.to_str()) else {
        return Ok(Name::Other);
    };
    let level = Level::from_extension(extension);
    if level.is_none() && extension != "json" {
        return Ok(Name::Other);
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if stem.starts_with("__grp__") {
        // The index of a Triton cache folder.
        return Ok(Name::Other);
    }
    let (kernel, middle) = match stem.split_once('.') {
        Some((kernel, middle)) => (kernel.to_owned(), Some(middle)),
        None => (stem.clone(), None),
    };
    let arch = match middle.map(|middle| (middle, middle.parse::<Arch>())) {
        None => None,
        Some((_, Ok(arch))) if arch.suffix() == Suffix::None => Some(arch),
        Some((_, Ok(found))) => return Err(ArtifactError::Suffixed { found, expected: found.base() }),
        Some((middle, Err(_))) => match level {
            Some(level) => {
                return Err(ArtifactError::NotAnArch { middle: middle.to_owned(), extension: level.extension() });
            }
            None if middle.starts_with(TUNED) && is_identifier(&kernel) => return Ok(Name::Table { kernel }),
            // Some other tool's JSON.
            None => return Ok(Name::Other),
        },
    };
    match level {
        Some(_) if !is_kernel(&kernel) => Err(ArtifactError::NotAnIdentifier(kernel)),
        Some(level) => Ok(Name::Artifact { kernel, level, arch }),
        None if !is_kernel(&kernel) => Ok(Name::Other),
        None => Ok(Name::Metadata { kernel, arch }),
    }
}

/// The architecture in a file's stem, `add.sm_90`.
#[cfg(feature = "cli")]
pub(crate) fn arch_in_name(stem: &str) -> Option<Arch> {
    stem.split_once('.')?.1.parse().ok()
}

/// Kernel and variant of a stem: `matmul@small`.
pub(crate) fn split_variant(stem: &str) -> (&str, Option<&str>) {
    match stem.split_once('@') {
        Some((kernel, variant)) => (kernel, Some(variant)),
        None => (stem, None),
    }
}

/// Whether a stem can name a kernel's files.
pub(crate) fn is_kernel(stem: &str) -> bool {
    let (kernel, variant) = split_variant(stem);
    is_identifier(kernel) && variant.is_none_or(is_identifier)
}

pub(crate) fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
    first && name != "_" && chars.all(|c| c == '_' || c.is_alphanumeric())
}

#[cfg(test)]
mod tests;
