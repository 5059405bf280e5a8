//! Shell commands: `cargo triton` has the subcommands and options, and what is named exists.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use e2e::repository;

use super::markdown::{Document, documents};
use super::none;

/// What `cargo triton SUBCOMMAND --help` offers.
pub(super) struct Help(BTreeMap<String, BTreeSet<String>>);

impl Help {
    pub(super) fn read() -> Self {
        let own = help(&["--help"]);
        let (_, list) = own.split_once("Commands:").unwrap();
        // A description that is wrapped goes on further to the right.
        let lines = list.lines().skip(1).take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
        let names = lines.filter_map(|line| line.split_whitespace().next());
        let known = |name: &str| {
            let own = help(&[name, "--help"]);
            // Those of what it is divided into, too.
            let parts =
                own.split_once("Commands:").map_or("", |(_, list)| list.split("\n\n").next().unwrap_or_default());
            let parts = parts.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
            let parts = parts.filter_map(|line| line.split_whitespace().next()).filter(|part| *part != "help");
            let text: String = parts.map(|part| help(&[name, part, "--help"])).chain([own.clone()]).collect();
            let words = text.split(|c: char| c.is_whitespace() || ",.[]<>|=…".contains(c));
            words.filter(|word| word.starts_with('-')).map(str::to_owned).collect()
        };
        Self(names.filter(|name| *name != "help").map(|name| (name.to_owned(), known(name))).collect())
    }

    /// What is wrong with the arguments of `cargo triton`.
    pub(super) fn refuse(&self, arguments: &[String]) -> Option<String> {
        let mut arguments = arguments.iter();
        let name = arguments.find(|argument| !argument.starts_with('-'))?;
        if ["…", "SUBCOMMAND"].contains(&name.as_str()) {
            return None;
        }
        let Some(options) = self.0.get(name) else { return Some(format!("there is no `cargo triton {name}`")) };
        let own = arguments.map(|argument| argument.trim_matches(['[', ']', '(', ')', ',']));
        let unknown = own.filter(|own| own.starts_with('-') && own.len() > 1).find(|own| {
            let option = own.split('=').next().unwrap_or_default();
            !options.contains(option)
        })?;
        Some(format!("`cargo triton {name}` has no `{unknown}`"))
    }
}

fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_triton-command"));
    let output = command.arg("triton").args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands of a document's `sh` blocks, with their lines.
fn commands(document: &Document) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    for block in document.blocks.iter().filter(|block| block.language() == "sh") {
        let mut whole = String::new();
        for (i, line) in block.text.lines().enumerate() {
            match line.strip_suffix('\\') {
                Some(first) => whole.push_str(first),
                None => {
                    whole.push_str(line);
                    let at = block.line + i + 1;
                    let words = shlex::split(&whole).unwrap_or_else(|| panic!("{}: {whole}", document.at(at)));
                    // Variables before the program, and several commands in one line.
                    for command in words.split(|word| word == "&&" || word.ends_with(';')) {
                        let is_variable =
                            |word: &&String| word.split_once('=').is_some_and(|(name, _)| !name.contains('-'));
                        let command: Vec<String> = command.iter().skip_while(is_variable).cloned().collect();
                        if !command.is_empty() {
                            found.push((at, command));
                        }
                    }
                    whole.clear();
                }
            }
        }
    }
    found
}

#[test]
fn cargo_triton_has_every_subcommand_and_option_that_is_written() {
    let help = Help::read();
    assert!(help.0.len() >= 10 && help.0["export"].contains("--arg"), "{:?}", help.0);
    assert!(help.refuse(&["export".to_owned(), "--arguments".to_owned()]).is_some());
    assert!(help.refuse(&["exports".to_owned()]).is_some());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for document in documents() {
        let spans = document.spans.iter().filter(|(_, span)| span.starts_with("cargo triton "));
        let spans = spans.map(|(line, span)| (*line, span.split_whitespace().map(str::to_owned).collect()));
        for (line, command) in commands(&document).into_iter().chain(spans) {
            if let [cargo, triton, arguments @ ..] = &command[..]
                && cargo == "cargo"
                && triton == "triton"
            {
                seen += 1;
                wrong.extend(help.refuse(arguments).map(|what| format!("{}: {what}", document.at(line))));
            }
        }
    }
    assert!(seen > 40, "{seen}");
    none(wrong);
}

#[test]
fn packages_and_scripts_in_commands_exist() {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--no-deps", "--offline", "--format-version=1"]).current_dir(repository());
    let output = cargo.output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages: Vec<&str> =
        metadata["packages"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
    let mut wrong = Vec::new();
    for document in documents() {
        for (line, command) in commands(&document) {
            for pair in command.windows(2).filter(|pair| ["-p", "--package"].contains(&pair[0].as_str())) {
                if command[0] == "cargo" && !packages.contains(&pair[1].as_str()) {
                    wrong.push(format!("{}: no package {}", document.at(line), pair[1]));
                }
            }
            for word in command.iter().filter(|word| word.starts_with("scripts/") || word.starts_with(".ci/")) {
                if !repository().join(word).is_file() {
                    wrong.push(format!("{}: no {word}", document.at(line)));
                }
            }
        }
    }
    none(wrong);
}
