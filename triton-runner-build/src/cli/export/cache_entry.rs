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
use crate::cli::sign::known::{Known, LaunchMetadata};

/// One compiled kernel.
#[derive(Clone, Debug)]
pub(in crate::cli) struct CacheEntry {
    /// Name of its folder.
    pub(in crate::cli) hash: String,
    /// Stem of its files, which is the kernel's name.
    pub(in crate::cli) kernel: String,
    pub(in crate::cli) levels: BTreeMap<Level, PathBuf>,
    pub(in crate::cli) json: Map<String, Value>,
    pub(in crate::cli) metadata: Metadata,
    pub(in crate::cli) arch: Option<Arch>,
    /// What fbtriton writes beside the others: `NAME.launch_metadata`.
    launch: Option<PathBuf>,
    modified: Option<SystemTime>,
}

/// What a cache folder holds.
#[derive(Debug, Default)]
pub(in crate::cli) struct Cache {
    /// The newest first.
    pub(in crate::cli) entries: Vec<CacheEntry>,
    /// Compiled kernels that can't be taken, each with the reason.
    pub(in crate::cli) refused: Vec<String>,
}

impl Cache {
    /// Reads all entries. The folder may be an entry itself.
    pub(in crate::cli) fn read(folder: &Path) -> Result<Self> {
        let unreadable = |error| format!("can't read `{}`: {error}", folder.display());
        let mut cache = Self::default();
        cache.take(folder);
        for place in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = place.map_err(unreadable)?.path();
            if path.is_dir() {
                cache.take(&path);
            }
        }
        // Hashes settle what times don't: the order must not be the file system's.
        cache.entries.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.hash.cmp(&b.hash)));
        cache.refused.sort();
        Ok(cache)
    }

    /// Takes what lies in one folder; nothing where that is no compiled kernel.
    fn take(&mut self, folder: &Path) {
        let Ok(files) = std::fs::read_dir(folder) else { return };
        let mut stems = BTreeMap::<String, Files>::new();
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
                (Some(level), _) => _ = place.levels.insert(level, path),
                (None, "json") => place.json = Some(path),
                (None, "launch_metadata") => place.launch = Some(path),
                (None, _) => {}
            }
        }
        let hash = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for (kernel, Files { levels, json, launch }) in stems {
            let Some(json) = json.filter(|_| !levels.is_empty()) else { continue };
            match CacheEntry::read(&hash, &kernel, levels, &json) {
                Ok(entry) => self.entries.push(CacheEntry { launch, ..entry }),
                Err(why) => self.refused.push(format!("{hash}  {kernel}: its JSON can't be used: {why}")),
            }
        }
    }
}

/// The files of one stem.
#[derive(Default)]
struct Files {
    levels: BTreeMap<Level, PathBuf>,
    json: Option<PathBuf>,
    launch: Option<PathBuf>,
}

impl CacheEntry {
    fn read(hash: &str, kernel: &str, levels: BTreeMap<Level, PathBuf>, path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)?;
        let metadata = Metadata::from_json(&text)?;
        Ok(Self {
            hash: hash.to_owned(),
            kernel: kernel.to_owned(),
            levels,
            json: serde_json::from_str(&text)?,
            arch: metadata.target.map(|number| Arch::new(number, Suffix::None)),
            metadata,
            launch: None,
            modified: std::fs::metadata(path).and_then(|data| data.modified()).ok(),
        })
    }

    /// The bytes of a level.
    pub(in crate::cli) fn bytes(&self, level: Level) -> Result<Vec<u8>> {
        let Some(path) = self.levels.get(&level) else {
            let there: Vec<_> = self.levels.keys().map(Level::to_string).collect();
            return Err(format!("entry {} has no {level}, but {}", self.hash, there.join(", ")).into());
        };
        Ok(std::fs::read(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?)
    }

    /// TTIR or TTGIR of it.
    pub(in crate::cli) fn summary(&self, level: Level) -> Option<Summary> {
        Summary::read(&String::from_utf8(self.bytes(level).ok()?).ok()?).ok()
    }

    /// The visible arguments, as the IR has them.
    pub(in crate::cli) fn arguments(&self) -> Option<Vec<Argument>> {
        let summary = self.summary(Level::Ttir).or_else(|| self.summary(Level::Ttgir))?;
        summary.arguments().ok()
    }

    /// What fbtriton knows of a launch, by the places of the function's parameters.
    pub(super) fn launch(&self) -> Result<Option<LaunchMetadata>> {
        self.launch.as_deref().map_or(Ok(None), LaunchMetadata::read)
    }

    /// What knows its arguments.
    pub(super) fn known(&self) -> Result<Option<Known>> {
        let from = format!("entry {}", self.hash);
        if let Some(metadata) = self.launch()? {
            return Ok(Some(Known::Launch { from, metadata }));
        }
        Ok(self.arguments().map(|arguments| Known::Ir { from, arguments }))
    }

    /// What its TTIR is lowered with, in Triton's JSON of every version.
    pub(in crate::cli) fn lowered_with(&self) -> Map<String, Value> {
        let found = &self.metadata.options;
        // `num_warps` in the JSON counts those that warp specialization adds; the TTGIR knows what was asked for.
        let asked = self.summary(Level::Ttgir).and_then(|summary| summary.num_warps);
        // All of them: which are no more than defaults, the Triton that lowers knows.
        let mut options = found.clone();
        options.num_warps = asked.or(self.metadata.num_warps);
        // Chosen by the compiler, up to 3.5.
        options.cluster_dims = None;
        let mut json = match serde_json::to_value(options) {
            Ok(Value::Object(json)) => json,
            _ => Map::new(),
        };
        for key in ["name", "triton_version"] {
            json.extend(self.json.get(key).map(|value| (key.to_owned(), value.clone())));
        }
        // The one that the frontend ran for.
        json.extend(self.arch.map(|arch| ("targets".to_owned(), serde_json::json!([arch]))));
        json
    }

    /// In one line, for those who choose.
    pub(in crate::cli) fn describe(&self) -> String {
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
