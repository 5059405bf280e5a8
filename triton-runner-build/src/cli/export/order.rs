//! One kernel to export, wherever it is said: on the command line, in a JSON, in `exports.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::Deserialize as _;
use serde_json::Value;
use triton_runner_manifest::{Arch, ArgType, Constant, Family, HostWork, Level};
use triton_runner_read::metadata::{Metadata, Options, PythonSource};

use super::license;
use super::recipe::{Given, Recipe};
use super::stem::names_a_kernel;
use super::superseded::{Kind, other_variants, superseded};
use super::targets::{Named, Targets, folder_here, in_a_package, triton_of};
use super::variant::{self, Variant};
use crate::cli::Result;
use crate::lowering::export::{ExportRequest, Exported, Source, export, files};
use crate::plan::{descriptors, limits};
use crate::read::python_source;
use crate::settings::table_of;
use crate::toolchain::{DEFAULT, Toolchain, is_fork, known_wrong, release, same_dialect};

/// What to export, from where and to where.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Where the kernel is.
    pub(super) source: Source,
    /// Folder for the files.
    pub(super) folder: PathBuf,
    /// Stem of the files, without a variant; the kernel's name if there is none.
    pub(super) stem: Option<String>,
    pub(super) recipe: Recipe,
    /// The family that it is one of.
    pub(super) family: Option<Family>,
    /// Whether it says all variants of the kernel: others that were exported are gone.
    pub(super) is_whole: bool,
    /// With any, only these are made.
    pub(super) variants: Vec<Variant>,
    /// The Triton that made what is there, and its level.
    pub(super) made_by: Option<(Version, Level)>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// Each with its text.
    pub(super) files: Vec<(PathBuf, String)>,
    /// Files that these take the place of under other names.
    pub(super) instead_of: Vec<PathBuf>,
    /// What whoever exports should know.
    pub(super) notes: Vec<String>,
}

impl Order {
    /// `kernels/add.py::add_kernel`, as it is named in messages.
    pub(super) fn named(&self) -> String {
        format!("{}::{}", self.source, self.recipe.kernel)
    }

    /// Whether another one makes the same files.
    pub(super) fn says_the_same(&self, other: &Self) -> bool {
        self.recipe == other.recipe && self.source == other.source && self.variants == other.variants
    }

    /// The Python file, where a path says it.
    fn file(&self) -> &Path {
        match &self.source {
            Source::File(file) => file,
            Source::Module(_) => &self.folder,
        }
    }

    /// Which Triton makes it: the kernel's setting, else the package's, else the one that made what is there. TTGIR stays of
    /// the one that made it, as it does in a build.
    pub(super) fn triton(&self) -> Result<Version> {
        let named = triton_of(&self.folder, self.file(), self.settings())?;
        Ok(match (named, &self.made_by) {
            (Some(Named::Package(triton)), Some((made, Level::Ttgir))) if !same_dialect(&triton, made) => made.clone(),
            (Some(Named::Kernel(triton) | Named::Package(triton)), _) => triton,
            (None, Some((made, _))) => made.clone(),
            (None, None) => DEFAULT,
        })
    }

    /// The name that settings know it by.
    fn settings(&self) -> &str {
        self.stem.as_deref().unwrap_or(&self.recipe.kernel)
    }

    /// Runs the frontend. Every error names file and kernel.
    pub(super) fn make(&self, toolchain: &Toolchain) -> Result<Made> {
        let named = self.named();
        self.made(toolchain).map_err(|error| match error.to_string() {
            text if text.contains(&named) => error,
            text => format!("`{named}`: {text}").into(),
        })
    }

