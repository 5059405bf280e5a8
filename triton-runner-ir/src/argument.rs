//! An argument of a kernel, as the IR has it.

use triton_runner_manifest::{Access, ArgType, DescriptorLayout};

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
    /// What its type says besides, if it is a tensor descriptor.
    pub descriptor: Option<Descriptor>,
    /// What the kernel does with the memory behind a pointer or descriptor; `Unknown` for scalars.
    pub access: Access,
}

/// A descriptor's type, beside its element and block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// Whether its integers have a sign; `None` for other elements.
    pub signed: Option<bool>,
    /// How its block lies in shared memory. TTIR doesn't say it.
    pub layout: Option<DescriptorLayout>,
}
