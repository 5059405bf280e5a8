//! The code of every level of each image, for the page.

use std::collections::BTreeMap;

use triton_runner_manifest::{ImageKind, Level};

use super::built::Built;
use super::page::{Code, Texts};
use super::texts;
use crate::cli::levels::Made;
use crate::cli::progress::Progress;
use crate::cli::sass::{self, SassError};
use crate::cli::subject::Subject;
use crate::obtain::tools::Tools;
use crate::plan::Step;

/// One for each of the steps.
pub(super) fn of_steps(subject: &Subject, steps: &[Step<'_>]) -> Vec<Code> {
    let mut progress = Progress::new();
    let made = texts::of_steps(steps, &subject.tools, &mut |line| progress.line(line));
    let of_step = |(made, step): (Result<Made, String>, &Step<'_>)| match made {
        Ok(made) => code(&made.files, step),
        // Without a compiler there still is what was checked in.
        Err(problem) => missing(step, &problem),
    };
    made.into_iter().zip(steps).map(of_step).collect()
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
    add_sass(&mut code, sass::disassemble(bytes, None, tools));
    code
}

/// The machine code's instructions, or why there are none.
fn add_sass(code: &mut Code, text: Result<String, SassError>) {
    match text {
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

/// Of images: their steps', with the machine code's instructions. Nothing where no code was asked for.
pub(super) fn of_images(built: &[Built<'_>], steps: &[Step<'_>], codes: &[Code], subject: &Subject) -> Vec<Code> {
    let of_step = |built: &Built<'_>| {
        let index = steps.iter().position(|step| std::ptr::eq(step, built.step));
        index.and_then(|index| codes.get(index)).cloned()
    };
    let mut all: Vec<Option<Code>> = built.iter().map(of_step).collect();
    let is_cubin = |built: &Built<'_>| built.image.kind == ImageKind::Cubin;
    let asked = |(built, code): &(&Built<'_>, &mut Option<Code>)| code.is_some() && is_cubin(built);
    let cubins = built.iter().zip(&mut all).filter(asked);
    let cubins =
        cubins.map(|(built, _)| (&built.bytes[..], built.step.triton.as_ref().or(built.step.made_by.as_ref())));
    let mut sass = sass::disassemble_all(&cubins.collect::<Vec<_>>(), &subject.tools).into_iter();
    for (built, code) in built.iter().zip(&mut all) {
        let Some(code) = code else { continue };
        match is_cubin(built).then(|| sass.next()).flatten() {
            Some(text) => add_sass(code, text),
            None => {
                code.notes.insert("sass", "The driver makes it of the PTX where the program runs.".to_owned());
            }
        }
    }
    all.into_iter().map(Option::unwrap_or_default).collect()
}
