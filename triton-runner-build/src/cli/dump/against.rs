//! Two runs' passes side by side: where their IR first differs.

use std::fmt::Write as _;

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};

use super::normal::{Line, lines};
use super::passes::Pass;
use super::run::Run;

/// Most lines of a difference that are shown.
const SHOWN: usize = 60;

impl Run {
    fn lines(&self, ir: &str) -> Vec<Line> {
        lines(ir, self.entry.as_deref())
    }

    fn after(&self, pass: &Pass) -> Vec<Line> {
        self.lines(pass.ir.as_deref().unwrap_or_default())
    }

    fn whole(&self) -> Vec<&Pass> {
        self.passes.iter().filter(|pass| pass.whole).collect()
    }
}

/// Compares them and says what was found, for a person.
pub(super) fn compare(one: &Run, other: &Run) -> String {
    let mut text = String::new();
    let (a, b) = (one.lines(&one.input), other.lines(&other.input));
    let same_input = exact(&a) == exact(&b);
    if !same_input {
        let _ = writeln!(text, "the input differs already:\n{}", difference(one, other, &a, &b));
    }
    let (ours, theirs) = (one.whole(), other.whole());
    let names = |passes: &[&Pass]| passes.iter().map(|pass| bare(&pass.name).to_owned()).collect::<Vec<_>>();
    let mut same = 0;
    for op in capture_diff_slices(Algorithm::Myers, &names(&ours), &names(&theirs)) {
        let DiffOp::Equal { old_index, new_index, len } = op else {
            for (run, passes) in [(one, &ours[op.old_range()]), (other, &theirs[op.new_range()])] {
                for pass in passes {
                    let _ = writeln!(text, "only {}: {} ({})", run.name, pass.name, did(pass));
                }
            }
            continue;
        };
        for (old, new) in ours[old_index..old_index + len].iter().zip(&theirs[new_index..new_index + len]) {
            let (a, b) = (one.after(old), other.after(new));
            // From different IR different IR comes; then it is telling where one run does something and the other nothing.
            let is_same = if same_input { exact(&a) == exact(&b) } else { old.changed == new.changed };
            if is_same && old.ir.is_some() == new.ir.is_some() {
                same += 1;
                continue;
            }
            let labels = if old.name == new.name { old.name.clone() } else { format!("{} and {}", old.name, new.name) };
            let what = if same_input {
                "give the same IR; the first that differs"
            } else {
                "change something in both or in none; the first that doesn't"
            };
            let _ = writeln!(text, "{same} passes {what}: {labels}");
            for (run, pass) in [(one, old), (other, new)] {
                let options = pass.options.as_ref().map(|options| format!(" {{{options}}}")).unwrap_or_default();
                let _ = writeln!(text, "{}: {}{options} ({})", run.name, pass.name, did(pass));
            }
            text += &difference(one, other, &a, &b);
            return text;
        }
    }
    let what = if same_input { "give the same IR" } else { "change something in both or in none" };
    let _ = writeln!(text, "all {same} passes that both have {what}");
    text
}

/// What a pass did to the IR.
fn did(pass: &Pass) -> &'static str {
    match (pass.changed, &pass.ir) {
        (Some(true), _) => "it changed something",
        (Some(false), _) => "no change",
        (None, Some(_)) => "it ran",
        (None, None) => "it failed",
    }
}

/// A pass's name without its number, which may be another where one more ran before it.
fn bare(name: &str) -> &str {
    name.split_once('#').map_or(name, |(name, _)| name)
}

fn exact(lines: &[Line]) -> Vec<&str> {
    lines.iter().map(|line| line.exact.as_str()).collect()
}

