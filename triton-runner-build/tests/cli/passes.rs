//! Triton's pipeline taken apart: going on after each pass, stopping, leaving one out, comparing two runs.

use std::path::Path;

use crate::command::{file, installed, toolchain, triton};
use crate::package::Package;

/// A package with one kernel of this repository.
fn package(version: &str, arch: &str, from: &str) -> Package {
    installed(version);
    let package = Package::new(&format!("triton = \"{version}\"\narchs = [\"{arch}\"]"));
    for extension in ["ttir", "json"] {
        package.copy(&format!("{from}.{extension}"), &format!("whole.{extension}"));
    }
    package
}

/// The files of a dump that can be lowered, in their order, without their extensions.
fn dumped(folder: &Path) -> Vec<String> {
    let names = crate::command::names(folder).into_iter();
    names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect()
}

/// Builds a package with the IR after each pass as a kernel of its own beside the whole one, nothing edited: all of them are
/// the same machine code. Gives how many there are.
#[track_caller]
fn each_pass_leads_to_the_same_machine_code(version: &str, arch: &str, from: &str) -> usize {
    let package = package(version, arch, from);
    package.triton(&["dump", "whole", "--passes", "-o", "passes"]).ok();
    let passes = dumped(&package.path("passes"));
    for (number, pass) in passes.iter().enumerate() {
        for (from, to) in [("mlir", "ttgir"), ("json", "json")] {
            package
                .write(&format!("kernels/after{number}.{arch}.{to}"), package.read(&format!("passes/{pass}.{from}")));
        }
    }
    let built = package.build();
    assert_eq!(built.len(), passes.len() + 1);
    let whole = built.iter().find(|(name, _)| name.starts_with("whole.")).unwrap();
    let different = |(name, bytes): &&(String, Vec<u8>)| {
        let number = name.strip_prefix("after").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
        *bytes != whole.1 && number.is_some()
    };
    let different: Vec<_> = built.iter().filter(different).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "{version}, {arch}, {from}: {different:?} of {passes:?}");
    passes.len()
}

#[test]
fn going_on_after_each_pass_gives_the_same_machine_code() {
    let passes = each_pass_leads_to_the_same_machine_code("3.3.1", "sm_90", "examples/vector-add/kernels/add_kernel");
    assert!(passes > 40, "{passes}");
}

#[test]
#[ignore = "installs Triton 3.6.0 and 3.9.0, and lowers a thousand files"]
fn going_on_after_each_pass_of_three_tritons_gives_the_same_machine_code_of_matmul_and_attention() {
    for arch in ["sm_90", "sm_80", "sm_120"] {
        for version in ["3.3.1", "3.6.0", "3.9.0"] {
            for from in ["matmul/kernels/matmul", "llm-ops/kernels/flash_attention_fp16@d64_causal"] {
                let passes = each_pass_leads_to_the_same_machine_code(version, arch, &format!("examples/{from}"));
                println!("{version} {arch} {from}: {passes} passes");
            }
        }
    }
}

