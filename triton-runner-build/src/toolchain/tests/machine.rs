//! A machine of shell scripts.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::TRITON;
use crate::toolchain::{Toolchain, ToolchainError, Toolchains, WheelSource};

/// What `pip install` does when it works: `$site` has a library.
pub(super) const INSTALLS: &str = r#"mkdir -p "$site/triton/_C"; printf library > "$site/triton/_C/libtriton.so""#;

/// A machine: programs on a search path, and a home.
pub(super) struct Machine {
    pub(super) folder: TempDir,
}

/// How a shim answers when it is asked what it is.
pub(super) struct Shim<'a> {
    pub(super) version: &'a str,
    pub(super) tag: &'a str,
    pub(super) implementation: &'a str,
    pub(super) libc: &'a str,
    pub(super) pip: bool,
    pub(super) triton: Option<&'a str>,
    /// What `-m pip` does; `$site` is the target folder.
    pub(super) installs: &'a str,
}

pub(super) const GOOD: Shim<'static> = Shim {
    version: "3.11.7",
    tag: "cp311",
    implementation: "CPython",
    libc: "glibc",
    pip: true,
    triton: None,
    installs: INSTALLS,
};

impl Machine {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder }
    }

    pub(super) fn program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.folder.path().join("bin").join(name);
        // Not written by this process: a thread that starts a program right then would inherit the open file, and a file
        // that is open for writing cannot be started.
        let write = Command::new("/bin/sh")
            .args(["-c", "printf '#!/bin/sh\n%s\n' \"$TEXT\" > \"$0\" && chmod 755 \"$0\""])
            .arg(&path)
            .env("TEXT", script)
            .status();
        assert!(write.unwrap().success());
        path
    }

    pub(super) fn python(&self, name: &str, shim: &Shim<'_>) -> PathBuf {
        let path = self.folder.path().join("bin").join(name);
        let triton = shim
            .triton
            .map(|version| serde_json::json!({"version": version, "package": self.folder.path().join("own/triton")}));
        let answer = serde_json::json!({
            "executable": path, "version": shim.version, "implementation": shim.implementation, "tag": shim.tag,
            "platform": format!("linux-{}", std::env::consts::ARCH), "libc": shim.libc, "pip": shim.pip,
            "triton": triton,
        });
        let installs = shim.installs;
        let log = self.folder.path().join("pip.log");
        self.program(
            name,
            &format!(
                r#"if [ "$2" = -c ]; then printf '%s\n' '{answer}'; exit 0; fi
echo "$@" >> '{}'
while [ "$1" != --target ]; do shift; done
site=$2
{installs}"#,
                log.display()
            ),
        )
    }

    pub(super) fn search(&self) -> PathBuf {
        self.folder.path().join("bin")
    }

    pub(super) fn toolchains(&self) -> Toolchains {
        self.toolchains_with(None)
    }

    pub(super) fn toolchains_with(&self, python: Option<PathBuf>) -> Toolchains {
        // The scripts themselves need mkdir and such.
        Toolchains::new(self.folder.path().join("home"), python, self.search().into())
    }

    pub(super) fn install(&self) -> Result<Toolchain, ToolchainError> {
        self.toolchains().install(&TRITON, &WheelSource::Index, false, &mut |_| {})
    }

    pub(super) fn error(&self) -> String {
        let error = self.install().unwrap_err().to_string();
        self.assert_clean();
        error
    }

    /// How often an installer ran.
    pub(super) fn runs(&self) -> usize {
        fs::read_to_string(self.folder.path().join("pip.log")).unwrap_or_default().lines().count()
    }

    /// Nothing half-done is left.
    pub(super) fn assert_clean(&self) {
        let left: Vec<_> = fs::read_dir(self.folder.path().join("home/toolchains"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".staging-"))
            .collect();
        assert_eq!(left, [""; 0]);
    }
}
