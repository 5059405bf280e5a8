#![doc = include_str!("../README.md")]
#![allow(clippy::needless_doctest_main, reason = "a build script is little more than its `main`")]

mod analysis;
mod builder;
mod cargo;
mod emit;
mod error;
mod fs;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
mod lowering;
#[cfg(test)]
mod mutations;
mod obtain;
mod pack;
mod pipeline;
mod plan;
mod progress;
mod read;
mod safety;
mod settings;
mod terminal;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
mod toolchain;
mod verify;

#[cfg(feature = "cli")]
mod cli;

pub use builder::{Builder, Built, build};
pub use error::Error;
pub use settings::Compress;

/// What the command `cargo triton` calls. Not public API.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod __cli {
    pub use crate::cli::main;
}

/// For this repository's tests and benchmarks. Not public API.
#[doc(hidden)]
pub mod __internal {
    use std::path::PathBuf;

    use crate::toolchain::{Toolchains, WheelSource, default_home};

    /// A Triton of this machine.
    #[derive(Clone, Debug)]
    pub struct Triton {
        /// Its Python.
        pub python: PathBuf,
        /// What `PYTHONPATH` must name.
        pub site: PathBuf,
    }

    /// The managed Triton of a version, installed now if it isn't.
    #[allow(clippy::disallowed_methods, reason = "no build script calls it")]
    pub fn triton(version: &str) -> Result<Triton, Box<dyn std::error::Error + Send + Sync>> {
        let home = default_home(|name| std::env::var_os(name))?;
        let toolchains = Toolchains::new(home, None, std::env::var_os("PATH").unwrap_or_default());
        let mut progress = |line: &str| eprintln!("{line}");
        let installed = toolchains.install(&version.parse()?, &WheelSource::Index, false, &mut progress)?;
        Ok(Triton { python: installed.python, site: installed.site.unwrap_or_default() })
    }
}
