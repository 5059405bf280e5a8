//! Packages with kernels, built by cargo as their users build them.

use std::collections::BTreeSet;
use std::process::Stdio;

use e2e::cargo::{BUILD_RS, Packages, Said, cargo_toml};
use e2e::repository;
use triton_runner_manifest::BuiltImage;

const ADD: &str = "examples/vector-add/kernels/add_kernel";
const SETTINGS: &str = "triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]";

/// A library with nothing but kernels.
fn library(name: &str) -> Packages {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    packages.write("Cargo.toml", cargo_toml(name, "2024", SETTINGS) + "\n[workspace]\n");
    packages.write("build.rs", BUILD_RS);
    packages.write("src/lib.rs", "");
    packages.copy(&format!("{ADD}.ttir"), "kernels/add_kernel.ttir");
    packages.copy(&format!("{ADD}.json"), "kernels/add_kernel.json");
    packages
}

fn archs(images: &[BuiltImage]) -> Vec<String> {
    images.iter().map(|image| image.arch.to_string()).collect()
}

fn text(said: &Said) -> String {
    said.stderr.replace('\u{1b}', "")
}

#[test]
fn cargo_is_told_what_to_watch_and_nothing_is_built_twice() {
    let packages = library("watched");
    let said = packages.build().done();
    assert!(!said.fresh("watched"));
    assert_eq!(archs(&said.manifest("watched").kernels[0].images), ["sm_80", "sm_90a"]);
    let folder = packages.path().canonicalize().unwrap();
    let watched: BTreeSet<_> = said.lines("watched", "cargo::rerun-if-changed=").into_iter().collect();
    let names = ["Cargo.toml", "kernels", "kernels/add_kernel.json", "kernels/add_kernel.ttir"];
    let expected: BTreeSet<_> = names.iter().map(|name| folder.join(name).display().to_string()).collect();
    assert_eq!(watched, expected);
    let variables = said.lines("watched", "cargo::rerun-if-env-changed=");
    for name in ["ARCHS", "CACHE", "HOME", "PREBUILT", "PTXAS", "PYTHON", "SETUP"] {
        assert!(variables.contains(&format!("TRITON_RUNNER_{name}")), "{name} is not in {variables:?}");
    }
    // Where programs lie differs from one shell to the next and decides nothing.
    assert!(!variables.iter().any(|name| ["PATH", "HOME"].contains(&name.as_str())), "{variables:?}");

    assert!(packages.build().done().fresh("watched"));
    // A file that has nothing to do with kernels.
    packages.write("README.md", "words");
    assert!(packages.build().done().fresh("watched"));
    // Another folder of a profile shares nothing but the cache.
    let check = packages.run(&["check", "--release", "--message-format=json-render-diagnostics"]).done();
    assert!(!check.fresh("watched"));
    assert!(packages.build().done().fresh("watched"));
}

#[test]
fn each_change_of_what_decides_the_result_is_noticed() {
    let packages = library("changed");
    let before = packages.build().done();
    let image = |said: &Said, name: &str| std::fs::read(said.out_dir("changed").join("triton-runner").join(name));
    let code = image(&before, "add_kernel.sm_90a.cubin").unwrap();

    packages.edit("kernels/add_kernel.ttir", "arith.addf", "arith.subf");
    let said = packages.build().done();
    assert!(!said.fresh("changed"));
    assert!(image(&said, "add_kernel.sm_90a.cubin").unwrap() != code);
    assert!(packages.build().done().fresh("changed"));

    packages.edit("kernels/add_kernel.json", "\"num_warps\": 4", "\"num_warps\": 8");
    assert_eq!(packages.build().done().manifest("changed").kernels[0].images[0].num_warps, 8);

    packages.edit("Cargo.toml", "archs = [\"sm_80\", \"sm_90\"]", "archs = [\"sm_86\"]");
    let said = packages.build().done();
    assert_eq!(archs(&said.manifest("changed").kernels[0].images), ["sm_86"]);
    assert!(image(&said, "add_kernel.sm_90a.cubin").is_err(), "what isn't built any more is gone");

    let mut packages = packages;
    packages.env.insert("TRITON_RUNNER_ARCHS", "sm_90".into());
    assert_eq!(archs(&packages.build().done().manifest("changed").kernels[0].images), ["sm_90a"]);
    packages.env.clear();

    let other = std::fs::read_to_string(packages.path().join("kernels/add_kernel.ttir")).unwrap();
    packages.write("kernels/other.ttir", other);
    packages.copy(&format!("{ADD}.json"), "kernels/other.json");
    assert_eq!(packages.build().done().manifest("changed").kernels.len(), 2);
    std::fs::remove_file(packages.path().join("kernels/other.ttir")).unwrap();
    assert_eq!(packages.build().done().manifest("changed").kernels.len(), 1);
    assert!(packages.build().done().fresh("changed"));
}

