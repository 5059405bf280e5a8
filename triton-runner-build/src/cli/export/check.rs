//! What an export would change in the files that are there.

use std::path::Path;

use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use super::order::Made;
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
    let diff = TextDiff::from_lines(old.as_str(), new);
    let (mut added, mut removed) = (0, 0);
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Insert => added += 1,
            ChangeTag::Delete => removed += 1,
            ChangeTag::Equal => {}
        }
    }
    Some(format!("`{name}` would change: {removed} lines out, {added} in"))
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
