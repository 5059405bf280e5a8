//! TTIR of an earlier export that a build would take in place of what is exported now.

use std::path::{Path, PathBuf};

use triton_runner_manifest::{Arch, Level};
use triton_runner_read::metadata::Metadata;

use crate::cli::Result;
use crate::fs::hash::sha256;

/// The files that this export takes the place of: `STEM.sm_90.ttir` where the text is now one for all of them, and
/// `STEM.ttir` where each of its architectures has its own now. One that no export wrote is somebody's own.
pub(in crate::cli) fn superseded(folder: &Path, stem: &str, targets: &[Arch], one_text: bool) -> Result<Vec<PathBuf>> {
    let mut old = Vec::new();
    let mut look = |stem: &str, replaces: &dyn Fn(&Metadata) -> bool| -> Result<Option<PathBuf>> {
        let ttir = folder.join(format!("{stem}.ttir"));
        let json = folder.join(format!("{stem}.json"));
        let Ok(text) = std::fs::read(&ttir) else { return Ok(None) };
        let metadata = std::fs::read_to_string(&json).ok().and_then(|text| Metadata::from_json(&text).ok());
        match metadata {
            Some(metadata) if metadata.sha256.get(&Level::Ttir) == Some(&sha256(&text)) => {
                // What it says of other levels is still needed.
                if replaces(&metadata) && metadata.sha256.len() == 1 {
                    old.extend([ttir, json]);
                }
                Ok(None)
            }
            _ => Ok(Some(ttir)),
        }
    };
    if one_text {
        for target in targets {
            if let Some(own) = look(&format!("{stem}.{target}"), &|_| true)? {
                let own = own.display();
                let message = format!(
                    "`{own}` is there, and a build for {target} takes it in place of what is exported now: remove it, or rename it"
                );
                return Err(message.into());
            }
        }
    } else {
        look(stem, &|metadata| {
            metadata.targets.as_ref().is_some_and(|all| all.iter().all(|one| targets.contains(one)))
        })?;
    }
    Ok(old)
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
        let ttir = json.with_extension("ttir");
        let metadata = std::fs::read_to_string(&json).ok().and_then(|text| Metadata::from_json(&text).ok());
        let (Some(metadata), Ok(text)) = (metadata, std::fs::read(&ttir)) else { continue };
        let told = metadata.exported_from.as_ref().and_then(|source| source.told.as_ref());
        let of_autotuner = told.and_then(|told| told.get("autotune")).and_then(serde_json::Value::as_bool);
        if (of_autotuner == Some(true) || all && told.is_some())
            && metadata.sha256.get(&Level::Ttir) == Some(&sha256(&text))
        {
            old.extend([ttir, json]);
        }
    }
    old.sort();
    old
}
