//! The Markdown files of this repository: links, commands, settings, error messages and blocks of code are held against
//! what they speak of. Rust blocks are compiled by the package `docs`.

mod blocks;
mod commands;
mod links;
mod markdown;
mod messages;
mod recipes;
mod session;
mod settings;
mod sources;
mod tutorial;
mod versions;

/// Fails with all that was found, a line each.
#[track_caller]
fn none(found: Vec<String>) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}
