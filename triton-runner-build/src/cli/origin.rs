//! Where kernels come from: the Python package that brought them, its license, and the files that are checked in.

use serde_json::{Value, json};
use triton_runner_read::metadata::{Package, PythonSource};

use crate::analysis::Analysis;
use crate::fs::hash::sha256;
use crate::read::ParsedKernel;

/// Of one kernel, or of one of its variants.
pub(super) struct Origin {
    /// The stem of its files.
    pub(super) kernel: String,
    /// What it was installed with, as far as an export or a recording knew.
    pub(super) package: Option<Package>,
    /// The Python file of one's own that it comes from.
    pub(super) python: Option<String>,
    /// Each file with its SHA-256.
    files: Vec<(String, String)>,
}

/// Of all kernels of a package.
pub(super) fn all(analysis: &Analysis) -> Vec<Origin> {
    analysis.kernels.iter().map(of).collect()
}

fn of(kernel: &ParsedKernel) -> Origin {
    let mut metadata = kernel.metadata.iter().map(|named| &named.metadata);
    let python = |source: &PythonSource| source.file.file.clone();
    let files = kernel.sources.iter().map(|source| (source.artifact.name.clone(), sha256(&source.artifact.bytes)));
    Origin {
        kernel: kernel.name.clone(),
        package: metadata.clone().find_map(|one| one.package.clone()),
        python: metadata.find_map(|one| one.exported_from.as_ref()).map(python),
        files: files.collect(),
    }
}

impl Origin {
    /// The license, or why there is none.
    pub(super) fn license(&self) -> &str {
        match (&self.package, &self.python) {
            (Some(Package { license: Some(license), .. }), _) => license,
            (Some(_), _) => "unknown: its package names none",
            (None, Some(_)) => "this package's own",
            (None, None) => "unknown",
        }
    }

    fn component(&self) -> Value {
        let mut files = Vec::new();
        for (name, hash) in &self.files {
            files.push(json!({
                "type": "file", "name": name, "hashes": [{"alg": "SHA-256", "content": hash}],
            }));
        }
        let mut component = json!({"type": "library", "name": self.kernel, "components": files});
        if let Some(package) = &self.package {
            component["group"] = package.name.clone().into();
            component["version"] = package.version.clone().into();
            if let Some(license) = &package.license {
                component["licenses"] = json!([{"license": {"name": license}}]);
            }
        }
        if let Some(python) = &self.python {
            component["properties"] = json!([{"name": "triton-runner:python", "value": python}]);
        }
        component
    }
}

/// A bill of materials. The form is CycloneDX 1.5.
pub(super) fn bill(origins: &[Origin]) -> Value {
    let components: Vec<_> = origins.iter().map(Origin::component).collect();
    json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_license_is_named_or_it_is_said_why_not() {
        let package = |license: Option<&str>| Package {
            name: "liger".into(),
            version: Some("0.8.0".into()),
            license: license.map(str::to_owned),
        };
        let origin = |package, python: Option<&str>| Origin {
            kernel: "norm".into(),
            package,
            python: python.map(str::to_owned),
            files: vec![("kernels/norm.ttir".into(), "00".repeat(32))],
        };
        let bsd = origin(Some(package(Some("BSD-2-Clause"))), None);
        assert_eq!(bsd.license(), "BSD-2-Clause");
        assert_eq!(origin(Some(package(None)), None).license(), "unknown: its package names none");
        assert_eq!(origin(None, Some("norm.py")).license(), "this package's own");
        assert_eq!(origin(None, None).license(), "unknown");
        let bill = bill(&[bsd]);
        let component = &bill["components"][0];
        assert_eq!(component["licenses"][0]["license"]["name"], "BSD-2-Clause");
        assert_eq!((&component["group"], &component["version"]), (&json!("liger"), &json!("0.8.0")));
        assert_eq!(component["components"][0]["hashes"][0]["content"], "00".repeat(32));
    }
}