#[test]
fn what_stops_after_a_pass_goes_on_from_there_and_says_where_it_stands() {
    let package = package("3.3.1", "sm_90", "examples/matmul/kernels/matmul");
    let lower = |args: &[&str]| package.triton(&[&["lower"], args, &["--arch", "sm_90"]].concat());
    lower(&["kernels/whole.ttir", "-o", "whole.cubin"]).ok();
    lower(&["kernels/whole.ttir", "--stop-after", "tritongpu-coalesce", "-o", "part.ttgir"]).ok();
    let json: serde_json::Value = serde_json::from_slice(&package.read("part.json")).unwrap();
    assert_eq!((&json["after_pass"], &json["triton_version"]), (&"tritongpu-coalesce".into(), &"3.3.1".into()));
    assert!(json["shared"].is_null() && json["sha256"].is_null(), "{json}");
    lower(&["part.ttgir", "-o", "again.cubin"]).ok();
    assert!(package.read("again.cubin") == package.read("whole.cubin"));
    // The level that it is on the way to, and a later stop.
    lower(&["kernels/whole.ttir", "--emit", "ttgir", "-o", "whole.ttgir"]).ok();
    lower(&["part.ttgir", "--emit", "ttgir", "-o", "done.ttgir"]).ok();
    assert!(package.read("done.ttgir") == package.read("whole.ttgir"));
    let later = ["part.ttgir", "--stop-after", "convert-triton-gpu-to-llvm", "-o", "llvm.mlir"];
    lower(&later).ok();
    assert!(String::from_utf8(package.read("llvm.mlir")).unwrap().contains("llvm.func @matmul"));
    lower(&["llvm.mlir", "-o", "again.cubin"]).ok();
    assert!(package.read("again.cubin") == package.read("whole.cubin"));
    // What is said in two places must be the same.
    lower(&["llvm.mlir", "--after-pass", "cse#1", "-o", "x.cubin"]).error(&["`convert-triton-gpu-to-llvm`", "`cse#1`"]);
    std::fs::remove_file(package.path("part.json")).unwrap();
    let alone = ["part.ttgir", "--after-pass", "tritongpu-coalesce", "-o", "again.cubin"];
    lower(&alone).error(&["part.ttgir", "`tritongpu-coalesce`", "the JSON"]);
    lower(&[&alone[..], &["--metadata", "kernels/whole.json"]].concat()).ok();
    assert!(package.read("again.cubin") == package.read("whole.cubin"));
}

#[test]
fn passes_are_left_out_and_given_other_options_or_it_is_said_why_not() {
    let package = package("3.3.1", "sm_90", "examples/matmul/kernels/matmul");
    let lower = |more: &[&str], out: &str| {
        let args = ["lower", "kernels/whole.ttir", "--arch", "sm_90", "--emit", "ttgir", "-o", out];
        package.triton(&[&args[..], more].concat())
    };
    let text = |more: &[&str]| {
        lower(more, "made.ttgir").ok();
        String::from_utf8(package.read("made.ttgir")).unwrap()
    };
    let whole = text(&[]);
    let two = text(&["--pass-option", "tritongpu-pipeline:num-stages=2"]);
    assert_eq!(two, text(&["--num-stages", "2"]));
    assert!(two != whole && whole.contains("ttg.memdesc_subview"));
    assert!(!text(&["--skip-pass", "tritongpu-pipeline"]).contains("async_copy_global_to_local"));
    for (flags, parts) in [
        (["--skip-pass", "tritongpu-pipelin"], &["no pass `tritongpu-pipelin`", "`tritongpu-pipeline`"][..]),
        (["--skip-pass", "canonicalize"], &["times", "`canonicalize#1` to `canonicalize#"]),
        (["--skip-pass", "tritongpu-coalesce#2"], &["no `tritongpu-coalesce#2`", "once"]),
        (["--pass-option", "tritongpu-coalesce:fast=true"], &["`fast` of `tritongpu-coalesce`", "it can set none"]),
        (["--pass-option", "tritongpu-pipeline:stages=2"], &["`stages`", "it can set", "`num-stages`"]),
        (["--pass-option", "tritongpu-pipeline:num-stages=many"], &["can't be `many`: it is `3`"]),
        (["--pass-option", "cse#1:max-iterations=2"], &["`max-iterations` of `cse#1`"]),
    ] {
        lower(&flags, "x.ttgir").error(parts);
    }
    // What is over can be neither changed nor left out, and an option of it does nothing.
    let coalesced = ["lower", "kernels/whole.ttir", "--arch", "sm_90", "-o", "part.ttgir", "--stop-after"];
    package.triton(&[&coalesced[..], &["tritongpu-pipeline"]].concat()).ok();
    let go_on =
        |more: &[&str]| package.triton(&[&["lower", "part.ttgir", "--arch", "sm_90", "-o", "x"], more].concat());
    go_on(&["--skip-pass", "tritongpu-coalesce"]).error(&["can't skip", "stands after `tritongpu-pipeline`"]);
    go_on(&["--num-stages", "2"]).error(&["`num_stages` does nothing after the pass `tritongpu-pipeline`"]);
    package.triton(&[&coalesced[..], &["tritongpu-coalesce"]].concat()).ok();
    go_on(&["--num-stages", "2", "--emit", "ttgir"]).ok();
    assert_eq!(String::from_utf8(package.read("x")).unwrap(), two);
    lower(&["--skip-pass", ""], "x").usage(&["--skip-pass"]);
    lower(&["--pass-option", "a=b"], "x").usage(&["num-stages=2"]);
    toolchain();
    let ptx = crate::command::repository().join("examples/levels/kernels/ptx/scalar_ptx_sm75.sm_75.ptx");
    let ptx = ["lower", ptx.to_str().unwrap(), "--arch", "sm_75", "-o", "x", "--skip-pass", "cse#1"];
    triton(&ptx).error(&["it is ptx", "all before that"]);
}

