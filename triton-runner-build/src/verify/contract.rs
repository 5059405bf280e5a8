//! The contract between levels: what machine code and PTX must be for the arguments and metadata that a launch
//! will use. One mismatch here is memory corruption at run time, so nothing is guessed.
//!
//! Required: the entry that the metadata names; the architecture that was asked for; parameters = the visible
//! arguments, sized and placed alike, followed by 0, 1 or 2 hidden pointers; a block of 32 threads for each warp;
//! the metadata's cluster; no more shared memory than the architecture has.

use std::fmt;

use triton_runner_manifest::{Arch, ArgType, Argument, SharedMemory};
use triton_runner_read::entry::{Entry, Module, Param};

use crate::plan::limits::{MAX_CTAS, MAX_WARPS};

/// What the launch will do.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    /// Name of the kernel function.
    pub(crate) entry: &'a str,
    /// Architecture that the image is for, without suffix.
    pub(crate) arch: Arch,
    /// The visible arguments.
    pub(crate) arguments: &'a [Argument],
    /// Warps of a block.
    pub(crate) num_warps: u32,
    /// CTAs of a cluster, all dimensions multiplied.
    pub(crate) num_ctas: u32,
    /// Dynamic shared memory in bytes.
    pub(crate) shared: u32,
    /// Bytes of global scratch for each CTA.
    pub(crate) scratch: u32,
    /// Bytes of profiling scratch for each CTA.
    pub(crate) profile: u32,
}

/// What the image turned out to be.
#[derive(Debug)]
pub(crate) struct Verified<'a> {
    /// The kernel function.
    pub(crate) entry: &'a Entry,
    /// How many hidden pointers follow the arguments.
    pub(crate) hidden: u32,
}

/// The image isn't what the arguments and metadata say.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ContractError {
    #[error("it is for {found}, but {expected} was asked for")]
    Arch { found: Arch, expected: Arch },
    #[error(
        "it has no kernel `{expected}`, only {}; the metadata's `name` and the file must be of the same kernel",
        list(found)
    )]
    Entry { found: Vec<String>, expected: String },
    #[error("it has several kernels ({}), and a file holds one", list(found))]
    Entries { found: Vec<String> },
    #[error("the kernel's parameters are not the arguments{hint}\n{table}")]
    Params { table: ParamTable, hint: &'static str },
    #[error(
        "its block must be {found} threads, but the metadata says {num_warps} warps, which is {} threads; the JSON is of another build of this kernel",
        u64::from(*num_warps) * 32
    )]
    Block { found: Block, num_warps: u32 },
    #[error(
        "it doesn't say how many threads a block has (no `.reqntid`), so {num_warps} warps can't be confirmed; compile it with Triton 3.2 or later"
    )]
    NoBlock { num_warps: u32 },
    #[error(
        "its block is of {num_warps} warps, which is {} threads, and a block can have 1024; lower it with at most {MAX_WARPS} warps",
        u64::from(*num_warps) * 32
    )]
    Warps { num_warps: u32 },
    #[error(
        "{num_warps} warps with {registers} registers to a thread take {needed}, and a multiprocessor has {REGISTER_FILE}; lower it with fewer warps, or with a `maxnreg`"
    )]
    Registers { registers: u32, num_warps: u32, needed: u32 },
    #[error("it was compiled for clusters of {found:?} CTAs, but the metadata says {num_ctas}")]
    Cluster { found: [u32; 3], num_ctas: u32 },
    #[error(
        "the metadata says {num_ctas} CTAs to a cluster, and a cluster has 1 to {MAX_CTAS}; check in the JSON as Triton wrote it"
    )]
    Ctas { num_ctas: u32 },
    #[error(
        "it needs {needed} bytes of shared memory, and a block on {arch} can have {limit}; use smaller blocks or fewer stages, or leave {arch} out for this kernel"
    )]
    Shared { needed: u64, limit: u32, arch: Arch },
    #[error(
        "it uses dynamic shared memory, but the metadata's `shared` is 0; the JSON is of another build of this kernel"
    )]
    NoShared,
    #[error(
        "the metadata asks for {scratch} bytes of global scratch, but the kernel has no hidden pointer parameter to take it"
    )]
    NoScratchParam { scratch: u32 },
    #[error(
        "the metadata asks for {profile} bytes of profiling scratch, but the kernel has no second hidden pointer parameter to take it"
    )]
    NoProfileParam { profile: u32 },
}

/// Threads of a block as the image states them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block([u32; 3]);

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [x, 1, 1] => write!(f, "{x}"),
            [x, y, z] => write!(f, "{x} × {y} × {z}"),
        }
    }
}

fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

