//! Licences of kernels: what an export knows of them, and `cargo triton licenses`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command::own_python;
use crate::package::Package;

const KERNEL: &str = "
import triton
import triton.language as tl

@triton.jit
def NAME(x, BLOCK: tl.constexpr):
    tl.store(x + tl.arange(0, BLOCK), 1.0)
";

pub(crate) fn package() -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("edition", "license = \"MIT OR Apache-2.0\"\nedition"));
    package
}

fn license(package: &Package, kernel: &str) -> Value {
    let json: Value = serde_json::from_slice(&package.read(&format!("kernels/{kernel}.json"))).unwrap();
    json["license"].clone()
}

/// A Python with a package that is installed as pip does it; its metadata says this of its licence.
pub(crate) fn python_with(folder: &Path, says: &str) -> PathBuf {
    let site = folder.join("site-packages");
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(site.join(name).parent().unwrap()).unwrap();
        std::fs::write(site.join(name), text).unwrap();
    };
    write("their_kernels/__init__.py", "");
    write("their_kernels/fill.py", &KERNEL.replace("NAME", "fill"));
    write(
        "Their_Kernels-1.2.dist-info/METADATA",
        &format!("Metadata-Version: 2.1\nName: Their_Kernels\nVersion: 1.2\n{says}\n"),
    );
    write("Their_Kernels-1.2.dist-info/RECORD", "their_kernels/__init__.py,,\ntheir_kernels/fill.py,sha256=x,1\n");
    own_python(folder, &[&site])
}

#[test]
fn the_licence_is_that_of_the_python_package_and_its_kernel_is_exported_by_the_modules_name() {
    for (says, expected) in [
        ("License-Expression: BSD-2-Clause", json!("BSD-2-Clause")),
        ("License: Apache License, Version 2.0", json!("Apache-2.0")),
        ("Classifier: License :: OSI Approved :: MIT License", json!("MIT")),
        ("License: see the file", json!("NOASSERTION")),
    ] {
        let package = package();
        let folder = tempfile::tempdir().unwrap();
        let python = python_with(folder.path(), says).display().to_string();
        let args = ["--arg", "x=*fp32", "--const", "BLOCK=64", "--python", &python];
        let ran = package.triton(&[&["export", "their_kernels.fill::fill"], &args[..]].concat());
        assert_eq!(ran.ok(), "kernels/fill.ttir\nkernels/fill.json\n");
        assert_eq!(license(&package, "fill"), expected, "{says}");
        let unknown =
            "note: the kernel's licence is unknown: the Python package Their_Kernels 1.2 says no licence that SPDX has";
        assert_eq!(ran.stderr.contains(unknown), expected == "NOASSERTION", "{}", ran.stderr);
        // It is known by its name, so that it can be exported again wherever it is installed.
        let text = String::from_utf8(package.read("kernels/fill.json")).unwrap();
        assert!(text.contains("their_kernels.fill::fill") && !text.contains(folder.path().to_str().unwrap()), "{text}");
        package.triton(&["export", "--check", "--python", &python]).ok();
        package.triton(&["export", "--check"]).error(&[
            "kernel `fill`: `their_kernels.fill::fill`: this interpreter has no module `their_kernels.fill`: name one",
        ]);
        let file = format!("{}::fill", folder.path().join("site-packages/their_kernels/fill.py").display());
        package.triton(&[&["export", &file, "--out", "kernels", "--license", "ISC"], &args[..]].concat());
        let stated = if expected == "NOASSERTION" { json!("ISC") } else { expected };
        assert_eq!(license(&package, "fill"), stated);
        package.triton(&["export", "--check", "--python", &python]).ok();
    }
}

#[test]
fn a_kernel_of_a_virtual_environment_within_the_package_is_known_by_its_modules_name() {
    let package = package();
    let python = python_with(&package.path(".venv"), "License-Expression: BSD-2-Clause").display().to_string();
    let args = ["--arg", "x=*fp32", "--const", "BLOCK=64", "--python", &python];
    package.triton(&[&["export", "their_kernels.fill::fill"], &args[..]].concat()).ok();
    let json: Value = serde_json::from_slice(&package.read("kernels/fill.json")).unwrap();
    let from = json["exported_from"].as_object().unwrap();
    assert_eq!((from.get("file"), &from["told"]["kernel"]), (None, &json!("their_kernels.fill::fill")));
    package.triton(&["export", "--check", "--python", &python]).ok();
    // Where nobody has the environment, a build misses nothing.
    std::fs::remove_dir_all(package.path(".venv")).unwrap();
    let inspected = package.triton(&["inspect"]).stderr;
    assert!(!inspected.contains("fill.py") && !inspected.contains("warning"), "{inspected}");
}

#[test]
fn a_file_says_its_own_licence_or_its_crate_does() {
    let package = package();
    let export = |name: &str, head: &str, more: &[&str]| {
        package.write(&format!("kernels/{name}.py"), format!("{head}{}", KERNEL.replace("NAME", name)));
        let kernel = format!("kernels/{name}.py::{name}");
        package.triton(&[&["export", &kernel, "--arg", "x=*fp32", "--const", "BLOCK=64"], more].concat())
    };
    assert_eq!(export("own", "", &[]).stderr, "");
    assert_eq!(export("said", "# SPDX-License-Identifier: BSD-3-Clause\n", &[]).stderr, "");
    let ran = export("copied", "# Copyright (c) 2025 Somebody\n", &[]);
    let note = "note: the kernel's licence is unknown: its Python file says `Copyright (c) 2025 Somebody`, and no \
                `SPDX-License-Identifier`; look into it, and state it with `--license`\n";
    assert_eq!(ran.stderr, note);
    assert_eq!(license(&package, "own"), Value::Null);
    assert_eq!(license(&package, "said"), "BSD-3-Clause");
    export("said", "# SPDX-License-Identifier: BSD-3-Clause\n", &["--license", "MIT"])
        .error(&["--license says MIT, and the Python file says BSD-3-Clause"]);

    let table = package.triton(&["licenses"]);
    for (kernel, license, from) in [
        ("copied", "unknown", "copied.py"),
        ("own", "MIT OR Apache-2.0", "own.py, of this crate"),
        ("said", "BSD-3-Clause", "said.py"),
    ] {
        let row = table.ok().lines().find(|line| line.starts_with(&format!("| {kernel} "))).unwrap();
        let cells: Vec<_> = row.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells, [kernel, license, from]);
    }
    let listed: Value = serde_json::from_slice(&package.triton(&["licenses", "--json"]).stdout).unwrap();
    assert_eq!((&listed[0]["license"], &listed[2]["license"]), (&Value::Null, &json!("BSD-3-Clause")));
}
