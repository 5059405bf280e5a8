//! `cargo triton record` and `declare`. Programs run on a GPU that only Triton believes in; one recording is of an H100.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command::{Ran, clean, command, installed, names, repository, toolchain};
use crate::package::Package;

/// A package without kernels, which finds the crates of this repository. What is built needs a name of its own: in a target
/// folder that they share, cargo tells root packages apart by nothing else.
fn package(name: &str, triton: &str) -> Package {
    let package = Package::new(&format!("triton = \"{triton}\"\narchs = [\"sm_90\"]"));
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", manifest.replace("name = \"demo\"", &format!("name = {name:?}")));
    for name in ["program.py", "fake_gpu.py", "gluon_program.py", "compiled_program.py"] {
        package.write(name, std::fs::read(recorded(name)).unwrap());
    }
    let crates = ["build", "macros", "manifest", "rt"].map(|name| {
        let path = repository().join(format!("triton-runner-{name}"));
        format!("triton-runner-{name} = {{ path = {path:?} }}\n")
    });
    package.write(".cargo/config.toml", format!("[patch.crates-io]\n{}", crates.concat()));
    std::fs::copy(repository().join("Cargo.lock"), package.path("Cargo.lock")).unwrap();
    package
}

fn recorded(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/recorded").join(name)
}

/// `cargo triton record` with this program, in the package's folder and with a Triton of this version.
fn record(package: &Package, triton: &str, args: &[&str], program: &[&str]) -> Ran {
    let toolchain = installed(triton);
    let python = toolchain.python.to_str().unwrap();
    let mut command = command([&["record"], args, &["--", python], program].concat());
    command.current_dir(package.folder()).env("PYTHONPATH", &toolchain.site);
    command.env("TRITON_CACHE_DIR", package.path("cache")).env("TRITON_DEFAULT_FP_FUSION", "1");
    Ran::of(&mut command)
}

fn triton(package: &Package, args: &[&str]) -> Ran {
    Ran::of(command(args).current_dir(package.folder()))
}

/// `cargo test` in the package.
fn cargo_test(package: &Package) -> Ran {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--", "--nocapture"]).current_dir(package.folder()).stdin(Stdio::null());
    clean(&mut cargo);
    for name in ["CARGO_MAKEFLAGS", "MAKEFLAGS", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
        cargo.env_remove(name);
    }
    cargo.envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "0"), ("CARGO_NET_OFFLINE", "true")]);
    cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"));
    Ran::of(&mut cargo)
}

