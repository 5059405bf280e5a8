//! `cargo triton export`: from a Python kernel, or from Triton's cache, to artifacts to check in.

mod entry;
mod folders;
mod from_cache;
mod superseded;
mod targets;
mod variant;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use semver::Version;
use serde::Deserialize as _;
use triton_runner_manifest::{Arch, ArgType, Constant, HostWork, Level};

use super::compilers::toolchain;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::lowering::export::{ExportArgument, ExportRequest, Exported, export, files, parse_argument, parse_constant};
use crate::plan;
use crate::read::files as read_files;
use crate::read::metadata::Options;
use crate::read::python_source;
use crate::toolchain::known_wrong;
use superseded::superseded;
use targets::Targets;
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
    /// Warps of a block [default: what its autotuner agrees on, or 4]
    #[arg(long, conflicts_with = "from_cache")]
    num_warps: Option<u32>,
    /// Stages of software pipelines [default: what its autotuner agrees on, or 3]
    #[arg(long, conflicts_with = "from_cache")]
    num_stages: Option<u32>,
    /// CTAs of a cluster [default: what its autotuner agrees on, or 1]
    #[arg(long, conflicts_with = "from_cache")]
    num_ctas: Option<u32>,
    /// A GPU that the kernel is for, by default each one that the package lists; may be given several times. Where the
    /// frontend gives them different TTIR, each gets its own file. From a cache: only what was made for this GPU
    #[arg(long, value_parser = crate::settings::parse_arch)]
    arch: Vec<Arch>,
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
}

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
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
        if let Some(name) = &self.name {
            names_a_kernel(name)?;
        }
        let targets = Targets::find(&self.arch, &folder, file)?;
        if matches!(targets, Targets::Unknown) {
            eprintln!(
                "note: no package with `archs` in its Cargo.toml is here, so it is exported for sm_90; name other GPUs with `--arch`"
            );
        }
        let base = ExportRequest {
            file: file.to_owned(),
            kernel: kernel.to_owned(),
            arguments: self.args.clone(),
            constants: BTreeMap::from_iter(self.constants.clone()),
            options: Options {
                num_warps: self.num_warps,
                num_stages: self.num_stages,
                num_ctas: self.num_ctas,
                ..Options::default()
            },
            targets: Vec::new(),
        };
        let mut staged = Staged::default();
        let mut notes = Vec::new();
        let mut stage = |mut request: ExportRequest, variant: &str| -> Result {
            let stem = format!("{}{variant}", self.name.as_deref().unwrap_or(kernel));
            let archs = targets.of(&stem);
            for arch in &archs {
                has_descriptors(&request, *arch)?;
            }
            request.targets = archs.iter().map(|arch| arch.number()).collect();
            let mut exported = export(&toolchain, &request)?;
            for one in &mut exported {
                one.noting(python_source::note(file, &one.modules, &folder))?;
                notes.extend(one.notes.iter().cloned().chain(said_of_host(one)));
                notes.extend(known_of(one, &toolchain.triton));
            }
            let Some(name) = exported.first().map(|one| one.name.clone()) else { return Ok(()) };
            let stem = format!("{}{variant}", self.name.as_ref().unwrap_or(&name));
            names_a_kernel(&stem)?;
            staged.instead_of(superseded(&folder, &stem, &archs, exported.len() == 1)?);
            for (name, text) in files(&stem, &exported)? {
                staged.add(folder.join(name), text.as_bytes())?;
            }
            Ok(())
        };
        if self.variants.is_empty() {
            stage(base.clone(), "")?;
        }
        variant::distinct(&self.variants)?;
        for variant in &self.variants {
            let about = |error| format!("variant `{}`: {error}", variant.name);
            stage(variant.of(&base)?, &format!("@{}", variant.name)).map_err(about)?;
        }
        let mut told = BTreeSet::new();
        notes.iter().filter(|note| told.insert(*note)).for_each(|note| eprintln!("note: {note}"));
        Ok(staged)
    }
}

/// What the host has to do, as notes.
fn said_of_host(exported: &Exported) -> Vec<String> {
    let work = exported.metadata.get("host").and_then(|value| Vec::<HostWork>::deserialize(value).ok());
    work.unwrap_or_default()
        .iter()
        .map(|work| format!("what Python does around a launch is the host's to do: {work}"))
        .collect()
}

/// What is known of this Triton and this kernel.
fn known_of(exported: &Exported, triton: &Version) -> Vec<String> {
    let constants = exported.metadata.get("constants").and_then(|value| BTreeMap::deserialize(value).ok());
    let constants: BTreeMap<String, Constant> = constants.unwrap_or_default();
    let name = &exported.name;
    let of = |arch: &Arch| {
        let known = known_wrong::of_kernel(name, &constants, triton, *arch);
        known.map(|wrong| format!("Triton {triton} compiles `{name}` wrongly for {arch}: {wrong}")).collect::<Vec<_>>()
    };
    exported.targets.iter().flat_map(of).collect()
}

/// The build's own words, before anything is made for an architecture that it refuses.
fn has_descriptors(request: &ExportRequest, arch: Arch) -> Result {
    let types: Vec<_> =
        request.arguments.iter().filter_map(|one| Some((one.name.as_str(), one.ty.parse::<ArgType>().ok()?))).collect();
    plan::has_hardware(types.iter().map(|(name, ty)| (*name, ty)), arch).map_err(|error| error.to_string())?;
    Ok(())
}

/// A build refuses any other stem.
fn names_a_kernel(stem: &str) -> Result {
    if read_files::is_kernel(stem) {
        return Ok(());
    }
    Err(format!("`{stem}` can't name a kernel's files: it becomes a Rust name, so it must be an identifier like `add_kernel`, or two like `matmul@small` for a variant; give another one with `--name`").into())
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
