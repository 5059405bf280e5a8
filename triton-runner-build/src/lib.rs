//! Lowers kernels of the [Triton](https://triton-lang.org) language compiler in `build.rs`, with no GPU, for embedding in
//! a Rust program.
//!
//! A kernel is checked in as Triton IR, the `.ttir` file that Triton makes of a Python function and that is the same for
//! every GPU. This crate lowers it to machine code (cubin) for each GPU that you ship for, holds the result against the
//! IR and its metadata, and leaves it in `OUT_DIR` together with a manifest, from which
//! the macro `triton_kernel!` of `triton-runner-rt` makes a typed launch function.
//!
//! # Set up
//!
//! ```sh
//! cargo add triton-runner-rt
//! cargo add --build triton-runner-build
//! cargo install triton-runner-build --features cli    # the command `cargo triton`
//! cargo triton setup                                  # installs the compiler, below your cache folder
//! ```
//!
//! ```toml
//! # Cargo.toml
//! [package.metadata.triton-runner]
//! triton = "3.3.1"
//! archs = ["sm_80", "sm_86", "sm_90", "sm_120"]
//! ```
//!
//! ```no_run
//! // build.rs
//! # #[allow(clippy::needless_doctest_main)]
//! fn main() {
//!     triton_runner_build::build();
//! }
//! ```
//!
//! # Kernels
//!
//! Files in `kernels/` (or the folders that `kernels` names) whose stem is the kernel's name:
//!
//! | file | meaning |
//! |---|---|
//! | `NAME.ttir` | lowered for every architecture |
//! | `NAME.sm_90.ttgir`, `.llir`, `.ptx`, `.cubin` | for one architecture, and wins over `NAME.ttir` there; of several, the one closest to the machine counts, unless `level` says otherwise |
//! | `NAME.json`, `NAME.sm_90.json` | metadata, as Triton writes it into its cache; needed for llir, ptx and cubin, since nothing else says how much shared memory a launch needs |
//! | `NAME@VARIANT.ttir`, … | variants of one kernel |
//!
//! `cargo triton export FILE.py::KERNEL` writes the first two from a Python kernel. A file may also come without its
//! architecture (`NAME.ptx`), as Triton's cache has it: then its content says what it is for.
//!
//! To the metadata this project adds two keys, which `cargo triton export` writes too: `signature`, the arguments that
//! the caller passes (`[{"name": "x", "type": "*fp32", "divisible_by": 16}]`), and `constants`, the values of the
//! `tl.constexpr` parameters. IR has the types itself; PTX and machine code don't.
//!
//! # Settings
//!
//! In `[package.metadata.triton-runner]`, with defaults from `[workspace.metadata.triton-runner]`. Each is also a method
//! of [`Builder`], which wins.
//!
//! | key | default | meaning |
//! |---|---|---|
//! | `archs` | none; needed | GPUs to embed machine code for |
//! | `triton` | the version in the metadata | which Triton lowers, 3.2.0 to 3.9.0 |
//! | `kernels` | `["kernels"]` | folders with kernels |
//! | `ptx` | `[]` | GPUs to embed PTX for, which the driver compiles for newer ones |
//! | `line-info` | `false` | keep source lines, for profilers: three times the bytes |
//! | `time-limit` | `600` | seconds that the lowering of one kernel for one GPU may take |
//! | `stale-lock` | `"error"` | `"lower"`: lower what `cargo triton lock` hasn't locked yet |
//! | `kernel.NAME` | | `num-warps`, `num-stages`, `num-ctas`, `maxnreg`, `level`, `archs`, `ptx`, `constants` of one kernel, in place of its metadata's |
//!
//! # Environment
//!
//! | variable | meaning |
//! |---|---|
//! | `TRITON_RUNNER_ARCHS` | replaces `archs`: `sm_80,sm_90` |
//! | `TRITON_RUNNER_HOME` | folder for compilers and cache; by default `triton-runner` in the user's cache folder |
//! | `TRITON_RUNNER_SETUP` | `auto`: the build installs a missing compiler by itself |
//! | `TRITON_RUNNER_PYTHON` | an interpreter that has Triton, used in place of an installed compiler |
//! | `TRITON_RUNNER_PTXAS` | the `ptxas` for PTX files |
//! | `TRITON_RUNNER_PREBUILT` | `off`: what `cargo triton lock` wrote is not looked at |
//! | `TRITON_RUNNER_CACHE` | `off`: everything is lowered anew |
//!
//! # What is promised
//!
//! - The machine code is byte for byte what `triton.compile` of that Triton gives in a fresh process for the same file,
//!   GPU, options and line-info setting.
//! - What is embedded has the entry, architecture, parameters, block size and cluster that the launch will use, or the
//!   build fails and shows both sides.
//! - Every problem of every kernel is reported, as a cargo error that names the kernel, the file and what to do.
//! - An error leaves nothing behind that could be embedded, and a killed build nothing half-written.

mod artifact;
mod assemble;
mod builder;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton` uses the rest"))]
mod cache;
mod cargo;
mod contract;
mod cubin;
mod emit;
mod entry;
mod error;
mod ir;
#[cfg(feature = "cli")]
mod levels;
mod llir;
#[cfg(feature = "cli")]
mod lock;
mod lowering;
mod metadata;
mod obtain;
mod pipeline;
mod plan;
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "`cargo triton lock` writes"))]
mod prebuilt;
mod progress;
mod ptx;
mod read;
mod settings;
#[cfg(feature = "cli")]
mod single;
mod stamp;
mod stat;
mod toolchain;
mod tools;

#[cfg(feature = "cli")]
mod cli;

pub use builder::{Builder, Built, build};
pub use error::Error;

/// What the command `cargo triton` calls. Not public API.
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod __cli {
    pub use crate::cli::main;
}

/// For this project's tests and fuzz targets. Not public API.
#[doc(hidden)]
pub mod __internal {
    macro_rules! expose {
        ($($module:ident)*) => { $(#[doc(hidden)] pub mod $module { pub use crate::$module::*; })* };
    }
    expose! { cubin entry ir llir lowering metadata ptx toolchain }
}
