//! docs/recipes: each file is quoted by the page as it is, and its `cargo triton` commands exist.

use std::path::PathBuf;

use e2e::{repository, script};
use saphyr::{LoadableYamlNode as _, Yaml};

use super::commands::Help;
use super::markdown::{Document, documents};
use super::none;

const PAGE: &str = "docs/build-environments.md";

/// Languages of blocks that stand in recipes alone.
pub(super) const LANGUAGES: [&str; 3] = ["dockerfile", "nix", "yaml"];

/// The recipes, by their paths in docs/recipes.
fn recipes() -> Vec<(PathBuf, String)> {
    let folder = repository().join("docs/recipes");
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(folder.join(&path)).unwrap();
        (path, text)
    };
    script::files(&folder).into_iter().map(read).collect()
}

/// The commands that a file runs, a line each.
fn commands(path: &std::path::Path, text: &str) -> Vec<String> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("yml") => {
            let documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let mut found = Vec::new();
            documents.iter().for_each(|document| run_steps(document, &mut found));
            found
        }
        Some("Dockerfile") => instructions(text),
        Some("sh") => text.lines().map(str::to_owned).collect(),
        None if path.ends_with("Dockerfile") => instructions(text),
        _ => Vec::new(),
    }
}

/// `RUN` lines, without what Docker itself is told.
fn instructions(text: &str) -> Vec<String> {
    let runs = text.lines().filter_map(|line| line.strip_prefix("RUN "));
    let own = |line: &str| line.split(' ').skip_while(|word| word.starts_with("--")).collect::<Vec<_>>().join(" ");
    runs.map(own).collect()
}

/// Every `run` below a node.
fn run_steps(node: &Yaml<'_>, found: &mut Vec<String>) {
    if let Some(pairs) = node.as_mapping() {
        for (key, value) in pairs {
            match (key.as_str(), value.as_str()) {
                (Some("run"), Some(text)) => found.extend(text.lines().map(str::to_owned)),
                _ => run_steps(value, found),
            }
        }
    }
    node.as_sequence().into_iter().flatten().for_each(|one| run_steps(one, found));
}

#[test]
fn every_recipe_is_quoted_as_it_is() {
    let page = Document::read(PAGE);
    let mut missing = Vec::new();
    for (path, text) in recipes() {
        if !page.blocks.iter().any(|block| block.text.trim_end() == text.trim_end()) {
            missing.push(format!("{PAGE} doesn't quote docs/recipes/{}", path.display()));
        }
    }
    for document in documents() {
        for block in document.blocks.iter().filter(|block| LANGUAGES.contains(&block.language())) {
            if !recipes().iter().any(|(_, text)| text.trim_end() == block.text.trim_end()) {
                missing.push(format!("{}: it is quoted from no file in docs/recipes", document.at(block.line)));
            }
        }
    }
    none(missing);
}

#[test]
fn cargo_triton_has_the_commands_of_every_recipe() {
    let help = Help::read();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, text) in recipes() {
        for line in commands(&path, &text) {
            let words = shlex::split(&line).unwrap_or_else(|| panic!("{}: {line}", path.display()));
            for command in words.split(|word| word == "&&") {
                if let [cargo, triton, arguments @ ..] = command
                    && (cargo.as_str(), triton.as_str()) == ("cargo", "triton")
                {
                    seen += 1;
                    wrong.extend(help.refuse(arguments).map(|what| format!("docs/recipes/{}: {what}", path.display())));
                }
            }
        }
    }
    assert!(seen >= 6, "{seen}");
    none(wrong);
}

#[test]
fn the_workflow_keeps_compilers_and_checks_lock_and_exports() {
    let text = std::fs::read_to_string(repository().join("docs/recipes/github-actions.yml")).unwrap();
    let documents = Yaml::load_from_str(&text).unwrap();
    let [workflow] = &documents[..] else { panic!("one document") };
    for key in ["on", "jobs"] {
        assert!(workflow.as_mapping_get(key).is_some(), "{key}");
    }
    let mut runs = Vec::new();
    run_steps(workflow, &mut runs);
    for command in ["cargo triton lock --check", "cargo triton export --check"] {
        assert!(runs.iter().any(|run| run == command), "{runs:?}");
    }
    assert!(text.contains("uses: actions/cache@") && text.contains("TRITON_RUNNER_HOME"));
}
