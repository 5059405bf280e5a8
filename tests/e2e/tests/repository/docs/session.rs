//! The pages of the tutorial, typed in a folder of their own one after the other: files are written, commands run, and what
//! a page shows of their output is compared.

use std::fmt::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use e2e::repository;
use tempfile::TempDir;

use super::markdown::{Block, Document};

/// A shell whose folder outlives each of its scripts.
struct Session {
    place: TempDir,
}

impl Session {
    fn new() -> Self {
        e2e::triton::toolchain();
        let session = Self { place: tempfile::tempdir().unwrap() };
        let place = session.place.path();
        std::fs::create_dir(place.join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_triton-command"), place.join("bin/cargo-triton")).unwrap();
        // The versions that this repository uses are there without a network.
        let cargo = format!(
            "#!/bin/sh\n\"{}\" \"$@\" || exit\nif [ \"$1\" = new ]; then cp \"{}\" \"$2/Cargo.lock\"; fi\n",
            env!("CARGO"),
            repository().join("Cargo.lock").display()
        );
        let program = place.join("bin/cargo");
        std::fs::write(&program, cargo).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        session.stay(place);
        session
    }

    fn stay(&self, folder: &Path) {
        std::fs::write(self.place.path().join("folder"), folder.display().to_string()).unwrap();
    }

    fn folder(&self) -> String {
        std::fs::read_to_string(self.place.path().join("folder")).unwrap().trim_end().to_owned()
    }

    /// What the commands of a block print, both streams together, if all of them end as the block says.
    fn run(&self, block: &Block) -> Result<String, String> {
        let place = self.place.path();
        // The pages have a clone of this repository beside the package. In its own place its crates are built once for all tests.
        let text = block.text.replace("../triton-runner/", &format!("{}/", repository().display()));
        let script = format!("exec 2>&1\n{}\npwd > \"{}\"\n", script(&text), place.join("folder").display());
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-euc", &script]).current_dir(self.folder()).stdin(Stdio::null());
        shell.env("PATH", format!("{}:{path}", place.join("bin").display()));
        // What cargo and this repository's configuration tell tests is not what a user's shell holds.
        for name in ["CARGO_MAKEFLAGS", "MAKEFLAGS", "TRITON_RUNNER_SETUP", "CARGO_MANIFEST_DIR", "OUT_DIR"] {
            shell.env_remove(name);
        }
        // As for the other packages that tests build, so that dependencies are built once.
        shell.envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "0"), ("CARGO_NET_OFFLINE", "true")]);
        shell.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages"));
        let output = shell.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(text) } else { Err(text) }
    }
}

/// A block's commands. `# exit code 1` behind one says how it ends.
fn script(block: &str) -> String {
    let mut made = String::new();
    for line in block.replace("\\\n", " ").lines() {
        let _ = match line.split_once("# exit code ") {
            Some((command, code)) => writeln!(made, "code=0; {command} || code=$?; [ $code -eq {code} ]"),
            None => writeln!(made, "{line}"),
        };
    }
    made
}

/// The file that a block is, by its first line: `// src/main.rs`.
fn file(block: &Block) -> Option<&str> {
    let first = block.text.lines().next()?;
    let name = first.strip_prefix("// ").or(first.strip_prefix("# "))?;
    let is_file = !name.contains(' ') && name.contains('.');
    (["rust", "python"].contains(&block.language()) && is_file).then_some(name)
}

/// The line of a page's output that is not in the session's, in its order; `…` is anything. Tests end in any order.
fn missing<'a>(shown: &'a str, output: &str) -> Option<&'a str> {
    let mut rest = output;
    shown.lines().filter(|line| !line.trim().is_empty()).find(|line| {
        if line.starts_with("test ") && line.ends_with(" ok") {
            return !output.contains(line.trim());
        }
        let found = line.split('…').all(|part| match rest.find(part.trim()) {
            Some(at) => {
                rest = &rest[at + part.trim().len()..];
                true
            }
            None => false,
        });
        !found
    })
}

/// The pages that docs/README.md lists for learning, in their order.
fn pages() -> Vec<String> {
    let index = Document::read("docs/README.md");
    let (before, learn) = index.text.split_once("## Learn\n").unwrap();
    let (learn, _) = learn.split_once("\n## ").unwrap();
    let (first, lines) = (before.lines().count(), learn.lines().count());
    let links = index.links.iter().filter(|link| (first..first + lines + 1).contains(&link.line));
    links.map(|link| format!("docs/{}", link.to)).collect()
}

#[test]
fn the_tutorial_works_as_it_is_typed_page_after_page() {
    let pages = pages();
    assert!(pages.len() >= 8 && pages[0] == "docs/first-kernel.md", "{pages:?}");
    let session = Session::new();
    let (mut commands, mut files, mut shown) = (0, 0, 0);
    for page in pages.iter().map(|name| Document::read(name)) {
        let mut output = None;
        for block in &page.blocks {
            let printed = output.take();
            if let Some(name) = file(block) {
                files += 1;
                let path = Path::new(&session.folder()).join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, &block.text).unwrap();
            } else if block.language() == "sh" && !block.info.contains("no_run") {
                commands += 1;
                let ran = session.run(block);
                output = Some(ran.unwrap_or_else(|text| panic!("{}: this fails:\n{text}", page.at(block.line))));
            } else if let ("text", Some(printed)) = (block.language(), printed) {
                shown += 1;
                if let Some(line) = missing(&block.text, &printed) {
                    panic!("{}: `{line}` is not in the output:\n{printed}", page.at(block.line));
                }
            }
        }
    }
    assert!(commands > 12 && files > 4 && shown > 3, "{commands} {files} {shown}");
}

/// The package `docs` compiles the declarations of the pages against these.
#[test]
fn kernels_of_the_pages_are_those_that_their_blocks_are_compiled_with() {
    let mut seen = 0;
    for page in pages().iter().map(|name| Document::read(name)) {
        for block in page.blocks.iter().filter(|block| block.language() == "python") {
            let Some(name) = file(block) else { continue };
            let kept = format!("tests/docs/{name}");
            if repository().join(&kept).is_file() {
                seen += 1;
                let (_, text) = block.text.split_once('\n').unwrap();
                assert_eq!(text, String::from_utf8(e2e::file(&kept)).unwrap(), "{} and {kept}", page.at(block.line));
            }
        }
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn scripts_and_outputs_are_read_as_they_are_written() {
    assert_eq!(script("a \\\n  b # exit code 2\nc\n"), "code=0; a    b  || code=$?; [ $code -eq 2 ]\nc\n");
    assert_eq!(missing("one … three\nfour\n", "one two three\nx four"), None);
    assert_eq!(missing("four\none\n", "one\nfour\n"), Some("one"));
}
