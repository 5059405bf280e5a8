//! Where the manifest comes from.

use std::collections::HashMap;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use triton_runner_manifest::{Manifest, ManifestError};

/// Where the manifest comes from.
pub(crate) enum ManifestSource {
    /// `OUT_DIR`, which Cargo sets for packages with a build.rs.
    OutDir,
    /// A test's own.
    #[cfg(test)]
    Given(Arc<Manifest>),
}

impl ManifestSource {
    /// The manifest, or a message that says what is missing.
    pub(crate) fn read(&self) -> Result<Read, String> {
        match self {
            Self::OutDir => {
                let out_dir = std::env::var_os("OUT_DIR").ok_or_else(no_out_dir)?;
                let (read, hash) = cached(Path::new(&out_dir)).map_err(|error| with_causes(&error))?;
                let told = std::env::var(Manifest::HASH_VARIABLE).ok();
                if told.as_ref() != Some(&hash) && !in_editor() {
                    return Err(of_another_run(told.as_deref(), &hash));
                }
                Ok(read)
            }
            #[cfg(test)]
            Self::Given(manifest) => Ok(Read { manifest: Arc::clone(manifest), first: true, crate_id: 1 }),
        }
    }
}

/// A manifest that was read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) manifest: Arc<Manifest>,
    /// Whether this is the first time that this process reads it as it is. A compiler process makes one crate.
    pub(crate) first: bool,
    /// Tells the crate that is compiled from every other.
    pub(crate) crate_id: u64,
}

fn no_out_dir() -> String {
    "this package has no build.rs, so no kernel was built for it\n\
     help: add `triton-runner-build` to [build-dependencies] and a build.rs with \
     `fn main() { triton_runner_build::build() }`"
        .to_owned()
}

/// Whether this is an editor's macro server. It keeps what the build script said when it was last asked, while builds
/// beside it go on: only a compiler's word decides.
fn in_editor() -> bool {
    let server = || std::env::current_exe().ok()?.file_name()?.to_str()?.starts_with("rust-analyzer").then_some(());
    std::env::var_os("RUST_ANALYZER_INTERNALS_DO_NOT_USE").is_some() || server().is_some()
}

/// The manifest is not what this run of the build script wrote.
fn of_another_run(told: Option<&str>, found: &str) -> String {
    let headline = "the manifest of kernels in OUT_DIR is not of this run of the build script";
    match told {
        None => format!(
            "{headline}, which said nothing of one: it is what an earlier run left\n\
             help: call `triton_runner_build::build()` in build.rs, or remove this `triton_kernel!`; a script that calls \
             `Builder::compile` prints `cargo::rustc-env={}=…` with the hash that it gets",
            Manifest::HASH_VARIABLE
        ),
        Some(told) => format!(
            "{headline}: its SHA-256 is {found}, the build script said {told}\n\
             help: write nothing else to OUT_DIR/{}, and build again: `touch build.rs`",
            Manifest::PATH
        ),
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What tells one state of a file from the next.
type Stamp = (SystemTime, u64);

/// Manifests by path, each with the stamp of the file that it was read from, and its hash.
type Cache = HashMap<PathBuf, (Stamp, Arc<Manifest>, String)>;

static CACHE: LazyLock<Mutex<Cache>> = LazyLock::new(Mutex::default);

/// Reads it once for all macro calls of a crate, with its hash. An editor's macro server lives through many builds and serves many
/// packages, hence the path and the stamp.
fn cached(out_dir: &Path) -> Result<(Read, String), ManifestError> {
    let path = out_dir.join(Manifest::PATH);
    let stamp = std::fs::metadata(&path).and_then(|meta| Ok((meta.modified()?, meta.len()))).ok();
    // A panic elsewhere leaves the map whole: entries are put in complete.
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let (Some(stamp), Some((known, manifest, hash))) = (stamp, cache.get(&path))
        && *known == stamp
    {
        return Ok((Read { manifest: Arc::clone(manifest), first: false, crate_id: crate_id() }, hash.clone()));
    }
    let (manifest, hash) = Manifest::read_hashed(out_dir)?;
    let manifest = Arc::new(manifest);
    if let Some(stamp) = stamp {
        cache.insert(path, (stamp, Arc::clone(&manifest), hash.clone()));
    }
    Ok((Read { manifest, first: true, crate_id: crate_id() }, hash))
}

/// Tells the crate that is compiled from every other with kernels: from other versions, and from the other crates of its
/// package.
fn crate_id() -> u64 {
    let mut hash = DefaultHasher::new();
    for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_CRATE_NAME", "CARGO_BIN_NAME"] {
        std::env::var_os(name).hash(&mut hash);
    }
    // What cargo gives each crate of a build for the same purpose. A test is another crate than the library beside it.
    let tells = |argument: &OsString| argument.to_str().is_some_and(|text| text.contains("metadata="));
    for argument in std::env::args_os().filter(tells) {
        argument.hash(&mut hash);
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::kernels;

    #[test]
    fn a_manifest_that_changes_is_read_again() {
        let out_dir = tempfile::tempdir().unwrap();
        let mut manifest = kernels::manifest();
        kernels::write(&manifest, out_dir.path()).unwrap();

        let (first, hash) = cached(out_dir.path()).unwrap();
        assert!(first.first && *first.manifest == manifest);
        let (second, again) = cached(out_dir.path()).unwrap();
        assert!(!second.first && Arc::ptr_eq(&first.manifest, &second.manifest), "read twice");
        assert_eq!(hash, again);

        manifest.folders.push("more".to_owned());
        kernels::write(&manifest, out_dir.path()).unwrap();
        let (changed, other) = cached(out_dir.path()).unwrap();
        assert!(changed.first && *changed.manifest == manifest);
        assert_ne!(hash, other);
    }

    #[test]
    fn a_missing_manifest_says_what_to_add_to_the_package() {
        let out_dir = tempfile::tempdir().unwrap();
        let message = with_causes(&cached(out_dir.path()).unwrap_err());
        assert!(message.contains("fn main() { triton_runner_build::build() }"), "{message}");
    }
}
