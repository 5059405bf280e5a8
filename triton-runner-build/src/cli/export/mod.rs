//! `cargo triton export`: from a Python kernel, or from Triton's cache, to artifacts to check in.

mod again;
mod arguments;
pub(super) mod cache_entry;
pub(super) mod folders;
mod from_cache;
pub(super) mod stem;
pub(super) mod superseded;
pub(super) mod targets;
mod variant;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize as _;
use serde_json::Value;
use triton_runner_manifest::{Arch, ArgType, Constant, HostWork, Level};
use triton_runner_read::metadata::Metadata;

use super::compilers::toolchain;
use super::staged::Staged;
use super::{Env, Result, terminal};
use crate::lowering::export::{ExportRequest, Exported, export, files};
use crate::plan::{self, limits};
use crate::read::python_source;
use crate::toolchain::known_wrong;
use stem::names_a_kernel;
use superseded::superseded;
use targets::Targets;

pub(super) use arguments::Export;

impl Export {
    pub(super) fn run(self, env: &Env) -> Result {
        if self.from_cache.is_some() && self.options.are_given() {
            return Err("with --from-cache the options are those that the entry was compiled with; change them in the JSON, or in Cargo.toml".into());
        }
        if self.check || self.again.is_some() {
            return again::run(self.again.as_deref().unwrap_or_default(), self.check, self.python.as_deref(), env);
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
        let folder = match self.out.as_deref().or_else(|| file.parent()) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        if let Some(name) = &self.name {
            names_a_kernel(name)?;
        }
        let triton = match &self.triton {
            Some(triton) => triton.clone(),
            None => targets::triton_of(&folder, file)?,
        };
        let toolchain = toolchain(env, &triton, self.python.clone())?;
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
            options: self.options.clone().settings()?.as_options()?,
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
                within_limits(one).map_err(|error| format!("`{}::{kernel}`: {error}", file.display()))?;
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

/// The build's own words for options that no GPU can run.
fn within_limits(exported: &Exported) -> Result {
    let metadata = Metadata::from_json(&Value::Object(exported.metadata.clone()).to_string())?;
    for arch in &exported.targets {
        limits::check(&metadata.options, Level::Ttir, *arch)?;
    }
    Ok(())
}

/// What the host has to do, as notes.
fn said_of_host(exported: &Exported) -> Vec<String> {
    let work = exported.metadata.get("host").and_then(|value| Vec::<HostWork>::deserialize(value).ok());
    work.unwrap_or_default().iter().map(HostWork::to_string).collect()
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
