#![doc = include_str!("../README.md")]
#![allow(clippy::needless_doctest_main, reason = "a build script is little more than its `main`")]

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
mod python_source;
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
    expose! { cubin entry llir lowering metadata ptx toolchain }
}
