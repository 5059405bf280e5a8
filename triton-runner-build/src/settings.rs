//! Settings: `[package.metadata.triton-runner]` of Cargo.toml, so that build.rs and `cargo triton` see the same,
//! with defaults from `[workspace.metadata.triton-runner]`.

mod compress;
mod error;
mod kernel;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use semver::Version;
use serde::Deserialize;
use serde::de::IgnoredAny;
use triton_runner_manifest::{Arch, Suffix};

use crate::fs::input::{self, Input};
use crate::lowering::DEFAULT_TIME_LIMIT;
use crate::toolchain::{DEFAULT, known_versions};

pub use compress::Compress;
pub(crate) use error::SettingsError;
pub(crate) use kernel::{KernelSettings, OptionsError, table_of};

/// What the settings come to, once defaults and overrides are in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Which Triton lowers; without it the one that made the artifact, as its metadata says.
    pub(crate) triton: Option<Version>,
    /// Architectures to embed machine code for.
    pub(crate) archs: Vec<Arch>,
    /// Those that the package lists itself, for machine code or PTX.
    pub(crate) listed: Vec<Arch>,
    /// Whether `archs` came from the environment: then files for other architectures are no mistake.
    pub(crate) archs_overridden: bool,
    /// Folders with kernels, relative to the package.
    pub(crate) folders: Vec<PathBuf>,
    /// Architectures to embed PTX for.
    pub(crate) ptx: Vec<Arch>,
    /// Keep source lines in the machine code.
    pub(crate) line_info: bool,
    /// How long the lowering of one kernel for one architecture may take.
    pub(crate) time_limit: Duration,
    /// Bytes of spilled registers that a thread may move without a warning.
    pub(crate) spill_warning: u32,
    /// Lower what the lock has no valid machine code for, in place of an error.
    pub(crate) stale_lock_lowers: bool,
    /// How images are embedded and locked.
    pub(crate) compress: Compress,
    /// Settings of single kernels.
    pub(crate) kernels: BTreeMap<String, KernelSettings>,
}

/// The table as it is written, in a package or a workspace.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Table {
    #[serde(default, deserialize_with = "opt_triton")]
    triton: Option<Version>,
    #[serde(default, deserialize_with = "opt_archs")]
    archs: Option<Vec<Arch>>,
    kernels: Option<Vec<PathBuf>>,
    #[serde(default, deserialize_with = "opt_archs")]
    ptx: Option<Vec<Arch>>,
    line_info: Option<bool>,
    time_limit: Option<u64>,
    spill_warning: Option<u32>,
    stale_lock: Option<StaleLock>,
    compress: Option<Compress>,
    #[serde(default)]
    kernel: BTreeMap<String, KernelSettings>,
}

/// What a build does where the lock doesn't match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StaleLock {
    Error,
    Lower,
}

fn opt_triton<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Version>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse_triton(&text).map_err(serde::de::Error::custom)).transpose()
}

fn opt_archs<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Arch>>, D::Error> {
    let archs = Option::<Vec<Arch>>::deserialize(deserializer)?;
    for arch in archs.iter().flatten() {
        plain(*arch).map_err(serde::de::Error::custom)?;
    }
    Ok(archs)
}

/// Settings name a compute capability; Triton chooses the suffix.
fn plain(arch: Arch) -> Result<Arch, String> {
    match arch.suffix() {
        Suffix::None if !arch.is_possible() => {
            let near = match arch.neighbours() {
                (below, above) if below == above => format!("`{above}`"),
                (below, above) => format!("`{below}` or `{above}`"),
            };
            Err(format!(
                "`{arch}` is the architecture of no GPU: write {near}, whichever `nvidia-smi --query-gpu=compute_cap --format=csv` names"
            ))
        }
        Suffix::None => Ok(arch),
        _ => Err(format!("`{arch}`: write `{}`; Triton adds the suffix where the architecture has one", arch.base())),
    }
}

