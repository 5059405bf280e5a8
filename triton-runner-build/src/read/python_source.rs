//! The Python file that a kernel was exported from. Nothing is built from it; a change in it is told.

#[cfg(feature = "cli")]
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

#[cfg(feature = "cli")]
use triton_runner_read::metadata::PythonSource;

use crate::fs::input::{self, Input};
use crate::read::files;
use crate::read::{NamedMetadata, ParsedKernel};

/// Notes a file, if it is in the folder of the JSON or below, or in the package whose folder is the one above: what is
/// farther away is elsewhere on another machine.
#[cfg(feature = "cli")]
pub(crate) fn note(file: &Path, folder: &Path) -> Option<PythonSource> {
    let path = file.canonicalize().ok()?;
    let folder = folder.canonicalize().ok()?;
    let relative = match path.strip_prefix(&folder) {
        Ok(relative) => relative.to_owned(),
        Err(_) => {
            let package = folder.parent().filter(|package| package.join("Cargo.toml").is_file())?;
            Path::new("..").join(path.strip_prefix(package).ok()?)
        }
    };
    Some(PythonSource {
        file: relative.to_str()?.to_owned(),
        sha256: crate::fs::hash::sha256(&input::read(&path).ok()?.1),
    })
}

/// The files that a kernel was exported from, where they are there, each with a warning if it has changed since.
pub(crate) fn look(kernel: &ParsedKernel) -> impl Iterator<Item = (Input, Option<String>)> {
    // Variants are exported together.
    let name = files::split_variant(&kernel.name).0;
    kernel.metadata.iter().filter_map(move |named| look_beside(name, named))
}

/// The warnings for all kernels.
#[cfg(feature = "cli")]
pub(crate) fn changes(kernels: &[ParsedKernel]) -> BTreeSet<String> {
    kernels.iter().flat_map(look).filter_map(|(_, changed)| changed).collect()
}

fn look_beside(kernel: &str, named: &NamedMetadata) -> Option<(Input, Option<String>)> {
    let noted = named.metadata.exported_from.as_ref()?;
    if !is_near(&noted.file) {
        return None;
    }
    let path = beside(&named.path, &noted.file);
    let (stat, bytes) = input::read(&path).ok()?;
    let input = Input::new(&path, stat, &bytes);
    let changed = (input.hash != noted.sha256).then(|| {
        format!(
            "kernel `{kernel}`: `{}` has changed since the kernel was exported from it, and what is built is what was exported: run `cargo triton export` again",
            beside(Path::new(&named.name), &noted.file).display()
        )
    });
    Some((input, changed))
}

/// Whether an export would note such a file: nobody else's JSON sends a build elsewhere.
fn is_near(file: &str) -> bool {
    let mut parts = Path::new(file.strip_prefix("../").unwrap_or(file)).components();
    !file.contains(char::is_control) && parts.all(|part| matches!(part, Component::Normal(_)))
}

/// `kernels/add.py` for `kernels/add.json` and `add.py`, `add.py` for `../add.py`.
fn beside(json: &Path, file: &str) -> PathBuf {
    let mut path = json.parent().unwrap_or(Path::new("")).to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            part => path.push(part),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_from_the_folder_of_the_json() {
        let name = |json, file| beside(Path::new(json), file).display().to_string();
        assert_eq!(name("kernels/add.json", "add.py"), "kernels/add.py");
        assert_eq!(name("kernels/add.json", "../python/add.py"), "python/add.py");
        assert_eq!(name("add.json", "../add.py"), "../add.py");
    }

    #[test]
    fn a_json_names_no_file_that_is_far_away() {
        for near in ["add.py", "../add.py", "more/add.py", "../python/add.py"] {
            assert!(is_near(near), "{near}");
        }
        for far in ["/add.py", "../../add.py", "more/../../add.py", "..//add.py/..", "add\n.py"] {
            assert!(!is_near(far), "{far}");
        }
    }

    #[cfg(feature = "cli")]
    #[test]
    fn only_a_file_that_is_near_is_noted() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("a/kernels/more")).unwrap();
        for name in ["far.py", "a/up.py", "a/kernels/here.py", "a/kernels/more/below.py"] {
            std::fs::write(at(name), "text").unwrap();
        }
        let noted = |name: &str| note(&at(name), &at("a/kernels")).map(|source| source.file);
        assert_eq!(noted("a/kernels/here.py").as_deref(), Some("here.py"));
        assert_eq!(noted("a/kernels/more/below.py").as_deref(), Some("more/below.py"));
        assert_eq!(noted("a/up.py"), None);
        std::fs::write(at("a/Cargo.toml"), "").unwrap();
        assert_eq!(noted("a/up.py").as_deref(), Some("../up.py"));
        assert_eq!((noted("far.py"), noted("a/none.py")), (None, None));
    }
}
