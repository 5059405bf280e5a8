//! What can be wrong with a toolchain, each with the next step.

use std::io;
use std::path::{Path, PathBuf};

use semver::Version;

/// Why there is no toolchain.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ToolchainError {
    /// No folder for managed files can be derived.
    #[error(
        "there is no folder for the Triton compiler: neither TRITON_RUNNER_HOME nor XDG_CACHE_HOME nor HOME is set; set TRITON_RUNNER_HOME to a folder that can be written"
    )]
    NoHome,
    /// `TRITON_RUNNER_HOME` means another folder for each package that is built.
    #[error("TRITON_RUNNER_HOME is `{}`, which is relative; set it to an absolute path", home.display())]
    RelativeHome { home: PathBuf },
    /// Triton has wheels for Linux only.
    #[error(
        "Triton cannot run here ({host}): its packages are for Linux on x86_64 and aarch64 with glibc. Lower on such a machine with `cargo triton lock` and check the result in; a build with a matching lock needs no Triton; TRITON_RUNNER_STUB=1 builds without machine code"
    )]
    UnsupportedHost { host: String },
    /// No pins for this version.
    #[error(
        "Triton {triton} is not known here; known are {}. For another version, set TRITON_RUNNER_PYTHON to a Python that has it",
        list(known)
    )]
    UnknownVersion { triton: Version, known: Vec<Version> },
    /// Nothing called python.
    #[error(
        "there is no Python on PATH, and Triton {triton} runs in one: install {needed}, or set TRITON_RUNNER_PYTHON to a Python that has Triton"
    )]
    NoPython {
        triton: Version,
        /// Pythons that would do.
        needed: String,
    },
    /// Pythons, but none of the right kind.
    #[error(
        "no Python on PATH can run Triton {triton}: it needs {needed}. Found:\n{}Install one of those, or set TRITON_RUNNER_PYTHON to a Python that has Triton",
        lines(found)
    )]
    WrongPythons {
        triton: Version,
        /// Pythons that would do.
        needed: String,
        /// Path and what is wrong with each.
        found: Vec<(PathBuf, String)>,
    },
    /// Nothing to install with.
    #[error(
        "neither pip nor uv is there to install Triton {triton} with ({} has no pip). Install one of them (`apt install python3-pip`, `python3 -m ensurepip --user`), or set TRITON_RUNNER_PYTHON to a Python that has Triton",
        python.display()
    )]
    NoInstaller {
        triton: Version,
        /// The Python that would do otherwise.
        python: PathBuf,
    },
    /// Not installed, and nobody allowed to.
    #[error(
        "the Triton compiler {triton} is not installed in `{}`: run `cargo triton setup --triton {triton}`, or set TRITON_RUNNER_SETUP=auto to let the build do it",
        folder.display()
    )]
    NotInstalled { triton: Version, folder: PathBuf },
    /// Installed, but not any more what was installed.
    #[error(
        "`{}` of the Triton compiler {triton} is not the file that was installed: {found}. Run `cargo triton setup --triton {triton}`, which installs it again, or set TRITON_RUNNER_SETUP=auto to let the build do it",
        file.display()
    )]
    Damaged { triton: Version, file: PathBuf, found: String },
    /// Not installed, and cargo is offline.
    #[error(
        "the Triton compiler {triton} is not installed, and cargo is offline. Run `cargo triton setup --triton {triton}` with a network, or download {file} elsewhere and run `cargo triton setup --triton {triton} --wheel {file}`"
    )]
    Offline {
        triton: Version,
        /// Name of the wheel for this machine's Python.
        file: String,
    },
    /// pip or uv failed.
    #[error(
        "{tool} could not install Triton {triton}; nothing was kept. It said:\n{output}\nTry again, or download {file} elsewhere and run `cargo triton setup --triton {triton} --wheel {file}`"
    )]
    InstallFailed {
        /// `pip` or `uv`.
        tool: &'static str,
        triton: Version,
        /// Its last lines.
        output: String,
        /// Name of the wheel.
        file: String,
    },
    /// No connection to the package index.
    #[error(
        "{tool} could not reach the package index to download Triton {triton}. It said:\n{output}\nCheck the network, the proxy and pip's configuration, or download {file} elsewhere and run `cargo triton setup --triton {triton} --wheel {file}`"
    )]
    NoNetwork {
        /// `pip` or `uv`.
        tool: &'static str,
        triton: Version,
        /// Its last lines.
        output: String,
        /// Name of the wheel.
        file: String,
    },
    /// The index served other bytes than the pinned ones.
    #[error(
        "the download of {file} does not have the SHA-256 that is pinned here ({expected}): it is broken, or the package index serves another file. Nothing was kept; try again, and if it stays so, ask who runs the index"
    )]
    HashMismatch {
        /// Name of the wheel.
        file: String,
        /// Pinned SHA-256.
        expected: String,
    },
    /// A wheel on disk that is none of the pinned ones.
    #[error(
        "`{}` is none of the wheels that are pinned here (its SHA-256 is {found}): it is cut short, changed, or of another version. {wanted}",
        wheel.display()
    )]
    UnknownWheel {
        wheel: PathBuf,
        /// Its SHA-256.
        found: String,
        wanted: String,
    },
    /// A wheel on disk for something else.
    #[error("`{}` is Triton {found} for {pythons}, but {wanted} is needed here", wheel.display())]
    OtherWheel {
        wheel: PathBuf,
        found: Version,
        /// Pythons and machines that it is for.
        pythons: String,
        wanted: String,
    },
    /// No space.
    #[error(
        "there is no space left for Triton {triton} in `{}` (it needs about 1.5 GB); nothing was kept. Make room, or set TRITON_RUNNER_HOME to a folder on a larger disk",
        folder.display()
    )]
    DiskFull { triton: Version, folder: PathBuf },
    /// `TRITON_RUNNER_PYTHON` does not work.
    #[error("TRITON_RUNNER_PYTHON is `{}`, but {found}; set it to a Python that has Triton, or unset it", python.display())]
    OwnPythonBroken { python: PathBuf, found: String },
    /// `TRITON_RUNNER_PYTHON` has no Triton.
    #[error(
        "TRITON_RUNNER_PYTHON is `{}`, but this Python has no Triton; install it there (`{} -m pip install triton`), or unset the variable",
        python.display(), python.display()
    )]
    OwnPythonWithoutTriton { python: PathBuf },
    /// `TRITON_RUNNER_PYTHON` has another version.
    #[error(
        "TRITON_RUNNER_PYTHON is `{}`, which has Triton {found}, but {wanted} is asked for and is not installed beside it: run `cargo triton setup --triton {wanted}`, set `triton = \"{found}\"` in [package.metadata.triton-runner], name another Python, or unset the variable",
        python.display()
    )]
    OwnPythonOther { python: PathBuf, found: Version, wanted: Version },
    /// The home cannot be written.
    #[error(
        "the folder for the Triton compiler cannot be created in `{}` ({source}); set TRITON_RUNNER_HOME to a folder that can be written",
        folder.display()
    )]
    NotWritable { folder: PathBuf, source: io::Error },
    /// No ptxas anywhere.
    #[error(
        "there is no ptxas, which PTX is assembled with: it was looked for in the installed Triton compilers, in CUDA_HOME, CUDA_PATH, /usr/local/cuda and on PATH. Run `cargo triton setup`, or set TRITON_RUNNER_PTXAS"
    )]
    NoPtxas,
    /// A ptxas that does not say what it is.
    #[error("`{}` is no ptxas that runs: {found}", path.display())]
    PtxasBroken { path: PathBuf, found: String },
    /// The file system failed.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: "create", "rename".
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl ToolchainError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}

fn list(versions: &[Version]) -> String {
    versions.iter().map(Version::to_string).collect::<Vec<_>>().join(", ")
}

fn lines(found: &[(PathBuf, String)]) -> String {
    found.iter().map(|(path, what)| format!("  {}: {what}\n", path.display())).collect()
}