#[test]
fn a_broken_kernel_is_an_error_of_cargo_and_nothing_stale_is_embedded() {
    let packages = library("broken");
    let out_dir = packages.build().done().out_dir("broken");
    packages.edit("kernels/add_kernel.ttir", "arith.addf", "arith.addq");
    let said = packages.build();
    assert!(!said.ok);
    let stderr = text(&said);
    assert!(stderr.contains("error: broken@0.1.0: kernel `add_kernel`, `kernels/add_kernel.ttir`"), "{stderr}");
    assert!(stderr.contains("arith.addq"), "{stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("Traceback"), "{stderr}");
    assert!(!out_dir.join("triton-runner/manifest.json").exists());

    packages.edit("kernels/add_kernel.ttir", "arith.addq", "arith.addf");
    assert_eq!(packages.build().done().manifest("broken").kernels.len(), 1);
    packages.write("kernels/add_kernel.json", "{");
    let stderr = text(&packages.build());
    assert!(stderr.contains("error: broken@0.1.0: kernel `add_kernel`, `kernels/add_kernel.json`"), "{stderr}");
    packages.edit("Cargo.toml", "archs = ", "arches = ");
    let stderr = text(&packages.build());
    assert!(stderr.contains("error: broken@0.1.0:") && stderr.contains("arches"), "{stderr}");
}

#[test]
fn a_person_sees_errors_and_what_to_act_on_and_with_vv_each_slow_step() {
    let mut packages = library("seen");
    let said = packages.run(&["build", "--quiet"]).done();
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("", ""), "a build that works says nothing");
    packages.env.insert("TRITON_RUNNER_CACHE", "off".into());
    let said = packages.run(&["build", "-vv"]).done();
    let lines: Vec<_> = said.stdout.lines().filter_map(|line| line.strip_prefix("[seen 0.1.0] ")).collect();
    assert!(
        lines.contains(&"starting the Triton compiler 3.3.1, 2 to lower: 1 kernel for sm_80 and sm_90"),
        "{lines:?}"
    );
    for start in ["lowered 1 of 2: add_kernel for sm_", "lowered 2 of 2: add_kernel for sm_"] {
        assert!(lines.iter().any(|line| line.starts_with(start)), "{lines:?}");
    }
    // Registers that don't suffice, which other numbers of warps would mend.
    packages.copy("examples/matmul/kernels/matmul.ttir", "kernels/matmul.ttir");
    packages.copy("examples/matmul/kernels/matmul.json", "kernels/matmul.json");
    packages.edit("kernels/matmul.json", "\"num_warps\": 8", "\"num_warps\": 4");
    packages.edit("Cargo.toml", "\"sm_90\"", "\"sm_86\"");
    let warned = |said: &Said| {
        let mut lines = said.stderr.lines().filter(|line| line.contains("warning: seen@0.1.0: "));
        lines.any(|line| line.contains("kernel `matmul` for sm_80, sm_86:") && line.contains("spill"))
    };
    let said = packages.build().done();
    assert!(warned(&said), "{}", said.stderr);
    // Cargo keeps it in mind.
    assert!(warned(&packages.build().done()));
    packages.edit("kernels/add_kernel.ttir", "arith.addf", "arith.addq");
    let said = packages.build();
    let lines: Vec<_> = said.stderr.lines().filter(|line| line.starts_with("error: seen@0.1.0: ")).collect();
    assert_eq!(lines.len(), 2, "{}", said.stderr);
    assert!(!said.stderr.contains("rerun-if"), "what only cargo reads is no part of it: {}", said.stderr);
}

