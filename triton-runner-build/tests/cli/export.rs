//! `cargo triton export`.

use std::process::Command;

use triton_runner_build::Builder;

use crate::command::{PROGRAM, Ran, clean, file, names, own_python, repository, toolchain, triton};
use crate::package::Package;

/// Runs the command in a Python file's docstring, as it stands there, with another folder for the result.
fn documented(path: &str, out: &std::path::Path) -> Ran {
    toolchain();
    let text = String::from_utf8(file(path)).unwrap();
    let start = text.find("    cargo triton export").unwrap();
    let documented = text[start..].split("\n\n").next().unwrap().split("\n\"\"\"").next().unwrap();
    let script = documented.replace("cargo triton", "\"$PROGRAM\" triton") + " --out \"$OUT\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(repository()).env("PROGRAM", PROGRAM).env("OUT", out);
    clean(&mut shell);
    Ran::of(&mut shell)
}

#[test]
fn the_documented_commands_write_the_checked_in_files() {
    for (folder, name) in [("examples/vector-add/kernels", "add_kernel"), ("examples/matmul/kernels", "matmul")] {
        let out = tempfile::tempdir().unwrap();
        let ran = documented(&format!("{folder}/{name}.py"), out.path());
        let place = out.path().display();
        assert_eq!(ran.ok(), format!("{place}/{name}.ttir\n{place}/{name}.json\n"));
        for extension in ["ttir", "json"] {
            let made = std::fs::read_to_string(out.path().join(format!("{name}.{extension}"))).unwrap();
            let checked_in = String::from_utf8(file(&format!("{folder}/{name}.{extension}"))).unwrap();
            // The other folder is in no package, and says less of the Python file.
            let is_other = |line: &&str| !line.contains("\"exported_from\"");
            let lines = |text: &str| text.lines().filter(is_other).map(str::to_owned).collect::<Vec<_>>();
            assert!(lines(&made) == lines(&checked_in), "{name}.{extension} differs");
        }
    }
}

const KERNEL: &str = "
import triton
import triton.language as tl

@triton.jit
def scale(x, n, factor, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + i, tl.load(x + i, mask=i < n) * factor, mask=i < n)
";

const ARGS: [&str; 8] = ["--arg", "x=*fp32:16", "--arg", "n=i32", "--arg", "factor=fp32", "--arch", "sm_80"];

/// Exports `scale` of a file with this text; what was written beside the file.
fn export(text: &str, more: &[&str]) -> (Ran, Vec<String>) {
    toolchain();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale.py");
    std::fs::write(&path, text).unwrap();
    let kernel = format!("{}::scale", path.display());
    let ran = triton(&[&["export", &kernel], more].concat());
    (ran, names(folder.path()))
}

#[test]
fn the_files_go_beside_the_kernel_under_the_name_that_is_asked_for() {
    let args = [&ARGS[..], &["--const", "BLOCK=64"]].concat();
    let (ran, names) = export(KERNEL, &args);
    assert!(ran.ok().ends_with("/scale.json\n"), "{}", ran.text());
    assert_eq!(names, ["scale.json", "scale.py", "scale.ttir"]);
    let (ran, names) = export(KERNEL, &[&args[..], &["--name", "scale_small"]].concat());
    ran.ok();
    assert_eq!(names, ["scale.py", "scale_small.json", "scale_small.ttir"]);
}

#[test]
fn warps_and_stages_that_nobody_gives_are_the_autotuners_or_tritons() {
    let warps = |configs: &str, more: &[&str]| {
        toolchain();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scale.py");
        let tuned = format!("@triton.autotune(configs=[{configs}], key=['n'])\n@triton.jit");
        std::fs::write(
            &path,
            if configs.is_empty() { KERNEL.to_owned() } else { KERNEL.replace("@triton.jit", &tuned) },
        )
        .unwrap();
        let kernel = format!("{}::scale", path.display());
        let ran = triton(&[&["export", &kernel], &ARGS[..], &["--const", "BLOCK=64"], more].concat());
        let json = std::fs::read_to_string(folder.path().join("scale.json")).unwrap_or_default();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
        (ran, ["num_warps", "num_stages", "num_ctas"].map(|key| json[key].as_u64().unwrap_or(0)))
    };
    let one = "triton.Config({'BLOCK': 64}, num_warps=8, num_stages=2)";
    assert_eq!(warps("", &[]).1, [4, 3, 1]);
    assert_eq!(warps(one, &[]).1, [8, 2, 1]);
    assert_eq!(warps(one, &["--num-warps", "2"]).1, [2, 2, 1]);
    let two = format!("{one}, triton.Config({{'BLOCK': 64}}, num_warps=4, num_stages=2)");
    let (ran, _) = warps(&two, &[]);
    ran.error(&["the autotuner tries num_warps 4 and 8: give --num-warps"]);
    assert_eq!(warps(&two, &["--num-warps", "4"]).1, [4, 2, 1]);
}

