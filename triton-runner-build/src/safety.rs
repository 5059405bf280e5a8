//! Whether a kernel's launches can be safe functions: what its TTIR proves, and what stands in the way of trusting it.

use std::collections::BTreeMap;

use triton_runner_extent::{Check, Extent, Unsafe};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Access, ArgType, Safety, Scalar, UnsafeBecause};

use crate::plan::{self, Step};
use crate::read::{Content, ParsedFile, ParsedKernel};

/// What is proven of a kernel whose images these steps make. Without steps, of a file that is looked at alone, it is about
/// all files.
///
/// Every image is made from the file of its step: lowered now, or taken from a sealed cache entry or a lock whose key has
/// that file's text in it and whose SHA-256 is the image's.
pub(crate) fn safety<'a>(kernel: &'a ParsedKernel, steps: impl Iterator<Item = &'a Step<'a>>) -> Safety {
    let steps: Vec<&Step<'_>> = steps.filter(|step| step.kernel.name == kernel.name).collect();
    let mut files: BTreeMap<&str, &ParsedFile> = BTreeMap::new();
    let used = steps.iter().map(|step| step.source);
    let all = kernel.sources.iter().filter(|_| steps.is_empty());
    files.extend(used.chain(all).map(|source| (source.artifact.name.as_str(), source)));
    let (mut checks, mut reasons) = (Vec::new(), Vec::new());
    for source in files.into_values() {
        match of_source(kernel, source) {
            Safety::Proven(proven) => checks.extend(proven),
            Safety::Unsafe(more) => reasons.extend(more),
        }
    }
    reasons.extend(overlapping(kernel, &steps));
    reasons.extend(miscompiled(&steps));
    reasons.extend(deep_pipeline(kernel, &steps));
    reasons.extend(bits(kernel));
    if reasons.is_empty()
        && let Some(place) = &kernel.writes_elsewhere
    {
        reasons.push(whole("it writes through addresses that no argument has", Some(place)));
    }
    if !reasons.is_empty() || checks.is_empty() {
        reasons.sort();
        reasons.dedup();
        return Safety::Unsafe(reasons);
    }
    checks.sort();
    checks.dedup();
    Safety::Proven(checks)
}

/// A reason about the kernel as a whole.
fn whole(reason: impl Into<String>, file: Option<&str>) -> UnsafeBecause {
    UnsafeBecause { argument: None, reason: reason.into(), file: file.map(str::to_owned), line: None }
}

/// More stages than a check allows for: a loop's counter is computed that far ahead, and may wrap. TTIR doesn't say the option.
fn deep_pipeline(kernel: &ParsedKernel, steps: &[&Step<'_>]) -> Option<UnsafeBecause> {
    let asked = steps.iter().filter_map(|step| step.options.num_stages);
    let made_with = kernel.metadata.iter().filter_map(|named| named.metadata.options.num_stages);
    let stages = asked.max().or_else(|| made_with.max())?;
    let most = Check::MOST_STAGES;
    let reason = format!("`num_stages` is {stages}: with more than {most} loops fetch further ahead than is proven");
    (stages > most).then(|| whole(reason, None))
}

/// What one file proves.
fn of_source(kernel: &ParsedKernel, source: &ParsedFile) -> Safety {
    let (name, level) = (&source.artifact.name, source.artifact.level);
    let (Content::Ir(summary), true) = (&source.content, source.is_ttir()) else {
        return Safety::Unsafe(vec![whole(format!("it is {level}: only TTIR can be proven"), Some(name))]);
    };
    let text = std::str::from_utf8(&source.artifact.bytes).unwrap_or_default();
    match Extent::of(text) {
        Ok(Extent::Proven(check)) => Safety::Proven(vec![check.to_string()]),
        Ok(Extent::Unknown(all)) => {
            Safety::Unsafe(all.into_iter().map(|one| because(one, kernel, summary, name)).collect())
        }
        Err(error) => Safety::Unsafe(vec![whole(error.to_string(), Some(name))]),
    }
}

/// A reason with the argument's name, and the file that its line is of.
fn because(one: Unsafe, kernel: &ParsedKernel, summary: &Summary, ir: &str) -> UnsafeBecause {
    let raw = &summary.raw_arguments;
    let place = one.reason.place;
    // IR of Triton 3.4 and before has no names, and the JSON beside it has.
    let named = |place: usize| {
        let own = kernel.arguments.get(place).filter(|_| kernel.arguments.len() == raw.len());
        let own = own.map(|argument| argument.name.clone());
        own.or_else(|| raw.get(place).map(|raw| raw.name.clone().unwrap_or_else(|| raw.ssa.clone())))
    };
    UnsafeBecause {
        argument: one.argument.and_then(named),
        reason: one.reason.cause.to_string(),
        file: Some(place.file.map_or_else(|| ir.to_owned(), Into::into)),
        line: Some(place.line).filter(|line| *line > 0),
    }
}

/// Launches that begin before what is ahead of them on the stream has ended: nothing orders them.
fn overlapping(kernel: &ParsedKernel, steps: &[&Step<'_>]) -> Vec<UnsafeBecause> {
    let reason =
        |file: &str| whole("with `launch_pdl` it may start before the kernel ahead of it has ended", Some(file));
    let in_json = kernel.metadata.iter().filter(|named| named.metadata.launch_pdl == Some(true));
    let mut reasons: Vec<_> = in_json.map(|named| reason(&named.name)).collect();
    let asked = steps.iter().any(|step| step.options.launch_pdl == Some(true));
    if asked && reasons.is_empty() {
        reasons.push(reason("Cargo.toml"));
    }
    reasons
}

/// Machine code of which it is known that it isn't what TTIR says.
fn miscompiled<'a>(steps: &'a [&Step<'_>]) -> impl Iterator<Item = UnsafeBecause> + 'a {
    let of_step = |step: &'a &Step<'_>| {
        let known = plan::known_wrong_of(step);
        known.map(move |(triton, wrong)| {
            let reason = format!("Triton {triton} compiles it wrongly for {}: {wrong}", step.arch);
            whole(reason, Some(&step.source.artifact.name))
        })
    };
    steps.iter().flat_map(of_step)
}

/// Whatever a kernel stores is an element, but not every byte is a `bool`.
fn bits(kernel: &ParsedKernel) -> impl Iterator<Item = UnsafeBecause> + '_ {
    let stored = kernel.arguments.iter().filter_map(|argument| match (&argument.ty, argument.access) {
        (ArgType::Pointer(Scalar::I1), Access::Write { line }) => Some((argument, line)),
        _ => None,
    });
    stored.map(|(argument, line)| UnsafeBecause {
        argument: Some(argument.name.clone()),
        reason: "it stores `bool`s, and may leave other bits than those of 0 and 1".to_owned(),
        file: Some(kernel.signature_from.clone()),
        line: Some(line).filter(|line| *line > 0),
    })
}

#[cfg(test)]
mod tests;
