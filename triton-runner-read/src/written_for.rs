//! Whether a JSON was written for the file that it is used with: an export notes the file's SHA-256.

use sha2::{Digest as _, Sha256};
use triton_runner_manifest::Level;

use crate::metadata::Metadata;

/// A JSON that was written for another file.
#[derive(Debug, thiserror::Error)]
#[error(
    "it was written for another `.{level}` than `{file}`: for one with SHA-256 {noted}, and this one has {found}; {}",
    if *line_endings {
        "they differ only in their line endings, which git has changed: keep them with `*.ttir -text` (and so on) in .gitattributes, and check the files out again"
    } else {
        "they are of different exports: export again, which writes both, or put the right one of the two back; if you changed the file by hand, take `sha256` out of the JSON"
    }
)]
pub struct OtherFile {
    level: Level,
    file: String,
    noted: String,
    found: String,
    line_endings: bool,
}

/// Whether a JSON was written for this content of a file, as far as it says.
///
/// # Errors
///
/// It says that it was written for other content.
pub fn content(level: Level, file: &str, bytes: &[u8], metadata: &Metadata) -> Result<(), OtherFile> {
    let Some(noted) = metadata.sha256.get(&level) else { return Ok(()) };
    let found = sha256(bytes);
    if found == *noted {
        return Ok(());
    }
    let line_endings =
        level != Level::Cubin && [true, false].iter().any(|crlf| sha256(&with_line_endings(bytes, *crlf)) == *noted);
    Err(OtherFile { level, file: file.to_owned(), noted: noted.clone(), found, line_endings })
}

/// As lower-case hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text with CRLF or LF at the end of each line.
fn with_line_endings(text: &[u8], crlf: bool) -> Vec<u8> {
    let mut made = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) => {
                made.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
                made.extend_from_slice(if crlf { b"\r\n" } else { b"\n" });
            }
            None => made.extend_from_slice(line),
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_are_the_only_difference_or_not() {
        assert_eq!(with_line_endings(b"a\nb\r\nc", true), b"a\r\nb\r\nc");
        assert_eq!(with_line_endings(b"a\nb\r\nc", false), b"a\nb\nc");
    }
}
