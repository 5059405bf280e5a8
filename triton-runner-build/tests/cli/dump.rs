//! `cargo triton dump`.

use crate::command::{file, names, repository, toolchain, triton};
use crate::package::Package;

#[test]
fn every_level_of_a_kernel_is_printed() {
    let package = Package::add();
    for (level, part) in [
        ("ttgir", "\"ttg.num-warps\" = 4"),
        ("llir", "define ptx_kernel void @add_kernel"),
        ("ptx", ".visible .entry add_kernel("),
        ("sass", "/*0000*/"),
    ] {
        let ran = package.triton(&["dump", "add_kernel", "--arch", "sm_90", "--level", level]);
        assert!(ran.ok().contains(part), "{level}:\n{}", ran.text());
    }
    // TTIR is the same for all: no GPU needs to be named.
    let ttir = package.triton(&["dump", "add_kernel", "--level", "ttir"]);
    assert_eq!(ttir.ok().as_bytes(), package.read("kernels/add_kernel.ttir"));
    let cubin = package.triton(&["dump", "add_kernel", "--arch", "sm_80", "--level", "cubin"]);
    assert!(package.build()[0].1 == cubin.stdout);
    package.triton(&["dump", "--arch", "sm_80", "--level", "cubin", "-o", "made/k.cubin"]).ok();
    assert!(package.read("made/k.cubin") == cubin.stdout);
}

#[test]
fn what_is_meant_must_be_said() {
    let package = Package::add();
    package.copy("examples/levels/kernels/ptx/scalar_ptx_sm75.sm_75.ptx", "scalar.sm_80.ptx");
    package.triton(&["dump", "add_kernel", "--level", "ptx"]).error(&["`--arch sm_80`, `--arch sm_90`"]);
    package.triton(&["dump", "add_kernel"]).error(&["say which level"]);
    std::fs::remove_file(package.path("kernels/scalar.sm_80.ptx")).unwrap();
    package.copy("examples/vector-add/kernels/add_kernel.ttir", "other.ttir");
    package.copy("examples/vector-add/kernels/add_kernel.json", "other.json");
    package.triton(&["dump", "--level", "ttir"]).error(&["say which kernel: there are add_kernel, other"]);
    package.triton(&["dump", "third", "--level", "ttir"]).error(&["no kernel `third`"]);
    package.triton(&["dump", "add_kernel", "--level", "mlir"]).usage(&["ttir, ttgir, llir, ptx, sass, cubin"]);
}

#[test]
fn machine_code_of_a_lock_is_held_against_its_metadata() {
    let package = Package::add();
    package.triton(&["lock"]).ok();
    let dump = ["dump", "add_kernel", "--arch", "sm_80", "--level", "cubin", "-o", "k.cubin"];
    package.triton(&dump).ok();
    let lock = String::from_utf8(package.read("kernels/prebuilt/lock.json")).unwrap();
    assert!(lock.contains("\"num_warps\": 4"), "{lock}");
    package.write("kernels/prebuilt/lock.json", lock.replace("\"num_warps\": 4", "\"num_warps\": 8"));
    package.triton(&dump).error(&["kernel `add_kernel`", "for sm_80", "128 threads", "8 warps"]);
}

#[test]
fn a_file_is_dumped_from_its_level_on() {
    toolchain();
    let levels = repository().join("examples/levels/kernels");
    let path = |name: &str| levels.join(name).display().to_string();
    let ptx = path("ptx/tma_ptx_sm90.sm_90.ptx");
    assert_eq!(triton(&["dump", &ptx, "--level", "ptx"]).ok().as_bytes(), std::fs::read(&ptx).unwrap());
    let sass = triton(&["dump", &ptx, "--level", "sass"]);
    assert!(sass.ok().contains("WARPGROUP"), "{}", sass.text());
    triton(&["dump", &ptx, "--level", "llir"]).error(&["nothing leads from ptx back to llir"]);
    let ttgir = path("ttgir/tma_ttgir_sm120.sm_120.ttgir");
    let llir = triton(&["dump", &ttgir, "--level", "llir"]);
    assert_eq!(llir.ok().as_bytes(), file("examples/levels/kernels/llir/tma_llir_sm120.sm_120.llir"));
    // No metadata is needed to look at machine code.
    let alone = repository().join("triton-runner-build/tests/data/3.9/spill.sm_80.cubin").display().to_string();
    assert!(triton(&["dump", &alone, "--level", "sass"]).ok().contains("EXIT"));
}

#[test]
fn the_passes_are_numbered_and_those_that_changed_something_marked() {
    let package = Package::add();
    let dump = |more: &[&str]| package.triton(&[&["dump", "add_kernel", "--arch", "sm_90", "--passes"], more].concat());
    let text = dump(&["--level", "ttgir"]);
    let heads: Vec<_> = text.ok().lines().filter(|line| line.starts_with("// ")).collect();
    let first = heads[0].split_once("convert-triton-to-tritongpu {num-ctas=1 num-warps=4 target=cuda:90 ");
    assert!(
        first.is_some_and(|(number, rest)| number.starts_with("// 1/") && rest.ends_with("}: changed")),
        "{heads:?}"
    );
    assert!(heads.iter().any(|head| head.ends_with(": no change")));
    assert!(!text.text().contains("loc("));
    // The last IR is the level itself.
    let passes: serde_json::Value = serde_json::from_str(dump(&["--level", "ttgir", "--json"]).ok()).unwrap();
    let passes = passes.as_array().unwrap();
    assert_eq!(passes.len(), heads.len());
    let last = passes.last().unwrap()["ir"].as_str().unwrap();
    assert!(last.starts_with("#blocked") && last.contains("tt.func public @add_kernel"), "{last}");

    let diff = dump(&["--level", "ttgir", "--diff"]);
    assert!(diff.ok().contains("\n+#blocked = #ttg.blocked"), "{}", diff.text());
    assert!(diff.text().len() < text.text().len());

    package.write("passes/099-old.mlir", "");
    package.write("passes/notes.txt", "");
    dump(&["-o", "passes"]).ok();
    let files = names(&package.path("passes"));
    let first = "001+convert-triton-to-tritongpu";
    assert_eq!(files[..3], ["000-input.mlir".to_owned(), format!("{first}.json"), format!("{first}.mlir")]);
    assert!(files.contains(&"notes.txt".to_owned()) && !files.contains(&"099-old.mlir".to_owned()));
    // All the way to LLVM IR there are more.
    let passes = files.iter().filter(|file| file.ends_with(".mlir")).count();
    assert!(passes > heads.len() + 5, "{files:?}");
    assert!(String::from_utf8(package.read("passes/000-input.mlir")).unwrap().contains("tt.load"));
}

#[test]
fn passes_of_what_comes_after_them_are_an_error() {
    let ptx = repository().join("examples/levels/kernels/ptx/tma_ptx_sm90.sm_90.ptx");
    triton(&["dump", ptx.to_str().unwrap(), "--passes"]).error(&["back to"]);
    triton(&["dump", "k", "--diff"]).usage(&["--passes"]);
}
