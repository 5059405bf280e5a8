#![doc = include_str!("../README.md")]

#[macro_use]
mod ops;
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

pub use finding::{Finding, FindingKind};
pub use launch::{Argument, ArgumentError, Buffer, Launch, Report, TensorDescriptor};
pub use program::{Options, Parameter, ParameterKind, Program, ProgramError, Refused};
