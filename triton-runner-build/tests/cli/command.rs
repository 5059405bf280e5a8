//! Running the program.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use triton_runner_build::__internal::{self, Triton};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cargo-triton");

/// This repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of this repository.
#[track_caller]
pub(crate) fn file(path: &str) -> Vec<u8> {
    std::fs::read(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The managed compiler, installed if it isn't.
pub(crate) fn toolchain() -> &'static Triton {
    static TOOLCHAIN: OnceLock<Triton> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| installed("3.3.1"))
}

pub(crate) fn installed(version: &str) -> Triton {
    __internal::triton(version).unwrap_or_else(|error| panic!("{error}"))
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// The program with arguments; its environment has none of this project's variables but its home.
pub(crate) fn command<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("triton").args(args).stdin(Stdio::null());
    clean(&mut command);
    command
}

/// Takes away what a developer's shell or this repository's configuration sets.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TRITON_") && name != "TRITON_RUNNER_HOME" || name.starts_with("CARGO_NET") {
            command.env_remove(&*name);
        }
    }
}

impl Ran {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        for word in ["panicked", "RUST_BACKTRACE"] {
            assert!(!stderr.contains(word), "{stderr}");
        }
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    /// It worked; what it wrote.
    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stderr, String::from_utf8_lossy(&self.stdout));
        self.text()
    }

    /// It failed with one error that has all these parts, and wrote nothing to standard output.
    #[track_caller]
    pub(crate) fn error(&self, parts: &[&str]) -> &str {
        assert_eq!(self.code, Some(1), "{}\n{}", self.stderr, String::from_utf8_lossy(&self.stdout));
        assert_eq!(self.text(), "");
        let start = self.stderr.find("error: ").unwrap_or_else(|| panic!("no `error: `: {}", self.stderr));
        let message = &self.stderr[start..];
        assert!(!message.contains("Traceback"), "{message}");
        for part in parts {
            assert!(message.contains(part), "`{part}` is not in:\n{message}");
        }
        message
    }

    /// The command line was wrong.
    #[track_caller]
    pub(crate) fn usage(&self, parts: &[&str]) {
        assert_eq!(self.code, Some(2), "{}", self.stderr);
        assert!(self.stderr.starts_with("error: "), "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in:\n{}", self.stderr);
        }
    }
}

/// Runs it with these arguments.
pub(crate) fn triton(args: &[&str]) -> Ran {
    Ran::of(&mut command(args))
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The same command in a terminal of so many columns; when `prompt` has been shown, `keys` are pressed.
pub(crate) fn in_terminal(columns: u16, prompt: &str, keys: &str, program: &Command) -> Command {
    let mut python = Command::new("python3");
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/terminal.py"));
    python.args([&columns.to_string(), prompt, keys]).arg(program.get_program()).args(program.get_args());
    python.stdin(Stdio::null()).env("TERM", "xterm-256color");
    clean(&mut python);
    python
}

/// A Python of the user's: the managed one's interpreter, with these folders on its path beside Triton.
pub(crate) fn own_python(place: &Path, folders: &[&Path]) -> PathBuf {
    let toolchain = toolchain();
    let mut path = vec![toolchain.site.as_path()];
    path.extend(folders);
    let path = std::env::join_paths(path).unwrap().into_string().unwrap();
    let text = format!("#!/bin/sh\nPYTHONPATH='{path}' exec '{}' \"$@\"\n", toolchain.python.display());
    let program = place.join("python");
    // Not written by this process: a program that is open for writing in a thread's child can't be started.
    let script = "printf '%s' \"$TEXT\" > \"$0\" && chmod 755 \"$0\"";
    assert!(Command::new("sh").args(["-c", script]).arg(&program).env("TEXT", text).status().unwrap().success());
    program
}
