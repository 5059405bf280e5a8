//! `--sbom`: the kernels as a software bill of materials, for those who ask what is in a binary.
//!
//! Source: CycloneDX 1.5, JSON. No time and no serial number: the same kernels give the same bytes.

use serde_json::{Value, json};

use crate::cli::rights::{CheckedIn, Rights};
use crate::cli::subject::Subject;

/// All kernels that were selected.
pub(super) fn sbom(subjects: &[Subject], rights: &[Rights]) -> Value {
    let crates = subjects.iter().filter_map(|subject| {
        let name = subject.package.as_ref()?;
        let version = subject.version.as_deref().unwrap_or_default();
        let mut one = json!({
            "type": "library", "bom-ref": format!("crate:{name}"), "name": name, "version": version,
            "purl": format!("pkg:cargo/{name}@{version}"),
        });
        license(&mut one, subject.license.as_deref());
        Some(one)
    });
    let mut crates: Vec<_> = crates.collect();
    let mut components: Vec<_> = rights.iter().map(kernel).collect();
    let mut bom = json!({"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1});
    // One crate is what the document is about; several are parts of it.
    match (crates.pop(), crates.is_empty()) {
        (Some(only), true) => bom["metadata"] = json!({"component": only}),
        (last, _) => {
            components.extend(crates);
            components.extend(last);
        }
    }
    bom["components"] = Value::Array(components);
    bom
}

fn kernel(rights: &Rights) -> Value {
    let crate_name = rights.package.as_deref().unwrap_or_default();
    let hashes: Vec<_> = rights.files.iter().map(file).collect();
    let mut one = json!({
        "type": "library", "bom-ref": format!("kernel:{crate_name}/{}", rights.kernel), "name": rights.kernel,
        "components": hashes,
    });
    license(&mut one, rights.license.as_deref());
    if let Some((name, version)) = rights.python_package.as_deref().and_then(|package| package.rsplit_once(' ')) {
        let purl = format!("pkg:pypi/{}@{version}", name.to_ascii_lowercase().replace('_', "-"));
        one["pedigree"] = json!({"ancestors": [{"type": "library", "name": name, "version": version, "purl": purl}]});
    }
    one
}

fn file(file: &CheckedIn) -> Value {
    json!({
        "type": "file", "name": file.name, "hashes": [{"alg": "SHA-256", "content": file.sha256}],
        "properties": [{"name": "triton-runner:level", "value": file.level.to_string()}],
    })
}

/// Nothing where nobody knows: the format has no word for that.
fn license(component: &mut Value, license: Option<&str>) {
    if let Some(expression) = license {
        component["licenses"] = json!([{"expression": expression}]);
    }
}
