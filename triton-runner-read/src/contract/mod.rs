//! The contract between levels: what machine code and PTX must be for the arguments and metadata that a launch
//! will use. One mismatch here is memory corruption at run time, so nothing is guessed.
//!
//! Required: the entry that the metadata names; the architecture that was asked for; parameters = the visible
//! arguments, sized and placed alike, followed by the hidden pointers of the Triton that made it; a block of 32 threads for
//! each warp; the metadata's cluster; no more shared memory than the architecture has.

use triton_runner_manifest::{Arch, Argument, SharedMemory};

use crate::entry::{Entry, Module, Param};
use crate::metadata::Writer;

mod descriptors;
mod error;
mod launch;
mod limits;
mod parameters;

pub use descriptors::{DescriptorError, KnownDescriptors};
pub use error::{Block, ContractError};
pub use launch::{Launch, LaunchError};
use limits::REGISTER_FILE;
pub use limits::{MAX_CTAS, MAX_WARPS};
pub use parameters::ParamTable;
#[cfg(test)]
use parameters::params;
use parameters::{is_hidden, slots};

/// What the launch will do.
#[derive(Debug)]
pub struct Expected<'a> {
    /// Name of the kernel function.
    pub entry: &'a str,
    /// Architecture that the image is for, without suffix.
    pub arch: Arch,
    /// The visible arguments.
    pub arguments: &'a [Argument],
    /// The Triton that made it: it decides which parameters follow them.
    pub writer: Writer,
    /// Warps of a block.
    pub num_warps: u32,
    /// CTAs of a cluster, all dimensions multiplied.
    pub num_ctas: u32,
    /// Dynamic shared memory in bytes.
    pub shared: u32,
    /// Bytes of global scratch for each CTA.
    pub scratch: u32,
    /// Bytes of profiling scratch for each CTA.
    pub profile: u32,
}

/// What the image turned out to be.
#[derive(Debug)]
pub struct Verified<'a> {
    /// The kernel function.
    pub entry: &'a Entry,
    /// How many hidden pointers follow the arguments.
    pub hidden: u32,
}

/// Holds an image against what the launch will do.
pub fn verify<'a>(image: &'a Module, expected: &Expected<'_>) -> Result<Verified<'a>, ContractError> {
    if image.arch.number() != expected.arch.number() {
        return Err(ContractError::Arch { found: image.arch, expected: expected.arch });
    }
    let names = || image.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let entry = match &image.entries[..] {
        [entry] if entry.name == expected.entry => entry,
        [] | [_] => return Err(ContractError::Entry { found: names(), expected: expected.entry.to_owned() }),
        _ => return Err(ContractError::Entries { found: names() }),
    };
    let hidden = hidden(&entry.params, expected.arguments, expected.writer)?;
    block(entry, expected.num_warps)?;
    registers(entry, expected.num_warps)?;
    if !(1..=MAX_CTAS).contains(&expected.num_ctas) {
        return Err(ContractError::Ctas { num_ctas: expected.num_ctas });
    }
    if let Some(cluster) = entry.cluster
        && ctas(cluster) != Some(expected.num_ctas)
    {
        return Err(ContractError::Cluster { found: cluster, num_ctas: expected.num_ctas });
    }
    // LLVM IR isn't asked.
    let states_clusters = expected.writer.states_clusters() && entry.states_clusters;
    if expected.num_ctas > 1 && entry.cluster.is_none() && states_clusters {
        return Err(ContractError::NoCluster { num_ctas: expected.num_ctas, writer: expected.writer });
    }
    if let Some(limit) = expected.arch.shared_memory().map(SharedMemory::per_block) {
        let needed = u64::from(expected.shared) + u64::from(entry.static_shared.unwrap_or(0));
        if needed > u64::from(limit) {
            return Err(ContractError::Shared { needed, limit, arch: expected.arch });
        }
    }
    if expected.shared == 0 && entry.dynamic_shared == Some(true) {
        return Err(ContractError::NoShared);
    }
    if expected.scratch > 0 && hidden == 0 {
        return Err(ContractError::NoScratchParam { scratch: expected.scratch });
    }
    if expected.profile > 0 && hidden < 2 {
        return Err(ContractError::NoProfileParam { profile: expected.profile });
    }
    Ok(Verified { entry, hidden })
}

/// A block must find room in an empty multiprocessor.
fn registers(entry: &Entry, num_warps: u32) -> Result<(), ContractError> {
    if num_warps > MAX_WARPS {
        return Err(ContractError::Warps { num_warps });
    }
    let Some(registers) = entry.registers else { return Ok(()) };
    // They are given out in eights to each thread.
    let needed = registers.next_multiple_of(8).saturating_mul(num_warps * 32);
    if needed > REGISTER_FILE { Err(ContractError::Registers { registers, num_warps, needed }) } else { Ok(()) }
}

fn block(entry: &Entry, num_warps: u32) -> Result<(), ContractError> {
    let found = entry.required_block.or(entry.max_block).ok_or(ContractError::NoBlock { num_warps })?;
    if found == [num_warps.saturating_mul(32), 1, 1] {
        Ok(())
    } else {
        Err(ContractError::Block { found: Block(found), num_warps })
    }
}

/// CTAs of a cluster of this shape, unless no number holds them.
pub(crate) fn ctas(cluster: [u32; 3]) -> Option<u32> {
    cluster.into_iter().try_fold(1, u32::checked_mul)
}

/// How many hidden pointers follow the arguments: as many as the Triton that made the file adds, and nothing else.
fn hidden(params: &[Param], arguments: &[Argument], writer: Writer) -> Result<u32, ContractError> {
    let slots = slots(arguments);
    let added = writer.hidden_pointers();
    let mismatch = |hint| ContractError::Params { table: ParamTable::new(&slots, added, params), hint };
    if params.len() < slots.len() {
        return Err(mismatch(": it has fewer".to_owned()));
    }
    let (visible, rest) = params.split_at(slots.len());
    // Triton marks every pointer. PTX written by hand may mark none: then there is nothing to compare.
    let marked = params.iter().any(|param| param.pointer);
    if slots.iter().zip(visible).any(|(slot, param)| !slot.takes(param, marked)) {
        return Err(mismatch(String::new()));
    }
    if rest.len() != added {
        let hint =
            format!(": behind them it has {} more, and {writer} adds {} there", rest.len(), hidden_pointers(added));
        return Err(mismatch(hint));
    }
    if rest.iter().any(|param| !is_hidden(param, marked)) {
        return Err(mismatch(": what follows them isn't a hidden pointer".to_owned()));
    }
    Ok(added as u32)
}

fn hidden_pointers(count: usize) -> String {
    match count {
        0 => "no hidden pointer".to_owned(),
        1 => "1 hidden pointer".to_owned(),
        _ => format!("{count} hidden pointers"),
    }
}

#[cfg(test)]
mod tests;
