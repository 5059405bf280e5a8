//! The package's Cargo.toml, and that of its workspace: what a kernel needs there is added, the rest stays as it is written.

use std::path::{Path, PathBuf};
use std::process::Command;

use toml_edit::{Array, DocumentMut, Item, Table, Value, value};
use triton_runner_manifest::Arch;

use super::Result;
use super::staged::Staged;

/// The runtime crate.
const RUNTIME: &str = "triton-runner-rt";
/// Its feature that runs kernels on the CPU.
const FEATURE: &str = "interpreter";
/// What runs them, and is slow without optimization.
const OPTIMIZED: [&str; 5] = ["triton-runner-interpreter", "triton-runner-ir", "libm", "rayon", "rayon-core"];
/// This crate.
const BUILD: &str = "triton-runner-build";

/// Stages a package's Cargo.toml with a change, and that of its workspace with the profile lines. A change of `None` is none.
pub(super) fn stage(
    staged: &mut Staged,
    manifest: &Path,
    change: impl FnOnce(&str) -> Result<Option<String>, String>,
) -> Result {
    let text = read(manifest)?;
    let wrong = |path: &Path, error: String| format!("can't read `{}`: {error}", path.display());
    let made = change(&text).map_err(|error| wrong(manifest, error))?;
    let root = workspace(manifest)?;
    let is_root = root == manifest;
    let of_root = if is_root { made.clone().unwrap_or(text) } else { read(&root)? };
    let profiles = with_profiles(&of_root).map_err(|error| wrong(&root, error))?;
    let made = if is_root { profiles.clone().or(made) } else { made };
    let profiles = profiles.filter(|_| !is_root);
    for (path, made) in [(manifest, made), (root.as_path(), profiles)] {
        if let Some(made) = made {
            staged.add(path, made.as_bytes())?;
        }
    }
    Ok(())
}

/// The Cargo.toml of the workspace that a package is in; its own where it is in none.
fn workspace(manifest: &Path) -> Result<PathBuf> {
    let located = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["locate-project", "--workspace", "--message-format", "plain", "--manifest-path"])
        .arg(manifest)
        .output()
        .map_err(|error| format!("can't run cargo: {error}"))?;
    if !located.status.success() {
        return Err(
            format!("cargo can't say where the workspace is: {}", String::from_utf8_lossy(&located.stderr)).into()
        );
    }
    Ok(PathBuf::from(String::from_utf8_lossy(&located.stdout).trim()))
}

/// A build script where there is none; what is left to do where there is one.
pub(super) fn stage_build_script(staged: &mut Staged, package: &Path) -> Result<Option<String>> {
    let build = package.join("build.rs");
    if !build.exists() {
        staged.add(&build, include_str!("new/templates/build.rs").as_bytes())?;
    } else if !read(&build)?.contains("triton_runner_build") {
        return Ok(Some(format!("add `triton_runner_build::build();` to `{}`", build.display())));
    }
    Ok(None)
}

fn read(path: &Path) -> Result<String> {
    Ok(std::fs::read_to_string(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))?)
}

/// Adds a feature to the runtime of the tests, which has one of its own where [`with_kernels`] was; `None` if it is there.
pub(super) fn with_feature(text: &str, feature: &str) -> Result<Option<String>, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let is_runtime =
        |name: &str, item: &Item| name == RUNTIME || item.get("package").and_then(Item::as_str) == Some(RUNTIME);
    for section in ["dev-dependencies", "dependencies"] {
        let Some(dependencies) = document.get_mut(section).and_then(Item::as_table_like_mut) else { continue };
        let name = dependencies.iter().find(|(name, item)| is_runtime(name, item)).map(|(name, _)| name.to_owned());
        let item = name.and_then(|name| dependencies.get_mut(&name)).and_then(Item::as_table_like_mut);
        let Some(features) = item.and_then(|item| item.get_mut("features")).and_then(Item::as_array_mut) else {
            continue;
        };
        if features.iter().any(|known| known.as_str() == Some(feature)) {
            return Ok(None);
        }
        features.push(feature);
        return Ok(Some(document.to_string()));
    }
    Err(format!("there is no `{RUNTIME}` with features for its feature `{feature}`"))
}

/// Adds dependencies and settings; `None` if all of it is there already.
pub(super) fn with_kernels(text: &str, triton: &str, archs: &[Arch]) -> Result<Option<String>, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    depend(&mut document, "dependencies", RUNTIME)?;
    interpret_in_tests(&mut document)?;
    depend(&mut document, "build-dependencies", BUILD)?;
    settings(&mut document, triton, archs)?;
    let made = document.to_string();
    Ok((made != text).then_some(made))
}

