//! Internal to triton-runner: reads TTIR and TTGIR. The kernel's name and arguments, and for TTGIR the GPU and the warps
//! that it was made for.
//!
//! Text of every Triton that is supported, with locations or without. It is tokenized as MLIR does it, so strings, nested brackets
//! and aliases are no traps; nothing recurses, and time and memory are linear in the file.
//!
//! No semver promise holds for this crate: its siblings name it by one exact version.

#![forbid(unsafe_code)]

mod access;
mod argument;
mod assembly;
mod attribute;
mod body;
mod error;
mod float;
mod location;
mod module;
mod print;
mod summary;
mod token;
mod tree;
mod types;

pub use argument::{Descriptor, RawArgument};
pub use attribute::{Attribute, Attributes, Dense, DenseArray, Elements, Float, Integer};
pub use body::parse;
pub use error::{IrError, IrProblem};
pub use location::{LocId, Location, Locations, Position};
pub use module::{
    Block, BlockId, Def, Function, FunctionArgument, FunctionResult, Module, Op, OpId, Region, RegionId, Successor,
    Syntax, TypeId, Value, ValueId,
};
pub use summary::{Lowered, Summary};
pub use types::{
    AddressSpace, DescriptorSpelling, DescriptorType, FloatType, FunctionType, IntegerType, MemDescType, PointerType,
    Signedness, TensorType, Type,
};

#[cfg(test)]
mod tests;
