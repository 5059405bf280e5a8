//! Names, folders and settings of a package.

use super::{SM_80, SM_90, add, edit, error, errors, level, package};

#[test]
fn what_the_compiler_refuses_is_reported_and_the_rest_goes_on() {
    let broken = edit(&add("ttir"), "arith.addf", "arith.addq");
    let messages = errors(
        "archs = [\"sm_90\", \"sm_121\"]",
        &[
            ("good.ttir", add("ttir")),
            ("good.json", add("json")),
            ("bad.ttir", broken),
            ("bad.json", add("json")),
            ("cut.ttir", b"module {".to_vec()),
        ],
    );
    let text = messages.join("\n\n");
    assert!(
        text.contains("kernel `bad`, `kernels/bad.ttir` for sm_90, sm_121:") && text.contains("arith.addq"),
        "{text}"
    );
    assert!(text.contains("kernel `good`, `kernels/good.ttir` for sm_121:") && text.contains("sm_121a"), "{text}");
    assert!(text.contains("kernel `cut`, `kernels/cut.ttir`"), "{text}");
    assert!(!text.contains("kernel `good`, `kernels/good.ttir` for sm_90"), "{text}");
}

#[test]
fn names_must_be_identifiers_and_unique() {
    error(SM_90, &[("my-kernel.ttir", add("ttir"))], &["`my-kernel` can't name a kernel"]);
    error(SM_90, &[("a.sm_90x.ptx", b"x".to_vec())], &["`sm_90x` is no architecture"]);
    let (ptx, json) = (level("dot_ptx_sm80", 80, "ptx"), level("dot_ptx_sm80", 80, "json"));
    error(
        SM_80,
        &[("k.ptx", ptx.clone()), ("k.sm_80.ptx", ptx), ("k.json", json.clone()), ("k.sm_80.json", json)],
        &["`kernels/k.ptx` claims the same kernel"],
    );
    let json = edit(&add("json"), "\"name\": \"add_kernel\"", "\"name\": \"../add_kernel\"");
    error(SM_90, &[("k.ttir", add("ttir")), ("k.json", json)], &["kernels/k.json", "`../add_kernel`"]);
}

#[test]
fn a_file_for_an_architecture_that_nobody_asked_for_is_a_warning() {
    let files = [("k.sm_80.ptx", level("dot_ptx_sm80", 80, "ptx")), ("k.json", level("dot_ptx_sm80", 80, "json"))];
    let warnings = |settings: &str| package(settings, &files).build().unwrap().warnings;
    let unlisted = warnings("archs = [\"sm_90\"]\nkernel.k = { archs = [] }");
    assert!(unlisted.len() == 1 && unlisted[0].contains("`kernels/k.sm_80.ptx`: it is for sm_80"), "{unlisted:?}");
    assert!(warnings(SM_80).is_empty());
    assert!(warnings("archs = [\"sm_90\"]\nptx = [\"sm_80\"]\nkernel.k = { archs = [] }").is_empty());
    assert!(warnings("archs = [\"sm_90\"]\nkernel.k = { archs = [], ptx = [\"sm_80\"] }").is_empty());
}

#[test]
fn settings_for_no_kernel_are_a_typing_error() {
    error(
        "archs = [\"sm_90\"]\nkernel.ad_kernel = { num-warps = 8 }",
        &[("add_kernel.ttir", add("ttir")), ("add_kernel.json", add("json"))],
        &["Cargo.toml", "`ad_kernel`", "`add_kernel`"],
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let package = package("archs = [\"sm_90\"]\nkernels = [\"shaders\"]", &[]);
    let error = package.build().unwrap_err().to_string();
    assert!(error.contains("`shaders`: there is no such folder"), "{error}");
}
