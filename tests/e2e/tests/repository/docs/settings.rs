//! Settings and environment variables: what the documents name is there, and what is there is documented.

use std::collections::BTreeSet;

use e2e::Package;
use syn::{Fields, Item};

use super::markdown::{Document, documents};
use super::none;
use super::sources::literals;

/// Where all settings and variables are.
const REFERENCES: [&str; 1] = ["triton-runner-build/README.md"];

/// The keys of a table of settings: the fields of a struct, as serde names them.
fn keys(name: &str) -> Vec<String> {
    let files = ["settings.rs", "settings/kernel.rs"].map(|name| e2e::file(&format!("triton-runner-build/src/{name}")));
    let parse = |file: Vec<u8>| syn::parse_file(&String::from_utf8(file).unwrap()).unwrap().items;
    let items: Vec<_> = files.into_iter().flat_map(parse).collect();
    let item = items.iter().find_map(|item| match item {
        Item::Struct(item) if item.ident == name => Some(item),
        _ => None,
    });
    let Fields::Named(fields) = &item.unwrap_or_else(|| panic!("no struct {name}")).fields else { panic!("{name}") };
    fields.named.iter().map(|field| field.ident.as_ref().unwrap().to_string().replace('_', "-")).collect()
}

#[test]
fn every_setting_is_documented() {
    let mut keys = [keys("Table"), keys("KernelSettings")].concat();
    assert!(keys.len() > 12 && keys.iter().any(|key| key == "num-warps"), "{keys:?}");
    // Written as part of a name.
    keys.retain(|key| key != "kernel");
    let mut missing = Vec::new();
    for name in REFERENCES {
        let document = Document::read(name);
        let named = |key: &String| document.spans.iter().any(|(_, span)| span.split([' ', '=']).next() == Some(key));
        missing.extend(keys.iter().filter(|key| !named(key)).map(|key| format!("{name} has nothing on {key}")));
        assert!(document.text.contains("kernel.NAME"));
    }
    none(missing);
}

#[test]
fn every_table_of_settings_names_only_what_there_is() {
    let keys = [keys("Table"), keys("KernelSettings")].concat();
    let mut wrong = Vec::new();
    for name in REFERENCES {
        let document = Document::read(name);
        for row in document.rows.iter().filter(|row| row.section == "Settings") {
            for span in row.spans.iter().filter(|span| !span.contains(['[', '.']) || span.contains('=')) {
                let key = span.split([' ', '=']).next().unwrap_or_default();
                let variable = key.starts_with("TRITON_RUNNER_");
                if !variable && !keys.iter().any(|known| known == key) {
                    wrong.push(format!("{}: no setting {key}", document.at(row.line)));
                }
            }
        }
    }
    none(wrong);
}

#[test]
fn every_toml_block_reads_and_its_settings_are_accepted() {
    let refused = |settings: &str| {
        let package = Package::new("").unwrap();
        package.write("Cargo.toml", settings).unwrap();
        let said: Vec<String> = package.build().err().map(|error| error.messages().collect()).unwrap_or_default();
        said.into_iter().find(|message| message.contains("triton-runner settings"))
    };
    assert!(refused("[package.metadata.triton-runner]\narch = [\"sm_80\"]\n").is_some());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for block in document.blocks.iter().filter(|block| block.language() == "toml") {
            if let Err(error) = block.text.parse::<toml::Table>() {
                wrong.push(format!("{}: {error}", document.at(block.line)));
            } else if block.text.contains("metadata.triton-runner") {
                seen += 1;
                wrong.extend(refused(&block.text).map(|error| format!("{}: {error}", document.at(block.line))));
            }
        }
    }
    assert!(seen >= 4, "{seen}");
    none(wrong);
}

/// `TRITON_RUNNER_ARCHS` and its like in a text.
fn variables(text: &str) -> BTreeSet<String> {
    let name = |at: usize| {
        let rest = &text[at..];
        let end = rest.find(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_').unwrap_or(rest.len());
        rest[..end].to_owned()
    };
    text.match_indices("TRITON_RUNNER_").map(|(at, _)| name(at)).collect()
}

#[test]
fn every_variable_is_documented_and_every_one_that_is_named_is_read() {
    let read: BTreeSet<String> = literals()
        .into_iter()
        .map(|literal| literal.text)
        .filter(|text| text.len() > "TRITON_RUNNER_".len() && variables(text).contains(text))
        .collect();
    assert!(read.len() >= 7, "{read:?}");
    let mut wrong = Vec::new();
    for document in documents() {
        let named = variables(&document.text);
        wrong.extend(named.difference(&read).map(|name| format!("{}: nothing reads {name}", document.name)));
        if REFERENCES.contains(&document.name.as_str()) {
            wrong.extend(read.difference(&named).map(|name| format!("{} has nothing on {name}", document.name)));
        }
    }
    none(wrong);
}