    fn made(&self, toolchain: &Toolchain) -> Result<Made> {
        if let Some(stem) = &self.stem {
            names_a_kernel(stem)?;
        }
        let targets = Targets::find(&self.recipe.archs, &self.folder, self.file())?;
        let mut made = Made::default();
        if matches!(targets, Targets::Unknown) {
            made.notes.push("no package with `archs` in its Cargo.toml is here, so it is exported for sm_90; name other GPUs with `--arch`".into());
        }
        variant::distinct(&self.variants)?;
        if self.variants.is_empty() {
            self.make_one(toolchain, &targets, None, &mut made)?;
        }
        for variant in &self.variants {
            let about = |error| format!("variant `{}`: {error}", variant.name);
            self.make_one(toolchain, &targets, Some(variant), &mut made).map_err(about)?;
        }
        let mut paths = BTreeSet::new();
        if let Some((twice, _)) = made.files.iter().find(|(path, _)| !paths.insert(path)) {
            return Err(format!("two of its variants would be `{}`: call one otherwise", twice.display()).into());
        }
        if let Some(Named::Kernel(triton) | Named::Package(triton)) =
            triton_of(&self.folder, self.file(), self.settings())?
        {
            made.notes.extend(self.other_triton(&triton, &toolchain.triton, &made.files));
        }
        let name = made.files.first().and_then(|(path, _)| path.file_name()).map(|name| name.to_string_lossy());
        let stem = name.as_ref().and_then(|name| name.split(['@', '.']).next());
        if let (Some(stem), true) = (stem, self.recipe.autotune || self.is_whole) {
            let old = other_variants(&self.folder, stem, self.is_whole, &made.files);
            let new: Vec<_> = old.into_iter().filter(|path| !made.instead_of.contains(path)).collect();
            made.instead_of.extend(new);
        }
        Ok(made)
    }

    /// What whoever exports should know where settings name another Triton than the one that exports.
    fn other_triton(&self, named: &Version, exports: &Version, files: &[(PathBuf, String)]) -> Option<String> {
        let ttir = files.iter().any(|(path, _)| path.extension().is_some_and(|extension| extension == "ttir"));
        if ttir && release(named) != release(exports) {
            return Some(format!(
                "exported with Triton {exports}, and the package's `triton`, which lowers it, is {named}"
            ));
        }
        (!ttir && is_fork(named) == is_fork(exports) && !same_dialect(named, exports)).then(|| {
            let stem = self.settings();
            format!("TTGIR is for the Triton that made it, and the package's `triton` is {named}: set `triton = \"{exports}\"` in {}", table_of(stem))
        })
    }

    fn make_one(&self, toolchain: &Toolchain, targets: &Targets, variant: Option<&Variant>, made: &mut Made) -> Result {
        let mut request = self.request()?;
        if let Some(variant) = variant {
            request = variant.of(&request)?;
        }
        let suffix = variant.map(|variant| format!("@{}", variant.name)).unwrap_or_default();
        let stem = |name: &str| format!("{}{suffix}", self.stem.as_deref().unwrap_or(name));
        let archs = targets.of(&stem(&self.recipe.kernel));
        for arch in &archs {
            has_descriptors(&request, *arch)?;
        }
        request.targets = archs.iter().map(|arch| arch.number()).collect();
        let mut exported = export(toolchain, &request)?;
        for one in &mut exported {
            within_limits(one)?;
            made.notes.extend(self.note(one, variant)?);
            made.notes.extend(one.notes.iter().cloned().chain(said_of_host(one)));
            made.notes.extend(known_of(one, &toolchain.triton));
        }
        let configurations: BTreeSet<_> = exported.iter().map(|one| one.variant.clone()).collect();
        for configuration in configurations {
            let exported: Vec<_> = exported.iter().filter(|one| one.variant == configuration).collect();
            let Some(name) = exported.first().map(|one| &one.name) else { continue };
            let separator = if variant.is_some() { '_' } else { '@' };
            let own = configuration.map(|name| format!("{separator}{name}")).unwrap_or_default();
            let stem = stem(name) + &own;
            names_a_kernel(&stem)?;
            let of: Vec<_> = exported.iter().flat_map(|one| &one.targets).map(Arch::to_string).collect();
            if of.len() < archs.len() {
                made.notes.push(format!(
                    "the autotuner has `{stem}` for {} alone: a build for others needs `archs = [\"{}\"]` in {}",
                    of.join(", "),
                    of.join("\", \""),
                    table_of(&stem)
                ));
            }
            made.instead_of.extend(superseded(&self.folder, &stem, &archs, kind(&exported))?);
            made.files.extend(files(&stem, &exported)?.into_iter().map(|(name, text)| (self.folder.join(name), text)));
        }
        Ok(())
    }

