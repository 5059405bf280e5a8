//! Settings that name an option of the compiler, for files that are past the stage which it decides.

use triton_runner_manifest::{Arch, Level};

use super::{PlanError, Step};
use crate::error::Problem;
use crate::settings::KernelSettings;

/// An option that settings name.
struct Named {
    setting: &'static str,
    asked: Option<u32>,
    /// What the file beside the artifact says that it was made with.
    made_with: fn(&Step<'_>) -> Option<u32>,
    /// Whether a file of this step still is to be lowered with it.
    applies: fn(&Step<'_>) -> bool,
}

/// An error for each setting that a kernel's files can't take. Where one of them can, the others must have been made with
/// the same.
pub(super) fn problems(own: &KernelSettings, steps: &[Step<'_>]) -> Vec<Problem> {
    let is_ttir = |step: &Step<'_>| step.source.artifact.level == Level::Ttir;
    let named = [
        Named {
            setting: "num-warps",
            asked: own.num_warps,
            made_with: |step| step.metadata?.metadata.num_warps,
            applies: is_ttir,
        },
        Named {
            setting: "num-stages",
            asked: own.num_stages,
            made_with: |step| step.metadata?.metadata.options.num_stages,
            applies: is_ttir,
        },
        Named {
            setting: "num-ctas",
            asked: own.num_ctas,
            made_with: |step| step.metadata?.metadata.num_ctas,
            applies: is_ttir,
        },
        Named {
            setting: "maxnreg",
            asked: own.maxnreg,
            made_with: |step| step.metadata?.metadata.options.maxnreg,
            // Since Triton 3.4 it is in TTGIR.
            applies: |step| match step.source.artifact.level {
                Level::Ttir => true,
                Level::Ttgir => step.triton.as_ref().is_some_and(|triton| (triton.major, triton.minor) < (3, 4)),
                Level::Llir | Level::Ptx | Level::Cubin => false,
            },
        },
    ];
    named.iter().flat_map(|named| named.problems(steps)).collect()
}

impl Named {
    fn problems(&self, steps: &[Step<'_>]) -> Vec<Problem> {
        let Some(asked) = self.asked else { return Vec::new() };
        let somewhere = steps.iter().any(self.applies);
        let past = steps.iter().filter(|step| !(self.applies)(step));
        past.filter(|step| !somewhere || (self.made_with)(step) != Some(asked))
            .map(|step| self.problem(step, asked, step.arch))
            .collect()
    }

    fn problem(&self, step: &Step<'_>, asked: u32, arch: Arch) -> Problem {
        let error = PlanError::NoEffect {
            setting: self.setting,
            asked,
            kernel: step.kernel.name.clone(),
            level: step.source.artifact.level,
            made_with: (self.made_with)(step).map_or(String::new(), |found| format!("; it was made with {found}")),
        };
        Problem::new(&step.kernel.name, &step.source.artifact.name, error).for_arch(arch)
    }
}
