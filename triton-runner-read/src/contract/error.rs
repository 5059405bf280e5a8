//! An image that isn't what its launch expects.

use std::fmt;

use triton_runner_manifest::Arch;

use super::limits::{MAX_CTAS, MAX_WARPS, REGISTER_FILE};
use super::parameters::ParamTable;
use crate::metadata::Writer;

/// Why two files disagree of which each is right, and what to do.
const OF_ANOTHER_BUILD: &str = "the JSON is of another build of this kernel: take both from one build";

/// The image isn't what the arguments and metadata say.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what the messages name")]
pub enum ContractError {
    /// For another architecture.
    #[error("it is for {found}, but {expected} was asked for; take the file for {expected}")]
    Arch { found: Arch, expected: Arch },
    /// Of another kernel.
    #[error(
        "it has no kernel `{expected}`, only {}; the metadata's `name` and the file must be of the same kernel: take both from one build",
        list(found)
    )]
    Entry { found: Vec<String>, expected: String },
    /// Of several kernels.
    #[error("it has several kernels ({}), and a file holds one: compile each alone", list(found))]
    Entries { found: Vec<String> },
    /// With other parameters.
    #[error(
        "the kernel's parameters are not the arguments{hint}\n{table}\n    what is expected is what the `signature`, or IR beside it, says: correct that, or take all files from one build"
    )]
    Params { table: ParamTable, hint: String },
    /// With a block of another size.
    #[error(
        "its block must be {found} threads, but the metadata says {num_warps} warps, which is {} threads; {OF_ANOTHER_BUILD}",
        u64::from(*num_warps) * 32
    )]
    Block { found: Block, num_warps: u32 },
    /// With a block of any size.
    #[error(
        "it doesn't say how many threads a block has (no `.reqntid`), so {num_warps} warps can't be confirmed; compile it with Triton 3.2 or later"
    )]
    NoBlock { num_warps: u32 },
    /// With a block that none can have.
    #[error(
        "its block is of {num_warps} warps, which is {} threads, and a block can have 1024; lower it with at most {MAX_WARPS} warps",
        u64::from(*num_warps) * 32
    )]
    Warps { num_warps: u32 },
    /// With more registers than there are.
    #[error(
        "{num_warps} warps with {registers} registers to a thread take {needed}, and a multiprocessor has {REGISTER_FILE}; lower it with fewer warps, or with a `maxnreg`"
    )]
    Registers { registers: u32, num_warps: u32, needed: u32 },
    /// With other clusters.
    #[error("it was compiled for clusters of {found:?} CTAs, but the metadata says {num_ctas}; {OF_ANOTHER_BUILD}")]
    Cluster { found: [u32; 3], num_ctas: u32 },
    /// Without the clusters.
    #[error(
        "the metadata says {num_ctas} CTAs to a cluster, but it was compiled for no clusters, and {writer} states them; {OF_ANOTHER_BUILD}"
    )]
    NoCluster { num_ctas: u32, writer: Writer },
    /// With clusters that none can be.
    #[error(
        "the metadata says {num_ctas} CTAs to a cluster, and a cluster has 1 to {MAX_CTAS}; check in the JSON as Triton wrote it"
    )]
    Ctas { num_ctas: u32 },
    /// With more shared memory than there is.
    #[error(
        "it needs {needed} bytes of shared memory, and a block on {arch} can have {limit}; use smaller blocks or fewer stages, or leave {arch} out for this kernel"
    )]
    Shared { needed: u64, limit: u32, arch: Arch },
    /// With shared memory that the metadata doesn't know of.
    #[error("it uses dynamic shared memory, but the metadata's `shared` is 0; {OF_ANOTHER_BUILD}")]
    NoShared,
    /// Without a place for its scratch memory.
    #[error(
        "the metadata asks for {scratch} bytes of global scratch, but the kernel has no hidden pointer parameter to take it; {OF_ANOTHER_BUILD}"
    )]
    NoScratchParam { scratch: u32 },
    /// Without a place for its profiling scratch.
    #[error(
        "the metadata asks for {profile} bytes of profiling scratch, but the kernel has no second hidden pointer parameter to take it; {OF_ANOTHER_BUILD}"
    )]
    NoProfileParam { profile: u32 },
}

/// Threads of a block as the image states them.
#[derive(Debug, PartialEq, Eq)]
pub struct Block(pub(super) [u32; 3]);

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
