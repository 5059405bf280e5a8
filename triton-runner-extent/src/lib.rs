//! Internal to triton-runner: which bytes a launch of a Triton kernel touches, proven from its TTIR.
//!
//! [`Extent::of`] reads a kernel once, while a crate is built. What it gives is a [`Check`]: straight-line expressions over the
//! launch's scalars and grid. Nothing is tried with sample values, and what isn't understood is unknown.
//!
//! No semver promise holds for this crate: its siblings name it by one exact version.

#![forbid(unsafe_code)]

mod analysis;
mod bound;
mod check;
mod program;
mod reason;
mod space;
mod uniform;
mod value;
mod walk;

pub use analysis::{Extent, Unsafe};
pub use check::{Bytes, Check, Condition, Kind, Refusal, Scalar, Touched};
pub use program::{Operand, Program, Step, TextError};
pub use reason::{Cause, Place, Reason};
