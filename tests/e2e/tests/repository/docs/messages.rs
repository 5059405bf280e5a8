//! docs/troubleshooting.md: each message that it quotes is one of the crates', and each error of the crates is there.

use std::path::Path;

use e2e::repository;

use super::markdown::{Document, Row};
use super::none;
use super::sources::{Literal, literals};

/// A message as a document quotes it, with `…` for what differs.
struct Quote {
    at: String,
    text: String,
}

/// First cells of the tables about messages.
fn quotes(document: &Document) -> Vec<Quote> {
    let rows = document.rows.iter().filter(|row| row.head == "message");
    let quote = |row: &Row| {
        let [text] = &row.spans[..] else { panic!("{}: one message in each row", document.at(row.line)) };
        Quote { at: document.at(row.line), text: text.clone() }
    };
    rows.map(quote).collect()
}

/// Whether these pieces of a text are what the quote says, in its order.
fn says(pieces: &[String], quote: &str) -> bool {
    let mut at = (0, 0);
    parts(quote).all(|part| {
        let found = (at.0..pieces.len()).find_map(|i| {
            let start = if i == at.0 { at.1 } else { 0 };
            pieces[i][start..].find(part).map(|position| (i, start + position + part.len()))
        });
        found.inspect(|&end| at = end).is_some()
    })
}

fn parts(quote: &str) -> impl Iterator<Item = &str> {
    quote.split('…').map(str::trim).filter(|part| !part.is_empty())
}

/// The same for a literal. A few words that many messages have are the quote of the shortest alone.
fn quotes_literal(pieces: &[String], quote: &str) -> bool {
    let quoted: usize = parts(quote).map(str::len).sum();
    let all: usize = pieces.iter().map(|piece| piece.trim().len()).sum();
    (quoted >= 16 || 2 * quoted >= all) && says(pieces, quote)
}

fn documents() -> Vec<Document> {
    ["docs/troubleshooting.md", "triton-runner-rt/src/tutorial.md", "triton-runner-build/README.md"]
        .map(Document::read)
        .into()
}

#[test]
fn every_message_that_is_quoted_is_one_of_the_crates() {
    let pieces: Vec<Vec<String>> = literals().iter().map(Literal::pieces).collect();
    let mut wrong = Vec::new();
    for document in documents() {
        let quotes = quotes(&document);
        assert!(quotes.len() > 6, "{} quotes {}", document.name, quotes.len());
        let unknown = quotes.iter().filter(|quote| !pieces.iter().any(|pieces| quotes_literal(pieces, &quote.text)));
        wrong.extend(unknown.map(|quote| format!("{}: nothing says `{}`", quote.at, quote.text)));
    }
    none(wrong);
}

#[test]
fn every_error_of_the_crates_is_explained() {
    let quotes = quotes(&Document::read("docs/troubleshooting.md"));
    let literals = literals();
    let errors: Vec<_> = literals.iter().filter(|literal| literal.error && !literal.at.contains("/cli/")).collect();
    assert!(errors.len() > 90, "{}", errors.len());
    let mut missing = Vec::new();
    for literal in errors {
        let pieces = literal.pieces();
        // What only passes on another text has none of its own.
        let own: usize = pieces.iter().map(|piece| piece.chars().filter(|c| c.is_alphabetic()).count()).sum();
        if own >= 6 && !quotes.iter().any(|quote| quotes_literal(&pieces, &quote.text)) {
            missing.push(format!("{}: {}", literal.at, literal.text));
        }
    }
    none(missing);
}

#[test]
fn every_error_of_the_macro_that_tests_provoke_is_explained() {
    let quotes = quotes(&Document::read("docs/troubleshooting.md"));
    let mut missing = Vec::new();
    let mut seen = 0;
    let mut folders = vec![repository().join("tests/ui/refused")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "stderr") {
                let errors = std::fs::read_to_string(&path).unwrap();
                let errors = errors.lines().filter_map(|line| line.strip_prefix("error: ")).map(str::to_owned);
                for error in errors {
                    seen += 1;
                    if !quotes.iter().any(|quote| says(std::slice::from_ref(&error), &quote.text)) {
                        missing.push(format!("{}: {error}", name(&path)));
                    }
                }
            }
        }
    }
    assert!(seen > 60, "{seen}");
    none(missing);
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_quote_holds_in_its_order_only() {
    let pieces = ["kernel `".to_owned(), "` is stale: lock ".to_owned(), " again".to_owned()];
    assert!(says(&pieces, "kernel … is stale: lock") && says(&pieces, "is stale: lock … again"));
    assert!(!says(&pieces, "is stale … kernel") && !says(&pieces, "stale: lock again"));
    assert!(says(&pieces, "is … again") && !quotes_literal(&pieces, "is … again"), "that says too little");
}
