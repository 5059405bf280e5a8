//! Which wheel of which Triton is for which Python, and what its bytes are.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use semver::Version;
use serde::Deserialize;

use super::ToolchainError;
use crate::fs::hash::sha256;

/// The Triton that new kernels are made with, where nobody says which.
pub(crate) const DEFAULT: Version = Version::new(3, 3, 1);

/// The machine that every Triton has wheels for.
const DEFAULT_MACHINE: &str = "x86_64";

/// One wheel, as the package index served it when the table was written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wheel {
    pub(super) file: String,
    pub(super) sha256: String,
    /// Bytes to download.
    pub(super) size: u64,
}

/// Wheels of one Triton version by Python and machine: `cp311-x86_64`.
type Wheels = BTreeMap<String, Wheel>;

fn table() -> &'static BTreeMap<Version, Wheels> {
    static TABLE: OnceLock<BTreeMap<Version, Wheels>> = OnceLock::new();
    TABLE.get_or_init(|| {
        // A test reads the table, so that it cannot be wrong here.
        let text: BTreeMap<String, Wheels> = toml::from_str(include_str!("pins.toml")).unwrap_or_default();
        text.into_iter().filter_map(|(version, wheels)| Some((Version::parse(&version).ok()?, wheels))).collect()
    })
}

/// The versions of Triton that can be installed, oldest first.
pub(crate) fn versions() -> Vec<Version> {
    table().keys().cloned().collect()
}

/// Bytes that an installation on this machine downloads at most: the wheels for each Python differ little.
#[cfg(feature = "cli")]
pub(crate) fn download_size(triton: &Version) -> Option<u64> {
    let machine = format!("-{}", std::env::consts::ARCH);
    let wheels = table().get(triton)?.iter().filter(|(key, _)| key.ends_with(&machine));
    wheels.map(|(_, wheel)| wheel.size).max()
}

/// Whether this Triton has a wheel for a Python of this machine.
#[cfg(feature = "cli")]
pub(crate) fn has_wheel(triton: &Version, tag: &str) -> bool {
    wheel(triton, tag, std::env::consts::ARCH).is_some()
}

/// Pythons that this Triton has a wheel for on this machine: `cp311`, `cp313t`.
pub(super) fn pythons(triton: &Version, machine: &str) -> Vec<&'static str> {
    let wheels = table().get(triton).into_iter().flatten();
    let mut tags: Vec<_> =
        wheels.filter_map(|(key, _)| key.split_once('-').filter(|(_, m)| *m == machine).map(|(tag, _)| tag)).collect();
    tags.sort_by_key(|tag| (tag.trim_end_matches('t').len(), *tag));
    tags
}

/// The wheel for this Python on this machine.
pub(super) fn wheel(triton: &Version, tag: &str, machine: &str) -> Option<&'static Wheel> {
    table().get(triton)?.get(&format!("{tag}-{machine}"))
}

/// The wheel with these bytes: its version and the Pythons and machines that it is for.
pub(super) fn by_hash(sha256: &str) -> Option<(&'static Version, Vec<&'static str>)> {
    table().iter().find_map(|(version, wheels)| {
        let keys: Vec<_> =
            wheels.iter().filter(|(_, wheel)| wheel.sha256 == sha256).map(|(key, _)| key.as_str()).collect();
        (!keys.is_empty()).then_some((version, keys))
    })
}

/// All wheels of a version for a machine, as one line of text for a cache key: they are made of the same sources, one for
/// each Python, and make the same bytes. Where no wheel is for the machine, it is those for x86-64.
pub(super) fn identity(triton: &Version, machine: &str) -> Option<String> {
    let wheels = table().get(triton)?;
    let of = |machine: &str| {
        let is_for = |key: &str| key.split_once('-').is_some_and(|(_, other)| other == machine);
        let mut hashes: Vec<_> =
            wheels.iter().filter(|(key, _)| is_for(key)).map(|(_, wheel)| wheel.sha256.as_str()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        (!hashes.is_empty())
            .then(|| format!("triton {triton} wheels for {machine} {}", sha256(hashes.concat().as_bytes())))
    };
    of(machine).or_else(|| of(DEFAULT_MACHINE))
}

/// Whether there is such a version, as far as is known here.
pub(super) fn check_known(triton: &Version, machine: &str) -> Result<(), ToolchainError> {
    if pythons(triton, machine).is_empty() {
        let known = versions().into_iter().filter(|known| !pythons(known, machine).is_empty());
        return Err(ToolchainError::UnknownVersion { triton: triton.clone(), known: known.collect() });
    }
    Ok(())
}

/// The machine, as wheels name it.
pub(super) fn host() -> Result<&'static str, ToolchainError> {
    let (os, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    match (os, machine) {
        ("linux", "x86_64" | "aarch64") => Ok(machine),
        _ => Err(ToolchainError::UnsupportedHost { host: format!("{os} on {machine}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_reads_and_every_line_is_whole() {
        let text: BTreeMap<String, Wheels> = toml::from_str(include_str!("pins.toml")).unwrap();
        assert_eq!(text.len(), versions().len());
        for (version, wheels) in table() {
            for (key, wheel) in wheels {
                let (tag, machine) = key.split_once('-').unwrap();
                assert!(tag.starts_with("cp3"), "{key}");
                assert!(["x86_64", "aarch64"].contains(&machine), "{key}");
                let package = super::super::release::requirement(version).replace("==", "-");
                assert!(wheel.file.starts_with(&format!("{package}-cp3")), "{}", wheel.file);
                assert!(wheel.file.ends_with(&format!("_{machine}.whl")), "{}", wheel.file);
                assert_eq!(wheel.sha256.len(), 64);
                assert!(wheel.size > 100_000_000, "{}", wheel.file);
            }
            assert!(wheels.contains_key("cp311-x86_64"), "{version}");
        }
    }

    #[test]
    fn a_wheel_is_found_by_python_and_by_its_bytes() {
        let version = Version::new(3, 3, 1);
        let found = wheel(&version, "cp311", "x86_64").unwrap();
        assert_eq!(by_hash(&found.sha256), Some((&version, vec!["cp311-x86_64"])));
        assert!(wheel(&version, "cp38", "x86_64").is_none());
        assert!(wheel(&Version::new(9, 9, 9), "cp311", "x86_64").is_none());
        assert_eq!(pythons(&version, "x86_64"), ["cp39", "cp310", "cp311", "cp312", "cp313", "cp313t"]);
        assert_eq!(pythons(&version, "aarch64"), [""; 0]);
    }

    #[test]
    fn all_wheels_of_a_version_for_a_machine_are_one_compiler() {
        let (old, new) = (Version::new(3, 3, 1), Version::new(3, 5, 0));
        let of = |version, machine| identity(version, machine).unwrap();
        assert!(of(&old, "x86_64").starts_with("triton 3.3.1 wheels for x86_64 "));
        assert_eq!(of(&old, "aarch64"), of(&old, "x86_64"), "there are no others");
        assert_ne!(of(&new, "aarch64"), of(&new, "x86_64"));
        assert_ne!(of(&new, "x86_64"), of(&Version::new(3, 5, 1), "x86_64"));
        assert_eq!(identity(&Version::new(9, 9, 9), "x86_64"), None);
    }
}
