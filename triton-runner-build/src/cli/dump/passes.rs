//! The IR after each of the compiler's MLIR passes, out of what the compiler prints before each of them.
//!
//! ```text
//! // -----// IR Dump Before TritonGPUCoalesce (tritongpu-coalesce) ('builtin.module' operation) //----- //
//! // -----// IR Dump Before TritonGPUCoalesce: tritongpu-coalesce{…} ('builtin.module' operation) //----- //
//! // -----// SoftwarePipeliner internal IR Dump After: LowerLoops
//! ```
//!
//! The first form is that of Triton up to 3.6, the second that of later ones; the third comes from inside a pass.

use serde::Serialize;

const HEAD: &str = "// -----// ";

/// A pass that ran, or a step inside one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Pass {
    /// As pipelines name it: `tritongpu-coalesce`; `tritongpu-pipeline: LowerLoops` for a step inside one.
    pub(super) name: String,
    /// Its options, where the compiler prints them.
    pub(super) options: Option<String>,
    /// Whether the IR after it differs from the IR before it; `None` where the IR after it is in another language.
    pub(super) changed: Option<bool>,
    /// The IR after it, without locations.
    pub(super) ir: Option<String>,
}

/// What the compiler printed under one head.
struct Dump {
    name: String,
    options: Option<String>,
    /// Inside a pass, after a step of it.
    inside: bool,
    ir: String,
}

/// The input and all passes. `last` is the IR after all of them, where it is MLIR.
pub(super) fn passes(log: &str, last: Option<&str>) -> (String, Vec<Pass>) {
    let dumps = dumps(log);
    let input = dumps.first().map(|dump| dump.ir.clone()).unwrap_or_default();
    let last = last.map(without_locations);
    let mut passes: Vec<Pass> = Vec::new();
    let mut before = input.clone();
    for (i, dump) in dumps.iter().enumerate() {
        if dump.inside {
            let pass = dumps[..i].iter().rev().find(|outer| !outer.inside).map_or("", |outer| outer.name.as_str());
            // Only the function is printed there, so it isn't compared with what comes before or after.
            let name = format!("{pass}: {}", dump.name);
            passes.push(Pass { name, options: None, changed: None, ir: Some(dump.ir.clone()) });
            continue;
        }
        let after = dumps[i + 1..].iter().find(|next| !next.inside).map(|next| next.ir.clone()).or(last.clone());
        let changed = after.as_ref().map(|after| *after != before);
        let pass = Pass { name: dump.name.clone(), options: dump.options.clone(), changed, ir: after.clone() };
        // What happened inside a pass comes after it in the log, and before it is done.
        passes.push(pass);
        before = after.unwrap_or_default();
    }
    (input, passes)
}

fn dumps(log: &str) -> Vec<Dump> {
    let mut dumps = Vec::<Dump>::new();
    let mut text = String::new();
    let finish = |dumps: &mut Vec<Dump>, text: &mut String| {
        if let Some(dump) = dumps.last_mut() {
            dump.ir = without_locations(text);
        }
        text.clear();
    };
    for line in log.lines() {
        match head(line) {
            Some(dump) => {
                finish(&mut dumps, &mut text);
                dumps.push(dump);
            }
            None => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    finish(&mut dumps, &mut text);
    dumps
}

fn head(line: &str) -> Option<Dump> {
    let rest = line.strip_prefix(HEAD)?;
    let dump = |name: &str, options: Option<&str>, inside| Dump {
        name: name.trim().to_owned(),
        options: options.map(|options| options.split_whitespace().collect::<Vec<_>>().join(" ")),
        inside,
        ir: String::new(),
    };
    if let Some((_, step)) = rest.split_once("IR Dump After: ") {
        return Some(dump(step.trim_end_matches("//----- //"), None, true));
    }
    let rest = rest.strip_prefix("IR Dump Before ")?;
    let rest = rest.rsplit_once(" ('").map_or(rest, |(pass, _operation)| pass);
    // `Name: argument{options}`, `Name (argument)`, or a pass with no argument.
    let argument = match rest.split_once(": ") {
        Some((_, argument)) => argument,
        None => rest.split_once(" (").map_or(rest, |(_, argument)| argument.trim_end_matches(')')),
    };
    Some(match argument.split_once('{') {
        Some((name, options)) => dump(name, options.strip_suffix('}'), false),
        None => dump(argument, None, false),
    })
}

/// Text of MLIR without ` loc(…)` and without the aliases of locations, which change with every pass.
fn without_locations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if line.starts_with("#loc") {
            continue;
        }
        let start = out.len();
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(" loc(") {
            out.push_str(before);
            rest = closed(after);
        }
        out.push_str(rest);
        if out[start..].trim().is_empty() {
            out.truncate(start);
        } else {
            out.push('\n');
        }
    }
    out
}

