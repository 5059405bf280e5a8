//! IR of an earlier export that a build would take in place of what is exported now.

use std::path::{Path, PathBuf};

use triton_runner_manifest::{Arch, Level};
use triton_runner_read::metadata::Metadata;

use crate::cli::Result;
use crate::fs::hash::sha256;

/// The files that this export takes the place of: `STEM.sm_90.ttir` where the text is now one for all of them, `STEM.ttir`
/// where each of its architectures has its own now, and IR of the other level. One that no export wrote is somebody's own.
pub(in crate::cli) fn superseded(folder: &Path, stem: &str, targets: &[Arch], made: Kind) -> Result<Vec<PathBuf>> {
    let mut old = Vec::new();
    let mut look = |stem: &str, level: Level, replaces: &dyn Fn(&Metadata) -> bool| -> Result<Option<PathBuf>> {
        let ir = folder.join(format!("{stem}.{level}"));
        let json = folder.join(format!("{stem}.json"));
        let Ok(text) = std::fs::read(&ir) else { return Ok(None) };
        let metadata = std::fs::read_to_string(&json).ok().and_then(|text| Metadata::from_json(&text).ok());
        match metadata {
            Some(metadata) if metadata.sha256.get(&level) == Some(&sha256(&text)) => {
                // What it says of other levels is still needed.
                if replaces(&metadata) && metadata.sha256.len() == 1 {
                    old.extend([ir, json]);
                }
                Ok(None)
            }
            _ => Ok(Some(ir)),
        }
    };
    let before = match made {
        Kind::OneTtir => [Level::Ttir, Level::Ttgir].as_slice(),
        Kind::TtirOfEach => &[Level::Ttgir],
        Kind::Ttgir => &[Level::Ttir],
    };
    for (target, level) in targets.iter().flat_map(|target| before.iter().map(move |level| (target, *level))) {
        // TTGIR comes before TTIR in a build, and nothing before it that an export writes.
        if let Some(own) = look(&format!("{stem}.{target}"), level, &|_| true)?.filter(|_| made != Kind::Ttgir) {
            let own = own.display();
            let message = format!(
                "`{own}` is there, and a build for {target} takes it in place of what is exported now: remove it, or rename it"
            );
            return Err(message.into());
        }
    }
    if made != Kind::OneTtir {
        look(stem, Level::Ttir, &|metadata| {
            metadata.targets.as_ref().is_some_and(|all| all.iter().all(|one| targets.contains(one)))
        })?;
    }
    Ok(old)
}

/// What is exported now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    /// `STEM.ttir` for all architectures.
    OneTtir,
    /// `STEM.sm_90.ttir` and so on.
    TtirOfEach,
    /// `STEM.sm_90.ttgir` and so on.
    Ttgir,
}

/// The files of variants that there are no more: those that exports wrote under this stem, all or those of an autotuner's
/// configurations, and nobody has changed since.
pub(super) fn other_variants(folder: &Path, stem: &str, all: bool, made: &[(PathBuf, String)]) -> Vec<PathBuf> {
    let mut old = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return old };
    for json in entries.flatten().map(|entry| entry.path()) {
        let name = json.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let of_kernel = name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['@', '.']));
        if !of_kernel || !name.ends_with(".json") || made.iter().any(|(path, _)| *path == json) {
            continue;
        }
        let metadata = std::fs::read_to_string(&json).ok().and_then(|text| Metadata::from_json(&text).ok());
        let Some(metadata) = metadata else { continue };
        let Some(level) = exported_level(&metadata) else { continue };
        let ir = json.with_extension(level.extension());
        let Ok(text) = std::fs::read(&ir) else { continue };
        let told = metadata.exported_from.as_ref().and_then(|source| source.told.as_ref());
        let of_autotuner = told.and_then(|told| told.get("autotune")).and_then(serde_json::Value::as_bool);
        if (of_autotuner == Some(true) || all && told.is_some()) && metadata.sha256.get(&level) == Some(&sha256(&text))
        {
            old.extend([ir, json]);
        }
    }
    old.sort();
    old
}

/// The level of the file that an export wrote beside this JSON.
pub(super) fn exported_level(metadata: &Metadata) -> Option<Level> {
    [Level::Ttir, Level::Ttgir].into_iter().find(|level| metadata.sha256.contains_key(level))
}