#[test]
fn a_python_program_becomes_a_crate_that_replays_its_launches() {
    let package = package("of-a-program", "3.3.1");
    let ran = record(&package, "3.3.1", &["--launches", "2"], &["program.py"]);
    let text = ran.ok();
    // Two processes: each launched three times each kernel, and the autotuner's own launches don't count.
    for row in [
        "| add_kernel                    | program.py:12 | sm_90 |        4 |     2 |        4 |",
        "| add_kernel@aligned            | program.py:12 | sm_90 |        2 |     1 |        2 |",
        "| scale_kernel@block128         | program.py:20 | sm_90 |        2 |     1 |        2 |",
        "| scale_kernel@block128_aligned | program.py:20 | sm_90 |        2 |     1 |        2 |",
        "| scale_kernel@block64          | program.py:20 | sm_90 |        2 |     1 |        2 |",
    ] {
        assert!(text.contains(row), "`{row}` is not in:\n{text}");
    }
    assert!(
        ran.stderr.contains("holds 12 launches with") && ran.stderr.contains("weights and users' data"),
        "{}",
        ran.stderr
    );
    // The buffers stay at home.
    let ignored = String::from_utf8(package.read("kernels/recorded/launches/.gitignore")).unwrap();
    assert!(ignored.lines().any(|line| line == "*"), "{ignored}");
    let manifest = String::from_utf8(package.read("Cargo.toml")).unwrap();
    assert!(manifest.contains("exclude = [\"/kernels/recorded/launches\"]"), "{manifest}");
    assert!(manifest.contains("features = [\"interpreter\", \"recorded\"]"), "{manifest}");
    // What an export would have written.
    let json: serde_json::Value = serde_json::from_slice(&package.read("kernels/add_kernel@aligned.json")).unwrap();
    assert_eq!(json["signature"][3], serde_json::json!({"name": "n", "type": "i32", "divisible_by": 16}));
    assert_eq!((&json["constants"]["BLOCK"], &json["num_warps"]), (&64.into(), &2.into()));
    assert_eq!(json["host"], serde_json::json!([{"does": "reset_to_zero", "names": ["out"]}]));
    assert_eq!((&json["exported_from"]["file"], &json["targets"][0]), (&"../program.py".into(), &"sm_90".into()));

    let ran = triton(&package, &["declare"]);
    let declared = ran.ok();
    for part in [
        "    #[grid(n.div_ceil(BLOCK))]\n    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);",
        "    #[requires(columns <= BLOCK)]\n    pub fn scale_kernel(x: &[f32], out: &mut [f32], columns: i32, stride: i32, factor: f32);",
        "// in Python, before each measurement its autotuner sets to zero `out`",
        "Recorded: [4, 1, 1], [7, 1, 1], [3, 1, 1].",
    ] {
        assert!(declared.contains(part), "`{part}` is not in:\n{declared}");
    }
    assert!(triton(&package, &["declare", "add_kernel"]).ok().matches("pub fn").count() == 1);
    triton(&package, &["declare", "sub_kernel"]).error(&["no kernel `sub_kernel`", "`add_kernel`, `scale_kernel`"]);

    package.write("src/lib.rs", declared);
    let ran = cargo_test(&package);
    let text = ran.ok();
    assert!(text.contains("12 recorded launches: 12 equal, 0 within tolerance, 0 wrong, 0 failed"), "{text}");
    // A second recording takes the place of the first.
    let ran = record(&package, "3.3.1", &["--kernel", "scale_kernel", "--launches", "1"], &["program.py"]);
    assert!(ran.ok().contains("tests/recorded.rs"), "{}", ran.text());
    let test = String::from_utf8(package.read("tests/recorded.rs")).unwrap();
    assert!(test.contains("scale_kernel") && !test.contains("add_kernel"), "{test}");
}

#[test]
fn a_recording_of_another_machine_is_taken_and_replayed() {
    installed("3.6.0");
    let package = package("of-another-machine", "3.6.0");
    let spool = recorded("spool");
    let ran = triton(&package, &["record", "--from", spool.to_str().unwrap()]);
    ran.ok();
    let mut kernels = names(&package.path("kernels"));
    kernels.retain(|name| name.ends_with(".ttir"));
    assert_eq!(
        kernels,
        [
            "add_in_place@block256.ttir",
            "add_in_place@block256_no_bias.ttir",
            "add_in_place@block512_no_bias.ttir",
            "copy_tiles.ttir",
            "gather_rows.ttir",
            "matmul.ttir",
            "matmul@aligned.ttir",
            "softmax@block1024.ttir",
            "softmax@block128.ttir",
        ]
    );
    let declared = triton(&package, &["declare"]).ok().to_owned();
    for part in [
        "bias: Option<&[f32]>,",
        "pub fn copy_tiles(source: &TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, factor: f32);",
        "// Recorded grids don't tell `k.div_ceil(TILE_K)` from `n.div_ceil(TILE_N)`",
        "// Without it `launch` takes the grid: #[grid(m.div_ceil(TILE_M), ",
        "#[requires(columns <= BLOCK)]\n    pub fn softmax(",
        "// Not proven: a pointer is made of a number (record_program.py:64).",
        "pub unsafe fn gather_rows(",
    ] {
        assert!(declared.contains(part), "`{part}` is not in:\n{declared}");
    }
    package.write("src/lib.rs", declared);
    let ran = cargo_test(&package);
    // Tables of pointers, memory that two arguments share, a launch of a kernel that was compiled before.
    assert!(ran.ok().contains("7 recorded launches: "), "{}", ran.text());
    assert!(ran.text().contains(" 0 wrong, 0 failed"), "{}", ran.text());
    // Another Triton would not lower what this one wrote, which is said before a build is.
    let other = self::package("not-built", "3.3.1");
    let ran = triton(&other, &["record", "--from", spool.to_str().unwrap(), "--kernel", "softmax"]);
    ran.ok();
    assert!(ran.stderr.contains("`triton` in Cargo.toml is 3.3.1, and the program used 3.6.0"), "{}", ran.stderr);
    // All that the autotuner tried.
    triton(&package, &["record", "--from", spool.to_str().unwrap(), "--all-configs", "--kernel", "matmul"]).ok();
    let mut kernels = names(&package.path("kernels"));
    kernels.retain(|name| name.starts_with("matmul@tile") && name.ends_with(".ttir"));
    assert_eq!(kernels.len(), 4, "{kernels:?}");
}

