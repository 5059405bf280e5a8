//! Which compilers made a result, noted beside it: for those who ask later what an image is made from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use triton_runner_read::metadata::MADE_WITH;

use crate::lowering::notes;
use crate::obtain::cache::Stored;
use crate::toolchain::{Ptxas, Toolchain};

/// The compilers. Results of versions of this crate that noted nothing have none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MadeWith {
    /// SHA-256 of Triton's wheel; `None` where it was of a Python of the user's, or where Triton lowered nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) wheel: Option<String>,
    /// Version of ptxas, as `12.8.93`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) ptxas: Option<String>,
}

impl MadeWith {
    /// Notes them in a result's metadata, as far as they are known.
    pub(crate) fn note(&self, metadata: &mut Value) {
        if *self != Self::default() {
            notes::note(metadata, MADE_WITH, self);
        }
    }

    /// Those that are noted there.
    pub(crate) fn noted(metadata: &Value) -> Self {
        notes::noted(metadata, MADE_WITH)
    }
}

/// The compilers of a toolchain, each `ptxas` asked once.
pub(super) struct Asked<'a> {
    toolchain: &'a Toolchain,
    versions: BTreeMap<PathBuf, Option<String>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(toolchain: &'a Toolchain) -> Self {
        Self { toolchain, versions: BTreeMap::new() }
    }

    /// Those that lower for architecture number `arch`.
    pub(super) fn made_with(&mut self, arch: u16) -> MadeWith {
        let path = self.toolchain.ptxas(arch);
        let version = self.versions.entry(path);
        let ptxas = version.or_insert_with_key(|path| Ptxas::at(path).ok().map(|ptxas| ptxas.version)).clone();
        MadeWith { wheel: self.toolchain.wheel.clone(), ptxas }
    }

    /// A result that the cache has under a key of this toolchain. Where an earlier version of this crate put it there, it
    /// notes nothing, and the key says what made it.
    pub(super) fn noted(&mut self, mut stored: Stored, arch: u16) -> Stored {
        if MadeWith::noted(&stored.metadata) == MadeWith::default() {
            self.made_with(arch).note(&mut stored.metadata);
        }
        stored
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compilers_are_noted_beside_what_triton_says_and_only_where_they_are_known() {
        let made_with = MadeWith { wheel: Some("ab".into()), ptxas: None };
        for mut metadata in [Value::Null, serde_json::json!({"shared": 0})] {
            let before = metadata.clone();
            MadeWith::default().note(&mut metadata);
            assert_eq!(metadata, before);
            made_with.note(&mut metadata);
            assert_eq!(metadata[MADE_WITH], serde_json::json!({"wheel": "ab"}));
            assert_eq!(metadata.get("shared"), before.get("shared"));
            assert_eq!(notes::noted::<MadeWith>(&metadata, MADE_WITH), made_with);
        }
        let other = serde_json::json!({MADE_WITH: "something else"});
        assert_eq!(notes::noted::<MadeWith>(&other, MADE_WITH), MadeWith::default());
    }
}
