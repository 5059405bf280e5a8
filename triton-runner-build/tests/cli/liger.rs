//! Kernels that nobody here wrote: those of liger-kernel, a package of Triton kernels for training language models.

use std::process::Command;

use serde::Deserialize;

use crate::command::{file, own_python, toolchain, triton};
use crate::package::Package;

#[derive(Deserialize)]
struct Liger {
    version: String,
    kernels: Vec<Kernel>,
}

#[derive(Deserialize)]
struct Kernel {
    file: String,
    name: String,
    args: String,
    constants: String,
    num_warps: u32,
    /// Where its autotuner tries several.
    num_stages: Option<u32>,
    /// What this Triton's own frontend says of it, where it is written for a later one.
    refusal: Option<String>,
}

/// Prints a table of what came of each: `cargo test … -- --ignored --nocapture liger`.
#[test]
#[ignore = "downloads liger-kernel"]
fn kernels_of_liger_are_exported_and_lowered_for_three_gpus() {
    let text = String::from_utf8(file("triton-runner-build/tests/cli/liger.toml")).unwrap();
    let liger: Liger = toml::from_str(&text).unwrap();
    let toolchain = toolchain();
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    let mut pip = Command::new(&toolchain.python);
    pip.env("PIP_ROOT_USER_ACTION", "ignore")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"])
        .arg(&site);
    assert!(pip.args([format!("liger-kernel=={}", liger.version), "packaging".into()]).status().unwrap().success());

    // Importing its modules takes torch, and exporting takes none of what torch does.
    let python = own_python(folder.path(), &[&site]);

    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\", \"sm_120\"]");
    let mut failed = Vec::new();
    let out = package.path("kernels").display().to_string();
    for kernel in &liger.kernels {
        let source = site.join("liger_kernel/ops").join(&kernel.file);
        let function = format!("{}::{}", source.display(), kernel.name);
        let warps = kernel.num_warps.to_string();
        let python = python.display().to_string();
        let mut args =
            vec!["export", &function, "--python", &python, "--out", &out, "--num-warps", &warps, "--stand-in", "torch"];
        let stages = kernel.num_stages.map(|stages| stages.to_string());
        args.extend(stages.iter().flat_map(|stages| ["--num-stages", stages]));
        args.extend(kernel.args.split_whitespace().flat_map(|argument| ["--arg", argument]));
        args.extend(kernel.constants.split_whitespace().flat_map(|constant| ["--const", constant]));
        let ran = triton(&args);
        match &kernel.refusal {
            Some(refusal) => _ = ran.error(&[refusal]),
            None if ran.code == Some(0) => {}
            None => failed.push(format!("{}: {}", kernel.name, ran.stderr)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    let report = package.triton(&["inspect", "--json"]);
    let report: serde_json::Value = serde_json::from_str(report.ok()).unwrap();
    let kernels = report["kernels"].as_array().unwrap();
    let written_for_it = liger.kernels.iter().filter(|kernel| kernel.refusal.is_none());
    assert_eq!(kernels.len(), written_for_it.count());
    println!("| kernel of liger-kernel {} | GPU | registers | spilled | shared | bytes |", liger.version);
    println!("|---|---|---|---|---|---|");
    for kernel in kernels {
        let images = kernel["images"].as_array().unwrap();
        let archs: Vec<_> = images.iter().map(|image| image["arch"].as_str().unwrap()).collect();
        assert_eq!(archs, ["sm_80", "sm_90a", "sm_120a"], "{}", kernel["name"]);
        for image in images {
            let name = kernel["name"].as_str().unwrap();
            let [registers, spilled, shared, bytes] =
                ["registers", "spilled_bytes", "shared_bytes", "bytes"].map(|key| image[key].as_u64().unwrap());
            let arch = image["arch"].as_str().unwrap();
            println!("| `{name}` | {arch} | {registers} | {spilled} | {shared} | {bytes} |");
        }
    }
    // What a build embeds of them is verified against their IR and metadata.
    assert_eq!(package.build().len(), 3 * kernels.len());
}
