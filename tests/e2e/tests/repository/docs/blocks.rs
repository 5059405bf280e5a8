//! Blocks of code: each language has a test that reads it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use e2e::repository;

use super::markdown::documents;
use super::none;

#[test]
fn every_block_says_its_language_and_the_language_is_one_that_is_tested() {
    // `text` is what programs print. Indented blocks are commands of records, which no test repeats.
    let read = ["rust", "toml", "sh", "json", "python", "text", "indented"];
    let known = [&read[..], &super::recipes::LANGUAGES].concat();
    let mut wrong = Vec::new();
    for document in documents() {
        let unknown = document.blocks.iter().filter(|block| !known.contains(&block.language()));
        wrong.extend(unknown.map(|block| format!("{}: `{}`", document.at(block.line), block.info)));
    }
    none(wrong);
}

/// The package `docs` compiles them. Where a block can't be compiled as it stands, it is a quotation of a file that is.
#[test]
fn every_rust_block_is_compiled() {
    let compiled = String::from_utf8(e2e::file("tests/docs/src/lib.rs")).unwrap();
    let mut sources = Vec::new();
    rust(&repository(), &mut sources);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        for block in document.blocks.iter().filter(|block| block.language() == "rust") {
            seen += 1;
            let (ignored, text) = (block.info.contains("ignore"), words(&block.text));
            if ignored && !sources.iter().any(|source| source.contains(&text)) {
                wrong.push(format!("{}: it is ignored, and quoted from no file", document.at(block.line)));
            }
            if !ignored && !compiled.contains(&format!("\"{}\"", document.name)) {
                wrong.push(format!("{}: the file is not in tests/docs/src/lib.rs", document.at(block.line)));
            }
        }
    }
    assert!(seen > 10, "{seen}");
    none(wrong);
}

/// A text without its indentation and line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn rust(folder: &Path, sources: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && name != "target" {
            rust(&path, sources);
        } else if name.ends_with(".rs") {
            sources.push(words(&std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_json_block_reads() {
    let mut wrong = Vec::new();
    for document in documents() {
        for block in document.blocks.iter().filter(|block| block.language() == "json") {
            let read = serde_json::from_str::<serde_json::Value>(&block.text);
            wrong.extend(read.err().map(|error| format!("{}: {error}", document.at(block.line))));
        }
    }
    none(wrong);
}

#[test]
fn every_python_block_compiles() {
    let mut wrong = Vec::new();
    for document in documents() {
        for block in document.blocks.iter().filter(|block| block.language() == "python") {
            let mut python = Command::new(&e2e::triton::toolchain().python);
            python.args(["-c", "import sys; compile(sys.stdin.read(), 'block', 'exec')"]);
            let mut child = python.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            child.stdin.take().unwrap().write_all(block.text.as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            if !output.status.success() {
                wrong.push(format!("{}: {}", document.at(block.line), String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    none(wrong);
}
