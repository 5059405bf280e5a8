//! Passes as a person reads them: one after another, as differences, or as numbered files.

use std::fmt::Write as _;
use std::path::Path;

use similar::TextDiff;

use super::passes::Pass;
use super::run::Run;
use crate::cli::Result;
use crate::cli::artifact::between_json;
use crate::cli::staged::Staged;
use crate::cli::terminal;
use crate::plan::Step;

/// Whether a pass changed something, in words.
fn verdict(pass: &Pass) -> &'static str {
    match (pass.changed, &pass.ir) {
        (Some(true), _) => "changed",
        (Some(false), _) => "no change",
        (None, Some(_)) if pass.name.starts_with("LLVM: ") => "first seen",
        (None, Some(_)) => "inside the pass",
        (None, None) => "failed",
    }
}

/// Each pass's head, and the IR after those that changed it.
pub(super) fn text(passes: &[Pass]) -> String {
    each(passes, |pass, _| match (pass.changed, &pass.ir) {
        (Some(true) | None, Some(ir)) => ir.clone(),
        _ => String::new(),
    })
}

/// Each pass's head, and what it changed.
pub(super) fn differences(input: &str, passes: &[Pass]) -> String {
    let mut before = input.to_owned();
    each(passes, |pass, _| match (pass.changed, &pass.ir) {
        (Some(true), Some(ir)) => {
            let difference = TextDiff::from_lines(&before, ir).unified_diff().context_radius(3).to_string();
            before.clone_from(ir);
            difference
        }
        _ => String::new(),
    })
}

fn each(passes: &[Pass], mut body: impl FnMut(&Pass, usize) -> String) -> String {
    let mut text = String::new();
    for (i, pass) in passes.iter().enumerate() {
        let options = pass.options.as_ref().map(|options| format!(" {{{options}}}")).unwrap_or_default();
        let head = format!("// {}/{} {}{options}: {}", i + 1, passes.len(), pass.name, verdict(pass));
        let head = if pass.changed == Some(true) { terminal::bold(&head) } else { terminal::dim(&head) };
        let _ = writeln!(text, "{head}");
        text += &body(pass, i);
    }
    text
}

/// Removes what an earlier run left: its numbers may mean other passes.
fn clear(folder: &Path) -> Result {
    for entry in std::fs::read_dir(folder)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let numbered = name.split_at_checked(3).is_some_and(|(number, rest)| {
            number.bytes().all(|byte| byte.is_ascii_digit())
                && rest.starts_with(['+', '-'])
                && (rest.ends_with(".mlir") || rest.ends_with(".json"))
        });
        if numbered {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// A file for the input and each pass, `+` in the names of those that changed something, and the list of them.
pub(super) fn files(run: &Run, step: &Step<'_>, folder: &Path) -> Result<String> {
    let mut staged = Staged::default();
    staged.add(folder.join("000-input.mlir"), run.input.as_bytes())?;
    let mut rows = Vec::new();
    for (number, pass) in (1..).zip(&run.passes) {
        let mark = if pass.changed == Some(true) { '+' } else { '-' };
        let stem =
            format!("{number:03}{mark}{}", pass.name.replace(": ", ".").replace(|c: char| " /()<>[]".contains(c), "_"));
        let file = format!("{stem}.mlir");
        rows.push(vec![number.to_string(), pass.name.clone(), verdict(pass).to_owned(), file.clone()]);
        if let Some(ir) = &pass.ir {
            staged.add(folder.join(file), ir.as_bytes())?;
            if pass.whole {
                // With it the file can be lowered from here on.
                let json = between_json(step, &run.metadata, &pass.name);
                staged.add(folder.join(format!("{stem}.json")), json.as_bytes())?;
            }
        } else if let Some(row) = rows.last_mut() {
            row[3].clear();
        }
    }
    clear(folder)?;
    staged.commit()?;
    Ok(terminal::table(&["", "pass", "", "file"], &[], rows))
}