/// Holds an image against what the launch will do.
pub(crate) fn verify<'a>(image: &'a Module, expected: &Expected<'_>) -> Result<Verified<'a>, ContractError> {
    if image.arch.number() != expected.arch.number() {
        return Err(ContractError::Arch { found: image.arch, expected: expected.arch });
    }
    let names = || image.entries.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let entry = match &image.entries[..] {
        [entry] if entry.name == expected.entry => entry,
        [] | [_] => return Err(ContractError::Entry { found: names(), expected: expected.entry.to_owned() }),
        _ => return Err(ContractError::Entries { found: names() }),
    };
    let hidden = hidden(&entry.params, expected.arguments)?;
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

/// What a multiprocessor has of registers, on every GPU that Triton lowers for.
const REGISTER_FILE: u32 = 65536;

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

/// A parameter that an argument takes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slot {
    what: String,
    param: Param,
}

impl Slot {
    /// Whether it is this parameter; `marked` where the file says which parameters are pointers.
    fn takes(&self, param: &Param, marked: bool) -> bool {
        let placed = (self.param.offset, self.param.size) == (param.offset, param.size);
        // A by-value descriptor is marked as a pointer to itself by some versions.
        placed && (!marked || self.param.size != 8 || self.param.pointer == param.pointer)
    }
}

/// The parameters that the arguments take, in order, each at the next multiple of its alignment. Tensor descriptors
/// expand as on sm_90 and later.
///
/// Source: `FuncOpToLLVM.cpp` of Triton, and measured on every version in pins.toml.
fn slots(arguments: &[Argument]) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut end = 0_u32;
    for argument in arguments {
        let name = &argument.name;
        let mut push = |suffix: &str, size: u32, pointer| {
            let offset = end.next_multiple_of(size.min(64));
            end = offset + size;
            let what = format!("{name}{suffix}: {}", argument.ty);
            slots.push(Slot { what, param: Param { offset, size, pointer } });
        };
        match &argument.ty {
            ArgType::Scalar(scalar) => push("", scalar.bytes(), false),
            ArgType::Pointer(_) => push("", 8, true),
            ArgType::TmaDesc => push("", 128, false),
            ArgType::TensorDesc { block, .. } => {
                push("", 128, false);
                (0..block.len()).for_each(|i| push(&format!(".shape{i}"), 4, false));
                (0..block.len()).for_each(|i| push(&format!(".stride{i}"), 8, false));
            }
        }
    }
    slots
}

/// The parameters that the arguments take.
#[cfg(test)]
pub(crate) fn params(arguments: &[Argument]) -> Vec<Param> {
    slots(arguments).into_iter().map(|slot| slot.param).collect()
}

/// How many hidden pointers follow the arguments; computed, since it changed with Triton's versions.
fn hidden(params: &[Param], arguments: &[Argument]) -> Result<u32, ContractError> {
    let slots = slots(arguments);
    let mismatch = |hint| ContractError::Params { table: ParamTable::new(&slots, params), hint };
    if params.len() < slots.len() {
        return Err(mismatch(": it has fewer"));
    }
    let (visible, rest) = params.split_at(slots.len());
    // Triton marks every pointer. PTX written by hand may mark none: then there is nothing to compare.
    let marked = params.iter().any(|param| param.pointer);
    if slots.iter().zip(visible).any(|(slot, param)| !slot.takes(param, marked)) {
        return Err(mismatch(""));
    }
    match rest.len() {
        0..=2 if rest.iter().all(|param| param.size == 8) => Ok(rest.len() as u32),
        0..=2 => Err(mismatch(": what follows them isn't a hidden pointer")),
        _ => Err(mismatch(": it has more, and at most 2 hidden pointers can follow")),
    }
}

/// Both sides of the parameters, to be read side by side.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ParamTable {
    rows: Vec<(String, String, bool)>,
}

impl ParamTable {
    fn new(slots: &[Slot], params: &[Param]) -> Self {
        let mut rows = Vec::new();
        for i in 0..slots.len().max(params.len()) {
            let (slot, param) = (slots.get(i), params.get(i));
            let left = match slot {
                Some(Slot { what, param }) => format!("{what} ({} bytes at {})", param.size, param.offset),
                None => "hidden pointer or nothing".to_owned(),
            };
            let right = match param {
                Some(param) => {
                    let kind = if param.pointer { "pointer" } else { "value" };
                    format!("{kind} of {} bytes at {}", param.size, param.offset)
                }
                None => "nothing".to_owned(),
            };
            let same = match (slot, param) {
                (Some(slot), Some(param)) => slot.takes(param, true),
                (None, Some(param)) => param.size == 8 && i < slots.len() + 2,
                (Some(_) | None, None) => false,
            };
            rows.push((left, right, same));
        }
        Self { rows }
    }
}

impl fmt::Display for ParamTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(left, _, _)| left.chars().count()).max().unwrap_or(0).max(8);
        write!(f, "    #  {:width$}  found in the file", "expected")?;
        for (i, (left, right, same)) in self.rows.iter().enumerate() {
            let mark = if *same { ' ' } else { '!' };
            write!(f, "\n  {mark}{i:>2}  {left:width$}  {right}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
