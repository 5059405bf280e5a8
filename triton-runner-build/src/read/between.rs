//! IR from between two passes of Triton's pipeline: TTGIR that isn't done, and what it becomes in LLVM's dialect of MLIR.
//! Its JSON says after which pass it stands.

use triton_runner_ir::{Lowered, Summary};
use triton_runner_manifest::Level;

use super::{Content, NamedMetadata, utf8};
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

/// After which pass a file stands, if it isn't a whole level.
pub(super) fn after_pass(artifact: &Artifact, json: Option<&NamedMetadata>) -> Result<Option<String>, BetweenError> {
    let said = json.and_then(|named| Some((named, named.metadata.after_pass.clone()?)));
    match (artifact.level, &artifact.after_pass, said) {
        (Level::Ttgir, Some(asked), Some((named, found))) if *asked != found => {
            Err(BetweenError::OtherPass { found, json: named.name.clone(), asked: asked.clone() })
        }
        (Level::Ttgir, asked, said) => Ok(asked.clone().or(said.map(|(_, found)| found))),
        (level, Some(_), _) => Err(BetweenError::NoTtgir { level }),
        // It speaks of another file of the kernel.
        (_, None, _) => Ok(None),
    }
}

/// What such a file, or a whole one, holds.
pub(super) fn parse(artifact: &Artifact, after_pass: Option<&str>) -> Result<Content, Cause> {
    let text = utf8(&artifact.bytes)?;
    if artifact.level == Level::Ttgir
        && text.contains("llvm.func")
        && let Some(lowered) = Lowered::read(text)?
    {
        return if after_pass.is_some() { Ok(Content::Lowered(lowered)) } else { Err(BetweenError::Unsaid.into()) };
    }
    Ok(Content::Ir(Summary::read(text)?))
}
