//! The IR after each of the compiler's MLIR passes, out of the worker's log: the passes run one by one, each behind a line of
//! the worker's own, and the compiler prints before each of them.
//!
//! ```text
//! // -----// triton-runner: pass tritongpu-coalesce {} //----- //
//! // -----// IR Dump Before TritonGPUCoalesce (tritongpu-coalesce) ('builtin.module' operation) //----- //
//! // -----// IR Dump Before TritonGPUCoalesce: tritongpu-coalesce{…} ('builtin.module' operation) //----- //
//! // -----// SoftwarePipeliner internal IR Dump After: LowerLoops
//! // -----// triton-runner: end of ttgir //----- //
//! ```
//!
//! The second form is that of Triton up to 3.6, the third that of later ones; where another one follows, it comes from inside
//! the pass, as the fourth does.

use serde::Serialize;

use super::llvm;
use super::normal::without_locations;

const HEAD: &str = "// -----// ";
/// What the worker writes into the log between what the compiler prints.
const MARK: &str = "// -----// triton-runner: ";

/// A pass that ran, or a step inside one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pass {
    /// As pipelines name it, with its number where there are several: `tritongpu-coalesce`, `canonicalize#2`;
    /// `tritongpu-pipeline: LowerLoops` for a step inside one.
    pub(super) name: String,
    /// Its options.
    pub(super) options: Option<String>,
    /// Whether the IR after it differs from the IR before it; `None` where that can't be said.
    pub(super) changed: Option<bool>,
    /// The IR after it, without locations; `None` where it failed.
    pub(super) ir: Option<String>,
    /// Whether the IR is all that there is: the file may be lowered from here on.
    #[serde(skip)]
    pub(super) whole: bool,
}

/// One piece of the log.
enum Piece {
    /// A pass begins.
    Pass { name: String, options: Option<String> },
    /// The IR before what is inside the pass, or before itself.
    Before { name: String },
    /// The IR after a step inside the pass.
    Step { name: String },
    /// The IR after the last pass of a stage.
    End,
    /// What one of LLVM's passes left, of what it ran on.
    Llvm { name: String, on: Option<String> },
    /// Nothing that is shown.
    Chatter,
}

/// The input and all passes. Where a pass failed, it is the last one.
pub(super) fn passes(log: &str) -> (String, Vec<Pass>) {
    let mut input = None;
    let mut passes: Vec<Pass> = Vec::new();
    // The pass that runs, by its place, and the IR before it once that is known.
    let mut running: Option<(usize, Option<String>)> = None;
    let mut seen = llvm::Seen::default();
    for (piece, text) in pieces(log) {
        let ends = matches!(piece, Piece::Before { .. } | Piece::End);
        let own = ends.then(|| without_locations(&text));
        match (piece, &mut running) {
            (Piece::Pass { name, options }, _) => {
                running = Some((passes.len(), None));
                passes.push(Pass { name, options, changed: None, ir: None, whole: true });
            }
            (Piece::Before { .. }, Some((at, before @ None))) => {
                let own = own.unwrap_or_default();
                input.get_or_insert_with(|| own.clone());
                finish(&mut passes[..*at], &own);
                *before = Some(own);
            }
            (Piece::Before { name } | Piece::Step { name }, Some((at, Some(_)))) => {
                let name = format!("{}: {name}", passes[*at].name);
                let ir = Some(own.unwrap_or_else(|| without_locations(&text)));
                // Part of the module may be all that is printed there, so it isn't compared.
                passes.push(Pass { name, options: None, changed: None, ir, whole: false });
            }
            (Piece::End, _) => {
                finish(&mut passes, &own.unwrap_or_default());
                running = None;
            }
            (Piece::Llvm { name, on }, _) => {
                let changed = seen.changed(on.as_deref(), &text);
                let on = on.map(|on| format!(" on {on}")).unwrap_or_default();
                passes.push(Pass {
                    name: format!("LLVM: {name}{on}"),
                    options: None,
                    changed,
                    ir: Some(text),
                    whole: false,
                });
            }
            (Piece::Before { .. } | Piece::Step { .. } | Piece::Chatter, _) => {}
        }
    }
    let input = input.unwrap_or_default();
    compare(&input, &mut passes);
    (input, passes)
}

/// Gives the last whole pass the IR after it.
fn finish(passes: &mut [Pass], after: &str) {
    if let Some(pass) = passes.iter_mut().rev().find(|pass| pass.whole)
        && pass.ir.is_none()
    {
        pass.ir = Some(after.to_owned());
    }
}

