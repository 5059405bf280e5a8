//! Internal to triton-runner: which bytes a launch of a Triton kernel touches, proven from its TTIR.
//!
//! `Extent::of` reads a kernel once, while a crate is built. What it gives is a [`Check`]: straight-line expressions over the
//! launch's scalars and grid. Nothing is tried with sample values, and what isn't understood is unknown.
//!
//! No semver promise holds for this crate: its siblings name it by one exact version.

#![forbid(unsafe_code)]

#[cfg(feature = "analysis")]
mod analysis;
#[cfg(feature = "analysis")]
mod bound;
mod check;
mod program;
mod reason;
#[cfg(feature = "analysis")]
mod space;
#[cfg(feature = "analysis")]
mod uniform;
#[cfg(feature = "analysis")]
mod value;
#[cfg(feature = "analysis")]
mod walk;

#[cfg(feature = "analysis")]
pub use analysis::{Extent, Unsafe};

pub use check::{Bytes, Check, Condition, Fault, Kind, Launched, Refusal, Scalar, Touched, words};
pub use program::{Operand, Program, Step, TextError};
pub use reason::{Cause, Place, Reason};
