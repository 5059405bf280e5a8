//! The JSON of an export.

use serde_json::{Map, Value};

use super::ExportArgument;

/// One line for each key, argument and constant, so that changes read well in version control.
pub(crate) fn write_json(metadata: &Map<String, Value>) -> serde_json::Result<String> {
    const ORDER: [&str; 4] = ["name", "num_warps", "num_stages", "num_ctas"];
    const LAST: [&str; 11] = [
        "target",
        "targets",
        "triton_version",
        "signature",
        "constants",
        "host",
        "family",
        "license",
        "package",
        "exported_from",
        "sha256",
    ];
    let first = ORDER.iter().copied();
    let others = metadata.keys().map(String::as_str).filter(|key| !ORDER.contains(key) && !LAST.contains(key));
    let keys = first.chain(others).chain(LAST).filter(|key| metadata.contains_key(*key));
    let mut lines = Vec::new();
    for key in keys {
        let value = match &metadata[key] {
            signature if key == "signature" && signature != &serde_json::json!([]) => {
                let items: Vec<ExportArgument> = serde_json::from_value(signature.clone())?;
                let items = items.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
                format!("[\n    {}\n  ]", items.join(",\n    "))
            }
            value => serde_json::to_string(value)?,
        };
        lines.push(format!("  {}: {}", serde_json::to_string(key)?, spaced(&value)));
    }
    Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// A space after each comma and colon that is not inside a string.
fn spaced(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + json.len() / 8);
    let mut in_string = false;
    let mut escaped = false;
    let mut characters = json.chars().peekable();
    while let Some(character) = characters.next() {
        text.push(character);
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            ',' | ':' if !in_string && characters.peek() != Some(&'\n') => text.push(' '),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_a_line_for_each_argument_and_reads_back() {
        let value = serde_json::json!({
            "constants": {"BLOCK": 1024, "S": "a,b:\"c\\"}, "maxnreg": 64, "name": "add", "num_warps": 4,
            "signature": [{"name": "x", "type": "*fp32", "divisible_by": 16}, {"name": "n", "type": "i32", "divisible_by": 1}],
            "target": {"arch": 90, "backend": "cuda"},
        });
        let text = write_json(value.as_object().unwrap()).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(text.starts_with("{\n  \"name\": \"add\",\n  \"num_warps\": 4,\n  \"maxnreg\": 64,\n"), "{text}");
        assert!(text.contains("\n    {\"name\": \"x\", \"type\": \"*fp32\", \"divisible_by\": 16},\n"), "{text}");
        assert!(text.ends_with("}\n"), "{text}");
    }
}
