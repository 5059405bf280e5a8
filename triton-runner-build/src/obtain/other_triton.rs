//! What one Triton wrote and another could not lower.

use semver::Version;
use triton_runner_manifest::Level;

use crate::error::Cause;
use crate::lowering::LoweringError;
use crate::plan::Step;

/// An error of the compiler about a file that another version wrote.
#[derive(Debug, thiserror::Error)]
#[error(
    "{error}\nTriton {made} wrote this {level}, Triton {lowers} lowers it, and not every version reads what another wrote: set `triton = \"{made}\"` in [package.metadata.triton-runner], or export the kernel again with `--triton {lowers}`"
)]
pub(crate) struct OtherTriton {
    made: Version,
    lowers: Version,
    level: Level,
    /// What the compiler says.
    pub(crate) error: LoweringError,
}

/// The error with both versions, where they differ and the file may be why.
pub(crate) fn name_both(step: &Step<'_>, error: LoweringError) -> Cause {
    match (&step.made_by, &step.triton) {
        (Some(made), Some(lowers)) if made != lowers && error.is_about_the_file() => {
            let (made, lowers) = (made.clone(), lowers.clone());
            OtherTriton { made, lowers, level: step.source.artifact.level, error }.into()
        }
        _ => error.into(),
    }
}
