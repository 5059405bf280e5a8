//! What is embedded for one architecture, and all that a launch of it needs.

use serde::{Deserialize, Serialize};

use crate::{Arch, Level};

/// What the driver is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageKind {
    /// Machine code for one architecture.
    Cubin,
    /// PTX, which the driver compiles when it is loaded.
    Ptx,
}

/// Device memory that a kernel needs beside its arguments, for each CTA of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scratch {
    /// Bytes for each CTA; 0 for a kernel that needs none.
    pub size: u32,
    /// Alignment in bytes, a power of two.
    pub align: u32,
}

/// How an image takes one tensor descriptor argument, as `[CUtensorMap][shape i32 × rank][stride i64 × rank]`: what
/// `cuTensorMapEncodeTiled` needs, an entry of the metadata's `tensordesc_meta`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescriptorRecipe {
    /// `CUtensorMapSwizzle`.
    pub swizzle: u32,
    /// Bytes of an element.
    pub elem_size: u32,
    /// Triton's number of the element type, before the mapping to `CUtensorMapDataType`.
    pub elem_type: u32,
    /// Elements of a block in each dimension, as the compiler clamped them.
    pub block_size: Vec<u32>,
    /// Whether two 4-bit elements are padded to a byte each.
    #[serde(default)]
    pub fp4_padded: bool,
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

/// What is embedded for one architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuiltImage {
    /// What the driver is given.
    pub kind: ImageKind,
    /// The architecture of the machine code or the target of the PTX: `sm_90a` where settings say `sm_90`.
    pub arch: Arch,
    /// File with the bytes, relative to the manifest.
    pub file: String,
    /// Size of that file in bytes.
    pub bytes: u64,
    /// SHA-256 of them, as lower-case hexadecimal.
    #[serde(default)]
    pub sha256: String,
    /// Level of the checked-in file that it was made from.
    pub level: Level,
    /// That file, relative to the package, with `/`.
    pub source: String,
    /// Version of the Triton that lowered it; `None` where none did (PTX and cubin inputs).
    pub triton: Option<String>,
    /// Name of the kernel function in the image.
    pub entry: String,
    /// Warps of a block: it has 32 threads for each.
    pub num_warps: u32,
    /// Pipeline stages that it was lowered with, where that is known.
    pub num_stages: Option<u32>,
    /// CTAs of a cluster in each dimension; `[1, 1, 1]` without clusters. The grid counts clusters: a launch
    /// multiplies it by this.
    pub cluster: [u32; 3],
    /// Dynamic shared memory in bytes.
    pub shared: u32,
    /// Static shared memory in bytes.
    pub static_shared: u32,
    /// How many hidden pointers follow the arguments: 0; 1 (global scratch); 2 (global and profile scratch).
    pub hidden: u32,
    /// Memory for the first hidden pointer.
    pub global_scratch: Scratch,
    /// Memory for the second hidden pointer, which instrumented kernels write to.
    pub profile_scratch: Scratch,
    /// Launched as a cooperative grid.
    pub cooperative: bool,
    /// Launched with programmatic dependent launch.
    pub pdl: bool,
    /// Registers of a thread; `None` for PTX.
    pub registers: Option<u32>,
    /// Bytes of local memory of a thread, which is where registers spill to; `None` for PTX.
    pub local_bytes: Option<u32>,
    /// Tensor descriptor arguments in order.
    pub descriptors: Vec<DescriptorRecipe>,
}
