#![doc = include_str!("../README.md")]
#![allow(clippy::needless_doctest_main, reason = "a build script is little more than its `main`")]

mod analysis;
mod builder;
mod cargo;
mod emit;
mod error;
mod fs;
mod lowering;
#[cfg(test)]
mod mutations;
mod obtain;
mod pipeline;
mod plan;
mod progress;
mod read;
mod settings;
mod toolchain;
mod verify;

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
        ($($module:ident: $path:path;)*) => { $(#[doc(hidden)] pub mod $module { pub use $path::*; })* };
    }
    expose! { lowering: crate::lowering; toolchain: crate::toolchain; }
    expose! {
        cubin: crate::read::cubin;
        entry: crate::read::entry;
        llir: crate::read::llir;
        metadata: crate::read::metadata;
        ptx: crate::read::ptx;
    }
}
