//! Whether source lines change a kernel's instructions: machine code is made with them and without, and compared.

use triton_runner_manifest::ImageKind;
use triton_runner_read::cubin;

use super::built::Built;
use super::survey::build;
use crate::cli::subject::Subject;
use crate::error::Problem;
use crate::plan::Step;
use crate::settings::table_of;

/// One line for each machine code of the kernels. What was checked in as such has its lines or hasn't.
pub(super) fn compared(subjects: &[Subject], problems: &mut Vec<Problem>) -> Vec<String> {
    let mut lines = Vec::new();
    for subject in subjects {
        let both = [true, false].map(|line_info| {
            let (steps, more) = subject.analysis.steps();
            if line_info {
                problems.extend(more);
            }
            let lowered = steps.into_iter().filter(|step| step.cubin && step.triton.is_some());
            lowered.map(|step| Step { line_info, ptx: false, ..step }).collect::<Vec<_>>()
        });
        let [with, without] = both.each_ref().map(|steps| build(subject, steps, problems));
        for one in with.iter().filter(|built| built.image.kind == ImageKind::Cubin) {
            let is_same = |other: &&Built<'_>| {
                other.step.kernel.name == one.step.kernel.name && other.image.arch == one.image.arch
            };
            let Some(other) = without.iter().find(is_same) else { continue };
            let code = |built: &Built<'_>| cubin::instructions(&built.bytes, &built.image.entry).map(<[u8]>::to_vec);
            let (kernel, arch, default) =
                (&one.step.kernel.name, one.image.arch, set_to(subject, &one.step.kernel.name));
            lines.push(match (code(one), code(other)) {
                (Ok(one), Ok(other)) if one == other => {
                    format!("{kernel} for {arch}: the same instructions with line info and without, {} bytes", one.len())
                }
                (Ok(one), Ok(other)) => format!(
                    "{kernel} for {arch}: other instructions with line info ({} bytes) than without ({} bytes); Triton's default is with, and this build is {default}: `line-info` in {} chooses",
                    one.len(),
                    other.len(),
                    table_of(kernel)
                ),
                (Err(error), _) | (_, Err(error)) => format!("{kernel} for {arch}: {error}"),
            });
        }
    }
    lines
}

/// What the settings say of a kernel.
fn set_to(subject: &Subject, kernel: &str) -> &'static str {
    let settings = &subject.analysis.settings;
    let own = settings.kernels.get(kernel).and_then(|own| own.line_info);
    if own.unwrap_or(settings.line_info) { "with" } else { "without" }
}
