//! Kernels of families, as `cargo triton export --dtype` names them.

use std::collections::BTreeMap;

use triton_runner_manifest::{BuiltKernel, Constant, Family};

use super::parts::{proven, read, ttir, unproven, value, written};

/// All of them.
pub(super) fn all() -> Vec<BuiltKernel> {
    let types = ["bf16", "fp16", "fp32"];
    let mut kernels: Vec<_> = types.map(rms_norm).into();
    kernels.extend(["fp16", "fp32"].map(|ty| member("cast", &[("T", ty), ("W", "fp8e5")], cast(ty))));
    kernels.push(member(
        "cast",
        &[("T", "fp32"), ("W", "i8")],
        vec![read("x", "*fp32", 16), written("y", "*i8", 16, 9)],
    ));
    kernels.extend(["bf16", "fp16"].map(|ty| scan(ty, None, 1024)));
    kernels.extend(["bf16", "fp16"].map(|ty| scan(ty, Some("wide"), 4096)));
    // One of them has its weights in a type of its own.
    kernels.extend(["fp16", "fp32"].map(|ty| member("mixed", &[("T", ty)], mixed(ty, "fp16"))));
    kernels.extend([("bf16", true), ("fp16", false)].map(|(ty, is_proven)| picked(ty, is_proven)));
    // Variants that not all have, or that are older than the family.
    kernels.extend([scan_as("partly", "bf16", None), scan_as("partly", "fp16", None)]);
    kernels.push(scan_as("partly", "fp16", Some("wide")));
    kernels.push(member("masked", &[("T", "i1")], vec![written("y", "*i1", 16, 9)]));
    kernels.push(member("stale", &[("T", "fp16")], mixed("fp16", "fp16")));
    kernels.push(ttir("stale_fp16@old", mixed("fp16", "fp16")));
    kernels
}

/// A kernel of a family, which is called after it and its types.
fn member(family: &str, types: &[(&str, &str)], arguments: Vec<triton_runner_manifest::Argument>) -> BuiltKernel {
    let name = types.iter().fold(family.to_owned(), |name, (_, ty)| format!("{name}_{ty}"));
    let types = types.iter().map(|(name, ty)| ((*name).to_owned(), (*ty).to_owned()));
    let types: BTreeMap<String, String> = types.collect();
    let mut kernel = ttir(&name, arguments);
    kernel.family = Some(Family { name: family.to_owned(), types });
    kernel
}

/// Each type has a block of its own, and one a promise less.
fn rms_norm(ty: &str) -> BuiltKernel {
    let pointer = format!("*{ty}");
    let promise = if ty == "fp32" { 1 } else { 16 };
    let arguments = vec![
        read("x", &pointer, promise),
        read("w", &pointer, 16),
        written("y", &pointer, 16, 30),
        value("n", "i32", 1),
        value("eps", ty, 1),
    ];
    let mut kernel = member("rms_norm", &[("T", ty)], arguments);
    let block = if ty == "fp32" { 512 } else { 1024 };
    kernel.constants.insert("BLOCK".to_owned(), Constant::Int(block));
    kernel.constants.insert("DTYPE".to_owned(), Constant::Str(format!("tl.{ty}")));
    kernel.safety = proven(&format!(
        "1|3:32|mul g0 {block};sub 2147483648 $0;min $0 s3;mul $2 4;sub $3 1|$1 wrap 9 norm.py|0:0..$4,1:0..$4,2:0..$4"
    ));
    kernel
}

fn cast(ty: &str) -> Vec<triton_runner_manifest::Argument> {
    vec![read("x", &format!("*{ty}"), 16), written("y", "*fp8e5", 16, 9)]
}

/// Two variants for each type.
fn scan(ty: &str, variant: Option<&str>, block: i64) -> BuiltKernel {
    let mut kernel = scan_as("scan", ty, variant);
    kernel.constants.insert("BLOCK".to_owned(), Constant::Int(block));
    kernel
}

fn scan_as(family: &str, ty: &str, variant: Option<&str>) -> BuiltKernel {
    let arguments =
        vec![read("x", &format!("*{ty}"), 16), written("y", &format!("*{ty}"), 16, 9), value("n", "i32", 1)];
    let mut kernel = member(family, &[("T", ty)], arguments);
    if let Some(variant) = variant {
        let alone = ttir(&format!("{}@{variant}", kernel.name), kernel.arguments.clone());
        kernel = BuiltKernel { family: kernel.family, ..alone };
    }
    kernel
}

fn mixed(ty: &str, weights: &str) -> Vec<triton_runner_manifest::Argument> {
    vec![
        read("x", &format!("*{ty}"), 16),
        read("w", &format!("*{weights}"), 16),
        written("y", &format!("*{ty}"), 16, 9),
    ]
}

fn picked(ty: &str, is_proven: bool) -> BuiltKernel {
    let mut kernel = member("picked", &[("T", ty)], mixed(ty, ty));
    if !is_proven {
        kernel.safety = unproven("picked.py", &[(Some("y"), "an index is loaded from memory", Some(7))]);
    }
    kernel
}
