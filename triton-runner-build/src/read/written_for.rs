//! Whether a JSON was written for the file that it is used with: an export notes the file's SHA-256, and the architectures
//! for which Triton's frontend gives its TTIR.

use triton_runner_manifest::{Arch, Level, Suffix};
use triton_runner_read::metadata::Metadata;

use crate::fs::hash::sha256;
use crate::read::files::Artifact;

/// A JSON that was written for another file, or for other architectures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WrittenForError {
    #[error(
        "it was written for another `.{level}` than `{file}`: for one with SHA-256 {noted}, and this one has {found}; {}",
        if *line_endings {
            "they differ only in their line endings, which git has changed: keep them with `*.ttir -text` (and so on) in .gitattributes, and check the files out again"
        } else {
            "they are of different exports: export again, which writes both, or put the right one of the two back; if you changed the file by hand, take `sha256` out of the JSON"
        }
    )]
    OtherFile { level: Level, file: String, noted: String, found: String, line_endings: bool },
    #[error(
        "`targets` lists {}, and not {arch}: for others Triton's frontend may give another text than `{file}`; export again with `--arch {arch}` beside the others, add {arch} to the list if you know that the text is the same there, or limit the kernel with `archs`",
        list(targets)
    )]
    NotListed { targets: Vec<Arch>, arch: Arch, file: String },
    #[error(
        "Triton's frontend made `{file}` for {made}, and for {arch} it makes another one ({why}): export it for {arch} too, as `NAME.{arch}.ttir`, or limit the kernel with `archs`"
    )]
    OtherText { file: String, made: Arch, arch: Arch, why: &'static str },
}

/// Whether a JSON was written for this content, as far as it says.
pub(crate) fn content(artifact: &Artifact, metadata: &Metadata) -> Result<(), WrittenForError> {
    let level = artifact.level;
    let Some(noted) = metadata.sha256.get(&level) else { return Ok(()) };
    let found = sha256(&artifact.bytes);
    if found == *noted {
        return Ok(());
    }
    let line_endings = level != Level::Cubin
        && [true, false].iter().any(|crlf| sha256(&with_line_endings(&artifact.bytes, *crlf)) == *noted);
    Err(WrittenForError::OtherFile { level, file: artifact.name.clone(), noted: noted.clone(), found, line_endings })
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

/// Whether TTIR may be lowered for an architecture, as far as its JSON knows for which ones the frontend gives it.
pub(crate) fn target(artifact: &Artifact, metadata: &Metadata, arch: Arch) -> Result<(), WrittenForError> {
    if artifact.level != Level::Ttir {
        return Ok(());
    }
    let file = || artifact.name.clone();
    if let Some(targets) = &metadata.targets {
        let listed = targets.contains(&arch);
        return if listed {
            Ok(())
        } else {
            Err(WrittenForError::NotListed { targets: targets.clone(), arch, file: file() })
        };
    }
    let Some(made) = guessed_from(artifact, metadata, arch) else { return Ok(()) };
    match differs(&String::from_utf8_lossy(&artifact.bytes), made, arch) {
        Some(why) => Err(WrittenForError::OtherText { file: file(), made, arch, why }),
        None => Ok(()),
    }
}

/// The architecture for which the frontend ran, where TTIR is lowered for another one and nothing says that its text is
/// the same there. Triton's own JSON names the one that it was run for.
pub(crate) fn guessed_from(artifact: &Artifact, metadata: &Metadata, arch: Arch) -> Option<Arch> {
    let made = Arch::new(metadata.target?, Suffix::None);
    let guessed = artifact.level == Level::Ttir && metadata.targets.is_none() && artifact.arch.is_none();
    (guessed && made != arch).then_some(made)
}

/// Why the frontend gives another text for the second architecture than this one for the first, where the text shows it.
fn differs(text: &str, made: Arch, arch: Arch) -> Option<&'static str> {
    let is_fp8_dot = |line: &str| line.contains("tt.dot ") && line.contains("xf8E");
    if (made.number() == 90) != (arch.number() == 90) && text.lines().any(is_fp8_dot) {
        return Some("products of fp8 sum otherwise on sm_90: `maxNumImpreciseAcc`");
    }
    let descriptors = ["tt.make_tensor_descriptor", "tt.descriptor_", "tt.experimental_descriptor_", "!tt.tensordesc<"];
    if made.major() >= 9 && arch.major() < 9 && descriptors.iter().any(|word| text.contains(word)) {
        return Some("tensor descriptors become pointers below sm_90");
    }
    None
}

fn list(archs: &[Arch]) -> String {
    archs.iter().map(Arch::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_endings_are_the_only_difference_or_not() {
        assert_eq!(with_line_endings(b"a\nb\r\nc", true), b"a\r\nb\r\nc");
        assert_eq!(with_line_endings(b"a\nb\r\nc", false), b"a\nb\nc");
    }

    #[test]
    fn texts_that_depend_on_the_architecture_are_known() {
        let (old, hopper, new) =
            (Arch::new(80, Suffix::None), Arch::new(90, Suffix::None), Arch::new(120, Suffix::None));
        let dot = "%3 = tt.dot %1, %2, %0 : tensor<64x64xf8E4M3FN> * tensor<64x64xf8E4M3FN> -> tensor<64x64xf32>";
        assert!(differs(dot, old, hopper).is_some() && differs(dot, hopper, new).is_some());
        assert!(differs(dot, old, new).is_none() && differs(&dot.replace("xf8E4M3FN", "xf16"), old, hopper).is_none());
        let descriptor = "%1 = tt.make_tensor_descriptor %x, [%m], [%s] : <f32>, <tensor<64xf32>>";
        assert!(differs(descriptor, hopper, old).is_some());
        assert!(differs(descriptor, hopper, new).is_none() && differs("tt.load", hopper, old).is_none());
    }
}
