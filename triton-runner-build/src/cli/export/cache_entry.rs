//! Entries of a Triton cache folder: a folder for each compiled kernel, named by a hash.
//!
//! ```text
//! JJWPO7HA…/  add.ttir  add.ttgir  add.llir  add.ptx  add.cubin  add.json  __grp__add.json  (add.source)
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Arch, Argument, Level, Suffix};
use triton_runner_read::metadata::Metadata;

use crate::cli::Result;

/// One compiled kernel.
#[derive(Clone, Debug)]
pub(super) struct CacheEntry {
    /// Name of its folder.
    pub(super) hash: String,
    /// Stem of its files, which is the kernel's name.
    pub(super) kernel: String,
    pub(super) levels: BTreeMap<Level, PathBuf>,
    pub(super) json: Map<String, Value>,
    pub(super) metadata: Metadata,
    pub(super) arch: Option<Arch>,
    modified: Option<SystemTime>,
}

/// All entries, the newest first. The folder may be an entry itself.
pub(super) fn entries(folder: &Path) -> Result<Vec<CacheEntry>> {
    let unreadable = |error| format!("can't read `{}`: {error}", folder.display());
    let mut found = Vec::new();
    found.extend(read(folder));
    for place in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = place.map_err(unreadable)?.path();
        if path.is_dir() {
            found.extend(read(&path));
        }
    }
    // Hashes settle what times don't: the order must not be the file system's.
    found.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.hash.cmp(&b.hash)));
    Ok(found)
}

/// What lies in one folder; nothing where that is no compiled kernel.
fn read(folder: &Path) -> Vec<CacheEntry> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut stems = BTreeMap::<String, (BTreeMap<Level, PathBuf>, Option<PathBuf>)>::new();
    for path in files.flatten().map(|file| file.path()) {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if stem.starts_with("__grp__") {
            continue;
        }
        // Kernels that were compiled from a file are called `@NAME` there.
        let stem = stem.trim_start_matches('@').to_owned();
        let place = stems.entry(stem).or_default();
        match (Level::from_extension(extension), extension) {
            (Some(level), _) => _ = place.0.insert(level, path),
            (None, "json") => place.1 = Some(path),
            (None, _) => {}
        }
    }
    let hash = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let entry = |(kernel, (levels, json)): (String, (BTreeMap<Level, PathBuf>, Option<PathBuf>))| {
        let path = json.filter(|_| !levels.is_empty())?;
        let text = std::fs::read_to_string(&path).ok()?;
        let metadata = Metadata::from_json(&text).ok()?;
        Some(CacheEntry {
            hash: hash.clone(),
            kernel,
            levels,
            json: serde_json::from_str(&text).ok()?,
            arch: metadata.target.map(|number| Arch::new(number, Suffix::None)),
            metadata,
            modified: std::fs::metadata(&path).and_then(|data| data.modified()).ok(),
        })
    };
    stems.into_iter().filter_map(entry).collect()
}

impl CacheEntry {
    /// The bytes of a level.
    pub(super) fn bytes(&self, level: Level) -> Result<Vec<u8>> {
        let Some(path) = self.levels.get(&level) else {
            let there: Vec<_> = self.levels.keys().map(Level::to_string).collect();
            return Err(format!("entry {} has no {level}, but {}", self.hash, there.join(", ")).into());
        };
        Ok(std::fs::read(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?)
    }

    /// TTIR or TTGIR of it.
    pub(super) fn summary(&self, level: Level) -> Option<Summary> {
        Summary::read(&String::from_utf8(self.bytes(level).ok()?).ok()?).ok()
    }

    /// The visible arguments, as the IR has them.
    pub(super) fn arguments(&self) -> Option<Vec<Argument>> {
        let summary = self.summary(Level::Ttir).or_else(|| self.summary(Level::Ttgir))?;
        summary.arguments().ok()
    }

    /// In one line, for those who choose.
    pub(super) fn describe(&self) -> String {
        let options = &self.metadata.options;
        let mut text = self.kernel.clone();
        if let Some(arch) = self.arch {
            text += &format!(" for {arch}");
        }
        for (number, what) in [(self.metadata.num_warps, "warps"), (options.num_stages, "stages")] {
            text += &number.map(|number| format!(", {number} {what}")).unwrap_or_default();
        }
        if let Some(shared) = self.metadata.shared {
            text += &format!(", {shared} bytes shared");
        }
        if let Some(triton) = &self.metadata.triton_version {
            text += &format!(", Triton {triton}");
        }
        if let Some(arguments) = self.arguments() {
            let arguments: Vec<_> = arguments.iter().map(describe_argument).collect();
            text += &format!(": ({})", arguments.join(", "));
        }
        text
    }
}

fn describe_argument(argument: &Argument) -> String {
    let name = if argument.named { format!("{}: ", argument.name) } else { String::new() };
    let promise = if argument.divisible_by > 1 { format!(":{}", argument.divisible_by) } else { String::new() };
    format!("{name}{}{promise}", argument.ty)
}
