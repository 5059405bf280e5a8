//! How far an installation is: pip and uv say nothing themselves when their output is read.

use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::lock::STAGING;
use crate::progress::Downloaded;

/// How often it is told.
const INTERVAL: Duration = Duration::from_secs(5);

/// What is being installed.
pub(super) struct Watched<'a> {
    /// What it is called.
    pub(super) what: &'a str,
    /// The folder of installations.
    pub(super) folder: &'a Path,
    /// Bytes to download, if any are.
    pub(super) bytes: Option<u64>,
}

impl Watched<'_> {
    /// Runs the installer to its end.
    pub(super) fn output(&self, command: &mut Command, progress: &mut dyn FnMut(&str)) -> io::Result<Output> {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        let began = Instant::now();
        let (sender, ended) = channel();
        std::thread::spawn(move || sender.send(child.wait_with_output()));
        loop {
            match ended.recv_timeout(INTERVAL) {
                Ok(output) => return output,
                Err(RecvTimeoutError::Timeout) => progress(&self.state(began.elapsed())),
                Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("nothing waits for it")),
            }
        }
    }

    fn state(&self, elapsed: Duration) -> String {
        let still = || format!("still installing {}, for {} s now", self.what, elapsed.as_secs());
        // uv unpacks while it downloads, elsewhere.
        let downloading = self.bytes.and_then(|all| Some(Downloaded { bytes: partial_wheel(self.folder, all)?, all }));
        downloading.map_or_else(still, |downloaded| downloaded.to_string())
    }
}

/// Bytes of the wheel that pip is downloading below a folder of installations; `None` once it is whole and being unpacked.
pub(crate) fn partial_wheel(folder: &Path, all: u64) -> Option<u64> {
    // The wheels for other Pythons may be a little larger.
    largest_wheel(folder, 0).filter(|&bytes| bytes < all / 100 * 98)
}

/// Bytes of the largest wheel below a folder of installations: `.staging-…/tmp/pip-unpack-…/triton-….whl`.
fn largest_wheel(folder: &Path, depth: u32) -> Option<u64> {
    let mut largest = None;
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        let size = match depth {
            0 if !name.starts_with(STAGING) => None,
            // Deeper lies what is being unpacked.
            0..3 if kind.is_dir() => largest_wheel(&entry.path(), depth + 1),
            _ if kind.is_file() && name.ends_with(".whl") => entry.metadata().ok().map(|data| data.len()),
            _ => None,
        };
        largest = largest.max(size);
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_found_where_pip_puts_it() {
        let folder = tempfile::tempdir().unwrap();
        let watched = Watched { what: "the Triton compiler 3.3.1", folder: folder.path(), bytes: Some(156_000_000) };
        let state = || watched.state(Duration::from_secs(10));
        assert_eq!(state(), "still installing the Triton compiler 3.3.1, for 10 s now");
        let place = folder.path().join(".staging-a/tmp/pip-unpack-b");
        std::fs::create_dir_all(&place).unwrap();
        let wheel = std::fs::File::create(place.join("triton-3.3.1.whl")).unwrap();
        wheel.set_len(12_345_678).unwrap();
        std::fs::File::create(folder.path().join("other.whl")).unwrap().set_len(99_999_999).unwrap();
        assert_eq!(state(), "downloaded 12 of 156 MB");
        wheel.set_len(156_000_000).unwrap();
        assert_eq!(state(), "still installing the Triton compiler 3.3.1, for 10 s now");
    }

    #[test]
    #[cfg(unix)]
    fn what_an_installer_says_is_all_there_at_its_end() {
        let watched = Watched { what: "it", folder: Path::new("/nowhere"), bytes: None };
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let output = watched.output(&mut command, &mut |_| {}).unwrap();
        assert_eq!((&output.stdout[..], &output.stderr[..]), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
    }
}
