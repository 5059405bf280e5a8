//! Installing a toolchain: into a staging folder, then renamed into place, so that it is complete or absent.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use semver::Version;
use sha2::{Digest as _, Sha256};

use super::download::Watched;
use super::environment;
use super::installed::{LIBTRITON, MARKER, Marker, SITE, read};
use super::integrity;
use super::lock::{FolderLock, STAGING};
use super::pins::{self, Wheel};
use super::process;
use super::python::{self, Interpreter, Surroundings};
use super::{Toolchain, ToolchainError, Toolchains, WheelSource, release};

impl Toolchains {
    /// Installs a version, or finds it installed. `progress` is told about each step that takes a while.
    ///
    /// # Errors
    /// If there is no fitting Python, nothing to install with, no network, no space, or other bytes than pinned.
    pub(crate) fn install(
        &self,
        triton: &Version,
        source: &WheelSource,
        offline: bool,
        progress: &mut dyn FnMut(&str),
    ) -> Result<Toolchain, ToolchainError> {
        match self.find(triton) {
            Ok(Some(found)) => return Ok(found),
            // Beside the one that the user's interpreter has.
            Ok(None) | Err(ToolchainError::OwnPythonOther { .. }) => {}
            Err(error) => return Err(error),
        }
        let machine = pins::host()?;
        pins::check_known(triton, machine)?;
        let wheel_sha256 = match source {
            WheelSource::Index => None,
            WheelSource::Wheel(file) => Some(self.check_wheel(file, triton, machine)?),
        };
        let (python, tool, wheel) = self.choose_python(triton, machine, wheel_sha256.as_deref())?;
        if offline && *source == WheelSource::Index {
            return Err(ToolchainError::Offline { triton: triton.clone(), file: wheel.file.clone() });
        }
        let folder = self.folder();
        fs::create_dir_all(&folder).map_err(|error| match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::NotADirectory => {
                ToolchainError::NotWritable { folder: folder.clone(), source: error }
            }
            _ => full_or(error, triton, &folder, "create"),
        })?;
        let lock = FolderLock::take(&folder, progress)?;
        // Another build may have installed it while this one waited.
        if let Some(found) = self.find_installed(triton) {
            return Ok(found);
        }
        lock.clean();
        let place = folder.join(format!("triton-{triton}-{}-linux_{machine}", python.tag));
        let megabytes = wheel.size / 1_000_000;
        progress(&match source {
            WheelSource::Index => format!(
                "installing the Triton compiler {triton} for {} into `{}` ({megabytes} MB to download, once)",
                python.describe(),
                place.display()
            ),
            WheelSource::Wheel(file) => {
                format!("installing the Triton compiler {triton} from `{}` into `{}`", file.display(), place.display())
            }
        });
        let job = Installation { triton, python: &python, tool, wheel, source, folder: &folder };
        job.run(&place, progress)?;
        let toolchain = Toolchain::managed(&place, python.executable, triton.clone(), &wheel.sha256);
        progress(&format!("installed the Triton compiler {triton}"));
        Ok(toolchain)
    }

    /// Checks a wheel's bytes against the pins and returns their SHA-256.
    fn check_wheel(&self, file: &Path, triton: &Version, machine: &str) -> Result<String, ToolchainError> {
        let found = sha256(file).map_err(ToolchainError::io("read", file))?;
        let Some((version, keys)) = pins::by_hash(&found) else {
            let tags = pins::pythons(triton, machine);
            let names = tags.iter().filter_map(|tag| pins::wheel(triton, tag, machine));
            let mut names: Vec<_> = names.map(|wheel| wheel.file.as_str()).collect();
            names.dedup();
            let wanted = format!("For this machine it would be one of {}", names.join(", "));
            return Err(ToolchainError::UnknownWheel { wheel: file.to_owned(), found, wanted });
        };
        if version != triton || !keys.iter().any(|key| key.ends_with(&format!("-{machine}"))) {
            let (found, pythons) = (version.clone(), keys.join(", "));
            let wanted = format!("Triton {triton} for {machine}");
            return Err(ToolchainError::OtherWheel { wheel: file.to_owned(), found, pythons, wanted });
        }
        Ok(found)
    }

    /// The best Python that this Triton has a wheel for, and what installs with it.
    fn choose_python(
        &self,
        triton: &Version,
        machine: &str,
        wheel_sha256: Option<&str>,
    ) -> Result<(Interpreter, Tool, &'static Wheel), ToolchainError> {
        let fits = |tag: &str| {
            pins::wheel(triton, tag, machine).filter(|wheel| wheel_sha256.is_none_or(|sha256| wheel.sha256 == sha256))
        };
        let uv = python::programs("uv", &self.search).next();
        let mut found = Vec::new();
        let mut without_pip = None;
        for path in python::candidates(&self.search) {
            let python = match Interpreter::ask(&path, Surroundings::Cleared) {
                Ok(python) => python,
                Err(error) => {
                    found.push((path, error));
                    continue;
                }
            };
            let usable = python.implementation == "CPython" && python.libc == "glibc" && python.machine() == machine;
            match fits(&python.tag).filter(|_| usable) {
                Some(wheel) if python.pip => return Ok((python, Tool::Pip, wheel)),
                Some(wheel) => match &uv {
                    Some(uv) => return Ok((python, Tool::Uv(uv.clone()), wheel)),
                    None => without_pip = without_pip.or(Some(python.executable)),
                },
                None => found.push((path, python.describe())),
            }
        }
        let tags = pins::pythons(triton, machine);
        let tags: Vec<_> = tags.into_iter().filter(|tag| fits(tag).is_some()).collect();
        let triton = triton.clone();
        let needed = needed(&tags);
        Err(match without_pip {
            Some(python) => ToolchainError::NoInstaller { triton, python },
            None if found.is_empty() => ToolchainError::NoPython { triton, needed },
            None => ToolchainError::WrongPythons { triton, needed, found },
        })
    }
}

