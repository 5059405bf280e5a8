//! Images that are embedded and locked compressed: what changes, and that nothing else does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use e2e::repository;
use e2e::script::{Ran, Script, files, snapshot};
use triton_runner_manifest::Manifest;
use triton_runner_manifest::packed::Packed;

use crate::locked::cargo_triton;

const PROGRAM: &str = env!("CARGO_BIN_EXE_build-script");
const SETTINGS: &str = "archs = [\"sm_80\", \"sm_90\"]\nptx = [\"sm_80\"]\ncompress = false";
const FORMS: [&str; 3] = ["true", "3", "\"solid\""];

fn set(script: &Script, from: &str, to: &str) {
    script.edit("Cargo.toml", &format!("compress = {from}"), &format!("compress = {to}"));
}

/// The files of compressed images, as the manifest has them and as they lie in OUT_DIR.
fn compressed(script: &Script) -> Vec<String> {
    let manifest = Manifest::read(&script.out_dir()).unwrap();
    let listed = manifest.packed.as_ref().map(Packed::files).unwrap_or_default();
    for (name, bytes) in &listed {
        assert_eq!(script.image(name).len() as u64, *bytes);
    }
    let mut listed: Vec<_> = listed.into_iter().map(|(name, _)| name.to_owned()).collect();
    listed.sort();
    let there = |name: &String| name.ends_with(".zst") || name.ends_with(".dictionary");
    assert_eq!(script.outputs().into_iter().filter(there).collect::<Vec<_>>(), listed);
    listed
}

/// Everything in OUT_DIR, with its times, but for the notes on it, whose times are of the last look.
fn written(script: &Script) -> BTreeMap<PathBuf, (u64, Option<SystemTime>)> {
    let mut all = snapshot(&script.out_dir());
    all.retain(|path, _| {
        path.is_relative() && path.file_name().is_some_and(|name| name != "stamp" && name != "triton-runner")
    });
    all
}

#[test]
fn a_change_of_form_makes_no_kernel_anew_and_leaves_nothing_behind() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    assert_eq!(script.run().done().lowered(), 4);
    let outputs = script.outputs();
    let kernels = |script: &Script| Manifest::read(&script.out_dir()).unwrap().kernels;
    let before = kernels(&script);
    assert!(compressed(&script).is_empty());
    let mut form = "false";
    for next in FORMS {
        set(&script, form, next);
        form = next;
        assert_eq!(script.run().done().lowered(), 0);
        let solid = ["images.sm_80.cubin.zst", "images.sm_80.ptx.zst", "images.sm_90.cubin.zst"];
        let count = if next == "\"solid\"" { solid.len() } else { 6 };
        assert_eq!(compressed(&script).len(), count, "{next}");
        // What the rest goes by is of the images as they are.
        assert_eq!(kernels(&script), before);
        let before = written(&script);
        assert_eq!(script.run().done().lowered(), 0);
        assert_eq!(written(&script), before, "a build with nothing to do did something");
    }
    set(&script, form, "false");
    script.run().done();
    assert_eq!(script.outputs(), outputs);
}

#[test]
fn one_kernel_that_changes_changes_what_it_is_compressed_with() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    set(&script, "false", "\"solid\"");
    script.run().done();
    let before = script.image("images.sm_80.cubin.zst");
    script.edit("kernels/k1.json", "\"num_warps\": 4", "\"num_warps\": 8");
    assert_eq!(script.run().done().lowered(), 2);
    assert!(script.image("images.sm_80.cubin.zst") != before);
    assert_eq!(compressed(&script).len(), 3);
}

#[test]
fn a_form_that_there_is_not_is_refused_with_those_that_there_are() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    for wrong in ["0", "23", "\"best\"", "[true]"] {
        script.edit("Cargo.toml", "compress = false", &format!("compress = {wrong}"));
        let errors = script.run().errors();
        assert!(
            errors.contains("a level of zstd from 1 to 22, or \"solid\"") && errors.contains("Cargo.toml"),
            "{errors}"
        );
        script.edit("Cargo.toml", &format!("compress = {wrong}"), "compress = false");
    }
}

/// Takes away everything but the package and OUT_DIR: home, cache, compiler, programs.
fn bare(script: &mut Script) {
    std::fs::remove_dir_all(script.home()).unwrap();
    std::fs::remove_dir_all(script.out_dir()).unwrap();
    std::fs::create_dir(script.out_dir()).unwrap();
    script.env.retain(|name, _| ["CARGO_MANIFEST_DIR", "OUT_DIR"].contains(name));
    for name in ["PATH", "HOME", "TMPDIR"] {
        script.env.insert(name, "/nonexistent".into());
    }
}

