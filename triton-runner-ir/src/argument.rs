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

/// The layout of a descriptor's block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptorLayout {
    /// Bytes of the swizzle pattern: 0, 32, 64 or 128.
    pub swizzle_bytes: u32,
    /// Whether two 4-bit elements are padded to a byte each.
    pub fp4_padded: bool,
    /// Among how many CTAs of a cluster each dimension is divided, outermost first; empty where none is.
    pub splits: Vec<u32>,
}