impl Settings {
    /// The settings of the package in `package`, a folder with a Cargo.toml.
    ///
    /// `archs` is `TRITON_RUNNER_ARCHS`, `overrides` what the `Builder` was told. Returns also where they are from.
    pub(crate) fn read(
        package: &Path,
        archs: Option<&str>,
        overrides: &Overrides,
    ) -> Result<(Self, Files), SettingsError> {
        let manifest = package.join("Cargo.toml");
        let mut files = Files::default();
        let own = CargoToml::read(&manifest, &mut files)?;
        let base = if own.is_workspace_root() {
            own.workspace_table()
        } else {
            workspace_manifest(&own, package, &mut files)?
                .map(|workspace| workspace.workspace_table())
                .unwrap_or_default()
        };
        let table = own.package_table().over(base);
        let mut settings = Self {
            triton: table.triton,
            archs: table.archs.unwrap_or_default(),
            listed: Vec::new(),
            archs_overridden: false,
            folders: table.kernels.unwrap_or_else(|| vec![PathBuf::from("kernels")]),
            ptx: table.ptx.unwrap_or_default(),
            line_info: table.line_info.unwrap_or(false),
            time_limit: table.time_limit.map_or(DEFAULT_TIME_LIMIT, Duration::from_secs),
            spill_warning: table.spill_warning.unwrap_or(0),
            stale_lock_lowers: table.stale_lock == Some(StaleLock::Lower),
            compress: table.compress.unwrap_or_default(),
            kernels: table.kernel,
        };
        overrides.clone().apply(&mut settings);
        settings.listed = settings.archs.iter().chain(&settings.ptx).copied().collect();
        if let Some(value) = archs.filter(|value| !value.trim().is_empty()) {
            settings.archs = parse_archs(value)?;
            settings.archs_overridden = true;
            for kernel in settings.kernels.values_mut() {
                // A kernel that is only for some architectures stays so.
                if let Some(own) = &mut kernel.archs {
                    own.retain(|arch| settings.archs.contains(arch));
                }
            }
        }
        settings.archs.sort_unstable();
        settings.archs.dedup();
        settings.ptx.sort_unstable();
        settings.ptx.dedup();
        if settings.archs.is_empty() && settings.ptx.is_empty() && settings.kernels.values().all(|k| k.archs.is_none())
        {
            return Err(SettingsError::NoArchs { path: manifest });
        }
        Ok((settings, files))
    }
}

impl Settings {
    /// What decides the result for every kernel, as text to compare. How images are embedded is decided after that.
    pub(crate) fn for_all(&self) -> String {
        let Self {
            triton,
            archs,
            listed,
            archs_overridden,
            folders,
            ptx,
            line_info,
            spill_warning,
            stale_lock_lowers,
            ..
        } = self;
        format!(
            "{:?}",
            (triton, archs, listed, archs_overridden, folders, ptx, line_info, spill_warning, stale_lock_lowers)
        )
    }

    /// Bytes of spilled registers that a thread of this kernel may move without a warning.
    pub(crate) fn spill_warning(&self, name: &str) -> u32 {
        self.kernels.get(name).and_then(|own| own.spill_warning).unwrap_or(self.spill_warning)
    }

    /// What decides the result for one kernel besides, as text to compare.
    pub(crate) fn for_kernel(&self, name: &str) -> String {
        format!("{:?}", self.kernels.get(name))
    }
}

/// Where settings are from.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Each Cargo.toml that was read.
    pub(crate) read: Vec<Input>,
    /// Each that would have been, had it been there.
    pub(crate) absent: Vec<PathBuf>,
}

fn parse_archs(value: &str) -> Result<Vec<Arch>, SettingsError> {
    value
        .split([',', ';', ' '])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(parse_arch)
        .collect::<Result<_, _>>()
        .map_err(|error| SettingsError::ArchsVariable { value: value.to_owned(), error })
}

/// A version of Triton as settings name it.
pub(crate) fn parse_triton(text: &str) -> Result<Version, String> {
    Version::parse(text).map_err(|_| {
        let known = known_versions().into_iter().rfind(|known| known.to_string().starts_with(&format!("{text}.")));
        let example = known.unwrap_or(DEFAULT);
        let fork = if text.starts_with("fb") { "; fbtriton's is written as it calls itself, 3.7.4+fb" } else { "" };
        format!("`{text}` is no version of Triton: expected three numbers, as in {example}{fork}")
    })
}

/// An architecture as settings name it.
pub(crate) fn parse_arch(name: &str) -> Result<Arch, String> {
    name.parse::<Arch>().map_err(|error| error.to_string()).and_then(plain)
}

/// What a [`Builder`](crate::Builder) was told; wins over Cargo.toml.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overrides {
    pub(crate) triton: Option<Version>,
    pub(crate) archs: Option<Vec<Arch>>,
    pub(crate) folders: Option<Vec<PathBuf>>,
    pub(crate) ptx: Option<Vec<Arch>>,
    pub(crate) line_info: Option<bool>,
    pub(crate) compress: Option<Compress>,
}

