//! The cache of lowered kernels: one file for each result, named by a hash of everything that decides its bytes.
//!
//! Shared by profiles, features and packages. A file appears by a rename, so readers see all of it or nothing; it
//! carries a hash of its key and content, so one that is damaged, or is another's, is noticed, removed and made again.
//! Failures to write are no errors: a cache that can't be written is only slow.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use fs4::FileExt;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::fs::hash::hex;
use crate::fs::input;

/// First line of each file. Changes with the file's format.
const MAGIC: &[u8] = b"triton-runner cache 2\n";

/// What each key begins with. Changes with what decides a lowering; then every lock is stale.
const KEY: &[u8] = b"triton-runner cache 1\n";

/// Least recently used results are dropped beyond this, down to three quarters of it.
const LIMIT: u64 = 2 << 30;

/// How often the cache's size is looked at.
const INTERVAL: Duration = Duration::from_secs(3600);

/// In the cache's folder: files that have no name yet, and the file whose time says when its size was looked at.
const UNNAMED: &str = ".new";
const MARKER: &str = ".cleaned";

/// Names one result.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(String);

impl Key {
    /// Hashes labelled fields, each with its length, so that no two lists of fields run together.
    pub(crate) fn new(fields: &[(&str, &[u8])]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(KEY);
        for (label, value) in fields {
            for part in [label.as_bytes(), value] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        Self(hex(&hasher.finalize()))
    }

    /// As it is written in lock files.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    /// The cubin, or what was asked for.
    pub(crate) bytes: Vec<u8>,
    /// The PTX beside it, where it was asked for.
    pub(crate) ptx: Option<Vec<u8>>,
    /// Triton's metadata for it.
    pub(crate) metadata: serde_json::Value,
}

#[derive(Serialize, Deserialize)]
struct Header {
    bytes: usize,
    ptx: Option<usize>,
    metadata: serde_json::Value,
}

/// A folder of results, or nothing where the cache is off.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: Option<PathBuf>,
}

impl Cache {
    /// The cache in `home/cache`.
    pub(crate) fn at(home: &Path) -> Self {
        Self { folder: Some(home.join("cache")) }
    }

    /// No cache: finds nothing, keeps nothing.
    pub(crate) fn off() -> Self {
        Self { folder: None }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        let (folder, rest) = key.0.split_at_checked(2)?;
        Some(self.folder.as_ref()?.join(folder).join(rest))
    }

    /// The result of this key. A damaged file is removed.
    pub(crate) fn get(&self, key: &Key) -> Option<Stored> {
        let path = self.path(key)?;
        let (_, file) = input::read(&path).ok()?;
        let stored = decode(key, &file);
        if stored.is_none() {
            let _ = std::fs::remove_file(&path);
        } else if let Ok(file) = std::fs::File::options().append(true).open(&path) {
            // Its age decides what is dropped first.
            let _ = file.set_modified(SystemTime::now());
        }
        stored
    }

    /// Keeps a result, if that is possible.
    pub(crate) fn put(&self, key: &Key, stored: &Stored) {
        let _ = self.keep(key, stored);
    }

    /// Keeps a result, unless the cache is off.
    ///
    /// # Errors
    /// If the cache can't be written.
    pub(crate) fn keep(&self, key: &Key, stored: &Stored) -> std::io::Result<()> {
        let (Some(path), Some(cache)) = (self.path(key), &self.folder) else { return Ok(()) };
        let unnamed = cache.join(UNNAMED);
        std::fs::create_dir_all(&unnamed)?;
        std::fs::create_dir_all(path.parent().unwrap_or(cache))?;
        let mut file = crate::fs::write::new_file(&unnamed)?;
        // For as long as this process lives, nobody takes the file for a left-over. Where there are no locks, nobody
        // does at all.
        let _ = FileExt::try_lock(file.as_file());
        file.write_all(&encode(key, stored)?)?;
        file.persist(&path)?;
        Ok(())
    }