#[test]
fn what_does_not_work_is_said_and_leaves_nothing() {
    let with = |block: &'static str| [&ARGS[..], &["--const", block]].concat();
    let broken = KERNEL.replace("tl.load", "tl.loud");
    for (text, args, parts) in [
        (KERNEL, ARGS.to_vec(), &["`BLOCK` is a tl.constexpr and has no value", "--const BLOCK=VALUE"][..]),
        (KERNEL, with("BLOCKS=64"), &["it has no parameter `BLOCKS`; it has: x, n, factor, BLOCK"]),
        (&broken, with("BLOCK=64"), &["loud"]),
        ("import nonesuch", with("BLOCK=64"), &["Python package `nonesuch`", "--python"]),
        ("def scale(:", with("BLOCK=64"), &["scale.py:1:11: invalid syntax"]),
        (
            "x = 1",
            with("BLOCK=64"),
            &["scale.py::scale`: `scale` is not in the file, which has: no function with @triton.jit"],
        ),
    ] {
        let (ran, names) = export(text, &args);
        ran.error(parts);
        assert_eq!(names, ["scale.py"]);
    }
}

#[test]
fn a_traceback_is_shown_only_on_request() {
    let (ran, _) = export("import nonesuch", &["-v"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("Traceback (most recent call last)"), "{}", ran.stderr);
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_wrong_kernel() {
    toolchain();
    triton(&["export", "add.py"]).usage(&["expected the file and the function"]);
    triton(&["export", "add.py::add", "--arg", "x"]).usage(&["expected NAME=TYPE"]);
    triton(&["export", "add.py::add", "--const", "16"]).usage(&["expected NAME=VALUE"]);
    triton(&["export", "/nowhere.py::add"]).error(&["`/nowhere.py::add`: there is no such file"]);
}

#[test]
fn a_place_that_cannot_be_written_is_named_and_gets_neither_file() {
    toolchain();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale.py");
    std::fs::write(&path, KERNEL).unwrap();
    std::fs::create_dir(folder.path().join("scale.json")).unwrap();
    let kernel = format!("{}::scale", path.display());
    let args = [&["export", &kernel, "--const", "BLOCK=64"], &ARGS[..]].concat();
    triton(&args).error(&["can't write `", "scale.json`: it is a folder"]);
    assert_eq!(names(folder.path()), ["scale.json", "scale.py"]);
    let occupied = path.to_str().unwrap();
    triton(&[&args[..], &["--out", occupied]].concat()).error(&["can't create `", "scale.py`"]);
}

#[test]
fn without_a_compiler_the_command_that_installs_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale.py");
    std::fs::write(&path, KERNEL).unwrap();
    let kernel = format!("{}::scale", path.display());
    let mut command = crate::command::command(["export", &kernel]);
    let ran = Ran::of(command.env("TRITON_RUNNER_HOME", folder.path().join("home")));
    ran.error(&["Triton compiler 3.3.1 is not installed", "cargo triton setup --triton 3.3.1"]);
    assert_eq!(names(folder.path()), ["scale.py"]);
    triton(&["export", &kernel, "--python", "/nowhere/python"]).error(&["/nowhere/python"]);
}

#[test]
fn an_older_export_that_a_build_takes_as_a_variant_is_named() {
    toolchain();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale.py");
    std::fs::write(&path, KERNEL).unwrap();
    let kernel = format!("{}::scale", path.display());
    let args = [&["export", &kernel], &ARGS[..]].concat();
    let other = triton(&[&args[..], &["--const", "BLOCK=64", "--name", "scale_more"]].concat());
    assert_eq!((other.code, other.stderr.as_str()), (Some(0), ""));
    let first = triton(&[&args[..], &["--const", "BLOCK=64"]].concat());
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    let variant = triton(&[&args[..], &["--variant", "small:BLOCK=32"]].concat());
    assert_eq!(variant.code, Some(0));
    assert!(variant.stderr.contains("/scale.ttir` is there too, as a variant"), "{}", variant.stderr);
    assert_eq!(variant.stderr.matches("note: ").count(), 1, "{}", variant.stderr);
}

#[test]
fn a_change_in_python_after_the_export_is_told_by_the_build_and_the_doctor() {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    let out = tempfile::tempdir().unwrap();
    let warnings = || Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap().warnings;
    package.write("kernels/scale.py", KERNEL);
    let args = [&["export", "kernels/scale.py::scale"], &ARGS[..]].concat();
    let args = [&args[..], &["--variant", "small:BLOCK=64", "--variant", "large:BLOCK=128"]].concat();
    package.triton(&args).ok();
    let json = String::from_utf8(package.read("kernels/scale@small.json")).unwrap();
    assert!(json.contains("\"exported_from\": {\"file\": \"scale.py\", \"sha256\": \""), "{json}");
    assert_eq!(warnings(), [""; 0]);
    package.write("kernels/scale.py", KERNEL.replace("* factor", "/ factor"));
    // Both variants are of this file, and one warning is enough. It stays until something is done.
    for _ in 0..2 {
        let warnings = warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let start = "kernel `scale`: `kernels/scale.py`, the kernel's Python file, has changed since";
        assert!(warnings[0].starts_with(start), "{warnings:?}");
        assert!(warnings[0].ends_with("run `cargo triton export --again scale`"), "{warnings:?}");
    }
    assert!(package.triton(&["doctor"]).text().contains("`kernels/scale.py`, the kernel's Python file, has changed"));
    let lock = package.triton(&["lock"]);
    assert_eq!(lock.code, Some(0));
    assert!(lock.stderr.contains("warning: demo: kernel `scale`: `kernels/scale.py`, the kernel's"), "{}", lock.stderr);
    package.triton(&args).ok();
    package.triton(&["lock"]).ok();
    assert_eq!(warnings(), [""; 0]);
    // Where it was moved to, nothing looks: that is told, until it is back.
    let (there, elsewhere) = (package.path("kernels/scale.py"), package.path("moved.py"));
    std::fs::rename(&there, &elsewhere).unwrap();
    for _ in 0..2 {
        let warnings = warnings();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("`kernels/scale.py`, the kernel's Python file, is not there"), "{warnings:?}");
    }
    std::fs::rename(&elsewhere, &there).unwrap();
    assert_eq!(warnings(), [""; 0]);
}