impl Overrides {
    fn apply(self, settings: &mut Settings) {
        settings.triton = self.triton.or(settings.triton.take());
        if let Some(archs) = self.archs {
            settings.archs = archs;
        }
        if let Some(folders) = self.folders {
            settings.folders = folders;
        }
        if let Some(ptx) = self.ptx {
            settings.ptx = ptx;
        }
        if let Some(line_info) = self.line_info {
            settings.line_info = line_info;
        }
        settings.compress = self.compress.unwrap_or(settings.compress);
    }
}

impl Table {
    /// This table, with what it lacks taken from `base`.
    fn over(self, base: Self) -> Self {
        let mut kernel = base.kernel;
        for (name, own) in self.kernel {
            let merged = match kernel.remove(&name) {
                Some(base) => own.over(base),
                None => own,
            };
            kernel.insert(name, merged);
        }
        Self {
            triton: self.triton.or(base.triton),
            archs: self.archs.or(base.archs),
            kernels: self.kernels.or(base.kernels),
            ptx: self.ptx.or(base.ptx),
            line_info: self.line_info.or(base.line_info),
            time_limit: self.time_limit.or(base.time_limit),
            spill_warning: self.spill_warning.or(base.spill_warning),
            stale_lock: self.stale_lock.or(base.stale_lock),
            compress: self.compress.or(base.compress),
            kernel,
        }
    }
}

/// The part of a Cargo.toml that holds settings.
#[derive(Default, Deserialize)]
struct CargoToml {
    package: Option<Section>,
    workspace: Option<Section>,
}

#[derive(Default, Deserialize)]
struct Section {
    /// `package.workspace`: where the workspace is, when not above.
    workspace: Option<PathBuf>,
    metadata: Option<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    triton_runner: Option<Table>,
    /// Tables of other tools, by name.
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

impl Metadata {
    /// A table that is meant for this crate and that nothing would read.
    fn look_alike(&self) -> Option<&String> {
        let letters = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
        self.others
            .keys()
            .find(|name| matches!(letters(name).as_str(), "tritonrunner" | "tritonrunnerbuild" | "tritonrunnerrt"))
    }
}

impl CargoToml {
    fn read(path: &Path, files: &mut Files) -> Result<Self, SettingsError> {
        let unreadable = |error| SettingsError::Unreadable { path: path.to_owned(), error };
        let (stat, bytes) = input::read(path).map_err(unreadable)?;
        files.read.push(Input::new(path, stat, &bytes));
        let text = String::from_utf8(bytes).map_err(|error| unreadable(std::io::Error::other(error)))?;
        let read: Self = toml::from_str(&text)
            .map_err(|error| SettingsError::Wrong { path: path.to_owned(), error: Box::new(error) })?;
        for (section, of) in [("package", &read.package), ("workspace", &read.workspace)] {
            let metadata = of.as_ref().and_then(|section| section.metadata.as_ref());
            if let Some(found) = metadata.and_then(Metadata::look_alike) {
                return Err(SettingsError::LookAlike { path: path.to_owned(), section, found: found.clone() });
            }
        }
        Ok(read)
    }

    fn is_workspace_root(&self) -> bool {
        self.workspace.is_some()
    }

    fn package_table(self) -> Table {
        table(self.package)
    }

    fn workspace_table(&self) -> Table {
        let metadata = self.workspace.as_ref().and_then(|section| section.metadata.as_ref());
        metadata.and_then(|metadata| metadata.triton_runner.clone()).unwrap_or_default()
    }
}

fn table(section: Option<Section>) -> Table {
    section.and_then(|section| section.metadata).and_then(|metadata| metadata.triton_runner).unwrap_or_default()
}

/// The workspace's Cargo.toml, as cargo finds it: `package.workspace`, else the nearest one above with a
/// `[workspace]`. A package unpacked from a registry has none.
fn workspace_manifest(own: &CargoToml, package: &Path, files: &mut Files) -> Result<Option<CargoToml>, SettingsError> {
    if let Some(folder) = own.package.as_ref().and_then(|section| section.workspace.as_ref()) {
        return CargoToml::read(&package.join(folder).join("Cargo.toml"), files).map(Some);
    }
    for folder in package.ancestors().skip(1) {
        let path = folder.join("Cargo.toml");
        if !path.is_file() {
            files.absent.push(path);
            continue;
        }
        // A file that isn't ours to read is not our error: cargo has already judged it.
        match CargoToml::read(&path, files) {
            Ok(cargo_toml) if cargo_toml.is_workspace_root() => return Ok(Some(cargo_toml)),
            Ok(_) => {}
            Err(error @ (SettingsError::Wrong { .. } | SettingsError::LookAlike { .. })) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
