#![doc = include_str!("../interpret.md")]

mod bytes;
mod element;
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
    ArgumentError, Elements, Finding, FindingKind, ProgramError, Refused, StandIn, Traced,
};

#[cfg(test)]
mod tests;
