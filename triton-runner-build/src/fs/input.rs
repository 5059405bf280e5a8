//! Size and times of files, by which a change is noticed without reading them.

use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::fs::hash::sha256;

/// Steps in which the coarsest file systems count time.
const TICK: Duration = Duration::from_secs(2);

/// Bytes that a file may have. Kernels have less than a hundredth of it; more would only fill the memory.
const LIMIT: u64 = 256 << 20;

/// Size and times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stat {
    /// Bytes.
    pub(crate) len: u64,
    /// Time of the last change of its content, in nanoseconds since 1970.
    pub(crate) modified: i64,
    /// Time of the last change of its content, name or rights, which no program can set; 0 where there is none.
    pub(crate) changed: i64,
}

impl Stat {
    /// Of the file at a path.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self::from(&std::fs::metadata(path)?))
    }

    /// Whether the file could be written again at `read` or later without this showing it.
    pub(crate) fn is_too_new(&self, read: i64) -> bool {
        let tick = i64::try_from(TICK.as_nanos()).unwrap_or(i64::MAX);
        self.modified.max(self.changed).saturating_add(tick) > read
    }
}

impl From<&Metadata> for Stat {
    fn from(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let changed = {
            use std::os::unix::fs::MetadataExt as _;
            metadata.ctime().saturating_mul(1_000_000_000).saturating_add(metadata.ctime_nsec())
        };
        #[cfg(not(unix))]
        let changed = 0;
        Self { len: metadata.len(), modified: metadata.modified().map_or(0, nanoseconds), changed }
    }
}

/// Nanoseconds since 1970, negative before.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    let clamp = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => clamp(after),
        Err(before) => -clamp(before.duration()),
    }
}

/// A file that was read, and what it was when it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) path: PathBuf,
    pub(crate) stat: Stat,
    /// SHA-256 of its content; empty for programs, which are too large to be read for this.
    pub(crate) hash: String,
}

/// How a file is, compared with how it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// The same, as its size and times say.
    Same,
    /// The same, as its content says; this is how it looks now.
    Rewritten(Stat),
    /// Another, or gone.
    Changed,
}

impl Input {
    /// A file with the content that was read from it. `stat` must be older than the reading.
    pub(crate) fn new(path: &Path, stat: Stat, bytes: &[u8]) -> Self {
        Self { path: path.to_owned(), stat, hash: sha256(bytes) }
    }

    /// A program, judged by size and times alone.
    pub(crate) fn program(path: &Path) -> Option<Self> {
        Some(Self { path: path.to_owned(), stat: Stat::of(path).ok()?, hash: String::new() })
    }

    /// Looks at the file again. `read` is when it was read, in nanoseconds since 1970.
    pub(crate) fn now(&self, read: i64) -> Now {
        let Ok(stat) = Stat::of(&self.path) else { return Now::Changed };
        if stat == self.stat && (self.hash.is_empty() || !stat.is_too_new(read)) {
            return Now::Same;
        }
        match self::read(&self.path) {
            Ok((_, bytes)) if !self.hash.is_empty() && sha256(&bytes) == self.hash => Now::Rewritten(stat),
            _ => Now::Changed,
        }
    }
}

/// Reads a file with its size and times. It must be a regular one: a pipe may never be written to, and a device may never
/// end.
pub(crate) fn read(path: &Path) -> io::Result<(Stat, Vec<u8>)> {
    // Before the content: a change in between then shows as a change.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    if metadata.len() <= LIMIT {
        File::open(path)?.take(LIMIT + 1).read_to_end(&mut bytes)?;
    }
    let len = metadata.len().max(bytes.len() as u64);
    if len > LIMIT {
        return Err(io::Error::other(format!("it has {len} bytes, and no kernel needs more than {LIMIT}")));
    }
    Ok((Stat::from(&metadata), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: i64 = i64::MAX;

    fn file(content: &str) -> (tempfile::TempDir, Input) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, content).unwrap();
        let (stat, bytes) = read(&path).unwrap();
        let input = Input::new(&path, stat, &bytes);
        (folder, input)
    }

    fn set_modified(path: &Path, time: SystemTime) {
        std::fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
    }

    #[test]
    fn an_untouched_file_is_the_same() {
        let (_folder, input) = file("one");
        assert_eq!(input.now(LATER), Now::Same);
    }

    #[test]
    fn a_file_that_is_touched_or_written_with_the_same_content_is_the_same() {
        let (_folder, input) = file("one");
        set_modified(&input.path, UNIX_EPOCH);
        let Now::Rewritten(stat) = input.now(LATER) else { panic!("{:?}", input.now(LATER)) };
        assert_eq!(stat.modified, 0);
        std::fs::write(&input.path, "one").unwrap();
        assert!(matches!(input.now(LATER), Now::Rewritten(_)));
    }

    #[test]
    fn other_content_is_a_change_whatever_its_size() {
        for content in ["two", "three", ""] {
            let (_folder, input) = file("one");
            std::fs::write(&input.path, content).unwrap();
            assert_eq!(input.now(nanoseconds(SystemTime::now())), Now::Changed, "{content}");
            std::fs::remove_file(&input.path).unwrap();
            assert_eq!(input.now(LATER), Now::Changed);
        }
    }

    #[test]
    fn a_file_as_new_as_the_reading_is_read_again() {
        let (_folder, mut input) = file("one");
        let read = nanoseconds(SystemTime::now());
        assert!(input.stat.is_too_new(read) && !input.stat.is_too_new(LATER));
        // As if it had been written again in the same tick of the clock.
        std::fs::write(&input.path, "two").unwrap();
        input.stat = Stat::of(&input.path).unwrap();
        assert_eq!(input.now(read), Now::Changed);
        assert_eq!(input.now(LATER), Now::Same);
    }

    #[cfg(unix)]
    #[test]
    fn a_time_that_is_set_back_does_not_hide_a_change() {
        let (_folder, input) = file("one");
        let modified = std::fs::metadata(&input.path).unwrap().modified().unwrap();
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&input.path, "two").unwrap();
        set_modified(&input.path, modified);
        assert_eq!(Stat::of(&input.path).unwrap().modified, input.stat.modified);
        assert_eq!(input.now(LATER), Now::Changed);
    }

    #[cfg(unix)]
    #[test]
    fn what_never_ends_or_fills_the_memory_is_not_read() {
        let (folder, input) = file("one");
        let refused = |path: &Path| read(path).unwrap_err().to_string();
        assert_eq!(refused(folder.path()), "it is not a regular file");
        assert_eq!(refused(Path::new("/dev/zero")), "it is not a regular file");
        File::create(&input.path).unwrap().set_len(LIMIT + 1).unwrap();
        assert!(refused(&input.path).contains("268435457 bytes"));
        assert_eq!(input.now(LATER), Now::Changed);
    }

    #[test]
    fn programs_are_judged_by_their_looks() {
        let (_folder, input) = file("one");
        let program = Input::program(&input.path).unwrap();
        assert_eq!(program.now(0), Now::Same);
        set_modified(&input.path, UNIX_EPOCH);
        assert_eq!(program.now(0), Now::Changed);
    }
}
