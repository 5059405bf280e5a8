//! What an export would change in the files that are there.

use std::path::Path;

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::order::Made;
use crate::cli::dump::normal::{Line, lines, without_locations};
use crate::cli::{Result, terminal};

/// Tells what would change; an error if anything would.
pub(super) fn compare(all: &[(&str, Made)]) -> Result {
    let mut changed = Vec::new();
    for (kernel, made) in all {
        let mut lines: Vec<_> = made.files.iter().filter_map(|(path, text)| difference(path, text)).collect();
        let gone = made.instead_of.iter().filter(|old| !made.files.iter().any(|(path, _)| path == *old));
        lines.extend(gone.map(|old| format!("`{}` would be removed", old.display())));
        if !lines.is_empty() && !changed.contains(kernel) {
            changed.push(*kernel);
        }
        for line in lines {
            terminal::print_line(&format!("kernel `{kernel}`: {line}"))?;
        }
    }
    let kernels = all.iter().map(|(kernel, _)| kernel).collect::<std::collections::BTreeSet<_>>().len();
    if changed.is_empty() {
        eprintln!("{kernels} exported kernels are what Python gives now");
        return Ok(());
    }
    Err(format!(
        "{} of {kernels} exported kernels are not what Python gives now: run `cargo triton export --again {}`",
        changed.len(),
        changed.join(" ")
    )
    .into())
}

/// What would become of one file; nothing if it would stay.
fn difference(path: &Path, new: &str) -> Option<String> {
    let name = path.display();
    let old = match std::fs::read_to_string(path) {
        Ok(old) if old == new => return None,
        Ok(old) => old,
        Err(_) => return Some(format!("`{name}` would be written, and is not there")),
    };
    let object = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    if let (Some(old), Some(new)) = (object(&old), object(new)) {
        return Some(format!("`{name}` would change: {}", keys(&old, &new)));
    }
    Some(format!("`{name}` would change: {}", lines_of_ir(&old, new)))
}

/// How many lines of IR differ in more than in locations and in names of values, which a line more in Python, or another
/// Triton, changes all over a file.
fn lines_of_ir(old: &str, new: &str) -> String {
    let read = |ir: &str| lines(&without_locations(ir), None);
    let (old, new) = (read(old), read(new));
    let counted = |of: fn(&Line) -> &str| {
        let text = |lines: &[Line]| lines.iter().map(|line| format!("{}\n", of(line))).collect::<String>();
        let (old, new) = (text(&old), text(&new));
        let diff = TextDiff::from_lines(&old, &new);
        let count = |tag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
        (count(ChangeTag::Delete), count(ChangeTag::Insert))
    };
    // One more value gives all behind it another number: those count only where nothing else differs.
    let found = [counted(|line| &line.shape), counted(|line| &line.exact)].into_iter().find(|found| *found != (0, 0));
    match found {
        Some((removed, added)) => format!("{removed} lines out, {added} in"),
        None => "only in locations and names".to_owned(),
    }
}

/// The keys of a JSON that differ.
fn keys(old: &Map<String, Value>, new: &Map<String, Value>) -> String {
    const MOST: usize = 60;
    let short = |value: Option<&Value>| {
        let text = value.map_or_else(|| "nothing".to_owned(), Value::to_string);
        (text.len() <= MOST).then_some(text)
    };
    let names = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let differ = names.filter(|key| old.get(*key) != new.get(*key));
    let told = differ.map(|key| match (key.as_str(), short(old.get(key)), short(new.get(key))) {
        ("sha256", ..) => "the TTIR that it is for".to_owned(),
        ("exported_from", ..) => match python(old) == python(new) {
            true => "how it was exported".to_owned(),
            false => "the Python files, which have changed".to_owned(),
        },
        (_, Some(old), Some(new)) => format!("`{key}` is {old} and becomes {new}"),
        _ => format!("`{key}`"),
    });
    let told: Vec<_> = told.collect();
    if told.is_empty() { "only in how it is written".to_owned() } else { told.join(", ") }
}

fn python(json: &Map<String, Value>) -> Value {
    let mut source = json.get("exported_from").cloned().unwrap_or_default();
    if let Value::Object(source) = &mut source {
        source.remove("told");
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_ir_only_lines_that_say_something_else_are_counted() {
        let old = "#loc = loc(\"k.py\":4:1)\nmodule {\n  %c = arith.constant 1 : i32 loc(#loc)\n  tt.x %c, %c : i32 loc(#loc)\n}\n";
        let renamed = old.replace("%c", "%cst_0").replace(":4:1", ":5:1");
        assert_eq!(lines_of_ir(old, &renamed), "only in locations and names");
        assert_eq!(lines_of_ir(old, &renamed.replace("constant 1", "constant 2")), "1 lines out, 1 in");
        let more = renamed.replace("  tt.x", "  %y = arith.constant 3 : i32\n  tt.x");
        assert_eq!(lines_of_ir(old, &more), "0 lines out, 1 in");
        assert_eq!(lines_of_ir(&more, &more.replace("x %cst_0, %cst_0", "x %cst_0, %y")), "1 lines out, 1 in");
    }

    #[test]
    fn what_differs_in_a_json_is_said_by_its_keys() {
        let object = |value: Value| value.as_object().cloned().unwrap();
        let old = object(serde_json::json!({"num_warps": 4, "targets": ["sm_80"], "sha256": {"ttir": "a"}}));
        let new =
            object(serde_json::json!({"num_warps": 8, "targets": ["sm_80"], "debug": true, "sha256": {"ttir": "b"}}));
        assert_eq!(
            keys(&old, &new),
            "`num_warps` is 4 and becomes 8, the TTIR that it is for, `debug` is nothing and becomes true"
        );
    }
}
