//! Build scripts and the command, run as cargo runs them but in surroundings that a test chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant, SystemTime};

use tempfile::TempDir;

use crate::{Package, triton};

/// A package with folders of its own for everything that a build may touch.
#[derive(Debug)]
pub struct Script {
    /// The package. OUT_DIR is not in it.
    pub package: Package,
    /// OUT_DIR, home and temporary folder, each in here.
    place: TempDir,
    /// The build script's program.
    program: PathBuf,
    /// The whole environment.
    pub env: BTreeMap<&'static str, OsString>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ran {
    /// Whether it ended with 0.
    pub ok: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { ok: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

#[allow(clippy::panic, reason = "for tests")]
impl Ran {
    /// The same, if it worked.
    ///
    /// # Panics
    ///
    /// If it didn't.
    #[track_caller]
    pub fn done(self) -> Self {
        assert!(self.ok, "{}{}", self.stdout, self.stderr);
        self
    }

    /// The errors for cargo, if it failed.
    ///
    /// # Panics
    ///
    /// If it worked, or panicked.
    #[track_caller]
    pub fn errors(&self) -> String {
        assert!(!self.ok, "it worked: {}", self.stdout);
        let errors: Vec<_> = self.stdout.lines().filter_map(|line| line.strip_prefix("cargo::error=")).collect();
        let errors = errors.join("\n");
        assert!(!errors.is_empty() && !self.stderr.contains("panicked"), "{}{}", self.stdout, self.stderr);
        assert!(!errors.contains("Traceback"), "{errors}");
        errors
    }

    /// How many kernels were lowered, each for each architecture.
    pub fn lowered(&self) -> usize {
        self.stdout.lines().filter(|line| line.starts_with("lowered ")).count()
    }
}

#[allow(clippy::unwrap_used, reason = "for tests")]
impl Script {
    /// A package with these settings. `program` is `env!("CARGO_BIN_EXE_build-script")`. The compiler is installed and
    /// the cache is empty.
    ///
    /// # Panics
    ///
    /// If the folders can't be made.
    pub fn new(program: &str, settings: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        for name in ["out", "home", "tmp"] {
            std::fs::create_dir(place.path().join(name)).unwrap();
        }
        let package = Package::new(&format!("triton = \"3.3.1\"\n{settings}")).unwrap();
        let mut script = Self { package, place, program: program.into(), env: BTreeMap::new() };
        link_toolchains(&script.home());
        let env = [
            ("CARGO_MANIFEST_DIR", script.package.path().as_os_str().to_owned()),
            ("OUT_DIR", script.out_dir().into()),
            ("TRITON_RUNNER_HOME", script.home().into()),
            ("TMPDIR", script.place.path().join("tmp").into()),
            ("PATH", std::env::var_os("PATH").unwrap()),
        ];
        script.env.extend(env);
        script
    }

    /// A package with `count` kernels named `k0` and so on, and the settings. They differ, and each takes a moment.
    ///
    /// # Panics
    ///
    /// If the files can't be written.
    pub fn with_kernels(program: &str, settings: &str, count: usize) -> Self {
        let script = Self::new(program, settings);
        for index in 0..count {
            script.add_kernel(&format!("k{index}"));
        }
        script
    }

    /// Adds a kernel of this name.
    ///
    /// # Panics
    ///
    /// If the files can't be written.
    pub fn add_kernel(&self, name: &str) {
        for extension in ["ttir", "json"] {
            let text = crate::file(&format!("examples/vector-add/kernels/add_kernel.{extension}"));
            let text = String::from_utf8(text).unwrap().replace("add_kernel", name);
            self.package.write(&format!("kernels/{name}.{extension}"), text).unwrap();
        }
    }

    /// Replaces text in a file of the package. It must be there.
    ///
    /// # Panics
    ///
    /// If it isn't.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.package.path().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in {name}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// OUT_DIR.
    pub fn out_dir(&self) -> PathBuf {
        self.place.path().join("out")
    }

    /// TRITON_RUNNER_HOME.
    pub fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    /// TMPDIR.
    pub fn temporary(&self) -> PathBuf {
        self.place.path().join("tmp")
    }

    /// The build script, in its surroundings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.package.path()).env_clear().envs(&self.env);
        command
    }

    /// Runs the build script.
    ///
    /// # Panics
    ///
    /// If it doesn't start.
    pub fn run(&self) -> Ran {
        self.command().output().unwrap().into()
    }

    /// Names in `OUT_DIR/triton-runner`, sorted.
    pub fn outputs(&self) -> Vec<String> {
        files(&self.out_dir().join("triton-runner")).into_iter().map(|path| path.display().to_string()).collect()
    }

    /// An image's bytes.
    ///
    /// # Panics
    ///
    /// If it isn't there.
    #[track_caller]
    pub fn image(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.out_dir().join("triton-runner").join(name)).unwrap()
    }

    /// The results in the cache.
    pub fn cached(&self) -> Vec<PathBuf> {
        let cache = self.home().join("cache");
        let results = files(&cache).into_iter().filter(|path| path != Path::new(".cleaned"));
        results.map(|path| cache.join(path)).collect()
    }

    /// Waits until no process is left that works in these folders.
    ///
    /// # Panics
    ///
    /// If some still are after a while.
    #[track_caller]
    pub fn wait_for_processes(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let left = processes(self.place.path());
            if left.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "left over: {left:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Makes the installed compiler known to another home folder.
///
/// # Panics
///
/// If that fails.
#[allow(clippy::unwrap_used, reason = "for tests")]
pub fn link_toolchains(home: &Path) {
    #[cfg(unix)]
    {
        // .../toolchains/triton-3.3.1-.../site
        let site = triton::toolchain().site.clone();
        let toolchains = site.ancestors().nth(2).unwrap();
        std::os::unix::fs::symlink(toolchains, home.join("toolchains")).unwrap();
    }
}

/// Command lines of the processes that name a folder, or work in it, with their numbers.
pub fn processes(folder: &Path) -> Vec<(i32, String)> {
    let name = folder.display().to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|id| id.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let there = std::fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        if there || line.contains(&name) {
            found.push((id, line));
        }
    }
    found
}

/// Every file below a folder, relative to it, sorted.
pub fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = PathBuf::from(entry.file_name());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                found.extend(files(&entry.path()).into_iter().map(|path| name.join(path)));
            }
            _ => {
                found.insert(name);
            }
        }
    }
    found
}

/// Everything below a folder with its size and time, to see that nothing was touched.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (u64, Option<SystemTime>)> {
    let look = |path: PathBuf| {
        let metadata = std::fs::symlink_metadata(folder.join(&path)).ok();
        let looks = metadata.map(|metadata| (metadata.len(), metadata.modified().ok())).unwrap_or_default();
        (path, looks)
    };
    let folders = files(folder).into_iter().flat_map(|file| {
        let parent = file.parent().map(Path::to_owned).unwrap_or_default();
        [file, parent]
    });
    folders.map(look).collect()
}
