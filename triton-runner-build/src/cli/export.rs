//! `cargo triton export`: from a Python kernel to artifacts to check in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use semver::Version;
use triton_runner_manifest::{Arch, Constant};

use super::staged::Staged;
use super::{Env, Result, terminal, toolchain};
use crate::lowering::Options;
use crate::lowering::export::{ExportArgument, ExportRequest, export, parse_argument, parse_constant};

/// Write a Python kernel's NAME.ttir and NAME.json, with no GPU.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The kernel: FILE.py::FUNCTION
    #[arg(value_name = "FILE.py::KERNEL", value_parser = parse_kernel)]
    kernel: (PathBuf, String),
    /// An argument's type, as Triton spells it: x=*fp32, n=i32; `:16` promises a multiple of 16
    #[arg(long = "arg", value_name = "NAME=TYPE[:16]", value_parser = parse_argument)]
    args: Vec<ExportArgument>,
    /// A parameter's value, fixed now: BLOCK=1024, EVEN=True, ACT='"gelu"', BIAS=None
    #[arg(long = "const", value_name = "NAME=VALUE", value_parser = parse_constant)]
    constants: Vec<(String, Constant)>,
    /// Warps of a block
    #[arg(long, default_value_t = 4)]
    num_warps: u32,
    /// Stages of software pipelines
    #[arg(long, default_value_t = 3)]
    num_stages: u32,
    /// CTAs of a cluster
    #[arg(long, default_value_t = 1)]
    num_ctas: u32,
    /// The GPU that the frontend has in mind; TTIR of plain kernels is the same for all
    #[arg(long, default_value = "sm_90")]
    arch: Arch,
    /// Version of Triton
    #[arg(long, value_name = "VERSION", default_value = "3.3.1")]
    triton: Version,
    /// A Python that has Triton and what else the kernel's module imports
    #[arg(long, value_name = "PROGRAM")]
    python: Option<PathBuf>,
    /// Folder for the two files; by default the kernel's own
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Stem of the two files; by default the kernel's name
    #[arg(long, value_name = "STEM")]
    name: Option<String>,
}

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
        let toolchain = toolchain(env, &self.triton, self.python.clone())?;
        let (file, kernel) = self.kernel;
        let request = ExportRequest {
            kernel,
            arguments: self.args,
            constants: BTreeMap::from_iter(self.constants),
            options: Options {
                num_warps: Some(self.num_warps),
                num_stages: Some(self.num_stages),
                num_ctas: Some(self.num_ctas),
                ..Options::default()
            },
            target: self.arch.number(),
            file: file.clone(),
        };
        let exported = export(&toolchain, &request)?;
        let folder = match self.out.as_deref().or_else(|| file.parent()) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let stem = self.name.unwrap_or(exported.name);
        let mut staged = Staged::default();
        for (extension, text) in [("ttir", exported.ttir), ("json", exported.json)] {
            staged.add(folder.join(format!("{stem}.{extension}")), text.as_bytes())?;
        }
        for path in staged.commit()? {
            terminal::print_line(&path.display().to_string())?;
        }
        Ok(())
    }
}

fn parse_kernel(text: &str) -> Result<(PathBuf, String), String> {
    match text.rsplit_once("::") {
        Some((file, kernel)) if !file.is_empty() && !kernel.is_empty() => Ok((file.into(), kernel.into())),
        _ => Err("expected the file and the function: `kernels/add.py::add_kernel`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_is_a_file_and_a_function() {
        assert_eq!(parse_kernel("a/b.py::k").unwrap(), ("a/b.py".into(), "k".into()));
        assert!(parse_kernel("a/b.py").is_err() && parse_kernel("::k").is_err());
    }
}
