//! The workspace's packages with kernels.

use std::path::PathBuf;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use clap::Args;
use serde::Deserialize;

use super::Result;
use super::interpreter::Interpreter;

/// Where there is nothing to show.
pub(super) const NO_KERNELS: &str = "there are no kernels yet: `cargo triton export kernels/FILE.py::KERNEL` takes one from Python, `cargo triton new KERNEL` starts one";

/// Which packages of the workspace.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Packages {
    /// Only this package; by default all that have kernels
    #[arg(short, long, value_name = "NAME")]
    package: Vec<String>,
    /// Cargo.toml of the package or workspace
    #[arg(long, value_name = "FILE")]
    manifest_path: Option<PathBuf>,
}

/// A package that may have kernels.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) name: String,
    pub(super) version: String,
    /// SPDX expression, if its Cargo.toml has one.
    pub(super) license: Option<String>,
    pub(super) folder: PathBuf,
    /// Where cargo puts what it builds.
    pub(super) target: PathBuf,
    /// Its build script, if there is one.
    pub(super) build_script: Option<PathBuf>,
    /// Whether that can call `triton_runner_build`.
    pub(super) depends_on_build: bool,
    /// Whether TTIR is embedded.
    pub(super) interpreter: Interpreter,
}

/// Results are kept by the version that made them.
#[derive(Debug, thiserror::Error)]
#[error(
    "this command is of triton-runner-build {}, and the workspace builds with {builds}, which looks for results of its own: run `cargo install triton-runner-build@{builds} --features cli`",
    env!("CARGO_PKG_VERSION")
)]
pub(super) struct OtherVersion {
    builds: String,
}

/// The part of `Cargo.lock` that says which versions there are.
#[derive(Debug, Deserialize)]
struct CargoLock {
    #[serde(default)]
    package: Vec<LockedPackage>,
}

#[derive(Debug, Deserialize)]
struct LockedPackage {
    name: String,
    version: String,
}

impl Packages {
    /// Whether the command line says any.
    pub(super) fn are_given(&self) -> bool {
        !self.package.is_empty() || self.manifest_path.is_some()
    }

    /// Where the workspace builds its kernels with another version of this crate than this command is of, both.
    pub(super) fn other_version(&self) -> Result<Option<OtherVersion>> {
        let root = self.metadata()?.workspace_root.into_std_path_buf();
        // No lock file, no version that is settled.
        let Ok(text) = std::fs::read_to_string(root.join("Cargo.lock")) else { return Ok(None) };
        let lock: CargoLock = toml::from_str(&text)?;
        let mut versions = lock.package.into_iter().filter(|package| package.name == env!("CARGO_PKG_NAME"));
        let other = versions.find(|package| package.version != env!("CARGO_PKG_VERSION"));
        Ok(other.map(|package| OtherVersion { builds: package.version }))
    }

    fn metadata(&self) -> Result<Metadata> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = &self.manifest_path {
            command.manifest_path(path);
        }
        Ok(command.exec()?)
    }

    /// The packages with settings for triton-runner or a build script that may have them in code.
    pub(super) fn find(&self) -> Result<Vec<Found>> {
        let metadata = self.metadata()?;
        for name in &self.package {
            if !metadata.packages.iter().any(|package| *package.name == **name) {
                return Err(format!("there is no package `{name}` in this workspace").into());
            }
        }
        let wanted = |package: &&Package| match self.package.is_empty() {
            true => has_kernels(package),
            false => self.package.iter().any(|name| **name == **package.name),
        };
        let found: Vec<_> = metadata
            .packages
            .iter()
            .filter(wanted)
            .filter_map(|package| {
                let folder = package.manifest_path.parent()?.to_owned().into_std_path_buf();
                let build_script = package.targets.iter().find(|target| target.is_custom_build());
                Some(Found {
                    name: package.name.to_string(),
                    version: package.version.to_string(),
                    license: package.license.clone(),
                    folder,
                    target: metadata.target_directory.clone().into_std_path_buf(),
                    build_script: build_script.map(|target| target.src_path.clone().into_std_path_buf()),
                    depends_on_build: depends_on_build(package),
                    interpreter: Interpreter::of(package),
                })
            })
            .collect();
        if found.is_empty() {
            let advice = "no package here has kernels: add [package.metadata.triton-runner] to its Cargo.toml, and triton-runner-build to its build-dependencies";
            return Err(advice.into());
        }
        Ok(found)
    }
}

fn has_kernels(package: &Package) -> bool {
    package.metadata.get("triton-runner").is_some() || depends_on_build(package)
}

fn depends_on_build(package: &Package) -> bool {
    package.dependencies.iter().any(|d| d.kind == DependencyKind::Build && d.name == "triton-runner-build")
}
