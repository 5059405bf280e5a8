//! What no GPU has more of.

/// Warps of a block: 1,024 threads.
pub const MAX_WARPS: u32 = 32;

/// CTAs of a cluster, with the opt-in.
pub const MAX_CTAS: u32 = 16;

/// Registers of a multiprocessor, on every GPU that Triton lowers for.
pub(super) const REGISTER_FILE: u32 = 65536;
