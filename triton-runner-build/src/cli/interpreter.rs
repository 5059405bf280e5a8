//! Whether a package embeds TTIR: its dependencies say so.

use cargo_metadata::{DependencyKind, Package};
use serde::Serialize;

/// Where a package has the runtime's feature `interpreter` on. Another package of the same build can turn it on too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Interpreter {
    /// Nowhere.
    Off,
    /// In tests, examples and benches.
    Tests,
    /// Where a feature of the package is on.
    Optional,
    /// Always.
    On,
}

/// The runtime crate, and its feature.
const RUNTIME: &str = "triton-runner-rt";
const FEATURE: &str = "interpreter";

impl Interpreter {
    pub(super) fn of(package: &Package) -> Self {
        let runtime = || package.dependencies.iter().filter(|dependency| dependency.name == RUNTIME);
        let has = |kind| {
            runtime().any(|dependency| {
                dependency.kind == kind && dependency.features.iter().any(|feature| feature == FEATURE)
            })
        };
        let names = || runtime().map(|dependency| dependency.rename.as_deref().unwrap_or(RUNTIME));
        let turns_on = |entry: &String| {
            let (name, feature) = entry.split_once('/').unwrap_or_default();
            feature == FEATURE && names().any(|own| own == name.trim_end_matches('?'))
        };
        if has(DependencyKind::Normal) {
            Self::On
        } else if package.features.values().flatten().any(turns_on) {
            Self::Optional
        } else if has(DependencyKind::Development) {
            Self::Tests
        } else {
            Self::Off
        }
    }

    /// What becomes of TTIR there.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Off => "not embedded: no dependency of the package turns on triton-runner-rt's feature `interpreter`",
            Self::Tests => "embedded in tests, examples and benches",
            Self::Optional => "embedded where a feature of the package turns it on",
            Self::On => "embedded",
        }
    }
}
