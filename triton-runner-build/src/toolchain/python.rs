//! Interpreters: finding them on `PATH` and asking each what it is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

use super::environment;

/// Names under which a Python is looked for, best first: the versions that most wheels exist for.
const NAMES: [&str; 9] = [
    "python3.13",
    "python3.12",
    "python3.11",
    "python3.10",
    "python3.9",
    "python3",
    "python3.14",
    "python3.15",
    "python",
];

/// What an interpreter says about itself.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Interpreter {
    pub(super) executable: PathBuf,
    /// `3.11.7`
    pub(super) version: String,
    /// `CPython`
    pub(super) implementation: String,
    /// As wheels spell it: `cp311`, `cp313t` for a free-threaded one.
    pub(super) tag: String,
    /// `linux-x86_64`
    pub(super) platform: String,
    /// `glibc`; anything else has no wheels.
    pub(super) libc: String,
    /// Whether `python -m pip` works.
    pub(super) pip: bool,
    pub(super) triton: Option<OwnTriton>,
}

/// A Triton that an interpreter has.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct OwnTriton {
    pub(super) version: String,
    pub(super) package: PathBuf,
}

/// Whether variables like `PYTHONPATH` hold for an interpreter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// The user named it, and so they are meant for it.
    Kept,
    /// It was found on `PATH`: they may be meant for another.
    Cleared,
}

impl Interpreter {
    /// Starts it once. The error says what happened instead of an answer.
    pub(super) fn ask(python: &Path, surroundings: Surroundings) -> Result<Self, String> {
        let mut command = Command::new(python);
        command.args(["-B", "-c", include_str!("probe.py")]);
        if surroundings == Surroundings::Cleared {
            environment::clear_python(&mut command);
        }
        let output = command.stdin(Stdio::null()).output().map_err(|error| format!("it does not start: {error}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let answer = text.lines().last().and_then(|line| serde_json::from_str::<Self>(line).ok());
        match answer {
            Some(mut interpreter) if output.status.success() => {
                // Empty where Python doesn't know; the path that worked will do.
                if !interpreter.executable.is_absolute() {
                    interpreter.executable = python.to_owned();
                }
                Ok(interpreter)
            }
            _ => {
                let errors = String::from_utf8_lossy(&output.stderr);
                let said = errors.lines().map(str::trim).rfind(|line| !line.is_empty());
                let first = errors.lines().map(str::trim).find(|line| !line.is_empty());
                // A shim says first what is wrong; an interpreter's own error ends with it.
                let said = if errors.contains("Traceback") { said } else { first };
                Err(match said {
                    Some(said) => format!("it does not run: {said}"),
                    None => format!("it does not run ({})", output.status),
                })
            }
        }
    }

    /// Machine of its platform: `x86_64` of `linux-x86_64`.
    pub(super) fn machine(&self) -> &str {
        self.platform.strip_prefix("linux-").unwrap_or(&self.platform)
    }

    /// `CPython 3.11.7`, as messages name it.
    pub(super) fn describe(&self) -> String {
        let threads = if self.tag.ends_with('t') { ", free-threaded" } else { "" };
        let libc = if self.libc == "glibc" { "" } else { ", without glibc" };
        let machine =
            if self.machine() == std::env::consts::ARCH { String::new() } else { format!(", for {}", self.platform) };
        format!("{} {}{threads}{libc}{machine}", self.implementation, self.version)
    }
}

/// Pythons on the search path, best first, each path once.
pub(super) fn candidates(search: &OsStr) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for name in NAMES {
        // Every one of a name, not only the first: the first may be a shim that doesn't run.
        for path in programs(name, search) {
            // `/bin` is often a link to `/usr/bin`. The file itself is not followed: a virtual environment is a link.
            let folder = path.parent().and_then(|folder| std::fs::canonicalize(folder).ok());
            let place = folder.map_or_else(|| path.clone(), |folder| folder.join(name));
            if !seen.contains(&place) {
                seen.push(place);
                found.push(path);
            }
        }
    }
    found
}

/// A program as a shell finds it: a path stays, a name is looked up.
pub(super) fn resolve(program: &Path, search: &OsStr) -> Option<PathBuf> {
    if program.components().count() > 1 || program.is_absolute() {
        return program.exists().then(|| std::path::absolute(program).ok()).flatten();
    }
    programs(program, search).next()
}

/// All programs of this name on the search path.
pub(super) fn programs(name: impl AsRef<Path>, search: &OsStr) -> impl Iterator<Item = PathBuf> {
    let folders: Vec<_> = std::env::split_paths(search).filter(|folder| folder.is_absolute()).collect();
    let file = file_of(name.as_ref(), std::env::consts::EXE_SUFFIX);
    folders.into_iter().map(move |folder| folder.join(&file)).filter(|path| is_executable(path))
}

/// The file of a program, where their names end with `suffix`: `ptxas.exe`.
pub(super) fn file_of(program: &Path, suffix: &str) -> PathBuf {
    let mut file = program.as_os_str().to_owned();
    if !program.to_string_lossy().to_ascii_lowercase().ends_with(suffix) {
        file.push(suffix);
    }
    file.into()
}

fn is_executable(path: &Path) -> bool {
    let Ok(data) = std::fs::metadata(path) else {
        return false;
    };
    #[cfg(unix)]
    let runs = std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let runs = true;
    data.is_file() && runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_a_file_with_the_systems_suffix() {
        let file = |name: &str, suffix: &str| file_of(Path::new(name), suffix).display().to_string();
        assert_eq!((file("ptxas", ""), file("python3.11", "")), ("ptxas".into(), "python3.11".into()));
        assert_eq!(
            (file("python3.11", ".exe"), file("ptxas.EXE", ".exe")),
            ("python3.11.exe".into(), "ptxas.EXE".into())
        );
    }
}
