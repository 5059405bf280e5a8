//! The command line of `cargo triton export`.

use std::path::PathBuf;

use clap::Args;
use semver::Version;
use triton_runner_manifest::{Arch, Constant, Level};

use super::variant::{self, Variant};
use crate::cli::option_flags::OptionFlags;
use crate::lowering::export::{ExportArgument, parse_argument, parse_constant};

/// Write a Python kernel's NAME.ttir and NAME.json, with no GPU; or take artifacts out of a Triton cache folder.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The kernel: FILE.py::FUNCTION
    #[arg(value_name = "FILE.py::KERNEL", value_parser = parse_kernel, required_unless_present_any = ["from_cache", "again", "check"], conflicts_with = "from_cache")]
    pub(super) function: Option<(PathBuf, String)>,
    /// An argument's type, as Triton spells it: x=*fp32, n=i32; `:16` promises a multiple of 16. From a cache: the
    /// arguments in their order, for the names that IR up to Triton 3.4 doesn't have
    #[arg(long = "arg", value_name = "NAME=TYPE[:16]", value_parser = parse_argument)]
    pub(super) args: Vec<ExportArgument>,
    /// A parameter's value, fixed now: BLOCK=1024, EVEN=True, ACT='"gelu"', BIAS=None
    #[arg(long = "const", value_name = "NAME=VALUE", value_parser = parse_constant)]
    pub(super) constants: Vec<(String, Constant)>,
    /// A variant of the kernel, and where it differs: small:BLOCK=64,num_warps=2 or aligned:n=i32:16; may be given
    /// several times. Its files are NAME@VARIANT
    #[arg(long = "variant", value_name = "VARIANT:NAME=VALUE,…", value_parser = variant::parse, conflicts_with = "from_cache")]
    pub(super) variants: Vec<Variant>,
    /// A GPU that the kernel is for, by default each one that the package lists; may be given several times. Where the
    /// frontend gives them different TTIR, each gets its own file. From a cache: only what was made for this GPU
    #[arg(long, value_parser = crate::settings::parse_arch)]
    pub(super) arch: Vec<Arch>,
    /// Version of Triton, by default the one that the package's settings name
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton, conflicts_with = "from_cache")]
    pub(super) triton: Option<Version>,
    /// A Python that has Triton and what else the kernel's module imports
    #[arg(long, value_name = "PROGRAM", conflicts_with = "from_cache")]
    pub(super) python: Option<PathBuf>,
    /// Take artifacts out of this folder, which Triton has used as its cache (`~/.triton/cache`)
    #[arg(long, value_name = "FOLDER")]
    pub(super) from_cache: Option<PathBuf>,
    /// From a cache: the kernel's name
    #[arg(long, value_name = "NAME", requires = "from_cache")]
    pub(super) kernel: Option<String>,
    /// From a cache: the entry, by the start of its folder's name
    #[arg(long, value_name = "HASH", requires = "from_cache")]
    pub(super) entry: Option<String>,
    /// From a cache: the level to take, ttir by default; may be given several times
    #[arg(long, value_name = "LEVEL", value_parser = parse_level, requires = "from_cache")]
    pub(super) level: Vec<Level>,
    /// Repeat the exports of this package's kernels, as their JSON has them; of all kernels if none is named
    #[arg(long, value_name = "KERNEL", num_args = 0.., conflicts_with_all = ["function", "from_cache", "args", "constants", "variants", "out", "name", "triton"])]
    pub(super) again: Option<Vec<String>>,
    /// Say what repeating the exports would change, write nothing, and fail if that is anything
    #[arg(long, conflicts_with_all = ["function", "from_cache", "args", "constants", "variants", "out", "name", "triton"])]
    pub(super) check: bool,
    /// Folder for the files; by default the kernel's own, or this one from a cache
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Stem of the files; by default the kernel's name
    #[arg(long, value_name = "STEM")]
    pub(super) name: Option<String>,
    /// What isn't given is what the kernel's autotuner agrees on, or Triton's default
    #[command(flatten)]
    pub(super) options: OptionFlags,
}

fn parse_kernel(text: &str) -> Result<(PathBuf, String), String> {
    match text.rsplit_once("::") {
        Some((file, kernel)) if !file.is_empty() && !kernel.is_empty() => Ok((file.into(), kernel.into())),
        _ => Err("expected the file and the function: `kernels/add.py::add_kernel`".into()),
    }
}

fn parse_level(text: &str) -> Result<Level, String> {
    Level::from_extension(text).ok_or_else(|| "expected ttir, ttgir, llir, ptx or cubin".into())
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
