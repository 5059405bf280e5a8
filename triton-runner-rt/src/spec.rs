//! What `triton_kernel!` embeds for a kernel: constants only, nothing is parsed at run time.

use std::ffi::CStr;

/// A kernel as it was built.
#[derive(Debug)]
pub struct KernelSpec {
    /// The stem of its files.
    pub name: &'static str,
    /// The file that its signature was read from, relative to the package.
    pub source: &'static str,
    /// What the caller passes, in order.
    pub args: &'static [ArgSpec],
    /// What is embedded: cubins by architecture, then PTX by architecture.
    pub images: &'static [ImageSpec],
}

/// One argument.
#[derive(Debug)]
pub struct ArgSpec {
    /// Its name in the declaration.
    pub name: &'static str,
    /// Its type as Triton spells it: `*fp32`, `i32`.
    pub ty: &'static str,
    /// The kernel was compiled on the promise that the address or value is a multiple of this; 1 promises nothing.
    pub divisible_by: u32,
}

/// What is embedded for one architecture.
#[derive(Debug)]
pub struct ImageSpec {
    /// What the driver is given.
    pub kind: ImageKind,
    /// Compute capability times ten: 90 for `sm_90a`.
    pub arch: u16,
    /// `'a'`, `'f'` or `' '`.
    pub suffix: char,
    /// The bytes, at an address that is a multiple of 64. PTX ends with a NUL.
    pub bytes: &'static [u8],
    /// The checked-in file that it was made from, relative to the package.
    pub source: &'static str,
    /// Name of the kernel function in it.
    pub entry: &'static CStr,
    /// Warps of a block.
    pub num_warps: u32,
    /// CTAs of a cluster in each dimension.
    pub cluster: [u32; 3],
    /// Dynamic shared memory in bytes.
    pub shared: u32,
    /// Static shared memory in bytes.
    pub static_shared: u32,
    /// How many hidden pointers follow the arguments.
    pub hidden: u32,
    /// Bytes of global scratch for each CTA.
    pub scratch_size: u32,
    /// Its alignment.
    pub scratch_align: u32,
    /// Bytes of profiling scratch for each CTA.
    pub profile_scratch_size: u32,
    /// Its alignment.
    pub profile_scratch_align: u32,
    /// Launched as a cooperative grid.
    pub cooperative: bool,
    /// Launched with programmatic dependent launch.
    pub pdl: bool,
    /// Registers of a thread; `None` for PTX.
    pub registers: Option<u32>,
    /// Bytes of local memory of a thread; `None` for PTX.
    pub local_bytes: Option<u32>,
    /// How tensor descriptor arguments are passed, in their order.
    pub descriptors: &'static [DescriptorSpec],
}

/// What the driver is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// Machine code.
    Cubin,
    /// PTX, which the driver compiles.
    Ptx,
}

/// How one tensor descriptor argument is passed.
#[derive(Debug)]
pub enum DescriptorSpec {
    /// `[CUtensorMap][shape i32 × rank][stride i64 × rank]`.
    TensorMap {
        /// `CUtensorMapSwizzle`.
        swizzle: u32,
        /// Bytes of an element.
        elem_size: u32,
        /// Triton's number of the element type.
        elem_type: u32,
        /// Elements of a block in each dimension.
        block_size: &'static [u32],
        /// Whether two 4-bit elements are padded to a byte each.
        fp4_padded: bool,
    },
    /// `[pointer][shape i64 × rank][stride i64 × rank][flags i1 × flags][shape i32 × rank][stride i64 × rank]`.
    Pointer {
        /// How many `i1` flags follow the strides.
        flags: u32,
    },
}

#[cfg(test)]
impl ImageSpec {
    /// A cubin that needs nothing.
    pub(crate) const fn example() -> Self {
        Self {
            kind: ImageKind::Cubin,
            arch: 90,
            suffix: 'a',
            bytes: &[],
            source: "k.ttir",
            entry: c"k",
            num_warps: 4,
            cluster: [1, 1, 1],
            shared: 0,
            static_shared: 0,
            hidden: 1,
            scratch_size: 0,
            scratch_align: 1,
            profile_scratch_size: 0,
            profile_scratch_align: 1,
            cooperative: false,
            pdl: false,
            registers: None,
            local_bytes: None,
            descriptors: &[],
        }
    }
}
