#![doc = include_str!("../README.md")]

#[macro_use]
mod ops;
mod checks;
mod finding;
mod hooks;
mod launch;
mod machine;
mod memory;
pub mod numbers;
mod program;
mod scope;
mod trap;
mod types;
mod value;

/// Whether this crate was compiled with optimization, without which it is many times slower.
pub const OPTIMIZED: bool = cfg!(optimized);

pub use finding::{Checks, Finding, FindingKind, Level, UnknownCheck};
pub use launch::{
    AccessKind, Accessed, Argument, ArgumentError, Buffer, Elements, Launch, Report, TensorDescriptor, Traced,
};
pub use ops::StandIn;
pub use program::{Options, Parameter, ParameterKind, Program, ProgramError, Refused};