    fn request(&self) -> Result<ExportRequest> {
        let values = |given: &BTreeMap<String, Given>| {
            given.iter().map(|(name, given)| (name.clone(), given.0.clone())).collect::<BTreeMap<_, _>>()
        };
        Ok(ExportRequest {
            source: self.source.clone(),
            stand_in: self.recipe.stand_in.clone(),
            kernel: self.recipe.kernel.clone(),
            arguments: self.recipe.arguments()?,
            constants: values(&self.recipe.constants),
            types: Vec::new(),
            values: values(&self.recipe.values),
            autotune: self.recipe.autotune,
            options: Options::from_map(self.recipe.options.clone())?,
            targets: Vec::new(),
        })
    }

    /// Notes in the JSON the Python files, what was asked for, and what is known of rights. Returns what is not known.
    fn note(&self, exported: &mut Exported, variant: Option<&Variant>) -> Result<Option<String>> {
        let mut recipe = self.recipe.clone();
        if recipe.autotune {
            // All of its files are one order, so each remembers all of it.
            let all = self.variants.iter().map(|variant| (variant.name.clone(), variant.differences.clone()));
            recipe.variants = all.collect();
        } else {
            recipe.variant = variant.map(|variant| variant.differences.clone()).unwrap_or_default();
        }
        if recipe.variants.is_empty() && exported.has_only(&recipe.arguments()?) {
            recipe.args.clear();
        }
        let origin = &exported.origin;
        let (file, modules) = python_source::note(&origin.file, &exported.modules, &self.folder);
        if let (None, Some(module)) = (&file, &origin.module) {
            recipe.kernel = format!("{module}::{}", recipe.kernel);
        }
        let told = Some(recipe.to_json()?);
        let (license, unknown) =
            license::of(self.recipe.license.as_deref(), origin, file.is_some() || in_a_package(&origin.file))?;
        let source = PythonSource { file, modules, told };
        let package = origin.package.clone();
        let mut note = |key: &str, value| exported.metadata.insert(key.to_owned(), value);
        if let Some(family) = &self.family {
            note("family", serde_json::to_value(family)?);
        }
        if let Some(license) = license {
            note("license", Value::from(license));
        }
        if let Some(package) = package {
            note("package", serde_json::to_value(package)?);
        }
        exported.noting(source)?;
        Ok(unknown)
    }
}

impl Variant {
    /// A variant that a JSON or `exports.toml` names.
    pub(super) fn declared(name: &str, differences: &BTreeMap<String, Given>) -> Result<Self> {
        variant::is_name(name)?;
        Ok(Self { name: name.to_owned(), differences: differences.clone() })
    }
}

/// What is exported, as far as it decides the files' names.
fn kind(exported: &[&Exported]) -> Kind {
    match exported {
        [one, ..] if one.level == Level::Ttgir => Kind::Ttgir,
        [_] => Kind::OneTtir,
        _ => Kind::TtirOfEach,
    }
}

/// The build's own words for options that no GPU can run.
fn within_limits(exported: &Exported) -> Result {
    let metadata = Metadata::from_json(&Value::Object(exported.metadata.clone()).to_string())?;
    for arch in &exported.targets {
        limits::check(&metadata.options, exported.level, *arch)?;
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
    Ok(descriptors::check(types.iter().map(|(name, ty)| (*name, ty)), arch)?)
}

/// The folder that a command writes to where none is asked for: the kernel's own, and for a module's kernel the first
/// one of the package here.
pub(super) fn folder_of(out: Option<&Path>, source: &Source) -> Result<PathBuf> {
    let folder = match (out, source) {
        (Some(out), _) => out.to_owned(),
        (None, Source::File(file)) => file.parent().unwrap_or(Path::new("")).to_owned(),
        (None, Source::Module(_)) => folder_here()?,
    };
    Ok(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder })
}
