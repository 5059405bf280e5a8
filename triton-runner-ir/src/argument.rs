//! An argument of a kernel, as the IR has it.

use triton_runner_manifest::{Access, ArgType};

/// An argument of the kernel function as the IR has it. A tensor descriptor is followed by its shape and strides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawArgument {
    /// Its SSA name, without `%`.
    pub ssa: String,
    /// The author's name, where the IR has it (Triton 3.5 and later).
    pub name: Option<String>,
    /// Its type.
    pub ty: ArgType,
    /// `tt.divisibility`; 1 where there is none.
    pub divisible_by: u32,
    /// Its line, counted from 1.
    pub line: u32,
    /// Marked as an untyped `CUtensorMap` (3.2 and 3.3).
    pub tma_desc: bool,
    /// What the kernel does with the memory behind a pointer or descriptor; `Unknown` for scalars.
    pub access: Access,
}
