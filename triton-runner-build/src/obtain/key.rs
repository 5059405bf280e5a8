//! What decides the bytes of a step, as one hash: for the lock, and with the compiler's build for the cache.

use std::sync::LazyLock;

use semver::Version;
use triton_runner_manifest::Level;

use crate::fs::hash::sha256;
use crate::lowering::{self, Pipeline};
use crate::obtain::cache::Key;
use crate::plan::Step;

/// Everything that decides the bytes of a step, but for the build of the compiler: what a lock file records.
pub(crate) fn key(step: &Step<'_>) -> Key {
    key_with(step, "")
}

/// The same with all that runs to make them, this crate included: what the cache goes by.
pub(super) fn cache_key(step: &Step<'_>, compiler: &str) -> Key {
    static OWN: LazyLock<String> = LazyLock::new(|| {
        let program = lowering::PROGRAM.map(|(_, text)| text).concat();
        format!("{} {}", env!("CARGO_PKG_VERSION"), sha256(program.as_bytes()))
    });
    key_with(step, &format!("{compiler}, triton-runner-build {}", *OWN))
}

fn key_with(step: &Step<'_>, compiler: &str) -> Key {
    let artifact = &step.source.artifact;
    // PTX is assembled with the flags of the Triton that made it.
    let made_by = step.made_by.as_ref().filter(|_| artifact.level == Level::Ptx);
    let triton = step.triton.as_ref().or(made_by).map(Version::to_string).unwrap_or_default();
    // Serializing plain data can't fail; an empty text would only make two keys equal that are told apart below.
    let mut options = serde_json::to_string(&step.options).unwrap_or_default();
    let made_for = step.metadata.and_then(|named| named.metadata.target);
    if let Some(number) = made_for.filter(|_| !step.options.more.is_empty()) {
        // By it the compiler knows which of them are no more than its own defaults.
        options += &format!(" for sm_{number}");
    }
    // Serializing plain data can't fail; where all passes run, nothing is added to what keys have always been of.
    let passes = serde_json::to_string(&step.pipeline).unwrap_or_default();
    let passes = (step.pipeline != Pipeline::default()).then_some(("passes", passes.as_bytes()));
    let arch = step.arch.to_string();
    let fields = [
        ("level", artifact.level.extension().as_bytes()),
        ("input", &artifact.bytes),
        ("arch", arch.as_bytes()),
        ("options", options.as_bytes()),
        ("line-info", &[u8::from(step.line_info)]),
        ("ptx", &[u8::from(step.ptx)]),
        ("triton", triton.as_bytes()),
        ("compiler", compiler.as_bytes()),
    ];
    Key::new(&fields.into_iter().chain(passes).collect::<Vec<_>>())
}
