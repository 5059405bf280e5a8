//! IR from between two passes of Triton's pipeline: TTGIR that isn't done, and what it becomes in LLVM's dialect of MLIR.
//! Its JSON says after which pass it stands.

use triton_runner_ir::Lowered;
use triton_runner_manifest::Level;

use crate::error::Cause;
use crate::read::files::Artifact;

/// Where a file stands is not known, or is known in two ways.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BetweenError {
    #[error(
        "it stands after the pass `{found}` by its JSON `{json}`, and `{asked}` was asked for: leave `--after-pass` out, or take the JSON of the right file"
    )]
    OtherPass { found: String, json: String, asked: String },
    #[error("it is {level}, and only the IR after a pass of the way from TTGIR on can be said to stand after one")]
    NoTtgir { level: Level },
    #[error(
        "it is in LLVM's dialect, as TTGIR becomes between two passes, and nothing says after which one it stands: put the JSON beside it that `cargo triton dump --passes -o` wrote, or say `--after-pass`"
    )]
    Unsaid,
}

/// After which pass a file stands, if it isn't a whole level. `said` is what a JSON says, with its name.
pub(super) fn after_pass(artifact: &Artifact, said: Option<(&str, &str)>) -> Result<Option<String>, BetweenError> {
    match (artifact.level, &artifact.after_pass, said) {
        (Level::Ttgir, Some(asked), Some((json, found))) if asked != found => {
            Err(BetweenError::OtherPass { found: found.to_owned(), json: json.to_owned(), asked: asked.clone() })
        }
        (Level::Ttgir, asked, said) => Ok(asked.clone().or(said.map(|(_, found)| found.to_owned()))),
        (level, Some(_), _) => Err(BetweenError::NoTtgir { level }),
        // It speaks of another file of the kernel.
        (_, None, _) => Ok(None),
    }
}

/// A file of this level that has become LLVM's dialect; `None` for any other.
pub(super) fn lowered(text: &str, level: Level, after_pass: Option<&str>) -> Result<Option<Lowered>, Cause> {
    if level != Level::Ttgir || !text.contains("llvm.func") {
        return Ok(None);
    }
    match Lowered::read(text)? {
        Some(_) if after_pass.is_none() => Err(BetweenError::Unsaid.into()),
        found => Ok(found),
    }
}
