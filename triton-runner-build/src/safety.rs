//! Whether a kernel's launches can be safe functions: what its TTIR proves, and what stands in the way of trusting it.

use triton_runner_extent::{Extent, Unsafe};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Level, Safety, UnsafeBecause};

use crate::read::{Content, ParsedFile, ParsedKernel};

/// What is proven of a kernel.
pub(crate) fn safety(kernel: &ParsedKernel) -> Safety {
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
    if !reasons.is_empty() || checks.is_empty() {
        reasons.sort();
        reasons.dedup();
        return Safety::Unsafe(reasons);
    }
    checks.sort();
    checks.dedup();
    Safety::Proven(checks)
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
