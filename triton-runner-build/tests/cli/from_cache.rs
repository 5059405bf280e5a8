//! `cargo triton export --from-cache`: folders as Triton's cache leaves them, imported and built.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use object::{Object as _, ObjectSection as _};
use tempfile::TempDir;
use triton_runner_build::Builder;

use crate::command::{Ran, command, in_terminal, installed, names, repository, triton};
use crate::package::Package;

/// A cache that this Triton has filled: two kernels for each `ARCH:WARPS`.
fn fill(version: &str, targets: &[&str]) -> TempDir {
    let toolchain = installed(version);
    let folder = tempfile::tempdir().unwrap();
    let mut python = Command::new(&toolchain.python);
    python.arg(repository().join("triton-runner-build/tests/cli/fill_cache.py")).args(targets);
    crate::command::clean(&mut python);
    python.env("PYTHONPATH", &toolchain.site).env("TRITON_CACHE_DIR", folder.path());
    python.env("TRITON_DEFAULT_FP_FUSION", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    assert!(python.status().unwrap().success());
    folder
}

/// The machine code of a kernel, without what surrounds it.
fn text(cubin: &[u8], kernel: &str) -> Vec<u8> {
    // The header says that it is for a GPU, which the reader doesn't mind.
    let file = object::File::parse(cubin).unwrap();
    file.section_by_name(&format!(".text.{kernel}")).unwrap().data().unwrap().to_vec()
}

fn cached(cache: &Path, arch: u32, file: &str) -> Vec<u8> {
    let folders = std::fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().path());
    let kernel = file.split('.').next().unwrap();
    let of_arch = |folder: &std::path::PathBuf| {
        let json = std::fs::read_to_string(folder.join(format!("{kernel}.json")));
        json.is_ok_and(|json| json.contains(&format!("\"arch\": {arch},")))
    };
    let folder = folders.into_iter().find(of_arch).unwrap();
    std::fs::read(folder.join(file)).unwrap()
}

/// Both kernels at each level: what a build makes of it is what the Python program ran.
fn every_level_is_imported_and_built(version: &str) {
    let cache = fill(version, &["80:4", "90:8"]);
    let place = cache.path().to_str().unwrap();
    for (kernel, arch, sm) in [("add", 80, "sm_80"), ("dot", 90, "sm_90")] {
        for level in ["ttir", "ttgir", "llir", "ptx", "cubin"] {
            let package = Package::new(&format!("triton = \"{version}\"\narchs = [\"{sm}\"]"));
            let args = ["export", "--from-cache", place, "--kernel", kernel, "--arch", sm, "--level", level];
            let ran = package.triton(&[&args[..], &["--out", "kernels"]].concat());
            let files = names(&package.path("kernels"));
            let stem = if level == "ttir" { kernel.to_owned() } else { format!("{kernel}.{sm}") };
            let expected: BTreeSet<_> = [level, "json"].map(|extension| format!("{stem}.{extension}")).into();
            assert_eq!((files.into_iter().collect(), ran.code), (expected, Some(0)), "{}", ran.stderr);
            if level != "cubin" {
                for file in names(&package.path("kernels")) {
                    let content = String::from_utf8(package.read(&format!("kernels/{file}"))).unwrap();
                    let folder = repository().display().to_string();
                    assert!(!content.contains(&folder) && !content.contains(place), "{file} names a folder");
                }
            }
            let [(_, built)] = &package.build()[..] else { panic!("one image") };
            let expected = cached(cache.path(), arch, &format!("{kernel}.cubin"));
            assert!(text(built, kernel) == text(&expected, kernel), "{kernel} from {level}, Triton {version}");
        }
    }
}

#[test]
fn a_cache_of_3_3_1_is_imported_and_built_at_every_level() {
    every_level_is_imported_and_built("3.3.1");
}

#[test]
#[ignore = "installs Triton 3.6.0"]
fn a_cache_of_3_6_0_is_imported_and_built_at_every_level() {
    every_level_is_imported_and_built("3.6.0");
}

#[test]
#[ignore = "installs Triton 3.9.0"]
fn a_cache_of_3_9_0_is_imported_and_built_at_every_level() {
    every_level_is_imported_and_built("3.9.0");
}

#[test]
fn of_several_entries_one_must_be_named() {
    let cache = fill("3.3.1", &["80:4", "90:4", "90:8"]);
    let place = cache.path().to_str().unwrap();
    let out = tempfile::tempdir().unwrap();
    let export = |more: &[&str]| {
        let args = ["export", "--from-cache", place, "--out", out.path().to_str().unwrap()];
        triton(&[&args[..], more].concat())
    };
    let ran = export(&["--kernel", "add", "--arch", "sm_90"]);
    let message =
        ran.error(&["2 entries of the cache are what you ask for", "`--entry`", "add for sm_90, 4 warps", "8 warps"]);
    let line = message.lines().find(|line| line.contains(", 8 warps")).unwrap();
    assert!(line.contains("(*fp32:16, *fp32:16, *fp32:16, i32:16)"), "{line}");
    let entry = line.split_whitespace().nth(1).unwrap();
    assert_eq!(entry.len(), 8);
    export(&["--entry", entry, "--level", "ttgir"]).ok();
    let ttgir = std::fs::read_to_string(out.path().join("add.sm_90.ttgir")).unwrap();
    assert!(ttgir.contains("\"ttg.num-warps\" = 8"));
    export(&["--kernel", "mul"]).error(&["nothing in the cache is what you ask for; there are\n  --entry "]);
    // The folder of one entry will do.
    let folder = names(cache.path()).into_iter().find(|name| name.starts_with(entry)).unwrap();
    let folder = cache.path().join(folder).display().to_string();
    let one = tempfile::tempdir().unwrap();
    let args = ["export", "--from-cache", &folder, "--out", one.path().to_str().unwrap(), "--name", "add@wide"];
    triton(&args).ok();
    assert_eq!(names(one.path()), ["add@wide.json", "add@wide.ttir"]);

    let empty = tempfile::tempdir().unwrap();
    let ran = triton(&["export", "--from-cache", empty.path().to_str().unwrap()]);
    ran.error(&["holds no compiled kernel", "~/.triton/cache"]);
    triton(&["export", "--from-cache", "/nowhere"]).error(&["can't read `/nowhere`"]);
    triton(&["export", "--from-cache", place, "k.py::k"]).usage(&["--from-cache"]);
    triton(&["export", "--kernel", "k"]).usage(&["--from-cache <FOLDER>"]);
}