/// What installs.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Tool {
    Pip,
    Uv(PathBuf),
}

impl Tool {
    const fn name(&self) -> &'static str {
        match self {
            Self::Pip => "pip",
            Self::Uv(_) => "uv",
        }
    }

    /// The command, up to the requirements.
    fn command(&self, python: &Interpreter, site: &Path) -> Command {
        let mut command = match self {
            Self::Pip => {
                let mut command = Command::new(&python.executable);
                command.args(["-m", "pip", "install", "--progress-bar", "off", "--disable-pip-version-check"]);
                command.arg("--no-input");
                command
            }
            Self::Uv(uv) => {
                let mut command = Command::new(uv);
                command.args(["pip", "install", "--no-progress", "--compile-bytecode", "--python"]);
                command.arg(&python.executable);
                command
            }
        };
        environment::clear_python(&mut command);
        // What the user's configuration may say about the user's own environment does not belong here.
        for name in ["PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_CONSTRAINT", "PIP_REQUIREMENT", "UV_CONSTRAINT"] {
            command.env_remove(name);
        }
        command.envs([("PIP_USER", "0"), ("PIP_REQUIRE_VIRTUALENV", "0")]);
        command.args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "--target"]).arg(site);
        command
    }
}

struct Installation<'a> {
    triton: &'a Version,
    python: &'a Interpreter,
    tool: Tool,
    wheel: &'a Wheel,
    source: &'a WheelSource,
    folder: &'a Path,
}

