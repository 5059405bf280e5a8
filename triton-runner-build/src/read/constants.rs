//! The constants of a kernel, which several files may state.

use std::collections::BTreeMap;

use triton_runner_manifest::Constant;

use crate::error::Problem;
use crate::read::error::ReadError;

/// Where settings are, for messages.
const SETTINGS: &str = "Cargo.toml";

/// The constants of all JSON files and the settings. One that is in several must be the same everywhere: the kernel has
/// one grid.
pub(super) fn constants<'a>(
    kernel: &str,
    stated: impl Iterator<Item = (&'a str, &'a BTreeMap<String, Constant>)>,
    own: &'a BTreeMap<String, Constant>,
) -> Result<BTreeMap<String, Constant>, Problem> {
    let mut all = BTreeMap::<&String, (&Constant, &str)>::new();
    for (file, constants) in stated.chain([(SETTINGS, own)]) {
        for (name, value) in constants {
            let (expected, other) = *all.entry(name).or_insert((value, file));
            if value != expected {
                let (found, expected) = (value.to_string(), expected.to_string());
                let mend = match file {
                    SETTINGS => "remove it from Cargo.toml",
                    _ => "export the kernel again, so that its files agree",
                };
                let (name, other) = (name.clone(), other.to_owned());
                let error = ReadError::OtherConstant { name, found, other, expected, mend };
                return Err(Problem::new(kernel, file, error));
            }
        }
    }
    Ok(all.into_iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect())
}
