//! Bad input, of every level and kind: each is one clear error that names the file and says what to do, and none a
//! panic, a Python traceback or machine code that is wrong.

mod artifacts;
mod metadata;
mod package;

use e2e::{Package, file};

const ADD: &str = "examples/vector-add/kernels/add_kernel";
const LEVELS: &str = "examples/levels/kernels";

/// A package for sm_90 with the files that `fill` puts into `kernels`.
fn package(settings: &str, files: &[(&str, Vec<u8>)]) -> Package {
    let package = Package::new(&format!("triton = \"3.3.1\"\n{settings}")).unwrap();
    for (name, content) in files {
        package.write(&format!("kernels/{name}"), content).unwrap();
    }
    package
}

/// The messages of a build that must fail and leave nothing behind.
#[track_caller]
fn errors(settings: &str, files: &[(&str, Vec<u8>)]) -> Vec<String> {
    let package = package(settings, files);
    let error = package.build().expect_err("this must not build");
    assert!(!package.out_dir().join("triton-runner/manifest.json").exists());
    let messages: Vec<_> = error.messages().collect();
    for message in &messages {
        for word in ["Traceback", "panicked", "unwrap", "RUST_BACKTRACE"] {
            assert!(!message.contains(word), "{message}");
        }
    }
    messages
}

/// One error with all these parts.
#[track_caller]
fn error(settings: &str, files: &[(&str, Vec<u8>)], parts: &[&str]) {
    let messages = errors(settings, files);
    let [message] = &messages[..] else { panic!("{} errors:\n{}", messages.len(), messages.join("\n\n")) };
    if std::env::var_os("SHOW_MESSAGES").is_some() {
        eprintln!("{message}\n");
    }
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in:\n{message}");
    }
}

fn add(extension: &str) -> Vec<u8> {
    file(&format!("{ADD}.{extension}"))
}

/// An artifact of examples/levels and its JSON: `level("dot_ptx_sm80", 80, "ptx")`.
fn level(name: &str, arch: u32, extension: &str) -> Vec<u8> {
    let folder = name.split('_').nth(1).unwrap();
    file(&format!("{LEVELS}/{folder}/{name}.sm_{arch}.{extension}"))
}

/// Replaces text that must be there.
#[track_caller]
fn edit(content: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(content).unwrap();
    assert!(text.contains(from), "`{from}` is not there");
    text.replacen(from, to, 1).into_bytes()
}

const SM_90: &str = "archs = [\"sm_90\"]";
const SM_80: &str = "archs = [\"sm_80\"]";