fn depend(document: &mut DocumentMut, section: &str, name: &str) -> Result<(), String> {
    let table = table(document.as_table_mut(), section, false)?;
    // It may be there under another name: `rt = { package = "…" }`.
    let renamed = |item: &Item| item.get("package").and_then(Item::as_str) == Some(name);
    if !table.contains_key(name) && !table.iter().any(|(_, item)| renamed(item)) {
        table[name] = value(env!("CARGO_PKG_VERSION"));
    }
    Ok(())
}

/// The runtime once more, from where the package has it, with the feature for tests.
fn interpret_in_tests(document: &mut DocumentMut) -> Result<(), String> {
    let is_runtime =
        |name: &str, item: &Item| name == RUNTIME || item.get("package").and_then(Item::as_str) == Some(RUNTIME);
    let dependencies = table(document.as_table_mut(), "dependencies", false)?;
    let found = dependencies.iter().find(|(name, item)| is_runtime(name, item));
    let Some((name, item)) = found.map(|(name, item)| (name.to_owned(), item.clone())) else { return Ok(()) };
    let features = item.get("features").and_then(Item::as_array);
    let is_on = |features: &Array| features.iter().any(|feature| feature.as_str() == Some(FEATURE));
    let tests = document.get("dev-dependencies").and_then(Item::as_table_like);
    if features.is_some_and(is_on) || tests.is_some_and(|tests| tests.iter().any(|(name, item)| is_runtime(name, item)))
    {
        return Ok(());
    }
    let mut own = match item.into_value() {
        Ok(Value::InlineTable(table)) => table,
        Ok(version) => [("version", version)].into_iter().collect(),
        Err(item) => item.into_table().map(Table::into_inline_table).unwrap_or_default(),
    };
    own.remove("features");
    own.remove("optional");
    own.insert("features", Value::Array(Array::from_iter([FEATURE])));
    own.fmt();
    table(document.as_table_mut(), "dev-dependencies", false)?[&name] = value(own);
    Ok(())
}

/// Adds the lines with which kernels are interpreted at full speed in tests to the Cargo.toml of a workspace, where profiles
/// stand; `None` if it has its own.
fn with_profiles(text: &str) -> Result<Option<String>, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let is_new = !document.contains_key("profile");
    let profile = table(document.as_table_mut(), "profile", true)?;
    let dev = table(profile, "dev", true)?;
    let packages = table(dev, "package", false)?;
    if packages.contains_key("*") {
        return Ok(None);
    }
    for name in OPTIMIZED.iter().filter(|name| !packages.contains_key(name)).copied().collect::<Vec<_>>() {
        let mut own = Table::new();
        own.set_dotted(true);
        own["opt-level"] = value(3);
        packages.insert(name, Item::Table(own));
    }
    if is_new {
        packages.decor_mut().set_prefix("\n# Kernels are interpreted at full speed in tests too.\n");
    }
    let made = document.to_string();
    Ok((made != text).then_some(made))
}

fn settings(document: &mut DocumentMut, triton: &str, archs: &[Arch]) -> Result<(), String> {
    // With dotted headers: [package.metadata.triton-runner].
    let package = table(document.as_table_mut(), "package", false)?;
    let metadata = table(package, "metadata", true)?;
    if metadata.contains_key("triton-runner") {
        return Ok(());
    }
    let settings = table(metadata, "triton-runner", false)?;
    settings["triton"] = value(triton);
    let archs: Array = archs.iter().map(Arch::to_string).collect();
    settings["archs"] = value(archs);
    Ok(())
}