#[test]
fn the_license_of_an_installed_kernel_stands_where_an_export_has_it() {
    let package = package("not-built", "3.6.0");
    for folder in ["buffers", "cache", "log"] {
        copy(&recorded("spool").join(folder), &package, &format!("spool/{folder}"));
    }
    let log = "spool/log/100-00000000.jsonl";
    let told = String::from_utf8(package.read(log)).unwrap();
    let installed = r#""package": {"name": "theirs", "version": "1.2"}, "license": "ISC""#;
    package.write(log, told.replace(r#""package": null"#, installed));
    triton(&package, &["record", "--from", "spool", "--kernel", "gather_rows"]).ok();
    let json: serde_json::Value = serde_json::from_slice(&package.read("kernels/gather_rows.json")).unwrap();
    assert_eq!(json["package"], serde_json::json!({"name": "theirs", "version": "1.2"}));
    assert_eq!(json["license"], "ISC");
    assert!(triton(&package, &["licenses"]).ok().contains("theirs 1.2"));
}

#[test]
fn kernels_in_gluon_are_recorded_as_ttgir() {
    let package = package("in-gluon", "3.6.0");
    let ran = record(&package, "3.6.0", &["--launches", "1"], &["gluon_program.py"]);
    let row = "| scale_in_gluon | gluon_program.py:10 | sm_90 |        2 |     2 |        1 |";
    assert!(ran.ok().contains(row), "{}", ran.text());
    let json: serde_json::Value = serde_json::from_slice(&package.read("kernels/scale_in_gluon.sm_90.json")).unwrap();
    assert_eq!(json["constants"]["BLOCK"], 128);
    assert!(package.path("kernels/scale_in_gluon.sm_90.ttgir").exists());
    let declared = triton(&package, &["declare"]).ok().to_owned();
    assert!(declared.contains("#[grid(n.div_ceil(BLOCK))]"), "{declared}");
    package.write("src/lib.rs", declared);
    let ran = cargo_test(&package);
    // On a GPU it is replayed.
    let told = "1 recorded launches: 0 equal, 0 within tolerance, 0 wrong, 0 failed, 1 left out";
    assert!(ran.ok().contains(told), "{}", ran.text());
    // What it was before must not stay beside what it is now.
    package.write("kernels/scale_in_gluon.ttir", "of somebody's own");
    let ran = record(&package, "3.6.0", &[], &["gluon_program.py"]);
    let told = "scale_in_gluon.ttir` is there, and a build takes it";
    assert!(ran.code == Some(1) && ran.stderr.contains(told), "{}", ran.stderr);
}

#[test]
fn launches_by_torch_compile_are_recorded_or_told_of() {
    let package = package("not-built", "3.6.0");
    copy(&recorded("torch"), &package, "torch");
    let ran = record(&package, "3.6.0", &[], &["compiled_program.py", "by triton"]);
    for row in [
        "| triton_poi_0 | compiled_program.py:16 | sm_90 |        2 |     1 |        0 |",
        "| cpp_kernel   | torch.compile's C++ ",
    ] {
        assert!(ran.ok().contains(row), "`{row}` is not in:\n{}", ran.text());
    }
    assert!(ran.stderr.contains("1 kernels are launched by C++ that torch.compile wrote"), "{}", ran.stderr);
    let ran = record(&package, "3.6.0", &[], &["compiled_program.py", "by itself"]);
    assert!(ran.text().contains("| triton_poi_0 | torch.compile's static launcher"), "{}", ran.text());
    for part in
        ["3 launches of 1 kernels were made by torch.compile's static launcher", "no Triton kernel that can be taken"]
    {
        assert!(ran.stderr.contains(part), "{}", ran.stderr);
    }
    assert_eq!(ran.code, Some(1));
}

/// Copies a folder into a package.
fn copy(from: &Path, package: &Package, to: &str) {
    for name in names(from) {
        let (from, to) = (from.join(&name), format!("{to}/{name}"));
        if from.is_dir() { copy(&from, package, &to) } else { package.write(&to, std::fs::read(from).unwrap()) }
    }
}

#[test]
fn what_keeps_a_program_from_being_recorded_is_said() {
    let package = package("not-built", "3.3.1");
    let none = "import triton\n";
    package.write("none.py", none);
    package.write(
        "fails.py",
        format!(
            "{}\nif 'child' not in sys.argv:\n    raise SystemExit(3)\n",
            String::from_utf8(package.read("program.py")).unwrap()
        ),
    );
    record(&package, "3.3.1", &[], &["-I", "-c", "1"]).error(&["no Python that the program started", "-I, -E or -S"]);
    record(&package, "3.3.1", &[], &["none.py"]).error(&["the program launched no Triton kernel"]);
    let ran = record(&package, "3.3.1", &["--kernel", "sub_kernel"], &["program.py"]);
    assert!(ran.stderr.contains("launched no kernel `sub_kernel`, but `add_kernel`, `scale_kernel`"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1));
    // Too much for the limit: the kernels are taken, and the launches are not.
    let ran = record(&package, "3.3.1", &["--launches", "1", "--max-bytes", "3000"], &["fails.py"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    for part in [
        "ended with exit status: 3",
        "launches of `add_kernel` to be recorded were not: its buffers have 12000 bytes, and --max-bytes is 3000",
    ] {
        assert!(ran.stderr.contains(part), "`{part}` is not in:\n{}", ran.stderr);
    }
    assert!(package.path("kernels/add_kernel.ttir").exists());
    let kept = package.path("kernels");
    let ran = record(&package, "3.3.1", &["--keep", kept.to_str().unwrap()], &["program.py"]);
    ran.error(&["is not empty: name another folder"]);
    let ran = Ran::of(command(["record", "--", "no-such-program"]).current_dir(package.folder()));
    ran.error(&["can't start `no-such-program`"]);
    let folder = package.folder().to_str().unwrap();
    triton(&package, &["record", "--from", folder])
        .error(&["a recording is a folder that `cargo triton record --keep` wrote"]);
    Ran::of(&mut command(["record"])).usage(&["-- <PROGRAM>"]);
}

#[test]
fn a_sitecustomize_of_ones_own_still_runs() {
    let package = package("not-built", "3.3.1");
    package.write("site/sitecustomize.py", "import sys\nsys.own_was_here = True\n");
    package.write("asks.py", "import sys\nprint('own', sys.own_was_here)\nimport program\n");
    let toolchain = toolchain();
    let python = toolchain.python.to_str().unwrap();
    let mut command = command(["record", "--", python, "asks.py"]);
    let place = std::env::join_paths([&toolchain.site, &package.path("site")]).unwrap();
    command.current_dir(package.folder()).env("PYTHONPATH", place).env("TRITON_CACHE_DIR", package.path("cache"));
    let ran = Ran::of(&mut command);
    assert!(ran.ok().starts_with("own True\n"), "{}", ran.text());
}

#[test]
#[ignore = "installs compilers: a network, and 2 GB"]
fn every_triton_is_recorded_alike() {
    let mut all = Vec::new();
    for version in ["3.2.0", "3.3.1", "3.4.0", "3.5.1", "3.6.0", "3.7.0", "3.8.0", "3.9.0"] {
        let package = package("of-each-version", version);
        let ran = record(&package, version, &["--launches", "1"], &["program.py"]);
        let table = ran.ok().split("\nkernels/").next().unwrap().to_owned();
        all.push((version, table, package.read("kernels/recorded/grids.json")));
        if version >= "3.4.0" {
            let ran = record(&package, version, &["--launches", "1", "--out", "gluon"], &["gluon_program.py"]);
            let row = "| scale_in_gluon | gluon_program.py:10 | sm_90 |        2 |     2 |        1 |";
            assert!(ran.ok().contains(row) && package.path("gluon/scale_in_gluon.sm_90.ttgir").exists(), "{version}");
        }
    }
    let (_, table, grids) = &all[0];
    for (version, other, seen) in &all {
        assert_eq!((other, seen), (table, grids), "{version}");
    }
}
