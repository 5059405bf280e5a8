//! Whether an installed compiler still is what was installed: by size and time in a build, by SHA-256 where somebody asks.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};

use crate::fs::hash;
use crate::fs::input::Stat;

/// Files that decide results and that nothing else would miss, below the site folder.
const WATCHED: [&str; 4] = [
    "triton/_C/libtriton.so",
    "triton/backends/nvidia/bin/ptxas",
    "triton/backends/nvidia/bin/ptxas-blackwell",
    "triton/backends/nvidia/lib/libdevice.10.bc",
];

/// Nanoseconds in which archives and file systems round a time.
const ROUNDING: i64 = 2_000_000_000;

/// How a file looked when it was installed.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Looks {
    bytes: u64,
    /// Nanoseconds since 1970.
    modified: i64,
}

/// A file that is not what was installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The file.
    pub(crate) file: PathBuf,
    /// What is wrong with it.
    pub(crate) found: String,
}

/// How the files of an installation look that a build keeps an eye on.
pub(super) fn looks(site: &Path) -> BTreeMap<String, Looks> {
    let there = WATCHED.into_iter().filter_map(|name| Some((name.to_owned(), of(&site.join(name))?)));
    there.collect()
}

fn of(file: &Path) -> Option<Looks> {
    let stat = Stat::of(file).ok()?;
    Some(Looks { bytes: stat.len, modified: stat.modified })
}

/// The first file that doesn't look as it did. One that only has another time, as after a copy of the home folder, is held
/// against its SHA-256.
pub(super) fn damage_by_looks(site: &Path, then: &BTreeMap<String, Looks>) -> Option<Damage> {
    then.iter().find_map(|(name, then)| {
        let file = site.join(name);
        let found = match of(&file) {
            None => "it is gone".to_owned(),
            Some(now) if now.bytes != then.bytes => {
                format!("it has {} bytes, and {} were installed", now.bytes, then.bytes)
            }
            Some(now) if now.modified.abs_diff(then.modified) < ROUNDING.unsigned_abs() => return None,
            Some(_) => return damage_of(site, &record(site).ok()?, name),
        };
        Some(Damage { file, found })
    })
}

/// The first file whose content is not that of the wheel: programs, libraries, and Triton's own Python.
///
/// # Errors
/// If there is no list of the wheel's files, or a file can't be read.
#[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "commands ask"))]
pub(super) fn damage_by_content(site: &Path) -> io::Result<Option<Damage>> {
    let record = record(site)?;
    let decides = |name: &&String| {
        let python = name.starts_with("triton/") && name.ends_with(".py");
        python || WATCHED.contains(&name.as_str())
    };
    Ok(record.keys().filter(decides).find_map(|name| damage_of(site, &record, name)))
}

fn damage_of(site: &Path, record: &BTreeMap<String, String>, name: &str) -> Option<Damage> {
    let expected = record.get(name)?;
    let file = site.join(name);
    let found = match sha256(&file) {
        Ok(found) if found == *expected => return None,
        Ok(_) => "its SHA-256 is not that of the file in the wheel".to_owned(),
        Err(error) => format!("it can't be read: {error}"),
    };
    Some(Damage { file, found })
}

/// Name and SHA-256 of each file of the wheel, as the installer left the list: base64 without padding.
///
/// Source: PyPA, "Recording installed projects".
fn record(site: &Path) -> io::Result<BTreeMap<String, String>> {
    let entries = fs::read_dir(site)?.collect::<io::Result<Vec<_>>>()?;
    let is_info = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.trim_start_matches("fb").starts_with("triton-") && name.ends_with(".dist-info")
    };
    let info = entries.iter().map(fs::DirEntry::path).find(is_info);
    let info = info.ok_or_else(|| io::Error::other("there is no list of the wheel's files"))?;
    let text = fs::read_to_string(info.join("RECORD"))?;
    let line = |line: &str| {
        let mut parts = line.rsplitn(3, ',');
        let (_bytes, hash, name) = (parts.next()?, parts.next()?, parts.next()?);
        Some((name.trim_matches('"').to_owned(), hash.strip_prefix("sha256=")?.to_owned()))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// SHA-256 of a file as `RECORD` spells it.
pub(super) fn sha256(file: &Path) -> io::Result<String> {
    Ok(Base64UrlUnpadded::encode_string(&hash::digest(fs::File::open(file)?)?))
}
