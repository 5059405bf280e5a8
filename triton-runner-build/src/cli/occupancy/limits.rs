//! What a streaming multiprocessor has, by compute capability.

use triton_runner_manifest::Arch;

/// Resources of a streaming multiprocessor and the units in which they are handed out. Memory in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Limits {
    /// Resident blocks.
    pub(in crate::cli) blocks: u32,
    /// Resident warps.
    pub(in crate::cli) warps: u32,
    /// 32-bit registers.
    pub(in crate::cli) registers: u32,
    pub(in crate::cli) registers_per_block: u32,
    pub(in crate::cli) registers_per_thread: u32,
    /// Registers of a warp are a multiple of this.
    pub(in crate::cli) register_unit: u32,
    /// Parts with registers of their own.
    pub(in crate::cli) partitions: u32,
    /// Shared memory.
    pub(in crate::cli) shared: u32,
    /// Shared memory of a block, when it opts in.
    pub(in crate::cli) shared_per_block: u32,
    /// Shared memory that the system takes of each block.
    pub(in crate::cli) shared_reserved: u32,
    /// Shared memory of a block is a multiple of this.
    pub(in crate::cli) shared_unit: u32,
}

impl Limits {
    /// The table's column for an architecture; `None` for one that it doesn't have.
    pub(in crate::cli) fn of(arch: Arch) -> Option<Self> {
        let (blocks, warps) = match arch.number() {
            70 | 72 | 80 | 90 | 100 | 103 => (32, 64),
            75 => (16, 32),
            86 | 87 => (16, 48),
            // Compute capability 11.0 was called 10.1 up to CUDA 12.9.
            89 | 101 | 110 | 120 | 121 => (24, 48),
            _ => return None,
        };
        let shared = arch.shared_memory()?;
        Some(Self {
            blocks,
            warps,
            registers: 65_536,
            registers_per_block: 65_536,
            registers_per_thread: 255,
            register_unit: 256,
            partitions: 4,
            shared: shared.total,
            shared_per_block: shared.per_block(),
            shared_reserved: shared.reserved,
            shared_unit: if arch.number() >= 80 { 128 } else { 256 },
        })
    }
}