#[test]
fn variants_are_files_of_their_own_that_differ_where_they_say() {
    toolchain();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale.py");
    std::fs::write(&path, KERNEL).unwrap();
    let kernel = format!("{}::scale", path.display());
    let args = [&["export", &kernel, "--const", "BLOCK=64"], &ARGS[..]].concat();
    let variants =
        ["--variant", "small:num_warps=1", "--variant", "large:BLOCK=256,num_warps=8", "--variant", "aligned:n=i32:16"];
    let ran = triton(&[&args[..], &variants].concat());
    assert_eq!(ran.ok().lines().count(), 6);
    let expected = ["small", "large", "aligned"].map(|name| format!("scale@{name}"));
    let mut expected: Vec<_> =
        expected.iter().flat_map(|stem| [format!("{stem}.json"), format!("{stem}.ttir")]).collect();
    expected.push("scale.py".into());
    expected.sort();
    assert_eq!(names(folder.path()), expected);
    let json = |variant: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(format!("scale@{variant}.json"))).unwrap()).unwrap()
    };
    assert_eq!((&json("small")["num_warps"], &json("small")["constants"]["BLOCK"]), (&1.into(), &64.into()));
    assert_eq!((&json("large")["num_warps"], &json("large")["constants"]["BLOCK"]), (&8.into(), &256.into()));
    assert_eq!(json("aligned")["signature"][1]["divisible_by"], 16);
    assert_eq!(json("small")["name"], "scale");

    // They build as variants of one kernel.
    let package = crate::package::Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    for name in names(folder.path()).iter().filter(|name| name.contains('@')) {
        package.write(&format!("kernels/{name}"), std::fs::read(folder.path().join(name)).unwrap());
    }
    assert_eq!(package.build().len(), 3);

    assert_eq!(ran.stderr, "");
    triton(&[&args[..], &["--variant", "v:BLOCK=1", "--variant", "v:BLOCK=2"]].concat())
        .error(&["variant `v` is there twice"]);
    let ran = triton(&[&args[..], &["--variant", "v:BLOCKS=1", "--name", "other"]].concat());
    ran.error(&["variant `v`: ", "it has no parameter `BLOCKS`"]);
    triton(&[&args[..], &["--variant", "my-v:BLOCK=1"]].concat()).usage(&["can't name a variant"]);
    assert_eq!(names(folder.path()), expected);
}

