//! Internal to triton-runner: what `triton-runner-build` found out about each kernel and `triton-runner-macros`
//! turns into code.
//!
//! The two share these types, pinned to one version with `=`, so that they cannot disagree. Not a public API: no
//! semver promise holds for this crate.

#![forbid(unsafe_code)]

mod arch;
mod argument;
mod constant;
mod host;
mod image;
mod level;
mod manifest;
mod scalar;

pub use arch::{Arch, ArchError, Suffix};
pub use argument::{Access, ArgType, Argument, TypeError};
pub use constant::Constant;
pub use host::{HostAct, HostWork};
pub use image::{DescriptorForm, Image, ImageKind, Scratch, TensorMap};
pub use level::Level;
pub use manifest::{Kernel, Manifest, ManifestError, Source};
pub use scalar::Scalar;
