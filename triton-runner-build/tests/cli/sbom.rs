//! `cargo triton inspect --sbom`: kernels, files, images and compilers, as CycloneDX.

use jsonschema::Validator;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::command::file;
use crate::licenses::{package, python_with};
use crate::package::Package;

/// The standard's own schema.
fn schema() -> Validator {
    let read = |name: &str| -> Value {
        serde_json::from_slice(&file(&format!("triton-runner-build/tests/cyclonedx/{name}.SNAPSHOT.schema.json")))
            .unwrap()
    };
    let mut options = jsonschema::draft7::options();
    let mut registry = jsonschema::Registry::new();
    for name in ["spdx", "jsf-0.82"] {
        registry =
            registry.add(format!("http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json"), read(name)).unwrap();
    }
    let registry = registry.prepare().unwrap();
    options = options.with_registry(&registry);
    options.build(&read("bom-1.5")).unwrap()
}

/// What is printed, once it is as the standard wants it.
#[track_caller]
fn sbom(package: &Package) -> Value {
    let ran = package.triton(&["inspect", "--sbom"]);
    let bom: Value = serde_json::from_str(ran.ok()).unwrap();
    let wrong: Vec<_> = schema().iter_errors(&bom).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), ran.text());
    references_hold(&bom);
    bom
}

/// Every reference is one component's, and whatever is made from something names what there is.
fn references_hold(bom: &Value) {
    let mut references = Vec::new();
    let mut left = vec![bom];
    while let Some(value) = left.pop() {
        references.extend(value["bom-ref"].as_str());
        match value {
            Value::Array(all) => left.extend(all),
            Value::Object(fields) => {
                left.extend(fields.iter().filter(|(key, _)| *key != "dependencies").map(|(_, value)| value))
            }
            _ => {}
        }
    }
    let count = references.len();
    references.sort_unstable();
    references.dedup();
    assert_eq!(references.len(), count, "a reference is there twice");
    for dependency in bom["dependencies"].as_array().unwrap() {
        let on = dependency["dependsOn"].as_array().into_iter().flatten();
        for reference in on.chain([&dependency["ref"]]) {
            assert!(references.contains(&reference.as_str().unwrap()), "nothing is {reference}");
        }
    }
}

fn property<'a>(component: &'a Value, name: &str) -> &'a str {
    let all = component["properties"].as_array().unwrap();
    let found = all.iter().find(|one| one["name"] == format!("triton-runner:{name}"));
    found.and_then(|one| one["value"].as_str()).unwrap_or_else(|| panic!("no {name}: {component}"))
}

