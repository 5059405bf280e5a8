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