    /// Removes what killed processes were writing, and the least recently used results if there are too many. Call it
    /// before results are kept.
    pub(crate) fn clean(&self) {
        let Some(folder) = &self.folder else { return };
        // Nothing behind a link is this cache's.
        let unnamed = folder.join(UNNAMED);
        if std::fs::symlink_metadata(&unnamed).is_ok_and(|unnamed| unnamed.is_dir()) {
            for file in std::fs::read_dir(unnamed).into_iter().flatten().flatten() {
                if file.file_type().is_ok_and(|kind| kind.is_file()) {
                    remove_left_over(&file.path());
                }
            }
        }
        let marker = folder.join(MARKER);
        let age = std::fs::metadata(&marker).and_then(|marker| marker.modified()).ok().map(|time| time.elapsed());
        // A time in the future is as good as none.
        if !matches!(age, Some(Ok(age)) if age < INTERVAL) {
            self.evict_to(LIMIT);
            let _ = std::fs::write(marker, "");
        }
    }

    fn evict_to(&self, limit: u64) {
        let Some(folder) = &self.folder else { return };
        let mut files = entries(folder);
        let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
        if total <= limit {
            return;
        }
        files.sort_unstable();
        for (_, path, size) in files {
            if total <= limit / 4 * 3 {
                break;
            }
            if std::fs::remove_file(path).is_ok() {
                total -= size;
            }
        }
    }

    /// Number of results and their bytes.
    pub(crate) fn usage(&self) -> (usize, u64) {
        let files = self.folder.as_deref().map(entries).unwrap_or_default();
        (files.len(), files.iter().map(|(_, _, size)| size).sum())
    }