#[cfg(unix)]
#[test]
fn two_cargos_at_once_share_a_cold_cache() {
    let mut packages = library("together");
    let home = packages.path().join("home");
    std::fs::create_dir(&home).unwrap();
    e2e::script::link_toolchains(&home);
    packages.env.insert("TRITON_RUNNER_HOME", home.display().to_string());
    // Cargo has a lock for each profile, so that these run side by side.
    let profiles: [&[&str]; 2] = [&["build"], &["build", "--release"]];
    let start = |arguments: &&[&str]| {
        let mut command = packages.cargo(arguments);
        command.arg("--message-format=json-render-diagnostics");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running = profiles.each_ref().map(start);
    let said = running.map(|child| Said::from(child.wait_with_output().unwrap()).done());
    let images = said.map(|said| {
        let folder = said.out_dir("together").join("triton-runner");
        ["add_kernel.sm_80.cubin", "add_kernel.sm_90a.cubin"].map(|name| std::fs::read(folder.join(name)).unwrap())
    });
    assert!(images[0] == images[1]);
    let mut names = e2e::script::files(&home.join("cache"));
    names.remove(std::path::Path::new(".cleaned"));
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_program_runs_with_its_own_kernels_and_a_librarys_under_other_names_and_editions() {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let repository = repository().display().to_string();
    packages.write("Cargo.toml", "[workspace]\nmembers = [\"maths\", \"program\"]\nresolver = \"2\"\n");
    // Everything by another name, in an older edition, with the settings in code.
    packages.write(
        "maths/Cargo.toml",
        format!(
            "[package]\nname = \"maths\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n\
             [dependencies]\ngpu = {{ package = \"triton-runner-rt\", path = \"{repository}/triton-runner-rt\" }}\n\n\
             [build-dependencies]\nlowering = {{ package = \"triton-runner-build\", path = \"{repository}/triton-runner-build\" }}\n"
        ),
    );
    packages.write(
        "maths/build.rs",
        "fn main() {\n    lowering::Builder::new().triton(\"3.3.1\").archs([\"sm_80\", \"sm_90\"]).kernels([\"shaders\"]).build();\n}\n",
    );
    packages.write(
        "maths/src/lib.rs",
        "//! Kernels for others.\n\ngpu::triton_kernel! {\n    #[grid(n.div_ceil(BLOCK))]\n    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);\n}\n",
    );
    packages.copy(&format!("{ADD}.ttir"), "maths/shaders/add_kernel.ttir");
    packages.copy(&format!("{ADD}.json"), "maths/shaders/add_kernel.json");
    packages.write(
        "program/Cargo.toml",
        cargo_toml("program", "2024", "triton = \"3.3.1\"\narchs = [\"sm_86\"]\nptx = [\"sm_86\"]")
            + &format!(
                "\n[dependencies]\nmaths = {{ path = \"../maths\" }}\ntriton-runner-rt = {{ path = \"{repository}/triton-runner-rt\" }}\n"
            ),
    );
    packages.write("program/build.rs", BUILD_RS);
    packages.write(
        "program/src/main.rs",
        r#"use triton_runner_rt::triton_kernel;

triton_kernel! { add_kernel; }

fn main() {
    for (owner, images) in [("maths", maths::AddKernel::embedded()), ("program", AddKernel::embedded())] {
        for image in images {
            println!("{owner} {} {:?} {}", image.arch, image.kind, image.size());
        }
    }
    match triton_runner_rt::context(0) {
        Ok(context) => println!("loads {}", maths::AddKernel::load(&context).is_ok()),
        Err(error) => println!("no GPU: {error}"),
    }
}
"#,
    );
    packages.copy(&format!("{ADD}.ttir"), "program/kernels/add_kernel.ttir");
    packages.copy(&format!("{ADD}.json"), "program/kernels/add_kernel.json");
    let said = packages.run(&["run", "--package", "program"]).done();
    let mut lines = said.stdout.lines();
    for start in ["maths sm_80 Cubin ", "maths sm_90a Cubin ", "program sm_86 Cubin ", "program sm_86 Ptx "] {
        let line = lines.next().unwrap_or_default();
        assert!(line.starts_with(start), "`{start}` does not start `{line}`:\n{}", said.stdout);
    }
    assert!(lines.next().is_some_and(|line| line.starts_with("no GPU: ") || line == "loads true"), "{}", said.stdout);
    // Neither code nor constants name a folder of this machine.
    let program = std::fs::read(packages.target.join("debug/program")).unwrap();
    for folder in [packages.path().to_owned(), packages.target.join("debug/build")] {
        let name = folder.display().to_string();
        assert!(!program.windows(name.len()).any(|part| part == name.as_bytes()), "{name} is in the program");
    }
    // Both crates again, nothing to do.
    let said = packages.build().done();
    assert!(said.fresh("maths") && said.fresh("program"));
    packages.edit("maths/shaders/add_kernel.ttir", "arith.addf", "arith.subf");
    let said = packages.build().done();
    assert!(!said.fresh("maths") && !said.fresh("program"));
}
