//! Triton itself, for results to compare with.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use triton_runner_build::__internal::{self, Triton};

/// The Triton that most examples are lowered with.
pub const VERSION: &str = "3.3.1";

/// The Triton that most examples are lowered with. The first call may install it.
///
/// # Panics
///
/// If it can't be installed.
#[allow(clippy::panic, reason = "for tests")]
pub fn toolchain() -> &'static Triton {
    static TOOLCHAIN: OnceLock<Triton> = OnceLock::new();
    TOOLCHAIN.get_or_init(|| __internal::triton(VERSION).unwrap_or_else(|error| panic!("{error}")))
}

/// A file for Triton to compile.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The file; its extension says its level.
    pub file: PathBuf,
    /// 90 for sm_90.
    pub arch: u16,
    /// Options as JSON: `{"num_warps": 8}`.
    pub options: String,
    /// Whether source lines are kept, as Triton does when nobody says.
    pub line_info: bool,
}

/// What Triton made of it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The machine code.
    pub cubin: Vec<u8>,
    /// The PTX on the way there.
    pub ptx: Vec<u8>,
}

impl Reference {
    /// Compiles it in a process of its own, in an environment with nothing in it.
    ///
    /// # Panics
    ///
    /// If Triton refuses it.
    #[allow(clippy::panic, clippy::unwrap_used, reason = "for tests")]
    pub fn compile(&self) -> Compiled {
        let folder = tempfile::tempdir().unwrap();
        let toolchain = toolchain();
        let mut command = Command::new(&toolchain.python);
        command.args(["-s", "-S", "-B"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/reference.py"));
        command.arg(&self.file).arg(self.arch.to_string()).arg(&self.options).arg(folder.path());
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", folder.path());
        command.env("PYTHONPATH", &toolchain.site);
        command.env("TRITON_CACHE_DIR", folder.path().join("cache"));
        if !self.line_info {
            command.env("TRITON_DISABLE_LINE_INFO", "1");
        }
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}: {}", self.file.display(), String::from_utf8_lossy(&done.stderr));
        let read = |name| std::fs::read(folder.path().join(name)).unwrap();
        Compiled { cubin: read("cubin"), ptx: read("ptx") }
    }
}

/// Runs a function for each item, as many at once as there are processors. Results are in the order of the items.
///
/// # Panics
///
/// If one of them does.
#[allow(clippy::unwrap_used, reason = "for tests")]
pub fn side_by_side<T: Sync, R: Send>(items: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<_> = items.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((item, result)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).zip(results.get(index))
                } {
                    *result.lock().unwrap() = Some(run(item));
                }
            });
        }
    });
    results.into_iter().map(|result| result.into_inner().unwrap().unwrap()).collect()
}
