//! Results of compilers, held against the contract before they are kept and before they are given out.

use triton_runner_manifest::Level;
use triton_runner_read::metadata::Metadata;

use crate::error::{Cause, Problem};
use crate::obtain::cache::{Key, Stored};
use crate::obtain::tools::Tools;
use crate::plan::Step;
use crate::verify::{VerifiedImage, verify};

/// One result for each of the steps, or why there is no compiler.
pub(super) type Results = Result<Vec<Result<Stored, Cause>>, Problem>;

/// The images of a result, with the metadata that a launch goes by: Triton's for what it lowered, else the file's.
pub(super) fn verified(step: &Step<'_>, stored: &Stored) -> Result<Vec<VerifiedImage>, Cause> {
    let made;
    let metadata = match (&step.metadata, step.source.artifact.level) {
        (Some(named), Level::Llir | Level::Ptx | Level::Cubin) => &named.metadata,
        _ => {
            made = Metadata::from_json(&stored.metadata.to_string())?;
            &made
        }
    };
    verify(step, metadata, &stored.bytes, stored.ptx.as_deref())
}

/// Keeps a result in the cache, but not one that the build will refuse: where a disk is full, ptxas writes half a file and
/// reports no error.
pub(super) fn keep_if_sound(step: &Step<'_>, key: &Key, stored: &Stored, tools: &Tools) {
    if verified(step, stored).is_ok() {
        tools.cache.put(key, stored);
    }
}