/// A table of this name, made if there is none. An implicit one has no header of its own.
fn table<'a>(parent: &'a mut Table, name: &str, implicit: bool) -> Result<&'a mut Table, String> {
    let make = || {
        let mut table = Table::new();
        table.set_implicit(implicit);
        table
    };
    let item = parent.entry(name).or_insert_with(|| Item::Table(make()));
    // `metadata = { docs = … }`: an inline table becomes one with a header.
    if let Some(inline) = item.as_inline_table() {
        *item = Item::Table(inline.clone().into_table());
    }
    item.as_table_mut().ok_or_else(|| format!("`{name}` is no table"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n";

    fn made(text: &str) -> Option<String> {
        with_kernels(text, "3.3.1", &["sm_80".parse().unwrap(), "sm_90".parse().unwrap()]).unwrap()
    }

    #[test]
    fn a_new_package_gets_everything() {
        let made = made(NEW).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            made,
            format!(
                "[package]\nname = \"demo\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
                 [package.metadata.triton-runner]\ntriton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]\n\n\
                 [dependencies]\ntriton-runner-rt = \"{version}\"\n\n\
                 [dev-dependencies]\ntriton-runner-rt = {{ version = \"{version}\", features = [\"interpreter\"] }}\n\n\
                 [build-dependencies]\ntriton-runner-build = \"{version}\"\n"
            )
        );
        assert_eq!(super::with_kernels(&made, "3.9.0", &[]).unwrap(), None);
    }

    #[test]
    fn what_is_there_stays_with_its_comments() {
        let text = "# mine\n[package]\nname = \"demo\" # name\nmetadata = { docs = { all = true } }\n\n[dependencies]\n\
                    rt = { package = \"triton-runner-rt\", path = \"../rt\" }\nserde = \"1\"\n";
        let made = made(text).unwrap();
        for part in [
            "# mine\n",
            "name = \"demo\" # name\n",
            "rt = { package = \"triton-runner-rt\", path = \"../rt\" }",
            "all = true",
        ] {
            assert!(made.contains(part), "{part}\n{made}");
        }
        assert!(!made.contains("triton-runner-rt = "), "{made}");
        let tests = "[dev-dependencies]\nrt = { package = \"triton-runner-rt\", path = \"../rt\", features = [\"interpreter\"] }\n";
        assert!(made.contains(tests), "{made}");
        assert!(made.parse::<DocumentMut>().unwrap()["package"]["metadata"]["triton-runner"]["archs"].is_array());
    }

    #[test]
    fn the_runtime_of_tests_comes_from_where_the_program_has_it() {
        for (own, tests) in [
            (
                "triton-runner-rt.workspace = true",
                "triton-runner-rt = { workspace = true, features = [\"interpreter\"] }",
            ),
            (
                "triton-runner-rt = { version = \"1\", features = [\"f16\"], optional = true }",
                "triton-runner-rt = { version = \"1\", features = [\"interpreter\"] }",
            ),
        ] {
            let made = made(&format!("{NEW}{own}\n")).unwrap();
            assert!(made.contains(&format!("[dev-dependencies]\n{tests}\n")), "{made}");
        }
        let on =
            made(&format!("{NEW}triton-runner-rt = {{ version = \"1\", features = [\"interpreter\"] }}\n")).unwrap();
        assert!(!on.contains("dev-dependencies"), "{on}");
    }

    #[test]
    fn the_runtime_of_tests_gets_one_more_feature() {
        let made = with_feature(&made(NEW).unwrap(), "recorded").unwrap().unwrap();
        assert!(made.contains("features = [\"interpreter\", \"recorded\"] }"), "{made}");
        assert_eq!(with_feature(&made, "recorded"), Ok(None));
        assert!(with_feature(NEW, "recorded").is_err());
    }

    #[test]
    fn a_workspace_gets_the_profile_that_it_has_not() {
        let lines = "\n# Kernels are interpreted at full speed in tests too.\n[profile.dev.package]\n\
                     triton-runner-interpreter.opt-level = 3\ntriton-runner-ir.opt-level = 3\nlibm.opt-level = 3\n\
                     rayon.opt-level = 3\nrayon-core.opt-level = 3\n";
        let made = with_profiles(NEW).unwrap().unwrap();
        assert_eq!(made, format!("{NEW}{lines}"));
        assert_eq!(with_profiles(&made).unwrap(), None);
        let all = format!("{NEW}\n[profile.dev.package.\"*\"]\nopt-level = 3\n");
        assert_eq!(with_profiles(&all).unwrap(), None);
        let some = format!("{NEW}\n[profile.release]\nlto = true\n\n[profile.dev.package.libm]\nopt-level = 1\n");
        let made = with_profiles(&some).unwrap().unwrap();
        assert!(made.contains("lto = true") && made.contains("libm]\nopt-level = 1"), "{made}");
        let read: DocumentMut = made.parse().unwrap();
        let level = |name: &str| read["profile"]["dev"]["package"][name]["opt-level"].as_integer();
        assert_eq!((level("libm"), level("rayon"), level("triton-runner-ir")), (Some(1), Some(3), Some(3)));
    }

    #[test]
    fn a_file_that_is_no_toml_is_an_error() {
        assert!(with_kernels("[package", "3.3.1", &[]).is_err());
        assert!(with_kernels("dependencies = 3", "3.3.1", &[]).unwrap_err().contains("`dependencies` is no table"));
    }
}
