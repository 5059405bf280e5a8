//! Recorded buffers kept out of what is published: they are copies of weights and of what users sent.

use toml_edit::{Array, DocumentMut, Item, value};

/// For `.gitignore` beside them: all of the folder, itself included.
pub(super) const GITIGNORE: &str =
    "# Recorded buffers: copies of what a program worked on, weights and users' data.\n*\n";

/// Cargo.toml with the folder in `exclude`, for a package that is published from a folder without git; `None` where it is
/// there already.
///
/// # Errors
/// Where the package lists what it includes, of which the folder may be a part.
pub(super) fn from_package(text: &str, folder: &str) -> Result<Option<String>, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let package = document.get_mut("package").and_then(Item::as_table_mut).ok_or("it is of no package")?;
    if package.contains_key("include") {
        return Err(format!(
            "it has `include`, and cargo then doesn't look at `exclude`: see to it that `include` leaves `{folder}` out"
        ));
    }
    let exclude = package.entry("exclude").or_insert_with(|| value(Array::new()));
    let exclude = exclude.as_array_mut().ok_or("its `exclude` is no list")?;
    let pattern = format!("/{folder}");
    if exclude.iter().any(|known| known.as_str() == Some(&pattern)) {
        return Ok(None);
    }
    exclude.push(pattern);
    Ok(Some(document.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_excluded_once() {
        let text = "[package]\nname = \"a\" # mine\n";
        let made = from_package(text, "kernels/recorded/launches").unwrap().unwrap();
        assert_eq!(made, "[package]\nname = \"a\" # mine\nexclude = [\"/kernels/recorded/launches\"]\n");
        assert_eq!(from_package(&made, "kernels/recorded/launches"), Ok(None));
        let listed = from_package("[package]\ninclude = [\"src\"]\n", "kernels/recorded/launches").unwrap_err();
        assert!(listed.contains("`include`"), "{listed}");
        assert!(from_package("[workspace]\n", "x").is_err() && from_package("[package", "x").is_err());
    }
}
