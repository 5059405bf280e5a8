//! Builds in surroundings that lack something: a home, a network, Python, the right to write.

use std::path::Path;
use std::process::Command;

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use e2e::script::{Ran, Script, files, snapshot};
use e2e::triton;

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]";

/// A `PATH` with nothing on it.
fn no_programs(script: &mut Script) {
    let folder = script.temporary().join("bin");
    std::fs::create_dir(&folder).unwrap();
    script.env.insert("PATH", folder.into());
}

#[test]
fn with_no_home_at_all_the_error_says_what_to_set() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.env.remove("TRITON_RUNNER_HOME");
    let errors = script.run().errors();
    assert!(errors.contains("HOME") && errors.contains("TRITON_RUNNER_HOME"), "{errors}");
    script.env.insert("TRITON_RUNNER_HOME", "relative".into());
    let errors = script.run().errors();
    assert!(errors.contains("TRITON_RUNNER_HOME") && errors.contains("relative"), "{errors}");
    // PTX and machine code need neither.
    let mut script = Script::new(PROGRAM, "archs = [\"sm_80\"]");
    script.env.remove("TRITON_RUNNER_HOME");
    script.env.insert("TRITON_RUNNER_PTXAS", triton::toolchain().site.join("triton/backends/nvidia/bin/ptxas").into());
    for level in ["ptx", "cubin"] {
        for extension in [level, "json"] {
            let from = format!("examples/levels/kernels/{level}/dot_{level}_sm80.sm_80.{extension}");
            script.package.copy(&from, &format!("{level}.sm_80.{extension}")).unwrap();
        }
    }
    no_programs(&mut script);
    script.run().done();
    assert_eq!(script.outputs(), ["cubin.sm_80.cubin", "manifest.json", "ptx.sm_80.cubin", "stamp"]);
}

#[test]
fn a_python_that_has_triton_needs_no_home() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.run().done();
    let expected = script.image("k0.sm_90a.cubin");
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    script.env.remove("TRITON_RUNNER_HOME");
    script.env.insert("TRITON_RUNNER_PYTHON", triton::toolchain().python.clone().into());
    script.env.insert("PYTHONPATH", triton::toolchain().site.clone().into());
    assert_eq!(script.run().done().lowered(), 2);
    assert!(script.image("k0.sm_90a.cubin") == expected);
    // It has another Triton than the settings ask for.
    script.edit("Cargo.toml", "3.3.1", "3.4.0");
    let errors = script.run().errors();
    assert!(
        errors.contains("3.4.0") && errors.contains("3.3.1") && errors.contains("TRITON_RUNNER_PYTHON"),
        "{errors}"
    );
}

#[test]
fn sources_are_only_read() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    let before = snapshot(script.package.path());
    let read_only = |yes: bool| {
        let mode = if yes { "a-w" } else { "u+w" };
        assert!(Command::new("chmod").args(["-R", mode]).arg(script.package.path()).status().unwrap().success());
    };
    read_only(true);
    let ran = script.run();
    let again = script.run();
    read_only(false);
    assert_eq!((ran.done().lowered(), again.done().lowered()), (4, 0));
    assert_eq!(snapshot(script.package.path()), before);
    assert!(files(&script.temporary()).is_empty());

    // For root, who may write anyway: a disk that nobody can write to.
    let mount = "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" || exit 99; cd / && exec \"$1\"";
    script.edit("kernels/k0.ttir", "arith.addf", "arith.subf");
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-c", mount]).arg(script.package.path()).arg(PROGRAM).env_clear().envs(&script.env);
    match command.output() {
        Ok(output) if output.status.code() != Some(99) && !output.stdout.is_empty() => {
            assert_eq!(Ran::from(output).done().lowered(), 2);
        }
        _ => println!("skipped: nothing can be mounted here"),
    }
}

#[test]
fn without_python_the_error_says_which_and_a_cached_result_still_needs_none() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.run().done();
    // The compiler is there, so its Python is known; everything is in the cache.
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    no_programs(&mut script);
    assert_eq!(script.run().done().lowered(), 0);
    // Nothing is there.
    let empty = script.temporary().join("empty");
    script.env.insert("TRITON_RUNNER_HOME", empty.into());
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("cargo triton setup") && errors.contains("TRITON_RUNNER_SETUP=auto"), "{errors}");
    script.env.insert("TRITON_RUNNER_SETUP", "auto".into());
    let errors = script.run().errors();
    assert!(errors.contains("Python") && errors.contains("3.3.1"), "{errors}");
}

