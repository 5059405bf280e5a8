//! What Triton is told: settings over metadata, and over both what the file itself says.

use triton_runner_manifest::Level;
use triton_runner_read::metadata::Options;

use crate::read::{Content, NamedMetadata, ParsedFile, ParsedKernel};
use crate::settings::{KernelSettings, OptionsError, table_of};

/// Options that are missing, contradict the file or do nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionError {
    #[error(transparent)]
    Settings(#[from] OptionsError),
    #[error(
        "`{name}` is set for this kernel, and it does nothing to {level}, which is made already; take it out, or start from an earlier level"
    )]
    NoEffect { name: String, level: Level },
    #[error(
        "nothing says how many {what} to lower it with, and TTIR doesn't have it: check in `{kernel}.json` as Triton wrote it (or `cargo triton export` does), or set `{setting}` in {}",
        table_of(kernel)
    )]
    NoOption { kernel: String, what: &'static str, setting: &'static str },
    #[error("`num_ctas` is {asked}, but `{file}` was made with {found}; take the setting out")]
    OtherCtas { asked: u32, file: String, found: u32 },
}

/// Options that are held against the file, below TTIR too: see `no_effect`.
const CHECKED: [&str; 4] = ["num_warps", "num_stages", "num_ctas", "maxnreg"];

/// The options of a step, and the names of those that settings say.
pub(super) fn of(
    kernel: &ParsedKernel,
    own: &KernelSettings,
    source: &ParsedFile,
    metadata: Option<&NamedMetadata>,
) -> Result<(Options, Vec<String>), OptionError> {
    let asked: Vec<String> = own.told()?.into_iter().map(|(name, _)| name).collect();
    let level = source.artifact.level;
    if let Some(name) = asked.iter().find(|name| has_no_effect(name, level)) {
        return Err(OptionError::NoEffect { name: name.clone(), level });
    }
    let mut options = told(own, metadata)?;
    let missing = |what, setting| Err(OptionError::NoOption { kernel: kernel.name.clone(), what, setting });
    match &source.content {
        Content::Ir(summary) if source.artifact.level == Level::Ttgir => {
            options.num_warps = summary.num_warps.or(options.num_warps);
            if let (Some(found), Some(asked)) = (summary.num_ctas, options.num_ctas)
                && found != asked
            {
                return Err(OptionError::OtherCtas { asked, file: source.artifact.name.clone(), found });
            }
            options.num_ctas = summary.num_ctas.or(options.num_ctas);
        }
        Content::Lowered(lowered) => {
            options.num_warps = lowered.num_warps.or(options.num_warps);
            options.num_ctas = lowered.num_ctas.or(options.num_ctas);
        }
        Content::Ir(_) => {
            if options.num_warps.is_none() {
                return missing("warps", "num-warps");
            }
            if options.num_stages.is_none() {
                return missing("pipeline stages", "num-stages");
            }
            // Every Triton writes it. Without a JSON it is one, as in Triton without a word.
            if options.num_ctas.is_none() && metadata.is_some() {
                return missing("CTAs to a cluster", "num-ctas");
            }
        }
        Content::Llir(_) | Content::Module(_) => {}
    }
    if source.after_pass.is_some() && options.num_stages.is_none() {
        return missing("pipeline stages", "num-stages");
    }
    Ok((options, asked))
}

/// Settings over metadata.
pub(super) fn told(own: &KernelSettings, metadata: Option<&NamedMetadata>) -> Result<Options, OptionsError> {
    let from_metadata = metadata.map(|named| named.metadata.options.clone()).unwrap_or_default();
    Ok(own.as_options()?.over(from_metadata))
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
