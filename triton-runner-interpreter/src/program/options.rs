//! What the IR doesn't say.

use crate::ops::StandIn;

/// How a kernel's numbers are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// A product that is added to something is rounded once with the sum (fused multiply-add), as ptxas contracts them.
    /// It is Triton's option `enable_fp_fusion`, which is on unless a kernel says otherwise. Products are contracted that
    /// only one sum of the same block needs; of two products that are added, the first.
    pub contract: bool,
    /// Warps of the kernel, which its metadata says and TTIR doesn't. Sums in `f16` and `bf16` are taken in the order in
    /// which so many warps take them.
    pub warps: u32,
    /// What the kernel's arguments are called, in order and each descriptor as one: for findings, where the IR of an older
    /// Triton has no names. Those that are missing here are called as the IR has them.
    pub arguments: Vec<String>,
    /// In place of inline assembly that the interpreter doesn't know, or knows too well.
    pub stand_ins: Vec<StandIn>,
}

impl Default for Options {
    fn default() -> Self {
        Self { contract: true, warps: 4, arguments: Vec::new(), stand_ins: Vec::new() }
    }
}