fn compare(input: &str, passes: &mut [Pass]) {
    let mut before = input.to_owned();
    for pass in passes.iter_mut().filter(|pass| pass.whole) {
        pass.changed = pass.ir.as_ref().map(|after| *after != before);
        before = pass.ir.clone().unwrap_or_default();
    }
}

/// The log's pieces, each with the text that follows its head.
fn pieces(log: &str) -> Vec<(Piece, String)> {
    let mut pieces = Vec::<(Piece, String)>::new();
    for line in log.lines() {
        match head(line) {
            Some(piece) => pieces.push((piece, String::new())),
            None => {
                if let Some((_, text)) = pieces.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    pieces
}

fn head(line: &str) -> Option<Piece> {
    if let Some(mark) = line.strip_prefix(MARK) {
        let mark = mark.trim_end_matches(" //----- //");
        let Some(pass) = mark.strip_prefix("pass ") else { return Some(Piece::End) };
        let (name, options) = pass.split_once(" {").unwrap_or((pass, ""));
        let options = options.strip_suffix('}').filter(|options| !options.is_empty());
        return Some(Piece::Pass { name: name.to_owned(), options: options.map(str::to_owned) });
    }
    if llvm::is_chatter(line) {
        return Some(Piece::Chatter);
    }
    if let Some((name, on)) = llvm::head(line) {
        return Some(Piece::Llvm { name, on });
    }
    let rest = line.strip_prefix(HEAD)?;
    if let Some((_, step)) = rest.split_once("IR Dump After: ") {
        return Some(Piece::Step { name: step.trim_end_matches("//----- //").trim().to_owned() });
    }
    let rest = rest.strip_prefix("IR Dump Before ")?;
    let rest = rest.rsplit_once(" ('").map_or(rest, |(pass, _operation)| pass);
    // `Name: argument{options}`, `Name (argument)`, or a pass with no argument.
    let argument = match rest.split_once(": ") {
        Some((_, argument)) => argument,
        None => rest.split_once(" (").map_or(rest, |(_, argument)| argument.trim_end_matches(')')),
    };
    let name = argument.split_once('{').map_or(argument, |(name, _)| name);
    Some(Piece::Before { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "warning\n\
        // -----// triton-runner: pass convert-x {n=1} //----- //\n\
        // -----// IR Dump Before ConvertX (convert-x) ('builtin.module' operation) //----- //\n\
        #loc = loc(\"a b).py\":1:2)\nmodule {\n  a loc(#loc1)\n} loc(#loc)\n\n\
        // -----// triton-runner: pass canonicalize#1 {} //----- //\n\
        // -----// IR Dump Before CanonicalizerPass: canonicalize{max-iterations=10    top-down=true} ('builtin.module' operation) //----- //\n\
        #loc7 = loc(\"k.py\":1:2)\nmodule {\n  b loc(callsite(\"x(\"(#loc2) at #loc3))\n} loc(#loc7)\n\
        // -----// IR Dump Before CSE (cse) ('builtin.module' operation) //----- //\nmodule {\n  inner\n}\n\
        // -----// SoftwarePipeliner internal IR Dump After: LowerLoops\ntt.func @f\n\
        // -----// triton-runner: end of ttgir //----- //\nmodule {\n  b\n}\n\
        // -----// triton-runner: pass cse {} //----- //\n\
        // -----// IR Dump Before CSE (cse) ('builtin.module' operation) //----- //\nmodule {\n  b\n}\n";

    #[test]
    fn a_pass_has_changed_something_if_more_than_locations_differ() {
        let (input, passes) = passes(LOG);
        assert_eq!(input, "module {\n  a\n}\n");
        let summary: Vec<_> = passes.iter().map(|pass| (pass.name.as_str(), pass.changed, pass.whole)).collect();
        let expected = [
            ("convert-x", Some(true), true),
            ("canonicalize#1", Some(false), true),
            ("canonicalize#1: cse", None, false),
            ("canonicalize#1: LowerLoops", None, false),
            ("cse", None, true),
        ];
        assert_eq!(summary, expected);
        assert_eq!((passes[0].ir.as_deref(), passes[0].options.as_deref()), (Some("module {\n  b\n}\n"), Some("n=1")));
        assert_eq!(passes[2].ir.as_deref(), Some("module {\n  inner\n}\n"));
        assert_eq!(passes[3].ir.as_deref(), Some("tt.func @f\n"));
    }

    #[test]
    fn the_pass_that_failed_has_no_ir_after_it() {
        let (_, passes) = passes(LOG);
        assert_eq!(passes.last().map(|pass| (&*pass.name, &pass.ir)), Some(("cse", &None)));
        assert_eq!(super::passes(""), (String::new(), Vec::new()));
    }
}
