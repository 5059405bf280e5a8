//! What the IR doesn't say.

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
}

impl Default for Options {
    fn default() -> Self {
        Self { contract: true, warps: 4 }
    }
}
