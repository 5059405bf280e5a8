//! Occupancy: how many blocks of a kernel fit on a streaming multiprocessor, and what stands in the way of more.
//!
//! Source: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability"; how registers and shared memory
//! are rounded up is that of the toolkit's occupancy calculator (`cuda_occupancy.h`), which a test compares with.

mod limits;

use serde::Serialize;
use triton_runner_manifest::Arch;

pub(super) use limits::Limits;

/// Threads of a warp.
const WARP: u32 = 32;

/// What one block needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    pub(super) threads: u32,
    /// Registers of a thread.
    pub(super) registers: u32,
    /// Bytes of shared memory, static and dynamic.
    pub(super) shared: u32,
}

/// What keeps more blocks away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Limit {
    Registers,
    SharedMemory,
    Warps,
    Blocks,
}

impl Limit {
    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Registers => "registers",
            Self::SharedMemory => "shared memory",
            Self::Warps => "warps",
            Self::Blocks => "blocks",
        }
    }
}

/// How full a multiprocessor gets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Occupancy {
    /// Blocks at a time; 0 for a block that doesn't fit at all.
    pub(super) blocks: u32,
    /// Their warps.
    pub(super) warps: u32,
    /// Warps that a multiprocessor can hold.
    pub(super) max_warps: u32,
    /// `warps` of `max_warps`, in percent.
    pub(super) percent: f64,
    /// Everything that would have to give for one more block.
    pub(super) limited_by: Vec<Limit>,
}

/// The occupancy of a block on an architecture; `None` for one that is not in the tables.
///
/// With as large a part of the L1 cache for shared memory as helps, which is what the driver chooses by default.
pub(super) fn occupancy(arch: Arch, needs: Needs) -> Option<Occupancy> {
    let limits = Limits::of(arch)?;
    let warps_per_block = needs.threads.div_ceil(WARP).max(1);
    let by_registers = by_registers(&limits, needs.registers, warps_per_block);
    let by_shared = by_shared(&limits, needs.shared);
    let bounds = [
        (Limit::Registers, by_registers),
        (Limit::SharedMemory, by_shared),
        (Limit::Warps, limits.warps / warps_per_block),
        (Limit::Blocks, limits.blocks),
    ];
    let blocks = bounds.iter().map(|(_, bound)| *bound).min().unwrap_or(0);
    let warps = blocks * warps_per_block;
    let percent = f64::from(warps) * 100.0 / f64::from(limits.warps);
    let limited_by = bounds.iter().filter(|(_, bound)| *bound == blocks).map(|(limit, _)| *limit).collect();
    Some(Occupancy { blocks, warps, max_warps: limits.warps, percent, limited_by })
}

/// Registers are handed out to warps, in each of the multiprocessor's partitions by itself.
fn by_registers(limits: &Limits, registers: u32, warps_per_block: u32) -> u32 {
    if registers > limits.registers_per_thread {
        return 0;
    }
    let per_warp = (registers * WARP).next_multiple_of(limits.register_unit);
    if per_warp == 0 {
        return u32::MAX;
    }
    // The launch check assumes that every partition gets the same number of warps.
    if per_warp * warps_per_block.next_multiple_of(limits.partitions) > limits.registers_per_block {
        return 0;
    }
    let warps_per_partition = limits.registers / limits.partitions / per_warp;
    warps_per_partition * limits.partitions / warps_per_block
}

fn by_shared(limits: &Limits, shared: u32) -> u32 {
    if shared > limits.shared_per_block {
        return 0;
    }
    let per_block = (shared + limits.shared_reserved).next_multiple_of(limits.shared_unit);
    limits.shared.checked_div(per_block).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
