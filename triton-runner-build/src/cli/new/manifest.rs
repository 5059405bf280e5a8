//! The package's Cargo.toml: what a kernel needs there is added, the rest stays as it is written.

use toml_edit::{Array, DocumentMut, Item, Table, value};
use triton_runner_manifest::Arch;

/// The runtime crate.
const RUNTIME: &str = "triton-runner-rt";
/// This crate.
const BUILD: &str = "triton-runner-build";

/// Adds dependencies and settings; `None` if all of it is there already.
pub(super) fn with_kernels(text: &str, triton: &str, archs: &[Arch]) -> Result<Option<String>, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    depend(&mut document, "dependencies", RUNTIME)?;
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
        assert!(made.parse::<DocumentMut>().unwrap()["package"]["metadata"]["triton-runner"]["archs"].is_array());
    }

    #[test]
    fn a_file_that_is_no_toml_is_an_error() {
        assert!(with_kernels("[package", "3.3.1", &[]).is_err());
        assert!(with_kernels("dependencies = 3", "3.3.1", &[]).unwrap_err().contains("`dependencies` is no table"));
    }
}