/// What follows the parenthesis that closes one that is open at the start. Names in quotes may have any characters.
fn closed(text: &str) -> &str {
    let mut depth = 1;
    let mut quoted = false;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = quoted,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[at + 1..];
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "warning\n\
        // -----// IR Dump Before ConvertX (convert-x) ('builtin.module' operation) //----- //\n\
        #loc = loc(\"a b).py\":1:2)\nmodule {\n  a loc(#loc1)\n} loc(#loc)\n\n\
        // -----// IR Dump Before Canonicalizer (canonicalize) ('builtin.module' operation) //----- //\n\
        #loc7 = loc(\"k.py\":1:2)\nmodule {\n  b loc(callsite(\"x(\"(#loc2) at #loc3))\n} loc(#loc7)\n\
        // -----// IR Dump Before CSE (cse) ('builtin.module' operation) //----- //\n\
        module {\n  b\n}\n";

    #[test]
    fn a_pass_has_changed_something_if_more_than_locations_differ() {
        let (input, passes) = passes(OLD, Some("module {\n  c loc(\"k\")\n}\n"));
        assert_eq!(input, "module {\n  a\n}\n");
        let summary: Vec<_> = passes.iter().map(|pass| (pass.name.as_str(), pass.changed)).collect();
        assert_eq!(summary, [("convert-x", Some(true)), ("canonicalize", Some(false)), ("cse", Some(true))]);
        assert_eq!(passes[0].ir.as_deref(), Some("module {\n  b\n}\n"));
        assert_eq!(passes[2].ir.as_deref(), Some("module {\n  c\n}\n"));
    }

    #[test]
    fn nothing_is_said_of_what_comes_after_the_last_pass() {
        let (_, passes) = passes(OLD, None);
        assert_eq!((passes[2].changed, &passes[2].ir), (None, &None));
        assert_eq!(super::passes("", None), (String::new(), Vec::new()));
    }

    #[test]
    fn newer_heads_have_options_and_steps_inside_a_pass_its_name() {
        let log = "// -----// IR Dump Before CanonicalizerPass: canonicalize{max-iterations=10    top-down=true} ('builtin.module' operation) //----- //\nm\n\
            // -----// IR Dump Before TritonGPUPipeline: tritongpu-pipeline{num-stages=3} ('builtin.module' operation) //----- //\nm\n\
            // -----// SoftwarePipeliner internal IR Dump After: LowerLoops\nf\n";
        let (_, passes) = passes(log, Some("n"));
        let names: Vec<_> = passes.iter().map(|pass| (pass.name.as_str(), pass.options.as_deref())).collect();
        assert_eq!(
            names,
            [
                ("canonicalize", Some("max-iterations=10 top-down=true")),
                ("tritongpu-pipeline", Some("num-stages=3")),
                ("tritongpu-pipeline: LowerLoops", None)
            ]
        );
        assert_eq!((passes[1].changed, passes[2].changed), (Some(true), None));
    }
}
