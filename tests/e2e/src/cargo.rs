//! Packages that cargo builds, in a folder of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;
use triton_runner_manifest::Manifest;

use crate::{file, repository, triton};

/// Packages in a temporary folder. Dependencies are built once for all tests, in a target folder that they share.
#[derive(Debug)]
pub struct Packages {
    folder: TempDir,
    /// Where cargo builds.
    pub target: PathBuf,
    /// What cargo's environment holds beside the test's own.
    pub env: BTreeMap<&'static str, String>,
}

/// What a run of cargo said.
#[derive(Debug)]
pub struct Said {
    /// Whether it worked.
    pub ok: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    messages: Vec<Value>,
}

#[allow(clippy::unwrap_used, clippy::panic, reason = "for tests")]
impl Packages {
    /// An empty folder. `target_tmpdir` is `env!("CARGO_TARGET_TMPDIR")`, which only tests have.
    ///
    /// # Panics
    ///
    /// If the folder can't be made.
    pub fn new(target_tmpdir: &str) -> Self {
        triton::toolchain();
        let packages = Self {
            folder: tempfile::tempdir().unwrap(),
            target: Path::new(target_tmpdir).join("packages"),
            env: BTreeMap::new(),
        };
        // The versions that this repository uses are there without a network.
        packages.write("Cargo.lock", file("Cargo.lock"));
        packages
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts a file into it.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Copies a file of this repository.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn copy(&self, from: &str, name: &str) {
        self.write(name, file(from));
    }

    /// Replaces text in a file. It must be there.
    ///
    /// # Panics
    ///
    /// If it isn't.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in {name}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Cargo, in this folder and without a network.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(self.path()).args(arguments);
        // What cargo and this repository's configuration tell tests is not what a user's shell holds.
        for name in ["CARGO_MAKEFLAGS", "MAKEFLAGS", "TRITON_RUNNER_SETUP", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
            command.env_remove(name);
        }
        // Smaller and sooner done.
        command.envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "0")]);
        command.env("CARGO_TARGET_DIR", &self.target).env("CARGO_NET_OFFLINE", "true").envs(&self.env);
        command
    }

    /// Runs cargo.
    ///
    /// # Panics
    ///
    /// If it doesn't start.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.cargo(arguments).output().unwrap().into()
    }

    /// `cargo build`, with what was made told as JSON.
    pub fn build(&self) -> Said {
        self.run(&["build", "--message-format=json-render-diagnostics"])
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        let messages = stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        Self { ok: output.status.success(), stdout, stderr, messages }
    }
}

#[allow(clippy::panic, reason = "for tests")]
impl Said {
    /// The same, if it worked.
    ///
    /// # Panics
    ///
    /// If it didn't.
    #[track_caller]
    pub fn done(self) -> Self {
        assert!(self.ok, "{}", self.stderr);
        self
    }

    fn messages<'a>(&'a self, reason: &'a str, package: &'a str) -> impl Iterator<Item = &'a Value> {
        let of_package = move |message: &&Value| {
            let id = message["package_id"].as_str().unwrap_or_default();
            id.contains(&format!("/{package}#")) || id.contains(&format!("#{package}@"))
        };
        self.messages.iter().filter(move |message| message["reason"] == reason).filter(of_package)
    }

    /// Whether cargo found nothing to do for a package.
    ///
    /// # Panics
    ///
    /// If the package wasn't built.
    #[track_caller]
    pub fn fresh(&self, package: &str) -> bool {
        let mut artifacts = self.messages("compiler-artifact", package).peekable();
        assert!(artifacts.peek().is_some(), "{package} was not built: {}{}", self.stdout, self.stderr);
        artifacts.all(|artifact| artifact["fresh"] == true)
    }

    /// OUT_DIR of a package.
    ///
    /// # Panics
    ///
    /// If it has none.
    #[track_caller]
    pub fn out_dir(&self, package: &str) -> PathBuf {
        let message = self.messages("build-script-executed", package).next();
        let folder = message.and_then(|message| message["out_dir"].as_str());
        PathBuf::from(folder.unwrap_or_else(|| panic!("{package} has no build script: {}", self.stderr)))
    }

    /// What was built for a package.
    ///
    /// # Panics
    ///
    /// If there is nothing.
    #[track_caller]
    pub fn manifest(&self, package: &str) -> Manifest {
        Manifest::read(&self.out_dir(package)).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The lines of a package's build script that start so.
    #[track_caller]
    pub fn lines(&self, package: &str, start: &str) -> Vec<String> {
        let output = self.out_dir(package).with_file_name("output");
        let text = std::fs::read_to_string(output).unwrap_or_default();
        text.lines().filter_map(|line| line.strip_prefix(start)).map(str::to_owned).collect()
    }
}

/// Cargo.toml of a package with kernels that is built against this repository.
pub fn cargo_toml(name: &str, edition: &str, settings: &str) -> String {
    let repository = repository().display().to_string();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"{edition}\"\n\n\
         [package.metadata.triton-runner]\n{settings}\n\n\
         [build-dependencies]\ntriton-runner-build = {{ path = \"{repository}/triton-runner-build\" }}\n"
    )
}

/// build.rs as everybody has it.
pub const BUILD_RS: &str = "fn main() {\n    triton_runner_build::build();\n}\n";
