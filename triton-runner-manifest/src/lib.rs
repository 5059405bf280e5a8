//! Internal to triton-runner: what `triton-runner-build` found out about each kernel and `triton-runner-macros`
//! turns into code, and the architectures that all of them speak of.
//!
//! They share these types, pinned to one version with `=`, so that they cannot disagree. Not a public API: no semver
//! promise holds for this crate, but for what `triton-runner-rt` hands on.

#![forbid(unsafe_code)]

/// An enum with the list of all its variants, which can't be left behind.
macro_rules! listed {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($(#[$about:meta])* $variant:ident,)* }
        $(#[$about_all:meta])*
        ALL
    ) => {
        $(#[$attribute])*
        pub enum $name { $($(#[$about])* $variant,)* }

        impl $name {
            $(#[$about_all])*
            pub const ALL: [Self; [$($name::$variant),*].len()] = [$(Self::$variant),*];
        }
    };
}

mod arch;
#[cfg(feature = "file")]
mod argument;
#[cfg(feature = "file")]
mod constant;
#[cfg(feature = "decode")]
pub mod decode;
#[cfg(feature = "file")]
mod family;
#[cfg(feature = "file")]
mod host;
#[cfg(feature = "file")]
mod image;
#[cfg(feature = "file")]
mod left_out;
#[cfg(feature = "file")]
mod level;
#[cfg(feature = "file")]
mod manifest;
#[cfg(feature = "file")]
mod names;
mod nearest;
#[cfg(feature = "file")]
pub mod packed;
#[cfg(feature = "file")]
mod safety;
#[cfg(feature = "file")]
mod scalar;
#[cfg(feature = "file")]
mod ttir;
#[cfg(feature = "file")]
mod tuned;

pub use arch::{Arch, ArchError, Fit, Mark, SharedMemory, Suffix};
pub use nearest::nearest;
#[cfg(feature = "file")]
pub use {
    argument::{Access, ArgType, Argument, TypeError},
    constant::Constant,
    family::Family,
    host::{HostAct, HostWork},
    image::{BuiltImage, DescriptorRecipe, ImageKind, Scratch},
    left_out::LeftOut,
    level::Level,
    manifest::{BuiltKernel, Line, Manifest, ManifestError, SourceFile},
    names::{camel_case, rust_name},
    safety::{Safety, UnsafeBecause},
    scalar::Scalar,
    ttir::BuiltTtir,
    tuned::Tuned,
};
