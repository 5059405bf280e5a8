//! A package's kernels, read and planned: what a build and every command start from.

use std::collections::BTreeMap;
use std::path::Path;

use crate::emit::stamp::Made;
use crate::error::Problem;
use crate::plan::{self, Step};
use crate::read::files::{self, Found, KernelFiles};
use crate::read::{self, ParsedKernel};
use crate::settings::{Files, Overrides, Settings, SettingsError};

/// A package's kernels, read.
#[derive(Debug)]
pub(crate) struct Analysis {
    pub(crate) settings: Settings,
    pub(crate) settings_from: Files,
    pub(crate) found: Found,
    /// Kernels that are as they were made before.
    pub(crate) made: Vec<Made>,
    /// The others.
    pub(crate) kernels: Vec<ParsedKernel>,
    pub(crate) problems: Vec<Problem>,
}

impl Analysis {
    /// Reads settings and kernels. `archs` is `TRITON_RUNNER_ARCHS`; `known` knows a kernel that needs no reading.
    pub(crate) fn of(
        package: &Path,
        archs: Option<&str>,
        overrides: &Overrides,
        known: impl Fn(&Settings, &KernelFiles, &Found) -> Option<Made>,
    ) -> Result<Self, SettingsError> {
        let (settings, settings_from) = Settings::read(package, archs, overrides)?;
        let mut found = files::scan(package, &settings.folders);
        let mut problems = std::mem::take(&mut found.problems);
        problems.extend(no_such_kernels(&settings, &found.kernels));
        let none = BTreeMap::new();
        let (mut made, mut kernels) = (Vec::new(), Vec::new());
        for files in &found.kernels {
            if let Some(known) = known(&settings, files, &found) {
                made.push(known);
                continue;
            }
            match read::read(files, settings.kernels.get(&files.name).map_or(&none, |own| &own.constants)) {
                Ok(kernel) => kernels.push(kernel),
                Err(more) => problems.extend(more),
            }
        }
        Ok(Self { settings, settings_from, found, made, kernels, problems })
    }

    /// What to do for each kernel and architecture, and what stands in the way.
    pub(crate) fn steps(&self) -> (Vec<Step<'_>>, Vec<Problem>) {
        let mut steps = Vec::new();
        let mut problems = Vec::new();
        for kernel in &self.kernels {
            match plan::plan(kernel, &self.settings) {
                Ok(planned) => steps.extend(planned),
                Err(more) => problems.extend(more),
            }
        }
        (steps, problems)
    }
}

/// Settings for a kernel that doesn't exist are a typing error.
fn no_such_kernels(settings: &Settings, kernels: &[KernelFiles]) -> Vec<Problem> {
    let names: Vec<_> = kernels.iter().map(|kernel| format!("`{}`", kernel.name)).collect();
    let folders: Vec<_> = settings.folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
    let named = settings.kernels.keys();
    let unknown = named.filter(|name| !kernels.iter().any(|kernel| kernel.name == **name));
    unknown
        .map(|name| SettingsError::NoSuchKernel {
            name: name.clone(),
            folders: folders.join(", "),
            kernels: names.clone(),
        })
        .map(|error| Problem::file("Cargo.toml", error))
        .collect()
}
