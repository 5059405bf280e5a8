//! The Python files that a kernel was exported from. Nothing is built from them; a change in one is told.

#[cfg(feature = "cli")]
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use triton_runner_read::metadata::{PythonFile, PythonSource};

use crate::fs::input::{self, Input};
use crate::read::files;
use crate::read::{NamedMetadata, ParsedKernel};

/// Notes the kernel's file and those of the modules that were imported with it, as far as they are in the package of the
/// JSON, or in its folder where that is in none: what is farther away is elsewhere on another machine, and so is what a
/// virtual environment in there has installed.
#[cfg(feature = "cli")]
pub(crate) fn note(file: &Path, modules: &[PathBuf], folder: &Path) -> (Option<PythonFile>, Vec<PythonFile>) {
    let Some(own) = note_file(file, folder) else { return (None, Vec::new()) };
    let mut modules: Vec<_> = modules.iter().filter_map(|module| note_file(module, folder)).collect();
    modules.retain(|module| module.file != own.file);
    modules.sort();
    modules.dedup();
    (Some(own), modules)
}

#[cfg(feature = "cli")]
fn note_file(file: &Path, folder: &Path) -> Option<PythonFile> {
    let path = file.canonicalize().ok()?;
    let folder = folder.canonicalize().ok()?;
    let root = folder.ancestors().find(|above| above.join("Cargo.toml").is_file()).unwrap_or(&folder);
    let below = path.strip_prefix(root).ok()?;
    if below.iter().any(|part| part == "site-packages" || part == "dist-packages") {
        return None;
    }
    let common = folder.ancestors().find(|above| path.starts_with(above))?;
    let mut relative = PathBuf::new();
    folder.strip_prefix(common).ok()?.components().for_each(|_| relative.push(".."));
    relative.push(path.strip_prefix(common).ok()?);
    Some(PythonFile {
        file: relative.to_str()?.to_owned(),
        sha256: crate::fs::hash::sha256(&input::read(&path).ok()?.1),
    })
}

/// A Python file now.
#[derive(Debug)]
pub(crate) enum Seen {
    /// With a warning if it has changed since the export.
    There(Input, Option<String>),
    /// Not there, and a warning that says so.
    Gone(PathBuf, String),
}

impl Seen {
    #[cfg(feature = "cli")]
    fn warning(self) -> Option<String> {
        match self {
            Self::There(_, changed) => changed,
            Self::Gone(_, warning) => Some(warning),
        }
    }
}

/// The files that a kernel was exported from.
pub(crate) fn look(kernel: &ParsedKernel) -> impl Iterator<Item = Seen> {
    // Variants are exported together.
    let name = files::split_variant(&kernel.name).0;
    kernel.metadata.iter().flat_map(move |named| {
        let noted = named.metadata.exported_from.iter();
        noted.flat_map(move |PythonSource { file, modules, .. }| {
            let of = Exported { kernel: name, named };
            let own = file.as_ref().and_then(|file| of.look_at(file, "the kernel's Python file"));
            own.into_iter()
                .chain(modules.iter().filter_map(move |file| of.look_at(file, "which its Python file imports")))
        })
    })
}

/// The warnings for all kernels.
#[cfg(feature = "cli")]
pub(crate) fn changes(kernels: &[ParsedKernel]) -> BTreeSet<String> {
    kernels.iter().flat_map(look).filter_map(Seen::warning).collect()
}

/// A kernel with a JSON that an export wrote.
#[derive(Clone, Copy)]
struct Exported<'a> {
    kernel: &'a str,
    named: &'a NamedMetadata,
}

impl Exported<'_> {
    fn look_at(&self, noted: &PythonFile, what: &str) -> Option<Seen> {
        let Self { kernel, named } = self;
        if !is_near(&named.name, &noted.file) {
            return None;
        }
        let path = beside(&named.path, &noted.file);
        let name = beside(Path::new(&named.name), &noted.file);
        let name = name.display();
        let Ok((stat, bytes)) = input::read(&path) else {
            let warning = format!(
                "kernel `{kernel}`: `{name}`, {what}, is not there or can't be read, so a change in it would not be noticed: put it back, or run `cargo triton export` again from where it is now"
            );
            return Some(Seen::Gone(path, warning));
        };
        let input = Input::new(&path, stat, &bytes);
        let changed = (input.hash != noted.sha256).then(|| {
            format!(
                "kernel `{kernel}`: `{name}`, {what}, has changed since the export, and what is built is what was exported: run `cargo triton export --again {kernel}`"
            )
        });
        Some(Seen::There(input, changed))
    }
}

/// Whether an export would note such a file for this JSON: nobody else's JSON sends a build out of its package.
fn is_near(json: &str, file: &str) -> bool {
    let folder = Path::new(json).parent().unwrap_or(Path::new(""));
    let depth = folder.components().filter(|part| matches!(part, Component::Normal(_))).count();
    let mut parts = Path::new(file).components().peekable();
    let mut up = 0;
    while parts.next_if(|part| matches!(part, Component::ParentDir)).is_some() {
        up += 1;
    }
    // The one above may be the package where the JSON is named from elsewhere.
    !file.contains(char::is_control) && up <= depth.max(1) && parts.all(|part| matches!(part, Component::Normal(_)))
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
            assert!(is_near("kernels/add.json", near), "{near}");
        }
        for far in ["/add.py", "../../add.py", "more/../../add.py", "..//add.py/..", "add\n.py"] {
            assert!(!is_near("kernels/add.json", far), "{far}");
        }
        assert!(is_near("python/kernels/add.json", "../../add.py"));
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
        let noted = |name: &str| note(&at(name), &[], &at("a/kernels")).0.map(|file| file.file);
        assert_eq!(noted("a/kernels/here.py").as_deref(), Some("here.py"));
        assert_eq!(noted("a/kernels/more/below.py").as_deref(), Some("more/below.py"));
        assert_eq!(noted("a/up.py"), None);
        std::fs::write(at("a/Cargo.toml"), "").unwrap();
        assert_eq!(noted("a/up.py").as_deref(), Some("../up.py"));
        assert_eq!((noted("far.py"), noted("a/none.py")), (None, None));
        let modules = ["far.py", "a/up.py", "a/kernels/here.py", "a/up.py"].map(at);
        let (_, noted) = note(&at("a/kernels/here.py"), &modules, &at("a/kernels"));
        assert_eq!(noted.iter().map(|module| module.file.as_str()).collect::<Vec<_>>(), ["../up.py"]);
        std::fs::create_dir_all(at("a/deep/kernels")).unwrap();
        let (own, _) = note(&at("a/up.py"), &[], &at("a/deep/kernels"));
        assert_eq!(own.unwrap().file, "../../up.py");
    }

    #[cfg(feature = "cli")]
    #[test]
    fn what_is_installed_into_an_environment_of_the_package_is_not_noted() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        for installed in ["site-packages", "dist-packages"] {
            let file = format!(".venv/lib/python3.11/{installed}/theirs/norm.py");
            std::fs::create_dir_all(at(&file).parent().unwrap()).unwrap();
            std::fs::create_dir_all(at("kernels")).unwrap();
            for name in ["Cargo.toml", &file, "kernels/own.py"] {
                std::fs::write(at(name), "text").unwrap();
            }
            assert_eq!(note(&at(&file), &[at(&file)], &at("kernels")), (None, Vec::new()));
            let (own, modules) = note(&at("kernels/own.py"), &[at(&file)], &at("kernels"));
            assert_eq!((own.unwrap().file.as_str(), modules), ("own.py", Vec::new()));
        }
    }
}
