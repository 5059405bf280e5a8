//! Looking at kernels: the build's own steps up to the image, nothing written.

use std::collections::BTreeMap;

use triton_runner_manifest::{ImageKind, Level, Safety, UnsafeBecause};
use triton_runner_read::{cubin, ptx};

use super::built::Built;
use super::code;
use super::page::Code;
use super::report::{ArgumentReport, ImageReport, KernelReport, Report, SafetyReport, TtirReport};
use crate::cli::progress::Progress;
use crate::cli::subject::{Selection, Subject};
use crate::cli::{Env, Result};
use crate::error::Problem;
use crate::obtain::made_with::MadeWith;
use crate::obtain::{Obtained, obtain};
use crate::plan::{Step, interpreted};
use crate::read::ParsedKernel;
use crate::safety::safety;
use crate::verify::VerifiedImage;

/// All images of the steps of a subject.
pub(super) fn build<'a>(subject: &Subject, steps: &'a [Step<'a>], problems: &mut Vec<Problem>) -> Vec<Built<'a>> {
    let mut progress = Progress::new();
    let obtaining = obtain(steps, &subject.tools, &mut |line| progress.line(line));
    drop(progress);
    problems.extend(obtaining.problems);
    let of_step = |(step, obtained): (&'a Step<'a>, Option<Obtained>)| {
        let made_with =
            obtained.as_ref().map(|obtained| MadeWith::noted(&obtained.stored.metadata)).unwrap_or_default();
        let images = obtained.into_iter().flat_map(|obtained| obtained.images);
        images.map(move |VerifiedImage { description: image, file }| Built {
            step,
            image,
            bytes: file.bytes,
            made_with: made_with.clone(),
        })
    };
    steps.iter().zip(obtaining.results).flat_map(of_step).collect()
}

/// A kernel with its images.
fn kernel(subject: &Subject, kernel: &ParsedKernel, steps: &[Step<'_>], images: &[&Built<'_>]) -> KernelReport {
    let ttir = interpreted::of(kernel, &subject.analysis.settings);
    KernelReport {
        package: subject.package.clone(),
        name: kernel.name.clone(),
        family: kernel.family.clone(),
        signature_from: Some(kernel.signature_from.clone()),
        arguments: kernel.arguments.iter().map(ArgumentReport::new).collect(),
        constants: kernel.constants.clone(),
        host: kernel.host(),
        writes_elsewhere: kernel.writes_elsewhere.clone(),
        safety: SafetyReport::new(safety(kernel, steps.iter())),
        images: images.iter().map(|built| ImageReport::new(&built.image)).collect(),
        interpreter: subject.interpreter,
        ttir: ttir.iter().map(TtirReport::new).collect(),
    }
}

/// Everything that was selected, and its code where `with_code` is set.
pub(super) fn report(subjects: &[Subject], with_code: bool, problems: &mut Vec<Problem>) -> (Report, Vec<Vec<Code>>) {
    let mut report = Report::default();
    let mut code = Vec::new();
    for subject in subjects {
        let (steps, more) = subject.analysis.steps();
        problems.extend(more);
        // Before the images: what is lowered for its texts is in the cache then.
        let codes = if with_code { code::of_steps(subject, &steps) } else { Vec::new() };
        let built = build(subject, &steps, problems);
        let images = code::of_images(&built, &steps, &codes, subject);
        for one in &subject.analysis.kernels {
            let own = of_kernel(one, &built);
            let place = |one: &&Built<'_>| built.iter().position(|built| std::ptr::eq(built, *one));
            code.push(
                own.iter().map(|one| place(one).and_then(|at| images.get(at)).cloned().unwrap_or_default()).collect(),
            );
            report.kernels.push(kernel(subject, one, &steps, &own));
        }
    }
    (report, code)
}

/// A kernel's images in the order in which they are shown.
fn of_kernel<'a, 'b>(kernel: &ParsedKernel, built: &'b [Built<'a>]) -> Vec<&'b Built<'a>> {
    let mut own: Vec<_> = built.iter().filter(|built| built.step.kernel.name == kernel.name).collect();
    own.sort_by_key(|built| (built.image.kind == ImageKind::Ptx, built.image.arch));
    own
}

/// A PTX file or a cubin with no metadata: what it says by itself. `None` if something else was selected.
pub(super) fn lone_image(selection: &Selection, env: &Env) -> Result<Option<(Report, Vec<Vec<Code>>)>> {
    let Some((file, level)) = selection.lone_image() else { return Ok(None) };
    let name = file.display().to_string();
    let bytes = std::fs::read(&file).map_err(|error| format!("`{name}`: can't read it: {error}"))?;
    let image = match level {
        Level::Cubin => cubin::read(&bytes).map_err(|error| format!("`{name}`: {error}"))?,
        _ => {
            let text = std::str::from_utf8(&bytes).map_err(|_| format!("`{name}`: it is not UTF-8 text"))?;
            ptx::read(text).map_err(|error| format!("`{name}`: {error}"))?
        }
    };
    let code = code::of_lone_image(level, &bytes, &selection.tools(file, env)?);
    let kernels = image.entries.iter().map(|entry| KernelReport {
        package: None,
        name: entry.name.clone(),
        family: None,
        signature_from: None,
        arguments: Vec::new(),
        constants: BTreeMap::new(),
        host: Vec::new(),
        writes_elsewhere: None,
        safety: SafetyReport::new(Safety::Unsafe(vec![UnsafeBecause {
            argument: None,
            reason: format!("it is {level}: only TTIR can be proven"),
            file: Some(name.clone()),
            line: None,
        }])),
        images: vec![ImageReport::of_entry(entry, image.arch, level, &name, bytes.len() as u64)],
        interpreter: None,
        ttir: Vec::new(),
    });
    let report = Report { kernels: kernels.collect(), errors: Vec::new() };
    let code = report.kernels.iter().map(|_| vec![code.clone()]).collect();
    Ok(Some((report, code)))
}
