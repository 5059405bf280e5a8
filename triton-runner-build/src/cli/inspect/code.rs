//! The code of every level of each image, for the page.

use std::collections::BTreeMap;

use semver::Version;
use triton_runner_manifest::{ImageKind, Level};

use super::built::Built;
use super::page::{Code, Texts};
use crate::cli::levels::{Wanted, levels};
use crate::cli::progress::Progress;
use crate::cli::sass;
use crate::cli::subject::Subject;
use crate::lowering::Print;
use crate::obtain::tools::Tools;
use crate::plan::Step;

/// One for each of the steps.
pub(super) fn of_steps(subject: &Subject, steps: &[Step<'_>]) -> Vec<Code> {
    let mut progress = Progress::new();
    let wanted = Wanted { emit: Level::Ptx, keep: vec![Level::Ttgir, Level::Llir], print: Print::Nothing };
    let made = levels(steps, &wanted, &subject.tools, &mut |line| progress.line(line));
    match made {
        Ok(made) => made
            .into_iter()
            .zip(steps)
            .map(|(made, step)| match made {
                Ok(made) => code(&made.files, step),
                Err(problem) => missing(step, &problem.to_string()),
            })
            .collect(),
        // Without a compiler there still is what was checked in.
        Err(problem) => steps.iter().map(|step| missing(step, &problem.to_string())).collect(),
    }
}

fn code(files: &BTreeMap<Level, Vec<u8>>, step: &Step<'_>) -> Code {
    let text = files.iter().filter(|(level, _)| **level < Level::Cubin);
    let texts: Texts =
        text.map(|(level, bytes)| (level.extension(), String::from_utf8_lossy(bytes).into_owned())).collect();
    let level = step.source.artifact.level;
    let notes = Level::ALL.into_iter().filter(|before| *before < level);
    let note =
        |before: Level| (before.extension(), format!("It starts from {level}: `{}`.", step.source.artifact.name));
    Code { texts, notes: notes.map(note).collect() }
}

/// Of a file with no metadata, which can't be lowered.
pub(super) fn of_lone_image(level: Level, bytes: &[u8], tools: &Tools) -> Code {
    let mut code = Code::default();
    if level == Level::Ptx {
        code.texts.insert(level.extension(), String::from_utf8_lossy(bytes).into_owned());
        return code;
    }
    add_sass(&mut code, bytes, None, tools);
    code
}

/// The machine code's instructions, or why there are none.
fn add_sass(code: &mut Code, cubin: &[u8], made_by: Option<&Version>, tools: &Tools) {
    match sass::disassemble(cubin, made_by, tools) {
        Ok(text) => code.texts.insert("sass", text),
        Err(error) => code.notes.insert("sass", error.to_string()),
    };
}

/// The checked-in file alone.
fn missing(step: &Step<'_>, why: &str) -> Code {
    let artifact = &step.source.artifact;
    let mut code = code(&[(artifact.level, artifact.bytes.clone())].into(), step);
    for level in [Level::Ttgir, Level::Llir, Level::Ptx] {
        if level > artifact.level {
            code.notes.insert(level.extension(), why.to_owned());
        }
    }
    code
}

/// Of an image: its step's, with the machine code's instructions. Nothing where no code was asked for.
pub(super) fn of_image(built: &Built<'_>, steps: &[Step<'_>], codes: &[Code], subject: &Subject) -> Code {
    let index = steps.iter().position(|step| std::ptr::eq(step, built.step));
    let Some(mut code) = index.and_then(|index| codes.get(index)).cloned() else { return Code::default() };
    if built.image.kind == ImageKind::Ptx {
        code.notes.insert("sass", "The driver makes it of the PTX where the program runs.".to_owned());
        return code;
    }
    let made_by = built.step.triton.as_ref().or(built.step.made_by.as_ref());
    add_sass(&mut code, &built.bytes, made_by, &subject.tools);
    code
}
