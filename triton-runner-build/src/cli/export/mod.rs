//! `cargo triton export`: from a Python kernel, or from Triton's cache, to artifacts to check in.

mod entry;
mod folders;
mod from_cache;
mod variant;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use semver::Version;
use serde_json::Value;
use triton_runner_manifest::{Arch, Constant, Level, Suffix};
use triton_runner_read::metadata::Metadata;

use super::compilers::toolchain;
use super::option_flags::OptionFlags;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::lowering::export::{ExportArgument, ExportRequest, Exported, export, parse_argument, parse_constant};
use crate::plan::limits;
use crate::read::python_source;
use variant::Variant;

/// Write a Python kernel's NAME.ttir and NAME.json, with no GPU; or take artifacts out of a Triton cache folder.
#[derive(Debug, Args)]
pub(super) struct Export {
    /// The kernel: FILE.py::FUNCTION
    #[arg(value_name = "FILE.py::KERNEL", value_parser = parse_kernel, required_unless_present = "from_cache", conflicts_with = "from_cache")]
    function: Option<(PathBuf, String)>,
    /// An argument's type, as Triton spells it: x=*fp32, n=i32; `:16` promises a multiple of 16. From a cache: the
    /// arguments in their order, for the names that IR up to Triton 3.4 doesn't have
    #[arg(long = "arg", value_name = "NAME=TYPE[:16]", value_parser = parse_argument)]
    args: Vec<ExportArgument>,
    /// A parameter's value, fixed now: BLOCK=1024, EVEN=True, ACT='"gelu"', BIAS=None
    #[arg(long = "const", value_name = "NAME=VALUE", value_parser = parse_constant)]
    constants: Vec<(String, Constant)>,
    /// A variant of the kernel, and where it differs: small:BLOCK=64,num_warps=2 or aligned:n=i32:16; may be given
    /// several times. Its files are NAME@VARIANT
    #[arg(long = "variant", value_name = "VARIANT:NAME=VALUE,…", value_parser = variant::parse, conflicts_with = "from_cache")]
    variants: Vec<Variant>,
    /// The GPU that the frontend has in mind, sm_90 by default; TTIR of plain kernels is the same for all. From a
    /// cache: only what was made for this GPU
    #[arg(long, value_parser = crate::settings::parse_arch)]
    arch: Option<Arch>,
    /// Version of Triton
    #[arg(long, value_name = "VERSION", value_parser = crate::settings::parse_triton, default_value = "3.3.1", conflicts_with = "from_cache")]
    triton: Version,
    /// A Python that has Triton and what else the kernel's module imports
    #[arg(long, value_name = "PROGRAM", conflicts_with = "from_cache")]
    python: Option<PathBuf>,
    /// Take artifacts out of this folder, which Triton has used as its cache (`~/.triton/cache`)
    #[arg(long, value_name = "FOLDER")]
    from_cache: Option<PathBuf>,
    /// From a cache: the kernel's name
    #[arg(long, value_name = "NAME", requires = "from_cache")]
    kernel: Option<String>,
    /// From a cache: the entry, by the start of its folder's name
    #[arg(long, value_name = "HASH", requires = "from_cache")]
    entry: Option<String>,
    /// From a cache: the level to take, ttir by default; may be given several times
    #[arg(long, value_name = "LEVEL", value_parser = parse_level, requires = "from_cache")]
    level: Vec<Level>,
    /// Folder for the files; by default the kernel's own, or this one from a cache
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Stem of the files; by default the kernel's name
    #[arg(long, value_name = "STEM")]
    name: Option<String>,
    /// What isn't given is what the kernel's autotuner agrees on, or Triton's default
    #[command(flatten)]
    options: OptionFlags,
}

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
        if self.from_cache.is_some() && self.options.are_given() {
            return Err("with --from-cache the options are those that the entry was compiled with; change them in the JSON, or in Cargo.toml".into());
        }
        let staged = match (&self.from_cache, &self.function) {
            (Some(folder), _) => from_cache::take(&self, folder)?,
            (None, Some((file, kernel))) => self.compile(file, kernel, env)?,
            // The command line's parser asks for one of the two.
            (None, None) => Staged::default(),
        };
        let written = staged.commit()?;
        for path in &written {
            terminal::print_line(&path.display().to_string())?;
        }
        for path in variant::others(&written) {
            eprintln!(
                "note: `{}` is there too, as a variant of the same kernel: if it is older, export it again or remove it",
                path.display()
            );
        }
        Ok(())
    }

    fn compile(&self, file: &Path, kernel: &str, env: &Env) -> Result<Staged> {
        let toolchain = toolchain(env, &self.triton, self.python.clone())?;
        let folder = match self.out.as_deref().or_else(|| file.parent()) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let base = ExportRequest {
            file: file.to_owned(),
            kernel: kernel.to_owned(),
            arguments: self.args.clone(),
            constants: BTreeMap::from_iter(self.constants.clone()),
            options: self.options.clone().settings()?.as_options()?,
            target: self.arch.map_or(90, Arch::number),
        };
        let mut staged = Staged::default();
        let mut stage = |exported: Exported, variant: &str| -> Result {
            let metadata = Metadata::from_json(&Value::Object(exported.metadata.clone()).to_string())?;
            let arch = Arch::new(base.target, Suffix::None);
            let told = limits::check(&metadata.options, Level::Ttir, arch);
            told.map_err(|error| format!("`{}::{kernel}`: {error}", file.display()))?;
            let exported = exported.noting(python_source::note(file, &folder))?;
            let stem = self.name.as_ref().unwrap_or(&exported.name);
            for (extension, text) in [("ttir", &exported.ttir), ("json", &exported.json()?)] {
                staged.add(folder.join(format!("{stem}{variant}.{extension}")), text.as_bytes())?;
            }
            Ok(())
        };
        if self.variants.is_empty() {
            stage(export(&toolchain, &base)?, "")?;
        }
        variant::distinct(&self.variants)?;
        for variant in &self.variants {
            let request = variant.of(&base)?;
            let about = |error| format!("variant `{}`: {error}", variant.name);
            stage(export(&toolchain, &request).map_err(about)?, &format!("@{}", variant.name))?;
        }
        Ok(staged)
    }
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