fn made_from(bom: &Value, reference: &str) -> Vec<String> {
    let all = bom["dependencies"].as_array().unwrap();
    let one = all.iter().find(|one| one["ref"] == reference).unwrap_or_else(|| panic!("{reference}: {bom}"));
    one["dependsOn"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_image_names_its_bytes_its_files_its_options_and_its_compilers() {
    let package = Package::add();
    // With the lock and without: the lock keeps what is known.
    for locked in [false, true] {
        if locked {
            package.triton(&["lock"]).ok();
        }
        let bom = sbom(&package);
        assert_eq!(bom["metadata"]["component"]["purl"], "pkg:cargo/demo@0.1.0");
        assert_eq!(made_from(&bom, "crate:demo"), ["kernel:demo/add_kernel"]);
        let kernel = &bom["components"][0];
        let parts = kernel["components"].as_array().unwrap();
        let names: Vec<_> = parts.iter().map(|one| one["name"].as_str().unwrap()).collect();
        let images = ["add_kernel.sm_80.cubin", "add_kernel.sm_90a.cubin"];
        assert_eq!(names, [&["kernels/add_kernel.ttir", "kernels/add_kernel.json"][..], &images].concat());
        let built = package.build();
        for (image, (name, bytes)) in parts[2..].iter().zip(&built) {
            let hash: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!((&image["name"], &image["hashes"][0]["content"]), (&json!(name), &json!(hash)));
            assert_eq!(property(image, "bytes"), bytes.len().to_string());
            assert_eq!((property(image, "triton"), property(image, "made-from")), ("3.3.1", "kernels/add_kernel.ttir"));
            assert!(property(image, "options").contains("num_warps") && property(image, "key").len() == 64);
            let from = made_from(&bom, image["bom-ref"].as_str().unwrap());
            let [ttir, json, ptxas, triton] = &from[..] else { panic!("{from:?}") };
            assert!(ttir.ends_with("add_kernel.ttir") && json.ends_with("add_kernel.json"), "{from:?}");
            assert_eq!(*ptxas, format!("compiler:ptxas@{}", property(image, "ptxas")));
            assert_eq!(*triton, format!("compiler:triton@3.3.1#{}", property(image, "triton-wheel-sha256")));
        }
        let compilers: Vec<_> = bom["components"].as_array().unwrap().iter().skip(1).collect();
        let [ptxas, triton] = compilers[..] else { panic!("{compilers:?}") };
        assert_eq!((&ptxas["name"], &triton["purl"]), (&json!("ptxas"), &json!("pkg:pypi/triton@3.3.1")));
        let pins = String::from_utf8(file("triton-runner-build/src/toolchain/pins.toml")).unwrap();
        assert!(pins.contains(triton["hashes"][0]["content"].as_str().unwrap()), "{triton}");
    }
    assert_eq!(package.triton(&["inspect", "--sbom"]).ok(), package.triton(&["inspect", "--sbom"]).ok());
}

#[test]
fn licences_are_named_where_they_are_known_and_whatever_is_checked_in_says_only_what_it_is() {
    let package = package();
    package.copy("examples/levels/kernels/cubin/dot_cubin_sm80.sm_80.cubin", "dot.sm_80.cubin");
    package.copy("examples/levels/kernels/cubin/dot_cubin_sm80.sm_80.json", "dot.sm_80.json");
    let bom = sbom(&package);
    let [kernel] = &bom["components"].as_array().unwrap()[..] else { panic!("no compiler is known: {bom}") };
    assert_eq!(kernel["licenses"], Value::Null);
    assert_eq!(bom["metadata"]["component"]["licenses"], json!([{"expression": "MIT OR Apache-2.0"}]));
    let image = &kernel["components"][2];
    assert_eq!(image["hashes"], kernel["components"][0]["hashes"], "it is the file");
    assert!(image["properties"].as_array().unwrap().iter().all(|one| one["name"] != "triton-runner:options"));
}

#[test]
fn words_for_a_licence_that_are_no_expression_are_a_name() {
    let package = Package::add();
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    for (said, expected) in [
        ("MIT/Apache-2.0", json!([{"expression": "MIT OR Apache-2.0"}])),
        ("see the file", json!([{"license": {"name": "see the file"}}])),
    ] {
        package.write("Cargo.toml", cargo.replace("edition", &format!("license = \"{said}\"\nedition")));
        assert_eq!(sbom(&package)["metadata"]["component"]["licenses"], expected);
    }
}

#[test]
fn the_python_package_of_a_kernel_is_its_ancestor() {
    let package = package();
    let folder = tempfile::tempdir().unwrap();
    let python = python_with(folder.path(), "License-Expression: BSD-2-Clause").display().to_string();
    let args = ["--arg", "x=*fp32", "--const", "BLOCK=64", "--python", &python];
    package.triton(&[&["export", "their_kernels.fill::fill"], &args[..]].concat()).ok();
    let kernel = &sbom(&package)["components"][0];
    assert_eq!(kernel["licenses"], json!([{"expression": "BSD-2-Clause"}]));
    assert_eq!(kernel["pedigree"]["ancestors"][0]["purl"], "pkg:pypi/their-kernels@1.2");
    assert!(package.triton(&["licenses"]).ok().contains("Their_Kernels 1.2"));
}

#[test]
fn several_crates_are_parts_of_one_document() {
    let ran = Package::add();
    ran.write("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\"]\nresolver = \"3\"\n");
    for name in ["a", "b"] {
        let head = format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
        let settings = "[package.metadata.triton-runner]\ntriton = \"3.3.1\"\narchs = [\"sm_80\"]\n";
        ran.write(&format!("{name}/Cargo.toml"), head + settings);
        ran.write(&format!("{name}/src/lib.rs"), "");
        for extension in ["ttir", "json"] {
            let kernel = format!("kernels/add_kernel.{extension}");
            ran.write(&format!("{name}/{kernel}"), ran.read(&kernel));
        }
    }
    let bom = sbom(&ran);
    assert_eq!(bom["metadata"]["component"], Value::Null);
    let names: Vec<_> = bom["components"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["add_kernel", "add_kernel", "ptxas", "triton", "a", "b"]);
}
