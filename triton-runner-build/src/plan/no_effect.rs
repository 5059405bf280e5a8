//! Settings that name an option of the compiler, for files that are past the stage which it decides.

use semver::Version;
use triton_runner_manifest::{Arch, Level};
use triton_runner_read::metadata::Metadata;

use crate::error::Problem;
use crate::settings::{KernelSettings, table_of};

/// What an architecture starts from.
#[derive(Clone, Copy)]
pub(super) struct Start<'a> {
    pub(super) arch: Arch,
    pub(super) file: &'a str,
    pub(super) level: Level,
    /// Whether passes of the level are still to run.
    pub(super) between: bool,
    /// Which Triton lowers.
    pub(super) triton: Option<&'a Version>,
    /// What the file beside it says that it was made with.
    pub(super) metadata: Option<&'a Metadata>,
}

/// A setting that comes too late.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{setting} = {asked}` in {} has no effect on this {level} file, for it is decided before{made_with}; remove the setting, or start from the kernel's `.ttir`",
    table_of(kernel)
)]
struct NoEffect {
    setting: &'static str,
    asked: u32,
    kernel: String,
    level: Level,
    made_with: String,
}

/// An option that settings name.
struct Named {
    setting: &'static str,
    asked: Option<u32>,
    made_with: fn(&Metadata) -> Option<u32>,
    /// Whether a file still is to be lowered with it.
    applies: fn(&Start<'_>) -> bool,
}

/// An error for each setting that a kernel's files can't take. Where one of them can, the others must have been made with
/// the same.
pub(super) fn problems(kernel: &str, own: &KernelSettings, starts: &[Start<'_>]) -> Vec<Problem> {
    let is_ttir = |start: &Start<'_>| start.level == Level::Ttir;
    let named = [
        Named {
            setting: "num-warps",
            asked: own.num_warps,
            made_with: |metadata| metadata.num_warps,
            applies: is_ttir,
        },
        Named {
            setting: "num-stages",
            asked: own.num_stages,
            made_with: |metadata| metadata.options.num_stages,
            // Whether one of the passes that follow has it only the compiler knows, and it says so.
            applies: |start| start.level == Level::Ttir || start.between,
        },
        Named { setting: "num-ctas", asked: own.num_ctas, made_with: |metadata| metadata.num_ctas, applies: is_ttir },
        Named {
            setting: "maxnreg",
            asked: own.maxnreg,
            made_with: |metadata| metadata.options.maxnreg,
            // Since Triton 3.4 it is in TTGIR.
            applies: |start| match start.level {
                Level::Ttir => true,
                Level::Ttgir => start.triton.is_some_and(|triton| (triton.major, triton.minor) < (3, 4)),
                Level::Llir | Level::Ptx | Level::Cubin => false,
            },
        },
    ];
    named.iter().flat_map(|named| named.problems(kernel, starts)).collect()
}

impl Named {
    fn problems(&self, kernel: &str, starts: &[Start<'_>]) -> Vec<Problem> {
        let Some(asked) = self.asked else { return Vec::new() };
        let somewhere = starts.iter().any(self.applies);
        let made_with = |start: &Start<'_>| start.metadata.and_then(self.made_with);
        let past = starts.iter().filter(|start| !(self.applies)(start));
        past.filter(|start| !somewhere || made_with(start) != Some(asked))
            .map(|start| {
                let error = NoEffect {
                    setting: self.setting,
                    asked,
                    kernel: kernel.to_owned(),
                    level: start.level,
                    made_with: made_with(start).map_or(String::new(), |found| format!("; it was made with {found}")),
                };
                Problem::new(kernel, start.file, error).for_arch(start.arch)
            })
            .collect()
    }
}