#[test]
fn a_variant_says_the_type_of_an_argument_that_a_pattern_or_an_annotation_has_typed() {
    toolchain();
    let folder = tempfile::tempdir().unwrap();
    let python = "
import triton
import triton.language as tl

@triton.jit
def cast(x, row_stride, n: tl.int32, TO: tl.constexpr, BLOCK: tl.constexpr):
    i = tl.program_id(0) * row_stride + tl.arange(0, BLOCK)
    tl.store(x + i, tl.load(x + i, mask=i < n).to(tl.float16 if TO == 'fp16' else tl.float32), mask=i < n)
";
    std::fs::write(folder.path().join("cast.py"), python).unwrap();
    let kernel = format!("{}::cast", folder.path().join("cast.py").display());
    let args = ["export", &kernel, "--arg", "[x]=*fp32", "--arg", "*_stride=i64", "--const", "BLOCK=64"];
    let args =
        [&args[..], &["--variant", "any:TO=fp32", "--variant", "even:TO=fp16,row_stride=i64:16,n=i32:16"]].concat();
    triton(&args).ok();
    let json = |variant: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(folder.path().join(format!("cast@{variant}.json"))).unwrap()).unwrap()
    };
    for (variant, to, promise) in [("any", "fp32", 1), ("even", "fp16", 16)] {
        let json = json(variant);
        let signature = json["signature"].as_array().unwrap();
        let promises: Vec<_> = signature.iter().map(|argument| argument["divisible_by"].as_u64().unwrap()).collect();
        assert_eq!(promises, [1, promise, promise], "{variant}");
        // What is a type's name remains a constant's value where the parameter is one.
        assert_eq!(json["constants"], serde_json::json!({"BLOCK": 64, "TO": to}));
    }
    triton(&[&args[..], &["--arg", "*_offset=i32"]].concat()).error(&["no argument fits `*_offset`"]);
}

#[test]
fn a_kernel_whose_module_imports_torch_works_with_the_users_own_python() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    std::fs::create_dir_all(site.join("torch")).unwrap();
    std::fs::write(site.join("torch/__init__.py"), "float32 = 'float32'\n").unwrap();
    let own = own_python(folder.path(), &[&site]);
    let file = folder.path().join("scale.py");
    std::fs::write(&file, format!("import torch\nTYPE = torch.float32\n{KERNEL}")).unwrap();
    let kernel = format!("{}::scale", file.display());
    let args = [&["export", &kernel, "--const", "BLOCK=64"], &ARGS[..]].concat();
    triton(&args).error(&["Python package `torch`", "--python"]);
    let ran = triton(&[&args[..], &["--python", own.to_str().unwrap()]].concat());
    assert!(ran.ok().ends_with("scale.json\n"), "{}", ran.text());
    let json = std::fs::read_to_string(folder.path().join("scale.json")).unwrap();
    assert!(json.contains("\"triton_version\": \"3.3.1\"") && !json.contains(folder.path().to_str().unwrap()));
}
