//! What a safe launch would say of the same numbers and memory: what is proven of the TTIR, evaluated.

use triton_runner_extent::{Extent, Launched, words};

use super::kernel::Kernel;

/// A launch as a check sees it: each list by the places of the arguments that a caller passes.
pub(super) struct Passed<'p> {
    pub(super) names: Vec<&'p str>,
    /// `None` for what is no integer.
    pub(super) scalars: Vec<Option<i64>>,
    /// Bytes of memory; `None` for what is no pointer.
    pub(super) lengths: Vec<Option<u64>>,
    pub(super) grid: [u32; 3],
}

/// One line about it; nothing where the text can't be read.
pub(super) fn line(kernel: &Kernel, passed: &Passed<'_>) -> Option<String> {
    Some(match Extent::of(&kernel.ttir).ok()? {
        Extent::Proven(check) => match check.admit(&passed.scalars, passed.grid, &passed.lengths) {
            Ok(()) => "proven: it stays within this memory, and a safe launch takes it".to_owned(),
            Err(refusal) => {
                let Passed { names, scalars, grid, .. } = passed;
                let launched = Launched { file: &kernel.file, names, scalars, grid: *grid };
                let (fault, because) = launched.fault(&refusal);
                format!("proven, and a safe launch refuses this: {}", words(kernel.program.name(), &fault, &because))
            }
        },
        Extent::Unknown(reasons) => {
            let one = reasons.first()?;
            let name = one.argument.and_then(|place| passed.names.get(place));
            let name = name.map(|name| format!("`{name}`: ")).unwrap_or_default();
            format!("not proven, so that no launch is safe: {name}{} ({})", one.reason.cause, one.reason.place)
        }
    })
}
