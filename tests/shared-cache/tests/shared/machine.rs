//! Machines: a package with a home of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::script::{Ran, Script, files};
use shared_cache::s3::BUCKET;

const SCRIPT: &str = env!("CARGO_BIN_EXE_shared-cache-build-script");
const COMMAND: &str = env!("CARGO_BIN_EXE_shared-cache-command");

/// Results of the package: two kernels for two architectures.
pub(crate) const ALL: usize = 4;

pub(crate) struct Machine {
    pub(crate) script: Script,
}

impl Machine {
    /// One with a compiler, which has built the package.
    pub(crate) fn first() -> Self {
        let machine = Self::new();
        assert_eq!(machine.script.run().done().lowered(), ALL);
        machine
    }

    /// One with nothing: no compiler, no cache, no Python.
    pub(crate) fn second() -> Self {
        let mut machine = Self::new();
        std::fs::remove_file(machine.script.home().join("toolchains")).unwrap();
        machine.script.env.insert("PATH", "/nonexistent".into());
        machine
    }

    fn new() -> Self {
        let script = Script::with_kernels(SCRIPT, "archs = [\"sm_80\", \"sm_90\"]", 2);
        script.package.write("src/lib.rs", "").unwrap();
        Self { script }
    }

    /// `cargo triton cache ARGUMENTS`, with more in its environment.
    pub(crate) fn cache(&self, arguments: &[&str], env: &[(&str, String)]) -> Ran {
        let mut command = Command::new(COMMAND);
        command.current_dir(self.script.package.path()).args(["triton", "cache"]).args(arguments);
        command.env_clear().envs(&self.script.env);
        // It asks cargo about the package.
        for name in ["HOME", "CARGO", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "PATH"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.envs(env.iter().map(|(name, value)| (name, value)));
        let ran: Ran = command.output().unwrap().into();
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
        ran
    }

    /// What it says when it works: `pushed 4 of 4 results …`.
    #[track_caller]
    pub(crate) fn does(&self, arguments: &[&str], env: &[(&str, String)], starts: &str) -> Ran {
        let ran = self.cache(arguments, env).done();
        assert!(ran.stdout.starts_with(starts), "{}{}", ran.stdout, ran.stderr);
        ran
    }

    /// It fails, and says all this.
    #[track_caller]
    pub(crate) fn fails(&self, arguments: &[&str], env: &[(&str, String)], parts: &[&str]) -> String {
        let ran = self.cache(arguments, env);
        assert!(!ran.ok && ran.stdout.is_empty(), "{}{}", ran.stdout, ran.stderr);
        let said: String = ran.stderr.lines().skip_while(|line| !line.starts_with("error: ")).collect();
        for part in parts {
            assert!(said.contains(part), "`{part}` is not in: {}", ran.stderr);
        }
        said
    }

    /// Machine code of a build.
    pub(crate) fn images(&self) -> Vec<Vec<u8>> {
        let names = self.script.outputs().into_iter().filter(|name| name.ends_with(".cubin"));
        let images: Vec<_> = names.map(|name| self.script.image(&name)).collect();
        assert_eq!(images.len(), ALL);
        images
    }

    /// It builds, and nothing is lowered.
    #[track_caller]
    pub(crate) fn builds_as(&self, other: &Self) {
        let ran = self.script.run().done();
        assert_eq!(ran.lowered(), 0);
        assert!(self.images() == other.images());
        // A build knows nothing of shared caches.
        assert!(!ran.stdout.contains("TRITON_RUNNER_CACHE_"), "{}", ran.stdout);
    }
}

/// What reaches a bucket.
pub(crate) fn bucket(address: std::net::SocketAddr, [user, secret]: [&str; 2]) -> Vec<(&'static str, String)> {
    vec![
        ("TRITON_RUNNER_CACHE_URL", format!("s3://{BUCKET}/of/a/team")),
        ("AWS_ENDPOINT_URL", format!("http://{address}")),
        ("AWS_ACCESS_KEY_ID", user.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
    ]
}

/// Entries below a folder.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let is_entry = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "v1");
    files(folder).into_iter().filter(is_entry).map(|path| folder.join(path)).collect()
}
