//! What Triton is told: settings over metadata, and over both what the file itself says.

use triton_runner_manifest::Level;
use triton_runner_read::metadata::Options;

use super::PlanError;
use crate::read::{Content, NamedMetadata, ParsedFile, ParsedKernel};
use crate::settings::KernelSettings;

/// Options that later checks hold against the file: see `agree`.
const CHECKED: [&str; 4] = ["num_warps", "num_stages", "num_ctas", "maxnreg"];

/// The options of a step, and the names of those that settings say.
pub(super) fn of(
    kernel: &ParsedKernel,
    own: &KernelSettings,
    source: &ParsedFile,
    metadata: Option<&NamedMetadata>,
) -> Result<(Options, Vec<String>), PlanError> {
    let asked: Vec<String> = own.told()?.into_iter().map(|(name, _)| name).collect();
    let level = source.artifact.level;
    if let Some(name) = asked.iter().find(|name| has_no_effect(name, level)) {
        return Err(PlanError::NoEffect { name: name.clone(), level });
    }
    let from_metadata = metadata.map(|named| named.metadata.options.clone()).unwrap_or_default();
    let mut options = own.as_options()?.over(from_metadata);
    let missing = |what, setting| Err(PlanError::NoOption { kernel: kernel.name.clone(), what, setting });
    match &source.content {
        Content::Ir(summary) if source.artifact.level == Level::Ttgir => {
            options.num_warps = summary.num_warps.or(options.num_warps);
            if let (Some(found), Some(asked)) = (summary.num_ctas, options.num_ctas)
                && found != asked
            {
                return Err(PlanError::OtherCtas { asked, file: source.artifact.name.clone(), found });
            }
            options.num_ctas = summary.num_ctas.or(options.num_ctas);
        }
        Content::Ir(_) => {
            if options.num_warps.is_none() {
                return missing("warps", "num-warps");
            }
            if options.num_stages.is_none() {
                return missing("pipeline stages", "num-stages");
            }
        }
        Content::Llir(_) | Content::Module(_) => {}
    }
    Ok((options, asked))
}

/// Whether an option can't act any more. What acts on the way from TTIR to machine code only Triton can say.
fn has_no_effect(name: &str, level: Level) -> bool {
    match level {
        _ if CHECKED.contains(&name) => false,
        Level::Ttir | Level::Ttgir => false,
        // The launch goes by the metadata that was made with the file.
        Level::Llir => ["launch_pdl", "launch_cooperative_grid"].contains(&name),
        Level::Ptx => !["enable_fp_fusion", "ptx_options"].contains(&name),
        Level::Cubin => true,
    }
}