#[test]
fn an_artifact_between_passes_is_built_as_its_json_says_and_is_never_safe_to_launch() {
    let package = package("3.3.1", "sm_90", "examples/vector-add/kernels/add_kernel");
    let whole = package.build().remove(0).1;
    let stop = ["lower", "kernels/whole.ttir", "--arch", "sm_90", "--stop-after", "cse#1", "-o"];
    package.triton(&[&stop[..], &["kernels/part.sm_90.ttgir"]].concat()).ok();
    let built = package.build();
    assert!(
        built.iter().all(|(_, bytes)| *bytes == whole),
        "{:?}",
        built.iter().map(|built| &built.0).collect::<Vec<_>>()
    );
    let seen = package.triton(&["inspect", "part", "--json"]);
    assert!(seen.ok().contains("it is ttgir: only TTIR can be proven"), "{}", seen.text());
    package.triton(&["lock"]).ok();
    package.triton(&["lock", "--check"]).ok();
    // Another pass is another key.
    let json = String::from_utf8(package.read("kernels/part.sm_90.json")).unwrap();
    let edit = |from: &str, to: &str| package.write("kernels/part.sm_90.json", json.replace(from, to));
    edit("\"cse#1\"", "\"tritongpu-prefetch\"");
    assert!(package.build_errors()[0].contains("lock"), "{:?}", package.build_errors());
    std::fs::remove_dir_all(package.path("kernels/prebuilt")).unwrap();
    edit("\"cse#1\"", "\"cse\"");
    assert!(package.build_errors()[0].contains("`cse#1` to `cse#"), "{:?}", package.build_errors());
    edit("\"triton_version\": \"3.3.1\"", "\"triton_version\": \"3.3.0\"");
    assert!(
        package.build_errors()[0].contains("after the pass `cse#1` of Triton 3.3.0"),
        "{:?}",
        package.build_errors()
    );
    // In LLVM's dialect nothing but the JSON says where it stands.
    package
        .triton(&["lower", "kernels/whole.ttir", "--arch", "sm_90", "--stop-after", "symbol-dce#2", "-o", "x.mlir"])
        .ok();
    package.write("kernels/part.sm_90.ttgir", package.read("x.mlir"));
    package.write("kernels/part.sm_90.json", package.read("x.json"));
    assert!(package.build().iter().all(|(_, bytes)| *bytes == whole));
    edit("\"after_pass\": \"cse#1\",", "");
    assert!(package.build_errors()[0].contains("LLVM's dialect"), "{:?}", package.build_errors());
}

