//! What a second build of one OUT_DIR makes anew, and what it leaves alone.

use std::time::SystemTime;

use e2e::script::{Script, snapshot};

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]";

/// Three kernels, built, and from here on no compiler and no cache: what is made anew can't be made.
fn built() -> Script {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 3);
    assert_eq!(script.run().done().lowered(), 6);
    std::fs::remove_dir_all(script.home()).unwrap();
    script
}

#[test]
fn with_nothing_changed_nothing_is_written_and_the_same_is_said() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 3);
    let directives = |stdout: String| {
        let mut lines: Vec<_> = stdout.lines().filter(|line| line.starts_with("cargo::")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let first = directives(script.run().done().stdout);
    // The files are older now than the look at them has to be.
    std::thread::sleep(std::time::Duration::from_millis(2100));
    script.run().done();
    let before = snapshot(&script.out_dir());
    std::fs::remove_dir_all(script.home()).unwrap();
    for _ in 0..2 {
        assert_eq!(directives(script.run().done().stdout), first);
        assert_eq!(snapshot(&script.out_dir()), before);
    }
}

#[test]
fn files_that_are_touched_or_saved_again_are_unchanged() {
    let script = built();
    let path = script.package.path().join("kernels/k1.ttir");
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    script.run().done();
    std::fs::write(&path, std::fs::read(&path).unwrap()).unwrap();
    script.run().done();
    // A file of an editor's, which makes the folder look new.
    script.package.write("kernels/.k1.ttir.swp", "x").unwrap();
    script.run().done();
    script.edit("Cargo.toml", "[package]", "[package]\nversion = \"0.2.0\"");
    script.run().done();
}

#[test]
fn only_what_changed_is_made_anew() {
    let script = built();
    let before = snapshot(&script.out_dir());
    script.edit("kernels/k1.ttir", "arith.addf", "arith.subf");
    let errors = script.run().errors();
    assert!(errors.contains("is not installed"), "{errors}");
    // Nothing of it can be embedded, but the others are still there.
    assert!(!script.outputs().contains(&"manifest.json".to_owned()));
    script.edit("kernels/k1.ttir", "arith.subf", "arith.addf");
    script.run().done();
    let after = snapshot(&script.out_dir());
    let kept = |name: &str| name.ends_with("cubin");
    let images = |all: &std::collections::BTreeMap<_, _>| -> Vec<_> {
        let files = all.iter().filter(|(path, _): &(&std::path::PathBuf, _)| kept(&path.display().to_string()));
        files.map(|(path, looks)| (path.clone(), *looks)).collect::<Vec<(_, (u64, Option<SystemTime>))>>()
    };
    assert_eq!(images(&after), images(&before));

    std::fs::remove_file(script.package.path().join("kernels/k0.ttir")).unwrap();
    script.run().done();
    let of = |kernel: &str| ["sm_80.cubin", "sm_90a.cubin", "ttir"].map(|file| format!("{kernel}.{file}"));
    let names = [&of("k1")[..], &of("k2"), &["manifest.json".to_owned(), "stamp".to_owned()]].concat();
    assert_eq!(script.outputs(), names);
}

#[test]
fn a_table_of_times_is_embedded_and_nothing_is_lowered_for_it() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.run().done();
    let manifest = || String::from_utf8(script.image("manifest.json")).unwrap();
    let image = manifest().split("\"sha256\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let table = |kernel: &str, micros: &str, image: &str| {
        format!(
            r#"{{"kernel":"{kernel}","gpu":"NVIDIA A100","arch":"sm_80","multiprocessors":108,"driver":"12.8","images":{{"k0":"{image}"}},"keys":["n"],"times":[{{"key":[16],"microseconds":{{"k0":{micros}}}}}]}}"#
        )
    };
    let path = "kernels/k0.tuned.a100.json";
    script.package.write(path, table("k0", "2.5", &image)).unwrap();
    let ran = script.run().done();
    assert_eq!(ran.lowered(), 0);
    assert!(!ran.stdout.contains("cargo triton tune"), "{}", ran.stdout);
    assert!(manifest().contains("[[[16],2.5]]"), "{}", manifest());
    script.package.write(path, table("k0", "3.5", "ab")).unwrap();
    let ran = script.run().done();
    assert!(manifest().contains("[[[16],3.5]]"), "{}", manifest());
    let warning = "`kernels/k0.tuned.a100.json`: the machine code of `k0` has changed since it was timed on it";
    assert!(
        ran.stdout.contains(warning) && ran.stdout.contains("run `cargo triton tune k0` on that GPU (NVIDIA A100)"),
        "{}",
        ran.stdout
    );
    script.package.write(path, table("k1", "3.5", &image)).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("it is about the kernel `k1`"), "{errors}");
    std::fs::remove_file(script.package.path().join(path)).unwrap();
    script.package.write("kernels/gone.tuned.a100.json", table("gone", "1.0", &image)).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("there is no kernel `gone` beside it"), "{errors}");
    std::fs::remove_file(script.package.path().join("kernels/gone.tuned.a100.json")).unwrap();
    script.run().done();
    assert!(!manifest().contains("\"tuned\""));
}

#[test]
fn one_kernel_is_lowered_where_one_has_changed() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 3);
    script.run().done();
    let before = script.image("k1.sm_80.cubin");
    script.edit("kernels/k1.ttir", "arith.addf", "arith.subf");
    assert_eq!(script.run().done().lowered(), 2);
    assert_ne!(script.image("k1.sm_80.cubin"), before);
    script.edit("kernels/k2.json", "\"num_warps\": 4", "\"num_warps\": 8");
    assert_eq!(script.run().done().lowered(), 2);
    script.edit("Cargo.toml", "archs", "kernel.k0 = { num-warps = 2 }\narchs");
    assert_eq!(script.run().done().lowered(), 2);
    script.add_kernel("k3");
    assert_eq!(script.run().done().lowered(), 2);
    assert_eq!(script.run().done().lowered(), 0);
    // The result is what a build from nothing gives.
    let manifest = script.image("manifest.json");
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    std::fs::create_dir(script.out_dir()).unwrap();
    assert_eq!(script.run().done().lowered(), 0);
    assert_eq!(script.image("manifest.json"), manifest);
}

