//! Whether a kernel's launches can be safe functions: what its TTIR proves, and what stands in the way of trusting it.

use triton_runner_extent::{Extent, MOST_STAGES, Unsafe};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Level, Safety, UnsafeBecause};

use crate::read::{Content, ParsedFile, ParsedKernel};
use crate::settings::Settings;

/// What is proven of a kernel, as these settings have it compiled.
pub(crate) fn safety(kernel: &ParsedKernel, settings: &Settings) -> Safety {
    let (mut checks, mut reasons) = (Vec::new(), Vec::new());
    for source in &kernel.sources {
        match &source.content {
            Content::Ir(summary) if source.artifact.level == Level::Ttir => {
                match of_source(source, summary) {
                    Safety::Proven(proven) => checks.extend(proven),
                    Safety::Unsafe(more) => reasons.extend(more),
                };
            }
            _ => reasons.push(UnsafeBecause {
                argument: None,
                reason: format!("it is {}: only TTIR can be proven", source.artifact.level),
                file: Some(source.artifact.name.clone()),
                line: None,
            }),
        }
    }
    let overlapping = kernel.metadata.iter().filter(|named| named.metadata.launch_pdl == Some(true));
    reasons.extend(overlapping.map(|named| UnsafeBecause {
        argument: None,
        reason: "with `launch_pdl` it may start before the kernel ahead of it has ended".to_owned(),
        file: Some(named.name.clone()),
        line: None,
    }));
    reasons.extend(deep_pipeline(kernel, settings));
    if !reasons.is_empty() || checks.is_empty() {
        reasons.sort();
        reasons.dedup();
        return Safety::Unsafe(reasons);
    }
    checks.sort();
    checks.dedup();
    Safety::Proven(checks)
}

/// More stages than a check allows for: a loop's counter is computed that far ahead, and may wrap. TTIR doesn't say the option.
fn deep_pipeline(kernel: &ParsedKernel, settings: &Settings) -> Option<UnsafeBecause> {
    let asked = settings.kernels.get(&kernel.name).and_then(|own| own.num_stages).map(|stages| (stages, None));
    let made_with = kernel.metadata.iter();
    let made_with = made_with.filter_map(|named| Some((named.metadata.options.num_stages?, Some(named.name.clone()))));
    let (stages, file) = asked.or_else(|| made_with.max())?;
    (stages > MOST_STAGES).then(|| UnsafeBecause {
        argument: None,
        reason: format!(
            "`num_stages` is {stages}: with more than {MOST_STAGES} a loop is fetched further ahead than can be proven"
        ),
        file,
        line: None,
    })
}

/// What one file proves.
fn of_source(source: &ParsedFile, summary: &Summary) -> Safety {
    let text = std::str::from_utf8(&source.artifact.bytes).unwrap_or_default();
    match Extent::of(text) {
        Ok(Extent::Proven(check)) => Safety::Proven(vec![check.to_string()]),
        Ok(Extent::Unknown(all)) => {
            Safety::Unsafe(all.into_iter().map(|one| because(one, summary, &source.artifact.name)).collect())
        }
        Err(error) => Safety::Unsafe(vec![UnsafeBecause {
            argument: None,
            reason: error.to_string(),
            file: Some(source.artifact.name.clone()),
            line: None,
        }]),
    }
}

/// A reason with the argument's name, and the file that its line is of.
fn because(one: Unsafe, summary: &Summary, ir: &str) -> UnsafeBecause {
    let argument = one.argument.and_then(|place| summary.raw_arguments.get(place));
    let place = one.reason.place;
    UnsafeBecause {
        argument: argument.map(|argument| argument.name.clone().unwrap_or_else(|| argument.ssa.clone())),
        reason: one.reason.cause.to_string(),
        file: Some(place.file.map_or_else(|| ir.to_owned(), Into::into)),
        line: Some(place.line).filter(|line| *line > 0),
    }
}
