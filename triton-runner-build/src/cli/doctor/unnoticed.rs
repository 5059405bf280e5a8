//! Changes that cargo doesn't notice: it runs a build script again where a file is newer than the last run, and an older file
//! that was copied or renamed into place with its time kept is not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use crate::cargo::display_name;
use crate::cli::packages::Found;
use crate::emit::stamp::Stamp;
use crate::fs::hash::sha256;
use crate::fs::input::{self, Stat};
use crate::read::files::names_in;

/// A finding for each file or folder that is another than the last build read, and looks no newer.
pub(super) fn changes(found: &Found) -> Vec<Finding> {
    let mut changed = Vec::new();
    for stamp in last_builds(found) {
        let older = |path: &Path| Stat::of(path).is_ok_and(|stat| stat.modified <= stamp.read);
        for input in stamp.kernels.iter().flat_map(|kernel| &kernel.inputs) {
            let other = || input::read(&input.path).is_ok_and(|(_, bytes)| sha256(&bytes) != input.hash);
            if older(&input.path) && other() {
                changed.push(input.path.clone());
            }
        }
        for (folder, names) in &stamp.folders {
            let other = names_in(folder).is_ok_and(|now| {
                // Of a folder cargo looks at everything in it.
                now != *names && now.iter().all(|name| older(&folder.join(name)))
            });
            if older(folder) && other {
                changed.push(folder.clone());
            }
        }
    }
    changed.sort_unstable();
    changed.dedup();
    changed.into_iter().map(|path| finding(found, &path)).collect()
}

fn finding(found: &Found, path: &Path) -> Finding {
    let name = display_name(&found.folder, path);
    let text = format!(
        "{}: `{name}` is not what the last build read, but no newer than that: cargo won't run the build script",
        found.name
    );
    Finding::missing("kernels", text, format!("`touch {name}`, and build again"))
}

/// What the last build of the package by each profile and target went by.
fn last_builds(found: &Found) -> Vec<Stamp> {
    let mut last = BTreeMap::<PathBuf, Stamp>::new();
    let prefix = format!("{}-", found.name);
    for build in build_folders(&found.target) {
        let outputs = folders_in(&build).into_iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // The rest is a hash: `demo-kernels-…` is another package's.
            name.strip_prefix(&prefix).is_some_and(|hash| !hash.contains('-'))
        });
        for stamp in outputs.filter_map(|output| Stamp::read(&output.join("out"))) {
            let is_later = last.get(&build).is_none_or(|other| other.read < stamp.read);
            if is_later && stamp.folders.iter().any(|(folder, _)| folder.starts_with(&found.folder)) {
                last.insert(build.clone(), stamp);
            }
        }
    }
    last.into_values().collect()
}

/// `target/debug/build`, `target/x86_64-unknown-linux-gnu/release/build`.
fn build_folders(target: &Path) -> Vec<PathBuf> {
    let profiles = folders_in(target);
    let cross = profiles.iter().flat_map(|folder| folders_in(folder));
    let all = profiles.iter().cloned().chain(cross).map(|folder| folder.join("build"));
    all.filter(|folder| folder.is_dir()).collect()
}

fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