#[test]
fn a_lock_is_as_small_as_what_is_embedded_and_builds_with_nothing_else() {
    for form in FORMS {
        let mut script = Script::with_kernels(PROGRAM, SETTINGS, 2);
        set(&script, "false", form);
        script.package.write("src/lib.rs", "").unwrap();
        let said = cargo_triton(&script, &["lock"]).done().stdout;
        assert!(said.contains("p: 4 images, ") && said.contains(" KiB in "), "{said}");
        let said = cargo_triton(&script, &["lock", "--check"]).done();
        assert!(
            said.stdout.contains("are as they were locked") && !said.stderr.contains("compress"),
            "{}",
            said.stderr
        );
        let folder = script.package.path().join("kernels/prebuilt");
        let locked: Vec<_> =
            files(&folder).into_iter().filter(|path| path.as_path() != std::path::Path::new("lock.json")).collect();
        assert!(locked.iter().all(|path| path.extension().is_some_and(|extension| extension == "zst")), "{locked:?}");
        // What a build without the lock makes.
        script.env.insert("TRITON_RUNNER_PREBUILT", "off".into());
        script.run().done();
        let kernels = Manifest::read(&script.out_dir()).unwrap().kernels;
        bare(&mut script);
        assert_eq!(script.run().done().lowered(), 0);
        assert_eq!(Manifest::read(&script.out_dir()).unwrap().kernels, kernels);
        for name in &locked {
            // Nothing was compressed again.
            assert!(script.image(name.to_str().unwrap()) == std::fs::read(folder.join(name)).unwrap());
        }
    }
}

#[test]
fn a_lock_of_another_form_is_used_and_a_check_says_so() {
    let mut script = Script::with_kernels(PROGRAM, SETTINGS, 2);
    script.package.write("src/lib.rs", "").unwrap();
    let mut form = "false";
    for next in ["true", "\"solid\"", "false"] {
        cargo_triton(&script, &["lock"]).done();
        set(&script, form, next);
        let said = cargo_triton(&script, &["lock", "--check"]).done();
        let expected =
            format!("with `compress = {form}`, and the settings say `compress = {next}`: run `cargo triton lock`");
        assert!(said.stderr.contains(&expected), "{}", said.stderr);
        form = next;
    }
    // What was locked as it is, before there was a setting, is compressed by the build.
    cargo_triton(&script, &["lock"]).done();
    let lock = std::fs::read_to_string(script.package.path().join("kernels/prebuilt/lock.json")).unwrap();
    assert!(lock.contains("\"format\": 1") && !lock.contains("compress"));
    set(&script, "false", "\"solid\"");
    bare(&mut script);
    script.run().done();
    assert_eq!(compressed(&script).len(), 3);
}

#[test]
fn a_damaged_file_of_a_compressed_lock_is_an_error_that_names_kernel_and_file() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    set(&script, "false", "true");
    script.package.write("src/lib.rs", "").unwrap();
    cargo_triton(&script, &["lock"]).done();
    let name = "kernels/prebuilt/k0.sm_90.cubin.zst";
    let path = script.package.path().join(name);
    let whole = std::fs::read(&path).unwrap();
    for damaged in [&whole[..whole.len() / 2], &[], &[whole.as_slice(), b"x"].concat(), &[0x55; 100]] {
        std::fs::write(&path, damaged).unwrap();
        let errors = script.run().errors();
        for part in ["kernel `k0`", "for sm_90", name, "is not the file that was locked", "cargo triton lock"] {
            assert!(errors.contains(part), "{part}: {errors}");
        }
    }
    // Another image of the same size, whole.
    std::fs::write(&path, &whole).unwrap();
    let lock = script.package.path().join("kernels/prebuilt/lock.json");
    let text = std::fs::read_to_string(&lock).unwrap();
    std::fs::write(&lock, text.replace("k0.sm_90.cubin.zst", "k0.sm_80.cubin.zst")).unwrap();
    let errors = script.run().errors();
    assert!(errors.contains("kernel `k0`") && errors.contains("is not the file that was locked"), "{errors}");
}

