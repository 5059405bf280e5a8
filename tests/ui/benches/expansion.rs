//! How long the compiler spends on expanding 100 kernels, with the macro built for release:
//! `cargo bench -p ui --bench expansion`.
//!
//! The compiler says so itself (`-Z time-passes`, which a stable one takes with RUSTC_BOOTSTRAP).

#[allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "shared with the macro's tests")]
#[path = "../../../triton-runner-macros/src/tests/kernels.rs"]
mod kernels;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use triton_runner_manifest::{BuiltKernel, Manifest};

const KERNELS: usize = 100;
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("expansion");
    let declarations: Vec<String> = (0..KERNELS).map(declaration).collect();
    let calls = |declarations: &str| format!("triton_runner_rt::triton_kernel! {{ {declarations} }}\n");
    let programs = [
        ("nothing", "macro_rules! nothing { () => {} }\n".to_owned() + &"nothing!();\n".repeat(KERNELS)),
        ("one_call", calls(&declarations.concat())),
        ("many_calls", declarations.iter().map(|declaration| calls(declaration)).collect()),
    ];
    let hash = package(&folder, &programs)?;
    let mut best = [f64::INFINITY; 3];
    for _ in 0..RUNS {
        for ((name, _), best) in programs.iter().zip(&mut best) {
            *best = best.min(expansion(&folder, name, &hash)?);
        }
    }
    let [nothing, one_call, many_calls] = best.map(|seconds| seconds * 1000.0);
    println!("expansion of {KERNELS} calls of an empty macro: {nothing:.0} ms");
    println!("{KERNELS} kernels in one call: {:.0} ms more", one_call - nothing);
    println!("{KERNELS} kernels in as many calls: {:.0} ms more", many_calls - nothing);
    Ok(())
}

/// Two usual kernels in turn, each under its own name.
fn declaration(i: usize) -> String {
    if i.is_multiple_of(2) {
        format!("#[grid(n.div_ceil(BLOCK))] pub fn k{i}(x: &[f32], y: &[f32], out: &mut [f32], n: i32);\n")
    } else {
        format!(
            "#[grid(M.div_ceil(BLOCK_M) * N.div_ceil(BLOCK_N))]
             pub fn k{i}(a: &[f16], b: &[f16], c: &mut [f32], M: i32, N: i32, K: i32);\n"
        )
    }
}

/// A package with these programs, and the manifest that they need, whose hash is given.
fn package(folder: &Path, programs: &[(&str, String)]) -> io::Result<String> {
    let mut manifest = kernels::manifest();
    let of = |name: &str| manifest.kernel(name).cloned().ok_or_else(|| io::Error::other(name.to_owned()));
    let usual = [of("add_kernel")?, of("matmul")?];
    let usual = usual.iter().cycle().take(KERNELS).enumerate();
    manifest.kernels = usual.map(|(i, kernel)| BuiltKernel { name: format!("k{i}"), ..kernel.clone() }).collect();
    let hash = kernels::write(&manifest, &folder.join("out"))?;

    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../triton-runner-rt").canonicalize()?;
    let toml = format!(
        "[package]\nname = \"expansion\"\nedition = \"2024\"\n\
         [dependencies]\ntriton-runner-rt.path = {runtime:?}\n\
         [profile.dev.build-override]\nopt-level = 3\n[workspace]\n"
    );
    fs::create_dir_all(folder.join("src/bin"))?;
    fs::write(folder.join("Cargo.toml"), toml)?;
    for (name, items) in programs {
        fs::write(folder.join(format!("src/bin/{name}.rs")), format!("{items}\nfn main() {{}}\n"))?;
    }
    Ok(hash)
}

/// Seconds that the expansion of a program takes.
fn expansion(folder: &Path, program: &str, hash: &str) -> Result<f64, Box<dyn Error>> {
    let source: PathBuf = folder.join(format!("src/bin/{program}.rs"));
    // So that Cargo compiles it again.
    fs::write(&source, fs::read(&source)?)?;
    let output = Command::new(env!("CARGO"))
        .current_dir(folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("OUT_DIR", folder.join("out"))
        .env(Manifest::HASH_VARIABLE, hash)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .args(["rustc", "--quiet", "--bin", program, "--", "-Ztime-passes", "-Ztime-passes-format=json"])
        .output()?;
    let text = String::from_utf8(output.stderr)? + &String::from_utf8(output.stdout)?;
    // Errors are quick to expand to.
    if !output.status.success() {
        return Err(format!("`{program}` doesn't compile:\n{text}").into());
    }
    let pass = text.lines().find(|line| line.contains("\"macro_expand_crate\""));
    let seconds = pass.and_then(|line| line.split_once("\"time\":")?.1.split([',', '}']).next()?.parse().ok());
    seconds.ok_or_else(|| format!("no time of the expansion:\n{text}").into())
}
