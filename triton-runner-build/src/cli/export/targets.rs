//! What an export goes by: the GPUs of the package that the kernel is for, or those that are named, and its Triton.

use std::path::{Path, PathBuf};

use semver::Version;
use triton_runner_manifest::{Arch, Suffix};

use crate::cli::Result;
use crate::plan::archs_of;
use crate::settings::{Overrides, Settings, SettingsError};

/// What an export goes by.
pub(in crate::cli) enum Targets {
    /// The command line names them.
    Named(Vec<Arch>),
    /// Those of a package, which may have others for some kernels.
    Package(Box<Settings>),
    /// Nothing names any.
    Unknown,
}

impl Targets {
    /// Of the package with the folder that the files go to, else of the one with the Python file.
    pub(in crate::cli) fn find(named: &[Arch], folder: &Path, file: &Path) -> Result<Self> {
        if !named.is_empty() {
            let mut named = named.to_vec();
            named.sort_unstable();
            named.dedup();
            return Ok(Self::Named(named));
        }
        for place in [Some(folder), file.parent()].into_iter().flatten() {
            let Some(package) = package_of(place) else { continue };
            match Settings::read(&package, None, &Overrides::default()) {
                Ok((settings, _)) => return Ok(Self::Package(Box::new(settings))),
                // A package whose build script names them, or one that isn't set up yet.
                Err(SettingsError::NoArchs { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self::Unknown)
    }

    /// Those of a kernel with files of this stem.
    pub(in crate::cli) fn of(&self, stem: &str) -> Vec<Arch> {
        match self {
            Self::Named(named) => named.clone(),
            Self::Package(settings) => {
                let archs = archs_of(settings, stem);
                if archs.is_empty() { DEFAULT.to_vec() } else { archs }
            }
            Self::Unknown => DEFAULT.to_vec(),
        }
    }
}

/// Where nothing names any.
pub(super) const DEFAULT: [Arch; 1] = [Arch::new(90, Suffix::None)];

/// The Triton that a package's settings name for its kernels.
pub(super) enum Named {
    /// For this one.
    Kernel(Version),
    /// For all of them.
    Package(Version),
}

/// The Triton that lowers a kernel with files of this stem, if the settings of the package of one of these places name one.
pub(super) fn triton_of(folder: &Path, file: &Path, stem: &str) -> Result<Option<Named>> {
    for package in [Some(folder), file.parent()].into_iter().flatten().filter_map(package_of) {
        // A build script may name the GPUs.
        let overrides = Overrides { archs: Some(DEFAULT.to_vec()), ..Overrides::default() };
        let (settings, _) = Settings::read(&package, None, &overrides)?;
        let of_kernel = settings.kernels.get(stem).and_then(|own| own.triton.clone()).map(Named::Kernel);
        if let Some(named) = of_kernel.or_else(|| settings.triton.map(Named::Package)) {
            return Ok(Some(named));
        }
    }
    Ok(None)
}

/// The first folder of the package here that may have kernels; this one where there is no package.
pub(super) fn folder_here() -> Result<PathBuf> {
    let Some(package) = package_of(Path::new(".")) else { return Ok(PathBuf::from(".")) };
    let overrides = Overrides { archs: Some(DEFAULT.to_vec()), ..Overrides::default() };
    let (settings, _) = Settings::read(&package, None, &overrides)?;
    Ok(relative(&settings.folders.first().map_or(package.clone(), |folder| package.join(folder))))
}

/// As somebody would name it here, for messages and results.
pub(super) fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    below.unwrap_or_else(|| path.to_owned())
}

/// Whether a file is part of a Cargo package, which has a licence.
pub(in crate::cli) fn in_a_package(file: &Path) -> bool {
    file.parent().and_then(package_of).is_some()
}

/// The folder with the nearest Cargo.toml.
fn package_of(folder: &Path) -> Option<PathBuf> {
    // A folder that is yet to be made has no canonical path.
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().find(|above| above.join("Cargo.toml").is_file()).map(Path::to_owned)
}
