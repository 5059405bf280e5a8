//! The front door: settings in code, one call.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use triton_runner_manifest::{Arch, Manifest};

use crate::cargo::{Directives, Env};
use crate::emit::EmitError;
use crate::error::{Error, Problem};
use crate::pipeline::{self, BuildRequest, Outcome};
use crate::settings::{Compress, Overrides, SettingsError};
use crate::terminal::Terminal;

/// Builds the kernels of the package whose build script this is, as `[package.metadata.triton-runner]` says.
///
/// The same as `Builder::new().build()`.
///
/// ```no_run
/// // build.rs, in `fn main()`
/// triton_runner_build::build();
/// ```
pub fn build() {
    Builder::new().build();
}

/// Builds kernels with settings given in code. What isn't set here comes from Cargo.toml.
///
/// ```no_run
/// // build.rs, in `fn main()`
/// triton_runner_build::Builder::new()
///     .triton("3.3.1")
///     .archs(["sm_80", "sm_90"])
///     .kernels(["kernels"])
///     .build();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` or `compile` is called"]
pub struct Builder {
    overrides: Overrides,
    package: Option<PathBuf>,
    out_dir: Option<PathBuf>,
    wrong: Vec<String>,
}

/// What [`Builder::compile`] made.
#[derive(Debug)]
#[non_exhaustive]
pub struct Built {
    /// What should be acted on, such as a kernel that spills registers. [`Builder::build`] prints them as cargo
    /// warnings.
    pub warnings: Vec<String>,
    /// Files and folders that decide the result. [`Builder::build`] has cargo watch them.
    pub watched: Vec<PathBuf>,
    /// [`Manifest::hash`] of the manifest that was written. `triton_kernel!` reads that manifest alone, so a build script that
    /// calls [`Builder::compile`] prints `cargo::rustc-env=TRITON_RUNNER_MANIFEST_SHA256=` and this, as
    /// [`Builder::build`] does.
    pub manifest_sha256: String,
    pub(crate) manifest: Manifest,
}

impl Built {
    /// What was built.
    #[doc(hidden)]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

impl Builder {
    /// A builder with nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Which Triton lowers: `"3.3.1"`. `docs/versions.md` lists them.
    pub fn triton(mut self, version: &str) -> Self {
        match crate::settings::parse_triton(version) {
            Ok(version) => self.overrides.triton = Some(version),
            Err(error) => self.wrong.push(format!("Builder::triton: {error}")),
        }
        self
    }

    /// Architectures to embed machine code for: `["sm_80", "sm_90"]`.
    pub fn archs<I: IntoIterator<Item: AsRef<str>>>(mut self, archs: I) -> Self {
        self.overrides.archs = Some(self.parse_archs("archs", archs));
        self
    }

    /// Architectures to embed PTX for too. The driver compiles it for devices newer than every machine code.
    pub fn ptx<I: IntoIterator<Item: AsRef<str>>>(mut self, archs: I) -> Self {
        self.overrides.ptx = Some(self.parse_archs("ptx", archs));
        self
    }

    /// Folders with kernels, relative to the package: `["kernels"]`.
    pub fn kernels<I: IntoIterator<Item: AsRef<Path>>>(mut self, folders: I) -> Self {
        self.overrides.folders = Some(folders.into_iter().map(|folder| folder.as_ref().to_owned()).collect());
        self
    }

    /// Keep source lines in the machine code, for profilers: three times the size, and paths of the machine that
    /// made the TTIR.
    pub fn line_info(mut self, line_info: bool) -> Self {
        self.overrides.line_info = Some(line_info);
        self
    }

    /// How images are embedded: `true`, or what [`Compress`] has beside.
    pub fn compress(mut self, compress: impl Into<Compress>) -> Self {
        match compress.into().checked() {
            Ok(compress) => self.overrides.compress = Some(compress),
            Err(error) => self.wrong.push(format!("Builder::compress: {error}")),
        }
        self
    }

    /// The package's folder, with its Cargo.toml; by default `CARGO_MANIFEST_DIR`.
    pub fn package(mut self, folder: impl Into<PathBuf>) -> Self {
        self.package = Some(folder.into());
        self
    }

    /// Where the result goes, in a folder `triton-runner`; by default `OUT_DIR`.
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    fn parse_archs<I: IntoIterator<Item: AsRef<str>>>(&mut self, method: &str, archs: I) -> Vec<Arch> {
        let mut parsed = Vec::new();
        for arch in archs {
            match crate::settings::parse_arch(arch.as_ref()) {
                Ok(arch) => parsed.push(arch),
                Err(error) => self.wrong.push(format!("Builder::{method}: {error}")),
            }
        }
        parsed
    }

    /// Builds, and tells cargo: what to watch, warnings, errors. Tells `triton_kernel!` which manifest is of this run.
    /// Ends the build script with exit code 1 after errors; one of them is a second call in the same script, which would
    /// replace what the first built.
    pub fn build(self) {
        static CALLED: AtomicBool = AtomicBool::new(false);
        let mut output = Directives::new(std::io::stdout());
        let env = Env::default();
        let built = if CALLED.swap(true, Ordering::Relaxed) {
            Err(Problem::package(SettingsError::CalledTwice).into())
        } else {
            // Cargo's terminal is looked for where there is something to say.
            let mut terminal = None;
            self.run(&env, &mut |line| {
                output.progress(line);
                terminal.get_or_insert_with(|| Terminal::of_cargo(&env)).line(line);
            })
        };
        match built {
            Ok(Outcome { warnings, watched, sha256 }) => {
                output.reruns(&watched, &env);
                output.variable(Manifest::HASH_VARIABLE, &sha256);
                warnings.iter().for_each(|warning| output.warning(warning));
            }
            // Nothing to watch: cargo runs a build script that failed again each time.
            Err(error) => {
                error.messages().for_each(|message| output.error(&message));
                std::process::exit(1);
            }
        }
    }

    /// Builds, prints nothing, and returns what was made or everything that is wrong.
    ///
    /// # Errors
    ///
    /// All problems of all kernels, each naming its kernel, its file and what to do.
    pub fn compile(self) -> Result<Built, Error> {
        let env = Env::default();
        let out_dir = self.out_dir.clone().or_else(|| Env::from_cargo("OUT_DIR")).unwrap_or_default();
        let Outcome { warnings, watched, sha256 } = self.run(&env, &mut |_| {})?;
        let manifest = Manifest::read(&out_dir).map_err(|error| Problem::package(EmitError::Unreadable(error)))?;
        Ok(Built { warnings, watched: watched.into_iter().collect(), manifest_sha256: sha256, manifest })
    }

    fn run(self, env: &Env, progress: &mut dyn FnMut(&str)) -> Result<Outcome, Error> {
        let folder = |own: Option<PathBuf>, variable: &'static str| {
            let found = own.or_else(|| Env::from_cargo(variable));
            found.ok_or_else(|| Problem::package(SettingsError::NotABuildScript { variable }))
        };
        if !self.wrong.is_empty() {
            let wrong = self.wrong.into_iter().map(SettingsError::Builder);
            return Err(Error::new(wrong.map(Problem::package).collect()));
        }
        let (package, out_dir) = (folder(self.package, "CARGO_MANIFEST_DIR")?, folder(self.out_dir, "OUT_DIR")?);
        pipeline::run(&BuildRequest { package, out_dir, overrides: self.overrides, env }, progress)
    }
}