impl Installation<'_> {
    fn run(&self, place: &Path, progress: &mut dyn FnMut(&str)) -> Result<(), ToolchainError> {
        let staging = tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(self.folder)
            .map_err(|error| self.full_or(error, "create a folder in"))?;
        let write = |name: &str, text: &str| {
            let path = staging.path().join(name);
            fs::write(&path, text).map_err(|error| self.full_or(error, "write")).map(|()| path)
        };
        let requirement = match self.source {
            WheelSource::Index => release::requirement(self.triton),
            WheelSource::Wheel(file) => {
                // Installers read a wheel's name, and a user may have given it another.
                let file = std::path::absolute(file).map_err(ToolchainError::io("find", file))?;
                let link = staging.path().join(&self.wheel.file);
                link_file(&file, &link).map_err(ToolchainError::io("link", &link))?;
                link.display().to_string()
            }
        };
        let requirements = write("requirements.txt", &format!("{requirement} --hash=sha256:{}\n", self.wheel.sha256))?;
        // The unpacked wheel is large: it must not land in a small /tmp.
        let temporary = staging.path().join("tmp");
        fs::create_dir(&temporary).map_err(|error| self.full_or(error, "create"))?;
        let site = staging.path().join(SITE);
        let mut command = self.tool.command(self.python, &site);
        if let WheelSource::Wheel(_) = self.source {
            command.arg("--no-index");
        }
        command.arg("-r").arg(&requirements).env("TMPDIR", &temporary).stdin(Stdio::null());
        process::die_with_parent(&mut command);
        let watched = Watched {
            what: &format!("the Triton compiler {}", self.triton),
            folder: self.folder,
            bytes: (*self.source == WheelSource::Index).then_some(self.wheel.size),
        };
        let output = watched
            .output(&mut command, progress)
            .map_err(ToolchainError::io("start", Path::new(command.get_program())))?;
        if !output.status.success() {
            return Err(self.failed(&output));
        }
        for extra in [requirements, staging.path().join(&self.wheel.file)] {
            let _ = fs::remove_file(extra);
        }
        let _ = fs::remove_dir_all(&temporary);
        let library = staging.path().join(LIBTRITON);
        let libtriton = fs::metadata(&library).map_err(ToolchainError::io("find", &library))?.len();
        let marker = Marker {
            triton: self.triton.to_string(),
            tag: self.python.tag.clone(),
            sha256: self.wheel.sha256.clone(),
            python: self.python.executable.clone(),
            python_file: std::fs::canonicalize(&self.python.executable).unwrap_or_default(),
            libtriton,
            files: integrity::looks(&site),
        };
        let text = serde_json::to_string_pretty(&marker).map_err(io::Error::other);
        write(MARKER, &text.map_err(ToolchainError::io("describe", place))?)?;
        if place.exists() && read(place).is_none() {
            // Damaged: its marker or its library is gone or changed.
            fs::remove_dir_all(place).map_err(ToolchainError::io("remove", place))?;
        }
        open_up(staging.path()).map_err(ToolchainError::io("open up", staging.path()))?;
        fs::rename(staging.path(), place).map_err(ToolchainError::io("rename to", place))?;
        let _ = staging.keep();
        Ok(())
    }

    fn full_or(&self, error: io::Error, action: &'static str) -> ToolchainError {
        full_or(error, self.triton, self.folder, action)
    }

    /// Sorts what the installer said into what the user can act on.
    fn failed(&self, output: &std::process::Output) -> ToolchainError {
        let text = [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat();
        let (tool, triton, file) = (self.tool.name(), self.triton.clone(), self.wheel.file.clone());
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if says(&["No space left on device", "Disk quota exceeded"]) {
            return ToolchainError::DiskFull { triton, folder: self.folder.to_owned() };
        }
        if says(&["DO NOT MATCH THE HASHES", "Hash mismatch", "hash mismatch"]) {
            return ToolchainError::HashMismatch { file, expected: self.wheel.sha256.clone() };
        }
        let output = last_lines(&text, 6);
        if says(&[
            "NewConnectionError",
            "ConnectTimeoutError",
            "ReadTimeoutError",
            "ProxyError",
            "Temporary failure in name resolution",
            "Network is unreachable",
            "Could not fetch URL",
            "error sending request",
            "dns error",
        ]) {
            return ToolchainError::NoNetwork { tool, triton, output, file };
        }
        ToolchainError::InstallFailed { tool, triton, output, file }
    }
}

#[cfg(unix)]
fn link_file(file: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(file, link)
}

#[cfg(not(unix))]
fn link_file(file: &Path, link: &Path) -> io::Result<()> {
    fs::copy(file, link).map(|_| ())
}

/// A temporary folder is readable for its owner only; a home may be shared.
#[cfg(unix)]
fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_up(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The last lines that say something, cut where they are long.
fn last_lines(text: &str, count: usize) -> String {
    let mut lines: Vec<_> = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect();
    // The reason comes after pip's retries.
    lines.retain(|line| !line.contains("[notice]"));
    let start = lines.len().saturating_sub(count);
    let cut = |line: &&str| line.chars().take(300).collect::<String>();
    lines[start..].iter().map(cut).map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn full_or(error: io::Error, triton: &Version, folder: &Path, action: &'static str) -> ToolchainError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ToolchainError::DiskFull { triton: triton.clone(), folder: folder.to_owned() }
        }
        _ => ToolchainError::io(action, folder)(error),
    }
}

/// `CPython 3.9, 3.10 or 3.13 (free-threaded)`
fn needed(tags: &[&str]) -> String {
    let name = |tag: &&str| {
        let digits = tag.trim_start_matches("cp3").trim_end_matches('t');
        format!("3.{digits}{}", if tag.ends_with('t') { " (free-threaded)" } else { "" })
    };
    let names: Vec<_> = tags.iter().map(name).collect();
    match names.as_slice() {
        [] => "a CPython that it has a wheel for".to_owned(),
        [one] => format!("CPython {one}"),
        [rest @ .., last] => format!("CPython {} or {last}", rest.join(", ")),
    }
}

fn sha256(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
