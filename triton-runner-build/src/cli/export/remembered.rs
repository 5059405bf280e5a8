//! Exports that a package's JSON files remember, to be made once more.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use semver::Version;
use serde_json::{Map, Value};
use triton_runner_manifest::Level;
use triton_runner_read::metadata::Metadata;

use super::arguments::parse_kernel;
use super::declared::declared;
use super::order::Order;
use super::recipe::{Given, Recipe};
use super::superseded::exported_level;
use super::targets::{DEFAULT, relative};
use super::variant::Variant;
use crate::cli::Result;
use crate::cli::packages::Found;
use crate::lowering::export::Source;
use crate::read::files;
use crate::settings::{Overrides, Settings};
use crate::toolchain::release;

/// What the packages' folders hold.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// Each with the kernel's name, which is the stem without a variant.
    pub(super) orders: Vec<(String, Order)>,
    /// Kernels that an export wrote and that can't be repeated, each with the reason.
    pub(super) forgotten: BTreeMap<String, String>,
    /// Names of those that `exports.toml` declares.
    pub(super) declared: BTreeSet<String>,
    /// Names of all kernels.
    pub(super) names: BTreeSet<String>,
}

impl Remembered {
    /// Reads the JSON files of packages.
    pub(super) fn read(packages: &[Found]) -> Result<Self> {
        let mut remembered = Self::default();
        for package in packages {
            for folder in folders(&package.folder)? {
                let folder = relative(&folder);
                remembered.read_folder(&folder)?;
                remembered.declare(declared(&folder)?);
            }
        }
        Ok(remembered)
    }

    /// What is declared stands in place of what a JSON remembers of the same kernel.
    fn declare(&mut self, orders: Vec<Order>) {
        for order in orders {
            let name = order.stem.clone().unwrap_or_default();
            self.orders.retain(|(known, other)| *known != name || other.folder != order.folder);
            self.forgotten.retain(|stem, _| files::split_variant(stem).0 != name);
            self.names.insert(name.clone());
            self.declared.insert(name.clone());
            self.orders.push((name, order));
        }
    }

    fn read_folder(&mut self, folder: &Path) -> Result {
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
        let mut jsons: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        jsons.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        jsons.sort();
        let mut seen = BTreeMap::<String, Order>::new();
        for path in jsons {
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let stem = name.split('.').next().unwrap_or(&name).to_owned();
            if !files::is_kernel(&stem) {
                continue;
            }
            let (kernel, variant) = files::split_variant(&stem);
            self.names.insert(kernel.to_owned());
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?;
            // What is wrong in it the build tells.
            let Ok(metadata) = Metadata::from_json(&text) else { continue };
            if metadata.exported_from.is_none() || exported_level(&metadata).is_none() {
                continue;
            }
            match order(folder, kernel, variant, &metadata) {
                // One for each GPU says the same.
                Ok(order) => match seen.get(key(&order, kernel, &stem)) {
                    Some(other) if !other.says_the_same(&order) => {
                        let why = format!(
                            "`{}` says otherwise than the JSON of another of its files; export it once more with all that you want of it",
                            path.display()
                        );
                        self.forgotten.insert(stem, why);
                    }
                    Some(_) => {}
                    None => _ = seen.insert(key(&order, kernel, &stem).to_owned(), order),
                },
                Err(why) => _ = self.forgotten.insert(stem, format!("`{}` {why}", path.display())),
            }
        }
        for (stem, order) in seen {
            if !self.forgotten.contains_key(&stem) {
                self.orders.push((files::split_variant(&stem).0.to_owned(), order));
            }
        }
        Ok(())
    }
}

/// All configurations of an autotuner are one order, and so are the files of one variant for several GPUs.
fn key<'a>(order: &Order, kernel: &'a str, stem: &'a str) -> &'a str {
    if order.recipe.autotune { kernel } else { stem }
}

/// The order that a JSON remembers.
fn order(folder: &Path, kernel: &str, variant: Option<&str>, metadata: &Metadata) -> Result<Order, String> {
    let source = metadata.exported_from.as_ref();
    let unreadable = |error: &dyn std::fmt::Display| {
        format!(
            "notes how it was exported in a way that this triton-runner doesn't know ({error}): use the version that wrote it, or export it once more with all its options"
        )
    };
    let mut recipe = match source.and_then(|source| source.told.as_ref()) {
        Some(told) => Recipe::from_json(told).map_err(|error| unreadable(&error))?,
        None => of_result(kernel, metadata).map_err(|error| unreadable(&error))?,
    };
    let near = source.and_then(|source| source.file.as_ref()).map(|file| Source::File(folder.join(&file.file)));
    let module = parse_kernel(&recipe.kernel).ok().filter(|(source, _)| matches!(source, Source::Module(_)));
    let source = match (near, module) {
        (Some(file), _) => file,
        (None, Some((module, function))) => {
            recipe.kernel = function;
            module
        }
        (None, None) => {
            return Err(format!(
                "is of a Python file outside of the package, which lies elsewhere on each machine: export it from where it is, with `cargo triton export FILE.py::{}` and its options",
                recipe.kernel
            ));
        }
    };
    if recipe.args.is_empty() {
        let entries = metadata.signature().unwrap_or_default().iter();
        recipe.args = entries
            .map(|entry| {
                let promise = if entry.divisible_by > 1 { format!(":{}", entry.divisible_by) } else { String::new() };
                (entry.name.clone(), format!("{}{promise}", entry.ty))
            })
            .collect();
    }
    let differences = std::mem::take(&mut recipe.variant);
    let mut all = std::mem::take(&mut recipe.variants);
    if let (Some(name), false) = (variant, recipe.autotune) {
        all.insert(name.to_owned(), differences);
    }
    let variants = all.iter().map(|(name, differences)| Variant::declared(name, differences));
    let variants: Result<Vec<_>> = variants.collect();
    Ok(Order {
        source,
        folder: folder.to_owned(),
        stem: Some(kernel.to_owned()),
        recipe,
        family: metadata.family.clone(),
        is_whole: false,
        variants: variants.map_err(|error| unreadable(&error))?,
        made_by: made_by(metadata),
    })
}

/// The release that made what is there, and its level.
fn made_by(metadata: &Metadata) -> Option<(Version, Level)> {
    let version = Version::parse(metadata.triton_version.as_deref()?).ok()?;
    Some((release(&version), exported_level(metadata)?))
}

/// What a recording or an older export came to, told anew: all constants and options.
fn of_result(kernel: &str, metadata: &Metadata) -> Result<Recipe> {
    // What is lowered for, and what no export can be told.
    const NOT_TOLD: [&str; 6] = ["arch", "backend_name", "cluster_dims", "extern_libs", "ir_override", "warp_size"];
    let mut options = match serde_json::to_value(&metadata.options)? {
        Value::Object(options) => options,
        _ => Map::new(),
    };
    options.retain(|name, _| !NOT_TOLD.contains(&name.as_str()));
    let constants = metadata.constants.iter().map(|(name, value)| (name.clone(), Given(value.clone())));
    let name = metadata.name.clone().unwrap_or_else(|| kernel.to_owned());
    Ok(Recipe { kernel: name, constants: constants.collect(), options, ..Recipe::default() })
}

/// Where a package has its kernels.
fn folders(package: &Path) -> Result<Vec<PathBuf>> {
    // A build script may name the GPUs; folders that one names are cargo's alone.
    let overrides = Overrides { archs: Some(DEFAULT.to_vec()), ..Overrides::default() };
    let (settings, _) = Settings::read(package, None, &overrides)?;
    Ok(settings.folders.iter().map(|folder| package.join(folder)).collect())
}
