//! Grids that a program launched kernels with: `recorded/grids.json` in a folder with kernels. A recording writes it, and
//! declarations are proposed by it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use triton_runner_read::metadata::each_key_once;

use super::Result;

/// Below the folder of the kernels.
pub(super) const FILE: &str = "recorded/grids.json";

/// What is known of a kernel's launches.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct Recorded {
    /// How many there were.
    pub(super) launches: u64,
    /// What the configurations of its autotuner differ in: each of them is right.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) tuned: BTreeSet<String>,
    /// Different ones.
    pub(super) grids: Vec<Seen>,
}

/// A grid, and the integers that were passed with it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Seen {
    /// Programs along x, y and z.
    pub(super) grid: [u64; 3],
    /// By the names of arguments.
    pub(super) integers: BTreeMap<String, i64>,
}

/// What a folder has, by the stems of kernels; nothing where it has no recording.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Recorded>> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(format!("can't read `{}`: {error}", path.display()).into()),
    };
    Ok(each_key_once(text.as_bytes())
        .map_err(|error| format!("`{}` does not read: {error}; remove it, or record again", path.display()))?)
}

/// The file's text, with a line for each grid.
pub(super) fn text(all: &BTreeMap<String, Recorded>) -> Result<String> {
    let mut kernels = Vec::new();
    for (stem, recorded) in all {
        let mut lines = vec![format!("    \"launches\": {}", recorded.launches)];
        if !recorded.tuned.is_empty() {
            lines.push(format!("    \"tuned\": {}", serde_json::to_string(&recorded.tuned)?));
        }
        let grids = recorded.grids.iter().map(|seen| Ok(format!("\n      {}", serde_json::to_string(seen)?)));
        lines.push(format!("    \"grids\": [{}]", grids.collect::<Result<Vec<_>>>()?.join(",")));
        kernels.push(format!("  {}: {{\n{}\n  }}", serde_json::to_string(stem)?, lines.join(",\n")));
    }
    Ok(format!("{{\n{}\n}}\n", kernels.join(",\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_come_back_from_their_file() {
        let seen = Seen { grid: [3, 2, 1], integers: BTreeMap::from([("n".to_owned(), 1000), ("m".to_owned(), -1)]) };
        let tuned =
            Recorded { launches: 7, tuned: BTreeSet::from(["BLOCK".to_owned()]), grids: vec![seen.clone(), seen] };
        let all = BTreeMap::from([("add@a".to_owned(), tuned), ("b".to_owned(), Recorded::default())]);
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_empty());
        std::fs::create_dir(folder.path().join("recorded")).unwrap();
        std::fs::write(folder.path().join(FILE), text(&all).unwrap()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), all);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("record again"));
    }
}
