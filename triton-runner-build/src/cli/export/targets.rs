//! For which architectures the frontend runs: those of the package that the kernel is for, or those that are named.

use std::path::{Path, PathBuf};

use semver::Version;
use triton_runner_manifest::{Arch, Suffix};

use crate::cli::Result;
use crate::plan::archs_of;
use crate::settings::{Overrides, Settings, SettingsError};
use crate::toolchain;

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

/// The Triton that the package's settings name; the default without.
pub(super) fn triton_of(folder: &Path, file: &Path) -> Result<Version> {
    for package in [Some(folder), file.parent()].into_iter().flatten().filter_map(package_of) {
        match Settings::read(&package, None, &Overrides::default()) {
            Ok((settings, _)) => return Ok(settings.triton.unwrap_or(toolchain::DEFAULT)),
            Err(SettingsError::NoArchs { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(toolchain::DEFAULT)
}

/// Where nothing names any.
const DEFAULT: [Arch; 1] = [Arch::new(90, Suffix::None)];

/// The folder with the nearest Cargo.toml.
pub(super) fn package_of(folder: &Path) -> Option<PathBuf> {
    // A folder that is yet to be made has no canonical path.
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().find(|above| above.join("Cargo.toml").is_file()).map(Path::to_owned)
}
