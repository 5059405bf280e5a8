//! `cargo triton lower`: one file to a later level, as a build does it.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use semver::Version;
use triton_runner_manifest::{Arch, Level};

use super::{Env, Result};
use crate::settings::KernelSettings;
use crate::single::{self, Request};

/// Lower one file to a later level, exactly as a build does.
#[derive(Debug, Args)]
pub(super) struct Lower {
    /// A .ttir, .ttgir, .llir or .ptx file
    file: PathBuf,
    /// The GPU: sm_90
    #[arg(long, value_parser = crate::settings::parse_arch)]
    arch: Arch,
    /// Its metadata; by default the JSON beside it
    #[arg(long, value_name = "FILE")]
    metadata: Option<PathBuf>,
    /// Version of Triton; by default the one that made the file, as its metadata says
    #[arg(long, value_name = "VERSION")]
    triton: Option<Version>,
    /// Warps of a block, in place of the metadata's
    #[arg(long)]
    num_warps: Option<u32>,
    /// Stages of software pipelines, in place of the metadata's
    #[arg(long)]
    num_stages: Option<u32>,
    /// Keep source lines, for profilers
    #[arg(long)]
    line_info: bool,
    /// The level to stop at
    #[arg(long, default_value = "cubin")]
    emit: Emit,
    /// Where the result goes. Its metadata goes beside it, as a .json file
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Emit {
    Ttgir,
    Llir,
    Ptx,
    Cubin,
}

impl Lower {
    pub(super) fn run(self, env: &Env) -> Result {
        let request = Request {
            file: self.file,
            arch: self.arch,
            metadata: self.metadata,
            triton: self.triton,
            options: KernelSettings {
                num_warps: self.num_warps,
                num_stages: self.num_stages,
                ..KernelSettings::default()
            },
            line_info: self.line_info,
            emit: match self.emit {
                Emit::Ttgir => Level::Ttgir,
                Emit::Llir => Level::Llir,
                Emit::Ptx => Level::Ptx,
                Emit::Cubin => Level::Cubin,
            },
        };
        let output = single::lower(&request, env, &mut |line| eprintln!("{line}"))?;
        write(&self.output, &output.bytes)?;
        write(&self.output.with_extension("json"), output.metadata.as_bytes())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    if let Some(folder) = parent {
        std::fs::create_dir_all(folder).map_err(|error| format!("can't create `{}`: {error}", folder.display()))?;
    }
    crate::emit::write(path, bytes)?;
    Ok(())
}
