//! `cargo triton setup`: installs, lists and removes compilers.

use std::path::PathBuf;

use clap::Args;
use semver::Version;

use super::{Env, Result, Source, toolchains};

/// Install the Triton compiler that lowers kernels; list or remove what is installed.
#[derive(Debug, Args)]
pub(super) struct Setup {
    /// Version of Triton, such as 3.3.1; may be given several times
    #[arg(long, value_name = "VERSION", default_value = "3.3.1")]
    triton: Vec<Version>,
    /// Install from this wheel instead of the package index (its SHA-256 is checked all the same)
    #[arg(long, value_name = "FILE")]
    wheel: Option<PathBuf>,
    /// List what is installed
    #[arg(long, conflicts_with_all = ["wheel", "remove"])]
    list: bool,
    /// Remove the given versions
    #[arg(long, conflicts_with = "wheel")]
    remove: bool,
}

impl Setup {
    pub(super) fn run(self, env: &Env) -> Result {
        let toolchains = toolchains(env)?;
        let mut progress = |line: &str| eprintln!("{line}");
        if self.list {
            for installed in toolchains.list() {
                let mib = installed.size() >> 20;
                println!("triton {} for {} ({mib} MiB)", installed.triton(), installed.python_tag());
            }
            return Ok(());
        }
        for triton in &self.triton {
            if self.remove {
                let removed = toolchains.remove(triton, &mut progress)?;
                match removed.len() {
                    0 => println!("triton {triton} was not installed"),
                    _ => println!("removed triton {triton}"),
                }
                continue;
            }
            let source = self.wheel.clone().map_or(Source::Index, Source::Wheel);
            let toolchain = toolchains.install(triton, &source, env.flag("CARGO_NET_OFFLINE"), &mut progress)?;
            println!("triton {triton} is ready, for {}", toolchain.python.display());
        }
        Ok(())
    }
}