#[test]
fn names_and_constants_are_added_to_what_the_cache_knows() {
    let cache = fill("3.3.1", &["80:4"]);
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    let place = cache.path().to_str().unwrap();
    let base = ["export", "--from-cache", place, "--kernel", "add", "--out", "kernels", "--const", "BLOCK=256"];
    let ran = package.triton(&base);
    ran.ok();
    assert!(ran.stderr.contains("--arg NAME=TYPE"), "{}", ran.stderr);
    let names = ["--arg", "x=*fp32", "--arg", "y=*fp32", "--arg", "out=*fp32", "--arg", "n=i32"];
    let ran = package.triton(&[&base[..], &names].concat());
    ran.ok();
    assert_eq!(ran.stderr, "");
    let out = tempfile::tempdir().unwrap();
    let built = Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    let manifest = built.manifest();
    let arguments = &manifest.kernels[0].arguments;
    let found: Vec<_> = arguments.iter().map(|a| (a.name.as_str(), a.named, a.divisible_by)).collect();
    assert_eq!(found, [("x", true, 16), ("y", true, 16), ("out", true, 16), ("n", true, 16)]);
    assert_eq!(manifest.kernels[0].constants["BLOCK"], triton_runner_manifest::Constant::Int(256));
    let wrong = ["--arg", "x=*fp16", "--arg", "y=*fp32", "--arg", "out=*fp32", "--arg", "n=i32"];
    let ran = package.triton(&[&base[..], &wrong].concat());
    ran.error(&["the arguments are (*fp32, *fp32, *fp32, i32), not (*fp16, *fp32, *fp32, i32)"]);
}

#[test]
fn an_entry_whose_json_cannot_be_used_is_named_with_the_reason() {
    let cache = tempfile::tempdir().unwrap();
    let place = cache.path().to_str().unwrap();
    let entry = cache.path().join("ABCDEFGHIJKL");
    std::fs::create_dir(&entry).unwrap();
    std::fs::write(entry.join("add.ttir"), "module {}").unwrap();
    std::fs::write(entry.join("add.json"), r#"{"name": "add", "target": {"backend": "hip", "arch": "gfx942"}}"#)
        .unwrap();
    let parts = [
        "nothing in the cache is what you ask for; these can't be taken:",
        "ABCDEFGHIJKL  add: its JSON can't be used: `target` is for the backend `hip`",
    ];
    triton(&["export", "--from-cache", place]).error(&parts);
    triton(&["export", "--from-cache", place, "--entry", "ABCD"]).error(&parts);
    let other = cache.path().join("MNOPQRSTUVWX");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("mul.ttir"), "module {}").unwrap();
    std::fs::write(other.join("mul.json"), "{").unwrap();
    triton(&["export", "--from-cache", place]).error(&["MNOPQRSTUVWX  mul: its JSON can't be used: it is not JSON"]);
}

#[test]
fn ttir_of_a_cache_is_for_the_gpu_that_it_was_compiled_for() {
    let cache = fill("3.3.1", &["90:4"]);
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]");
    let place = cache.path().to_str().unwrap();
    let ran = package.triton(&["export", "--from-cache", place, "--kernel", "add", "--out", "kernels"]);
    ran.ok();
    assert!(ran.stderr.contains("a build lowers the TTIR only for that one"), "{}", ran.stderr);
    let json = String::from_utf8(package.read("kernels/add.json")).unwrap();
    assert!(json.contains("\"targets\": [\"sm_90\"]") && json.contains("\"sha256\": {\"ttir\": \""), "{json}");
    let errors = package.build_errors().concat();
    assert!(errors.contains("for sm_80: `targets` lists sm_90, and not sm_80"), "{errors}");
    package.write("kernels/add.json", json.replace("[\"sm_90\"]", "[\"sm_80\", \"sm_90\"]"));
    assert_eq!(package.build().len(), 2);
}

#[test]
fn a_stem_that_a_build_refuses_is_refused() {
    let cache = fill("3.3.1", &["80:4"]);
    let place = cache.path().to_str().unwrap();
    let ran = triton(&["export", "--from-cache", place, "--kernel", "add", "--name", "my-add"]);
    ran.error(&["`my-add` can't name a kernel's files"]);
}

#[test]
fn on_a_terminal_one_chooses() {
    let cache = fill("3.3.1", &["80:4", "90:4"]);
    let out = tempfile::tempdir().unwrap();
    let mut export = command(["export", "--kernel", "add", "--level", "cubin", "--from-cache"]);
    export.arg(cache.path()).arg("--out").arg(out.path());
    // Down, enter.
    let mut python = in_terminal(100, "Which one", "\\x1b[B\\r", &export);
    let ran = Ran::of(&mut python);
    assert!(ran.ok().contains("add for sm_80") && ran.text().contains("add for sm_90"), "{}", ran.text());
    // The newest is first; the second is what was compiled before it.
    assert_eq!(names(out.path()), ["add.sm_80.cubin", "add.sm_80.json"]);
}
