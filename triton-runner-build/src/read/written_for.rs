//! Whether a JSON was written for the file that it is used with, and for the architecture that TTIR is lowered for: an export
//! notes both.

use triton_runner_manifest::{Arch, Level, Suffix};
use triton_runner_read::metadata::Metadata;
use triton_runner_read::written_for::OtherFile;

use crate::read::files::Artifact;

/// A JSON that was written for other architectures.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WrittenForError {
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

/// Whether a JSON was written for this file, as far as it says.
pub(crate) fn content(artifact: &Artifact, metadata: &Metadata) -> Result<(), OtherFile> {
    triton_runner_read::written_for::content(artifact.level, &artifact.name, &artifact.bytes, metadata)
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
