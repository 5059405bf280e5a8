//! The command line of `cargo triton export`.

use std::path::PathBuf;

use clap::Args;
use semver::Version;
use triton_runner_manifest::{Arch, Constant, Level};

use super::family;
use super::variant::{self, Variant};
use crate::cli::option_flags::OptionFlags;
use crate::cli::packages::Packages;
use crate::lowering::export::{ExportArgument, Source, parse_argument, parse_constant};
use crate::read::files;

/// Write a Python kernel's NAME.ttir and NAME.json, with no GPU; or take artifacts out of a Triton cache folder.
#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    /// The kernel: FILE.py::FUNCTION, or MODULE::FUNCTION of an installed package. Without one, what `exports.toml`
    /// beside the kernels declares
    #[arg(value_name = "FILE.py::KERNEL", value_parser = parse_kernel, conflicts_with = "from_cache")]
    pub(super) function: Option<(Source, String)>,
    /// An argument's type, as Triton spells it: x=*fp32, n=i32; `:16` promises a multiple of 16. A pattern is for all
    /// arguments without a type: stride*=i32:16; a tuple has a type for each element: s=(i32:16, i32). From a cache: the
    /// arguments in their order, for the names that IR up to Triton 3.4 doesn't have
    #[arg(long = "arg", value_name = "NAME=TYPE[:16]", value_parser = parse_argument)]
    pub(super) args: Vec<ExportArgument>,
    /// A parameter's value, fixed now: BLOCK=1024, EVEN=True, ACT='"gelu"', BIAS=None, DTYPE=tl.float16; ACT=@gelu for a
    /// function of the kernel's module
    #[arg(long = "const", value_name = "NAME=VALUE", value_parser = parse_constant)]
    pub(super) constants: Vec<(String, Constant)>,
    /// An argument's value at a launch, for what the kernel's author computes from it: heuristics, and functions that
    /// prune configurations. It stays an argument
    #[arg(long = "value", value_name = "NAME=VALUE", value_parser = parse_constant, conflicts_with = "from_cache")]
    pub(super) values: Vec<(String, Constant)>,
    /// A kernel for each of these types, wherever an argument's type or a constant names it: T=fp16,bf16,fp32 with
    /// --arg x=*T:16, --const ACC=tl.T. Their files are NAME_fp16 and so on
    #[arg(long = "dtype", value_name = "NAME=TYPE,…", value_parser = family::parse, conflicts_with = "from_cache")]
    pub(super) dtypes: Vec<(String, Vec<String>)>,
    /// Let something stand in for a Python package that is only imported, such as torch; may be given several times
    #[arg(long = "stand-in", value_name = "PACKAGE", conflicts_with = "from_cache")]
    pub(super) stand_in: Vec<String>,
    /// A variant for each configuration of the kernel's autotuner that its author's functions leave; with --variant,
    /// for each of these
    #[arg(long, conflicts_with = "from_cache")]
    pub(super) autotune: bool,
    /// A variant of the kernel, and where it differs: small:BLOCK=64,num_warps=2 or aligned:n=i32:16; may be given
    /// several times. Its files are NAME@VARIANT, with --autotune NAME@VARIANT_CONFIGURATION
    #[arg(long = "variant", value_name = "VARIANT:NAME=VALUE,…", value_parser = variant::parse, conflicts_with = "from_cache")]
    pub(super) variants: Vec<Variant>,
    /// A GPU that the kernel is for, by default each one that the package lists; may be given several times. Where the
    /// frontend gives them different TTIR, each gets its own file. From a cache: only what was made for this GPU
    #[arg(long, value_parser = crate::settings::parse_arch)]
    pub(super) arch: Vec<Arch>,
    /// Version of Triton; by default the package's `triton`, else the one that made what is exported again, else 3.3.1
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton, conflicts_with = "from_cache")]
    pub(super) triton: Option<Version>,
    /// A Python that has Triton and what else the kernel's module imports
    #[arg(long, value_name = "PROGRAM", conflicts_with = "from_cache")]
    pub(super) python: Option<PathBuf>,
    /// Export once more what the packages here have exported: these kernels, or all
    #[arg(long, value_name = "KERNEL", num_args = 0.., conflicts_with_all = SAID)]
    pub(super) again: Option<Vec<String>>,
    /// Tell what exporting once more would change, write nothing, and fail if anything would: these kernels, or all
    #[arg(long, value_name = "KERNEL", num_args = 0.., conflicts_with_all = SAID, conflicts_with = "again")]
    pub(super) check: Option<Vec<String>>,
    #[command(flatten)]
    pub(super) packages: Packages,
    /// Take artifacts out of this folder, which Triton has used as its cache (`~/.triton/cache`)
    #[arg(long, value_name = "FOLDER")]
    pub(super) from_cache: Option<PathBuf>,
    /// From a cache: the kernel's name
    #[arg(long, value_name = "NAME", requires = "from_cache")]
    pub(super) kernel: Option<String>,
    /// From a cache: the entry, by the start of its folder's name
    #[arg(long, value_name = "HASH", requires = "from_cache")]
    pub(super) entry: Option<String>,
    /// From a cache: the function that the entry was made from, for the names of its parameters. Its file is read, and not
    /// run
    #[arg(long, value_name = "FILE.py::KERNEL", value_parser = parse_kernel, requires = "from_cache")]
    pub(super) from: Option<(Source, String)>,
    /// From a cache: the level to take, by default ttir, or ttgir for a kernel in Gluon, which has no other; may be given
    /// several times
    #[arg(long, value_name = "LEVEL", value_parser = parse_level, requires = "from_cache")]
    pub(super) level: Vec<Level>,
    /// The kernel's licence, an SPDX expression, where neither its file nor its Python package says it
    #[arg(long, value_name = "SPDX", conflicts_with = "from_cache")]
    pub(super) license: Option<String>,
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

/// What says how one kernel is exported. Of those that are exported once more, JSON and `exports.toml` say it.
const SAID: [&str; 14] = [
    "function",
    "from_cache",
    "args",
    "constants",
    "values",
    "dtypes",
    "stand_in",
    "autotune",
    "variants",
    "arch",
    "out",
    "name",
    "license",
    "OptionFlags",
];

impl Export {
    /// Whether something is said of how a kernel is exported.
    pub(super) fn says_how(&self) -> bool {
        let lists = [self.args.len(), self.constants.len(), self.values.len(), self.dtypes.len(), self.variants.len()];
        lists.iter().any(|length| *length > 0)
            || !self.stand_in.is_empty()
            || !self.arch.is_empty()
            || self.autotune
            || self.out.is_some()
            || self.name.is_some()
            || self.license.is_some()
            || self.options.are_given()
    }
}

/// Reads `FILE.py::FUNCTION` or `MODULE::FUNCTION`.
pub(in crate::cli) fn parse_kernel(text: &str) -> Result<(Source, String), String> {
    let is_module = |name: &str| name.split('.').all(files::is_identifier) && !name.ends_with(".py");
    match text.rsplit_once("::") {
        Some((place, kernel)) if !place.is_empty() && !kernel.is_empty() => {
            let source = if is_module(place) { Source::Module(place.into()) } else { Source::File(place.into()) };
            Ok((source, kernel.into()))
        }
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
        assert_eq!(parse_kernel("a/b.py::k").unwrap(), (Source::File("a/b.py".into()), "k".into()));
        assert_eq!(parse_kernel("a.b::k").unwrap(), (Source::Module("a.b".into()), "k".into()));
        assert!(parse_kernel("a/b.py").is_err() && parse_kernel("::k").is_err());
    }
}
