//! Packages with many kernels, and the build script that cargo makes for them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peers;

/// A kernel's two files.
#[derive(Clone)]
pub(crate) struct Kernel {
    pub(crate) name: String,
    pub(crate) ttir: String,
    pub(crate) json: String,
}

impl Kernel {
    /// The kernels beside this file.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernels");
        let mut kernels: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "ttir"))
            .map(|path| Self {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                ttir: std::fs::read_to_string(&path).unwrap(),
                json: std::fs::read_to_string(path.with_extension("json")).unwrap(),
            })
            .collect();
        kernels.sort_by(|a, b| a.name.cmp(&b.name));
        assert!(kernels.len() >= 14);
        kernels
    }

    /// The same under another name, so that its machine code is another.
    pub(crate) fn renamed(&self, name: &str) -> Self {
        let from = format!("@{}(", self.name);
        assert!(self.ttir.contains(&from));
        let json = self.json.replace(&format!("\"name\": \"{}\"", self.name), &format!("\"name\": \"{name}\""));
        let renamed = Self { name: name.to_owned(), json, ..self.clone() };
        renamed.with_ttir(self.ttir.replace(&from, &format!("@{name}(")))
    }

    /// With another text, for which its JSON was written then.
    fn with_ttir(&self, ttir: String) -> Self {
        let json = self.json.replace(&sha256(&self.ttir), &sha256(&ttir));
        Self { name: self.name.clone(), ttir, json }
    }

    /// The same with a line more.
    pub(crate) fn edited(&self, number: usize) -> Self {
        self.with_ttir(format!("{}// edit {number}\n", self.ttir))
    }

    /// What Triton is told of it.
    pub(crate) fn options(&self) -> serde_json::Value {
        let json: serde_json::Value = serde_json::from_str(&self.json).unwrap();
        serde_json::json!({"num_warps": json["num_warps"], "num_stages": json["num_stages"]})
    }
}

fn sha256(text: &str) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How a run of a build script went.
pub(crate) struct Build {
    pub(crate) took: Duration,
    /// Kernels that were lowered, each for each architecture.
    pub(crate) lowered: usize,
}

/// A package with its OUT_DIR and a cache of its own.
pub(crate) struct Package {
    folder: TempDir,
}

impl Package {
    pub(crate) fn new(kernels: &[Kernel], archs: &[u16]) -> Self {
        let package = Self { folder: tempfile::tempdir().unwrap() };
        let archs: Vec<_> = archs.iter().map(|arch| format!("\"sm_{arch}\"")).collect();
        for name in ["kernels", "out", "home"] {
            std::fs::create_dir(package.folder.path().join(name)).unwrap();
        }
        let settings = format!("triton = \"{}\"\narchs = [{}]", peers::TRITON, archs.join(", "));
        let manifest = format!("[package]\nname = \"many\"\n\n[package.metadata.triton-runner]\n{settings}\n");
        std::fs::write(package.folder.path().join("Cargo.toml"), manifest).unwrap();
        // What they were exported from, as in a package of a user.
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/kernels/kernels.py");
        std::fs::copy(python, package.folder.path().join("kernels/kernels.py")).unwrap();
        kernels.iter().for_each(|kernel| package.write(kernel));
        peers::link_toolchains(&package.folder.path().join("home"));
        package
    }

    /// Writes a kernel, or writes it anew.
    pub(crate) fn write(&self, kernel: &Kernel) {
        let path = self.folder.path().join("kernels").join(&kernel.name);
        std::fs::write(path.with_extension("ttir"), &kernel.ttir).unwrap();
        std::fs::write(path.with_extension("json"), &kernel.json).unwrap();
    }

    /// Runs the build script as cargo does.
    pub(crate) fn build(&self, script: &Path) -> Build {
        let mut command = Command::new(script);
        command.env("CARGO_MANIFEST_DIR", self.folder.path()).env("OUT_DIR", self.folder.path().join("out"));
        command.env("TRITON_RUNNER_HOME", self.folder.path().join("home"));
        for name in ["CARGO_MAKEFLAGS", "TRITON_RUNNER_CACHE", "TRITON_RUNNER_ARCHS", "TRITON_RUNNER_PYTHON"] {
            command.env_remove(name);
        }
        let begun = Instant::now();
        let output = command.output().unwrap();
        let took = begun.elapsed();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        Build { took, lowered: said.lines().filter(|line| line.starts_with("lowered ")).count() }
    }

    /// Compares its machine code with what others made: `(kernel, architecture, cubin)`.
    pub(crate) fn holds(&self, cubins: &[(String, u16, Vec<u8>)]) {
        for (name, arch, cubin) in cubins {
            let suffix = if *arch >= 90 { "a" } else { "" };
            let path = self.folder.path().join(format!("out/triton-runner/{name}.sm_{arch}{suffix}.cubin"));
            assert!(std::fs::read(&path).unwrap() == *cubin, "{name} for sm_{arch} is not what Triton makes of it");
        }
    }
}

/// The program that cargo makes of a build script that calls this crate, with cargo's defaults: no optimization.
pub(crate) fn build_script() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script");
    std::fs::create_dir_all(folder.join("src")).unwrap();
    let here = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"many\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[build-dependencies]\n\
         triton-runner-build = {{ path = \"{here}\" }}\n\n[package.metadata.triton-runner]\narchs = [\"sm_90\"]\n\n[workspace]\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(folder.join("build.rs"), "fn main() {\n    triton_runner_build::build();\n}\n").unwrap();
    std::fs::write(folder.join("src/lib.rs"), "").unwrap();
    std::fs::create_dir_all(folder.join("kernels")).unwrap();
    std::fs::copy(Path::new(here).join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = folder.join("target");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--release", "--offline", "--message-format=json"]).current_dir(&folder);
    let output = command.env("CARGO_TARGET_DIR", &target).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let script = messages
        .filter(|message| message["target"]["kind"][0] == "custom-build")
        .filter(|message| message["package_id"].as_str().is_some_and(|id| id.contains("many")))
        .find_map(|message| message["filenames"][0].as_str().map(PathBuf::from));
    script.expect("cargo built a build script")
}