#[test]
fn what_is_missing_or_changed_in_out_dir_is_put_back() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.run().done();
    let (cubin, manifest) = (script.image("k0.sm_80.cubin"), script.image("manifest.json"));
    for name in ["k0.sm_80.cubin", "manifest.json", "stamp"] {
        let path = script.out_dir().join("triton-runner").join(name);
        std::fs::remove_file(&path).unwrap();
        script.run().done();
        std::fs::write(&path, "other").unwrap();
        assert_eq!(script.run().done().lowered(), 0, "the cache has it");
        assert_eq!((script.image("k0.sm_80.cubin"), script.image("manifest.json")), (cubin.clone(), manifest.clone()));
    }
}

#[test]
fn settings_and_variables_that_concern_all_kernels_are_noticed() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.run().done();
    script.env.insert("TRITON_RUNNER_ARCHS", "sm_86".into());
    assert_eq!(script.run().done().lowered(), 2);
    script.env.remove("TRITON_RUNNER_ARCHS");
    assert_eq!(script.run().done().lowered(), 0);
    assert!(script.outputs().contains(&"k0.sm_80.cubin".to_owned()));
    script.edit("Cargo.toml", "archs", "line-info = true\narchs");
    assert_eq!(script.run().done().lowered(), 4);
    // Where the package is says which other Cargo.toml has settings.
    script.edit("Cargo.toml", "[package]", "[workspace.metadata.triton-runner]\ntime-limit = 60\n[package]");
    assert_eq!(script.run().done().lowered(), 0);
    script.env.insert("DOCS_RS", "1".into());
    script.run().done();
    // Nothing is lowered, and TTIR is there: the docs of `interpret` need it.
    assert_eq!(script.outputs(), ["k0.ttir", "k1.ttir", "manifest.json", "stamp"]);
}

#[test]
fn without_the_cache_everything_is_made_anew_each_time() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.env.insert("TRITON_RUNNER_CACHE", "off".into());
    assert_eq!(script.run().done().lowered(), 2);
    assert_eq!(script.run().done().lowered(), 2);
    assert!(script.cached().is_empty());
}

#[test]
fn ptx_is_assembled_anew_for_another_triton_or_with_other_options() {
    let script = Script::new(PROGRAM, "archs = [\"sm_80\"]");
    for extension in ["ptx", "json"] {
        let from = format!("examples/levels/kernels/ptx/dot_ptx_sm80.sm_80.{extension}");
        script.package.copy(&from, &format!("dot.sm_80.{extension}")).unwrap();
    }
    script.run().done();
    assert_eq!(script.cached().len(), 1);
    // Each Triton has flags of its own for ptxas.
    script.edit("kernels/dot.sm_80.json", "\"3.3.1\"", "\"3.3.0\"");
    script.run().done();
    assert_eq!(script.cached().len(), 2);
    script.edit("kernels/dot.sm_80.json", "\"enable_fp_fusion\": true", "\"enable_fp_fusion\": false");
    script.run().done();
    assert_eq!(script.cached().len(), 3);
}

/// Registers that don't suffice: said when the kernel is made, and not in each build that finds it made.
#[test]
fn spills_are_said_once_for_each_change_and_from_a_threshold_on() {
    let settings = |more: &str| {
        format!("[package]\nname = \"p\"\n[package.metadata.triton-runner]\narchs = [\"sm_86\"]\n{more}\n")
    };
    let script = Script::with_kernels(PROGRAM, "archs = [\"sm_86\"]", 1);
    script.package.copy("examples/matmul/kernels/matmul.ttir", "matmul.ttir").unwrap();
    let json = String::from_utf8(e2e::file("examples/matmul/kernels/matmul.json")).unwrap();
    let json = json.replace("\"num_warps\": 8", "\"num_warps\": 4");
    script.package.write("kernels/matmul.json", &json).unwrap();
    let spills = || {
        let said = script.run().done().stdout;
        let lines: Vec<_> = said.lines().filter(|line| line.contains("registers spill")).map(str::to_owned).collect();
        lines
    };
    let first = spills();
    assert!(matches!(&first[..], [one] if one.starts_with("cargo::warning=kernel `matmul` for sm_86: ")), "{first:?}");
    assert_eq!(spills(), [""; 0]);
    script.package.copy("examples/vector-add/kernels/add_kernel.ttir", "another.ttir").unwrap();
    script.package.copy("examples/vector-add/kernels/add_kernel.json", "another.json").unwrap();
    assert_eq!(spills(), [""; 0], "another kernel is new");
    script.package.write("kernels/matmul.json", format!("{json}\n")).unwrap();
    assert_eq!(spills(), first, "it has changed");
    let bytes = first[0].split_once("`spill-warning = ").unwrap().1.split_once('`').unwrap().0;
    let bytes: u32 = bytes.parse().unwrap();
    for (more, warns) in [
        (format!("spill-warning = {bytes}"), false),
        (format!("spill-warning = {}", bytes - 1), true),
        (format!("[package.metadata.triton-runner.kernel.matmul]\nspill-warning = {bytes}"), false),
    ] {
        script.package.write("Cargo.toml", settings(&more)).unwrap();
        assert_eq!(spills().len(), usize::from(warns), "{more}");
    }
}