#[test]
fn the_ir_up_to_a_pass_that_fails_is_shown_with_its_name() {
    let package = package("3.3.1", "sm_90", "examples/vector-add/kernels/add_kernel");
    package.triton(&["dump", "whole", "--passes", "-o", "passes"]).ok();
    let names = dumped(&package.path("passes"));
    let pass = names.iter().find(|name| name.contains("convert-scf-to-cf")).unwrap();
    // Numbers of AMD's, which no NVIDIA GPU converts to.
    let ir = String::from_utf8(package.read(&format!("passes/{pass}.mlir"))).unwrap();
    let sum = ir.lines().find(|line| line.contains("arith.addf")).unwrap();
    let (value, ty) = (sum.trim().split(' ').next().unwrap(), sum.rsplit(" : ").next().unwrap());
    let other = ty.replace("xf32", "xf8E4M3FNUZ");
    let broken =
        ir.replacen(sum, &format!("{sum}\n    %odd = tt.fp_to_fp {value}, rounding = rtne : {ty} -> {other}"), 1);
    package.write("broken.mlir", broken);
    package.write("broken.json", package.read(&format!("passes/{pass}.json")));
    let ran = package.triton(&["dump", "broken.mlir", "--arch", "sm_90", "--passes"]);
    assert_eq!(ran.code, Some(1), "{}\n{}", ran.text(), ran.stderr);
    assert!(ran.stderr.contains("in the pass `convert-triton-gpu-to-llvm`: "), "{}", ran.stderr);
    let heads: Vec<_> = ran.text().lines().filter(|line| line.starts_with("// ")).collect();
    assert!(heads[0].starts_with("// 1/4 allocate-shared-memory: ") && heads[0].ends_with("change"), "{heads:?}");
    assert!(heads[3].contains("convert-triton-gpu-to-llvm") && heads[3].ends_with(": failed"), "{heads:?}");
    let ran = package.triton(&["dump", "broken.mlir", "--arch", "sm_90", "--passes", "-o", "until"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(dumped(&package.path("until")).len(), 3);
    let lower = package.triton(&["lower", "broken.mlir", "--arch", "sm_90", "-o", "x.cubin"]);
    lower.error(&["in the pass `convert-triton-gpu-to-llvm`", "`broken.mlir`"]);
}

#[test]
fn two_runs_are_compared_up_to_the_first_pass_whose_ir_differs() {
    let package = package("3.3.1", "sm_90", "examples/matmul/kernels/matmul");
    package.write("kernels/other.ttir", package.read("kernels/whole.ttir"));
    let json = String::from_utf8(package.read("kernels/whole.json")).unwrap();
    package.write("kernels/other.json", json.replace("\"num_stages\": 3", "\"num_stages\": 2"));
    let compare = |other: &str| package.triton(&["dump", "whole", "--passes", "--level", "ttgir", "--against", other]);
    let ran = compare("other");
    let text = ran.ok();
    assert!(text.contains("the first that differs: tritongpu-pipeline\n"), "{text}");
    assert!(text.contains("num-stages=3") && text.contains("num-stages=2") && text.contains("\n+"), "{text}");
    let same = compare("whole");
    assert!(same.ok().starts_with("all ") && same.text().ends_with("give the same IR\n"), "{}", same.text());
    compare("third").error(&["no kernel `third`"]);
    compare("triton@x").error(&["x"]);
}

#[test]
fn llvms_own_passes_are_printed_too() {
    let package = package("3.3.1", "sm_90", "examples/vector-add/kernels/add_kernel");
    let ran = package.triton(&["dump", "whole", "--passes", "--llvm"]);
    let heads: Vec<_> = ran.ok().lines().filter(|line| line.starts_with("// ")).collect();
    let of = |part: &str| heads.iter().find(|head| head.contains(part)).unwrap_or_else(|| panic!("{part}: {heads:?}"));
    assert!(of("LLVM: InstCombinePass on add_kernel").contains("change"));
    of("LLVM: Infer address spaces (infer-address-spaces)");
    assert!(of("tritongpu-coalesce").ends_with("changed"));
    let bytes = file("examples/vector-add/kernels/add_kernel.ttir");
    assert!(!ran.text().contains("Running pass") && ran.stdout.len() > bytes.len());
}
