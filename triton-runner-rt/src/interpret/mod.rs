// The blocks of this text call a kernel, which this package doesn't have: `tests/docs` compiles and runs them.
#![cfg_attr(not(doctest), doc = include_str!("../interpret.md"))]

mod bytes;
mod element;
mod grid;
mod kernel;
mod launch;
mod memory;
mod misaligned;
mod nullable;
mod placed;
mod report;
mod run;
mod tensor_map;

pub use crate::error::{InterpretFailure, NotInitialized};
pub use element::Element;
pub use grid::{HostGrid, MULTIPROCESSORS};
pub use kernel::{InterpretedKernel, Ttir};
pub(crate) use launch::interpreted;
pub use launch::{Begun, HostArgument, Prepared};
pub use memory::{HostInput, HostMemory, HostOutput};
pub use misaligned::Misaligned;
pub use nullable::{NullableHostInput, NullableHostOutput};
pub use report::Report;
pub use run::Interpretation;
pub use tensor_map::{HostTensorMap, HostTensorMapMut};
pub use triton_runner_interpreter::{
    ArgumentError, Checks, Elements, Finding, FindingKind, Level, ProgramError, Refused, StandIn, Traced,
};

#[cfg(test)]
mod tests;
