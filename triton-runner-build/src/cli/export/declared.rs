//! `exports.toml` in a folder with kernels: what is exported into it, for those who want it declared.
//!
//! ```toml
//! [add_kernel]
//! kernel = "add.py::add_kernel"
//! args = { "*" = "*fp32:16", n = "i32" }
//! constants = { BLOCK = 1024 }
//! options = { num_warps = 4 }
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::parse_kernel;
use super::order::Order;
use super::recipe::Recipe;
use super::stem::names_a_kernel;
use super::variant::Variant;
use crate::cli::Result;
use crate::lowering::export::Source;
use crate::settings::parse_arch;

/// Name of the file.
pub(super) const FILE: &str = "exports.toml";

/// What a folder's file declares; none where there is no such file.
pub(super) fn declared(folder: &Path) -> Result<Vec<Order>> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("can't read `{}`: {error}", path.display()).into()),
    };
    let about = |error: &dyn std::fmt::Display| format!("`{}`: {}", path.display(), error.to_string().trim_end());
    let tables: BTreeMap<String, Recipe> = toml::from_str(&text).map_err(|error| about(&error))?;
    let mut orders = Vec::new();
    for (name, recipe) in tables {
        let of = |error: &dyn std::fmt::Display| about(&format!("[{name}]: {error}"));
        orders.extend(order(folder, &name, recipe).and_then(Order::members).map_err(|error| of(&error))?);
    }
    Ok(orders)
}

fn order(folder: &Path, name: &str, mut recipe: Recipe) -> Result<Order> {
    names_a_kernel(name)?;
    let said = std::mem::take(&mut recipe.kernel);
    if !recipe.variant.is_empty() {
        return Err("`variant` is no key here: expected `variants`, a table of them by their names".into());
    }
    let (source, function) = parse_kernel(&said).map_err(|error| format!("`kernel` is {said:?}: {error}"))?;
    recipe.kernel = function;
    recipe.arguments()?;
    for arch in &recipe.archs {
        parse_arch(&arch.to_string())?;
    }
    let variants = std::mem::take(&mut recipe.variants);
    let variants = variants.iter().map(|(name, differences)| Variant::declared(name, differences));
    Ok(Order {
        source: match source {
            Source::File(file) => Source::File(folder.join(file)),
            module => module,
        },
        folder: folder.to_owned(),
        stem: Some(name.to_owned()),
        variants: variants.collect::<Result<_>>()?,
        recipe,
        family: None,
        is_whole: true,
        made_by: None,
    })
}
