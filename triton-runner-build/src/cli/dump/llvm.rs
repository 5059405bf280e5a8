//! LLVM's own passes, as LLVM prints them after each: on the module, on a function, on a loop, on machine instructions.
//!
//! ```text
//! ; *** IR Dump After InstCombinePass on add_kernel ***
//! *** IR Dump After Infer address spaces (infer-address-spaces) ***
//! # *** IR Dump After Stack Frame Layout Analysis (stack-frame-layout) ***:
//! ```

use std::collections::HashMap;

/// The pass that a line is the head of: its name, and what it ran on where that is said.
pub(super) fn head(line: &str) -> Option<(String, Option<String>)> {
    let rest = line.trim_start_matches([';', '#', ' ']).strip_prefix("*** IR Dump After ")?;
    let rest = rest.trim_end_matches(':').strip_suffix(" ***")?;
    Some(match rest.rsplit_once(" on ") {
        Some((name, on)) => (name.to_owned(), Some(on.to_owned())),
        None => (rest.to_owned(), None),
    })
}

/// What LLVM says between what it prints.
pub(super) fn is_chatter(line: &str) -> bool {
    ["Running pass: ", "Running analysis: ", "Invalidating analysis: "].iter().any(|start| line.starts_with(start))
}

/// The last that was seen of each piece of the module.
#[derive(Default)]
pub(super) struct Seen(HashMap<String, String>);

impl Seen {
    /// Whether this text differs from what was seen of the same before; `None` where that is the first of it.
    pub(super) fn changed(&mut self, on: Option<&str>, text: &str) -> Option<bool> {
        let mut changed = None;
        for (piece, text) in pieces(on, text) {
            let before = self.0.insert(piece, text.clone());
            let differs = before.map(|before| before != text);
            changed = match (changed, differs) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (changed, differs) => changed.or(differs),
            };
        }
        changed
    }
}

/// Functions by their names, and what is left: globals, machine code, a loop.
fn pieces(on: Option<&str>, text: &str) -> Vec<(String, String)> {
    let mut pieces = Vec::new();
    let mut rest = String::new();
    let mut function: Option<(String, String)> = None;
    for line in text.lines() {
        // Comments say again what is written elsewhere; the attributes of a function among them.
        if line.starts_with(';') || line.trim().is_empty() {
            continue;
        }
        if line.starts_with("define ") {
            let name = line.split_once('@').and_then(|(_, name)| name.split_once('(')).map_or(line, |(name, _)| name);
            function = Some((format!("function {name}"), String::new()));
        }
        let target = function.as_mut().map_or(&mut rest, |(_, text)| text);
        target.push_str(line);
        target.push('\n');
        if line == "}" {
            pieces.extend(function.take());
        }
    }
    if !rest.is_empty() {
        let machine = rest.starts_with("# Machine code");
        let what = if machine { "machine code" } else { on.filter(|_| pieces.is_empty()).unwrap_or("module") };
        pieces.push((what.to_owned(), rest));
    }
    pieces.extend(function);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_all_of_llvms_pass_managers_are_known() {
        let on = |name: &str, on: &str| Some((name.to_owned(), Some(on.to_owned())));
        assert_eq!(head("; *** IR Dump After InstCombinePass on add_kernel ***"), on("InstCombinePass", "add_kernel"));
        assert_eq!(head("; *** IR Dump After InlinerPass on (add_kernel) ***"), on("InlinerPass", "(add_kernel)"));
        let alone = |name: &str| Some((name.to_owned(), None));
        assert_eq!(head("*** IR Dump After SROA (sroa) ***"), alone("SROA (sroa)"));
        assert_eq!(head("# *** IR Dump After Stack Frame (frame) ***:"), alone("Stack Frame (frame)"));
        assert_eq!(head("  %1 = add i32 %0, 1"), None);
    }

    #[test]
    fn a_pass_has_changed_something_if_the_same_function_looked_otherwise_before() {
        let mut seen = Seen::default();
        let function = |body: &str| format!("; Function Attrs: x\ndefine void @k(i32 %0) {{\n  {body}\n}}\n");
        assert_eq!(seen.changed(Some("[module]"), &format!("; ModuleID\nsource = 1\n\n{}", function("a"))), None);
        assert_eq!(seen.changed(Some("k"), &function("a")), Some(false));
        assert_eq!(seen.changed(Some("(k)"), &function("b")), Some(true));
        assert_eq!(seen.changed(Some("[module]"), &format!("source = 1\n{}", function("b"))), Some(false));
        assert_eq!(seen.changed(Some("[module]"), &format!("source = 2\n{}", function("b"))), Some(true));
        assert_eq!(seen.changed(None, "# Machine code for function k\nbb.0\n"), None);
        assert_eq!(seen.changed(None, "# Machine code for function k\nbb.1\n"), Some(true));
    }
}