const MAIN_RS: &str = r#"
#![deny(warnings)]
mod one {
    triton_runner_rt::triton_kernel!(pub unsafe k0);
}
mod two {
    triton_runner_rt::triton_kernel!(pub unsafe k1);
    pub mod three {
        triton_runner_rt::triton_kernel!(pub unsafe twin);
    }
}

fn main() -> triton_runner_rt::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let kernels = [("k0", one::K0::embedded()), ("k1", two::K1::embedded()), ("twin", two::three::Twin::embedded())];
    for (name, images) in kernels {
        for (index, image) in images.iter().enumerate() {
            let bytes = image.bytes()?;
            assert_eq!(bytes.as_ptr() as usize % 64, 0);
            std::fs::write(folder.join(format!("{name}.{index}")), &*bytes).unwrap();
        }
    }
    let context = triton_runner_rt::context(0)?;
    println!("{}", one::K0::load(&context)?.info());
    println!("{}", two::K1::load(&context)?.info());
    println!("{}", two::three::Twin::load(&context)?.info());
    Ok(())
}
"#;

fn count(of: &[u8], within: &[u8]) -> usize {
    within.windows(of.len()).filter(|window| *window == of).count()
}

#[test]
fn a_program_of_each_form_holds_each_image_once_and_loads_it() {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let repository = repository().display().to_string();
    let cargo_toml = |form: &str, feature: &str| {
        let settings = format!("archs = [\"sm_80\", \"sm_90\"]\nptx = [\"sm_80\"]\ncompress = {form}");
        let build = format!("path = \"{repository}/triton-runner-build\" }}");
        let toml = cargo_toml("small", "2024", &settings)
            .replace(&build, &build.replace(" }", ", features = [\"compress\"] }"));
        let runtime = format!("triton-runner-rt = {{ path = \"{repository}/triton-runner-rt\"{feature} }}");
        packages.write("Cargo.toml", format!("{toml}\n[dependencies]\n{runtime}\n\n[workspace]\n"));
    };
    packages.write("build.rs", BUILD_RS);
    packages.write("src/main.rs", MAIN_RS);
    // The third is the first under another name.
    for (name, function) in [("k0", "k0"), ("k1", "k1"), ("twin", "k0")] {
        for extension in ["ttir", "json"] {
            let text = e2e::file(&format!("examples/vector-add/kernels/add_kernel.{extension}"));
            let text = String::from_utf8(text).unwrap().replace("add_kernel", function);
            packages.write(&format!("kernels/{name}.{extension}"), text);
        }
    }

    cargo_toml("true", "");
    let said = packages.build();
    let line = "triton-runner-rt = { version = \"0.1.0\", features = [\"compress\"] }";
    assert!(!said.ok && said.stderr.contains(line), "{}", said.stderr);
    assert_eq!(
        said.stderr.matches("\nerror: ").count() + usize::from(said.stderr.starts_with("error: ")),
        2,
        "{}",
        said.stderr
    );

    let mut sizes = Vec::new();
    for form in ["false", "true", "\"solid\""] {
        cargo_toml(form, ", features = [\"compress\"]");
        let built = packages.build().done();
        let (out_dir, manifest) = (built.out_dir("small").join("triton-runner"), built.manifest("small"));
        let program = std::fs::read(packages.target.join("debug/small")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut run = Command::new(packages.target.join("debug/small"));
        let double = driver_double::Variant::Current.folder();
        let ran: Ran = run.arg(folder.path()).env("LD_LIBRARY_PATH", double).output().unwrap().into();
        let told = ran.done().stdout;
        assert!(told.contains("kernel `k0` on device 0") && told.contains("kernel `twin` on device 0"), "{told}");
        for kernel in &manifest.kernels {
            for (index, image) in kernel.images.iter().enumerate() {
                let whole = std::fs::read(out_dir.join(&image.file)).unwrap();
                let embedded = std::fs::read(folder.path().join(format!("{}.{index}", kernel.name))).unwrap();
                assert!(
                    embedded.strip_suffix(b"\0").unwrap_or(&embedded) == whole || embedded == whole,
                    "{}",
                    image.file
                );
                assert_eq!(count(&whole, &program), usize::from(form == "false"), "{} in {form}", image.file);
            }
        }
        for (name, _) in manifest.packed.iter().flat_map(Packed::files) {
            assert_eq!(count(&std::fs::read(out_dir.join(name)).unwrap(), &program), 1, "{name}");
        }
        sizes.push(program.len());
    }
    assert!(sizes[1] < sizes[0] && sizes[2] < sizes[1], "{sizes:?}");
}