    /// Removes all results.
    pub(crate) fn clear(&self) -> std::io::Result<()> {
        match self.folder.as_ref().map(std::fs::remove_dir_all) {
            Some(Err(error)) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Removes a file that nobody writes any more: its writer holds a lock on it, which ends with the process.
fn remove_left_over(path: &Path) {
    let file = std::fs::File::options().write(true).open(path);
    if file.is_ok_and(|file| FileExt::try_lock(&file).is_ok()) {
        let _ = std::fs::remove_file(path);
    }
}

/// Every result with its age and size.
fn entries(folder: &Path) -> Vec<(SystemTime, PathBuf, u64)> {
    let folders = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = folders.filter(|folder| !folder.file_name().as_encoded_bytes().starts_with(b"."));
    // Nothing behind a link is this cache's.
    let folders = folders.filter(|folder| folder.file_type().is_ok_and(|kind| kind.is_dir()));
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    files
        .filter_map(|file| {
            let metadata = file.metadata().ok()?;
            Some((metadata.modified().ok()?, file.path(), metadata.len()))
        })
        .collect()
}

/// The hash that a file carries: of its key too, so that no other key's file is taken for it.
fn seal(key: &Key, body: &[u8]) -> String {
    hex(&Sha256::new().chain_update(&key.0).chain_update(body).finalize())
}

/// A result as a file of the cache.
pub(crate) fn encode(key: &Key, stored: &Stored) -> std::io::Result<Vec<u8>> {
    let header =
        Header { bytes: stored.bytes.len(), ptx: stored.ptx.as_ref().map(Vec::len), metadata: stored.metadata.clone() };
    let mut body = serde_json::to_vec(&header)?;
    body.push(b'\n');
    body.extend_from_slice(&stored.bytes);
    body.extend_from_slice(stored.ptx.as_deref().unwrap_or_default());
    let mut file = MAGIC.to_vec();
    file.extend_from_slice(seal(key, &body).as_bytes());
    file.push(b'\n');
    file.extend_from_slice(&body);
    Ok(file)
}

/// The result of a file, if the file is whole and this key's.
pub(crate) fn decode(key: &Key, file: &[u8]) -> Option<Stored> {
    let rest = file.strip_prefix(MAGIC)?;
    let (hash, body) = split_line(rest)?;
    if seal(key, body).as_bytes() != hash {
        return None;
    }
    let (header, content) = split_line(body)?;
    let header: Header = serde_json::from_slice(header).ok()?;
    let (bytes, ptx) = content.split_at_checked(header.bytes)?;
    if ptx.len() != header.ptx.unwrap_or(0) {
        return None;
    }
    Some(Stored { bytes: bytes.to_vec(), ptx: header.ptx.map(|_| ptx.to_vec()), metadata: header.metadata })
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    Some((&text[..end], &text[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(size: usize) -> Stored {
        Stored {
            bytes: (0..size).map(|i| (i * 7) as u8).collect(),
            ptx: Some(b".version 8.4\n".to_vec()),
            metadata: serde_json::json!({"shared": 49152, "name": "k"}),
        }
    }

    fn key(name: &str) -> Key {
        Key::new(&[("name", name.as_bytes())])
    }

    #[test]
    fn a_result_comes_back_as_it_was() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(home.path());
        assert_eq!(cache.get(&key("a")), None);
        cache.put(&key("a"), &stored(1000));
        assert_eq!(cache.get(&key("a")), Some(stored(1000)));
        assert_eq!(cache.get(&key("b")), None);
        let bare = Stored { ptx: None, ..stored(0) };
        cache.put(&key("b"), &bare);
        assert_eq!(cache.get(&key("b")), Some(bare));
        assert_eq!(cache.usage().0, 2);
        cache.clear().unwrap();
        cache.clear().unwrap();
        assert_eq!(cache.usage(), (0, 0));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let file = encode(&key("a"), &stored(50)).unwrap();
        assert_eq!(decode(&key("a"), &file), Some(stored(50)));
        assert_eq!(decode(&key("b"), &file), None, "a result of another key");
        for position in 0..file.len() {
            let mut damaged = file.clone();
            damaged[position] ^= 1 << (position % 8);
            assert_eq!(decode(&key("a"), &damaged), None, "byte {position}");
            assert_eq!(decode(&key("a"), &file[..position]), None, "cut at {position}");
        }
    }

    #[test]
    fn a_damaged_file_is_removed_so_that_it_is_made_again() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(home.path());
        cache.put(&key("a"), &stored(1000));
        let path = cache.path(&key("a")).unwrap();
        let mut file = std::fs::read(&path).unwrap();
        file[500] ^= 0x10;
        std::fs::write(&path, file).unwrap();
        assert_eq!(cache.get(&key("a")), None);
        assert!(!path.exists());
    }

    #[test]
    fn fields_do_not_run_together() {
        assert_ne!(Key::new(&[("a", b"bc")]), Key::new(&[("ab", b"c")]));
        assert_ne!(Key::new(&[("a", b"b"), ("c", b"")]), Key::new(&[("a", b"b")]));
        assert_eq!(key("x").as_str().len(), 64);
    }

    #[test]
    fn the_oldest_results_go_first() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(home.path());
        for (age, name) in [(3, "old"), (2, "mid"), (1, "new")] {
            cache.put(&key(name), &stored(1000));
            let file = std::fs::File::options().append(true).open(cache.path(&key(name)).unwrap()).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(age * 1000)).unwrap();
        }
        let each = cache.usage().1 / 3;
        cache.evict_to(each * 3);
        assert_eq!(cache.usage().0, 3);
        cache.get(&key("old")).unwrap();
        cache.evict_to(each * 3 - 1);
        assert_eq!(cache.get(&key("mid")), None);
        assert!(cache.get(&key("old")).is_some() && cache.get(&key("new")).is_some());
    }

    #[test]
    fn what_a_killed_process_was_writing_is_removed_and_what_a_live_one_writes_is_not() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(home.path());
        cache.put(&key("a"), &stored(10));
        let unnamed = home.path().join("cache").join(UNNAMED);
        let (left, live) = (unnamed.join("left"), unnamed.join("live"));
        std::fs::write(&left, "half").unwrap();
        let writer = std::fs::File::create(&live).unwrap();
        FileExt::try_lock(&writer).unwrap();
        cache.clean();
        assert!(!left.exists() && live.exists() && cache.get(&key("a")).is_some());
        assert_eq!(cache.usage().0, 1);
    }

    #[test]
    fn the_size_is_looked_at_once_in_a_while() {
        let home = tempfile::tempdir().unwrap();
        let cache = Cache::at(home.path());
        cache.put(&key("a"), &stored(10));
        let marker = home.path().join("cache").join(MARKER);
        let looked = || std::fs::metadata(&marker).unwrap().modified().unwrap();
        cache.clean();
        let first = looked();
        cache.clean();
        assert_eq!(looked(), first);
        for away in [SystemTime::now() - 2 * INTERVAL, SystemTime::now() + 2 * INTERVAL] {
            std::fs::File::options().append(true).open(&marker).unwrap().set_modified(away).unwrap();
            cache.clean();
            assert!(looked() >= first && looked() <= SystemTime::now());
        }
    }

    #[test]
    fn a_cache_that_is_off_or_cannot_be_written_is_no_error() {
        let cache = Cache::off();
        cache.put(&key("a"), &stored(1));
        assert_eq!(cache.get(&key("a")), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        let cache = Cache::at(file.path());
        cache.put(&key("a"), &stored(1));
        assert_eq!(cache.get(&key("a")), None);
    }
}