#[test]
fn where_the_program_will_run_decides_nothing() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.run().done();
    let (cubin, manifest) = (script.image("k0.sm_90a.cubin"), script.image("manifest.json"));
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    std::fs::remove_dir_all(script.home().join("cache")).unwrap();
    for (name, value) in [
        ("HOST", "x86_64-unknown-linux-gnu"),
        ("TARGET", "aarch64-unknown-linux-gnu"),
        ("CARGO_CFG_TARGET_ARCH", "aarch64"),
        ("SOURCE_DATE_EPOCH", "1"),
    ] {
        script.env.insert(name, value.into());
    }
    assert_eq!(script.run().done().lowered(), 2);
    assert!(script.image("k0.sm_90a.cubin") == cubin && script.image("manifest.json") == manifest);
}

/// A crate with one kernel and the macro.
fn with_macro(name: &str) -> Packages {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let runtime = e2e::repository().join("triton-runner-rt").display().to_string();
    packages.write(
        "Cargo.toml",
        cargo_toml(name, "2024", &format!("triton = \"3.3.1\"\n{SETTINGS}"))
            + &format!("\n[dependencies]\ntriton-runner-rt = {{ path = \"{runtime}\" }}\n\n[workspace]\n"),
    );
    packages.write("build.rs", BUILD_RS);
    let declared = "//! Kernels.\n\ntriton_runner_rt::triton_kernel! {\n    #[grid(n.div_ceil(BLOCK))]\n    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);\n}\n";
    packages.write("src/lib.rs", declared);
    for extension in ["ttir", "json"] {
        let name = format!("kernels/add_kernel.{extension}");
        packages.copy(&format!("examples/vector-add/{name}"), &name);
    }
    packages
}

/// A home with nothing in it.
fn empty_home(packages: &mut Packages) {
    let home = packages.path().join("empty-home");
    packages.env.insert("TRITON_RUNNER_HOME", home.display().to_string());
}

#[test]
fn cargo_offline_downloads_nothing_and_needs_nothing_that_is_there() {
    let mut packages = with_macro("offline");
    packages.env.insert("TRITON_RUNNER_SETUP", "auto".into());
    packages.run(&["check", "--offline"]).done();
    packages.edit("kernels/add_kernel.ttir", "arith.addf", "arith.subf");
    packages.run(&["check", "--offline"]).done();
    empty_home(&mut packages);
    packages.edit("kernels/add_kernel.ttir", "arith.subf", "arith.mulf");
    // By the command line alone, as cargo doesn't tell build scripts of it; and by cargo's own variable.
    for (arguments, variable) in
        [(["check", "--offline"], "false"), (["check", "--frozen"], "false"), (["check", "--lib"], "true")]
    {
        packages.env.insert("CARGO_NET_OFFLINE", variable.into());
        let said = packages.run(&arguments);
        assert!(!said.ok);
        let line = said.stderr.lines().find(|line| line.starts_with("error: offline@0.1.0: ")).unwrap_or_default();
        assert!(line.contains("offline") && line.contains("--wheel"), "{}", said.stderr);
        assert!(!packages.path().join("empty-home").join("toolchains").exists());
    }
}

#[test]
fn docs_rs_builds_the_typed_api_with_no_compiler() {
    let mut packages = with_macro("documented");
    empty_home(&mut packages);
    packages.env.insert("DOCS_RS", "1".into());
    packages.run(&["doc", "--no-deps", "--offline"]).done();
    let page = std::fs::read_to_string(packages.target.join("doc/documented/struct.AddKernel.html")).unwrap();
    assert!(page.contains("launch") && page.contains("BLOCK"), "the typed API is documented");
    assert!(!packages.path().join("empty-home").exists());
}

#[test]
fn a_crate_for_an_explicit_target_builds_on_its_host() {
    let packages = with_macro("crossed");
    let host = Command::new("rustc").args(["--print", "host-tuple"]).output().unwrap();
    let host = String::from_utf8(host.stdout).unwrap();
    // With a target, cargo builds everything for it twice where build scripts need it too, even where it is the host.
    let target = host.trim();
    packages.run(&["check", "--offline", "--target", target]).done();
    assert!(Path::new(&packages.target).join(target).is_dir());
}

#[test]
fn a_switch_with_a_value_that_it_does_not_have_is_an_error() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.run().done();
    for (variable, word) in [
        ("TRITON_RUNNER_PREBUILT", "off"),
        ("TRITON_RUNNER_CACHE", "off"),
        ("TRITON_RUNNER_SETUP", "auto"),
        ("TRITON_RUNNER_STUB", "1"),
    ] {
        for value in ["0", "2", "false", "true", "no", "offf", "on"] {
            script.env.insert(variable, value.into());
            let errors = script.run().errors();
            let said = format!("the environment variable {variable} is `{value}`: expected `{word}`, or none at all");
            assert!(errors.contains(&said), "{errors}");
            assert!(!script.outputs().contains(&"manifest.json".to_owned()));
        }
        for value in ["", " ", word, &word.to_uppercase()] {
            script.env.insert(variable, value.into());
            script.run().done();
        }
        script.env.remove(variable);
    }
}