/// A short difference. Lines that differ only in names of values are the same, unless nothing else differs.
fn difference(one: &Run, other: &Run, a: &[Line], b: &[Line]) -> String {
    let shapes = |lines: &[Line]| lines.iter().map(|line| line.shape.clone()).collect::<Vec<_>>();
    let by_shape = shapes(a) != shapes(b);
    let of = |lines: &[Line]| -> String {
        lines.iter().map(|line| if by_shape { &line.shape } else { &line.exact }).fold(
            String::new(),
            |mut all, line| {
                all.push_str(line);
                all.push('\n');
                all
            },
        )
    };
    let (old, new) = (of(a), of(b));
    let diff = TextDiff::from_lines(&old, &new);
    let mut out = format!("--- {}\n+++ {}\n", one.name, other.name);
    let mut shown = 0;
    for hunk in diff.unified_diff().context_radius(2).iter_hunks() {
        for change in hunk.iter_changes() {
            if shown == SHOWN {
                out.push_str("… more differs\n");
                return out;
            }
            shown += 1;
            // The line as it was: with names, and layouts by their aliases.
            let as_written = |lines: &[Line], at: Option<usize>| {
                at.and_then(|at| lines.get(at))
                    .map(|line| if by_shape && !aliased(line) { &line.text } else { &line.shape })
                    .cloned()
            };
            let (sign, line) = match change.tag() {
                ChangeTag::Delete => ('-', as_written(a, change.old_index())),
                ChangeTag::Insert => ('+', as_written(b, change.new_index())),
                ChangeTag::Equal => (' ', as_written(a, change.old_index())),
            };
            let line = if by_shape { line.unwrap_or_default() } else { change.value().trim_end().to_owned() };
            let _ = writeln!(out, "{sign}{line}");
        }
        out.push_str("…\n");
    }
    out
}

/// Whether a line's own text hides what differs: a layout behind its alias.
fn aliased(line: &Line) -> bool {
    line.text.contains('#') && line.shape.contains("#tt")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str, passes: &[(&str, &str)]) -> Run {
        let pass = |(name, ir): &(&str, &str)| Pass {
            name: (*name).to_owned(),
            options: None,
            changed: Some(true),
            ir: Some((*ir).to_owned()),
            whole: true,
        };
        Run::of(name, &format!("tt.func @{name} {{\n}}\n"), passes.iter().map(pass).collect())
    }

    #[test]
    fn the_first_pass_whose_ir_differs_is_found_past_those_that_only_one_run_has() {
        let one = run("a", &[("x", "%0 = one\n"), ("y#1", "%0 = two\n"), ("z", "%0 = three\n")]);
        let other = run("b", &[("x", "%7 = one\n"), ("w", "%7 = one\n"), ("y", "%7 = two\n"), ("z", "%7 = four\n")]);
        let text = compare(&one, &other);
        assert!(
            text.starts_with(
                "only b: w (it changed something)\n2 passes give the same IR; the first that differs: z\n"
            ),
            "{text}"
        );
        assert!(text.contains("--- a\n+++ b\n-%0 = three\n+%7 = four\n"), "{text}");
        assert_eq!(compare(&one, &one), "all 3 passes that both have give the same IR\n");
    }

    #[test]
    fn swapped_operands_are_shown_where_nothing_else_differs() {
        let ir = |last: &str| format!("%0 = x\n%1 = y\n%2 = sub {last}\n");
        let text = compare(&run("a", &[("p", &ir("%0, %1"))]), &run("b", &[("p", &ir("%1, %0"))]));
        assert!(text.contains("the first that differs: p\n"), "{text}");
        assert!(text.contains("-%2 = sub %0, %1\n+%2 = sub %1, %0\n"), "{text}");
    }

    #[test]
    fn runs_that_start_from_different_ir_are_compared_by_what_passes_do() {
        let (one, mut other) = (run("a", &[("p", "1\n"), ("q", "2\n")]), run("b", &[("p", "3\n"), ("q", "3\n")]));
        other.input.push_str("more\n");
        other.passes[1].changed = Some(false);
        let text = compare(&one, &other);
        assert!(text.starts_with("the input differs already:\n") && text.contains("+more\n"), "{text}");
        assert!(text.contains("1 passes change something in both or in none; the first that doesn't: q\n"), "{text}");
    }
}
