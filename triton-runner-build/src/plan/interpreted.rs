//! TTIR for the interpreter, which needs no lowering: each file with what its text doesn't say.

use triton_runner_manifest::BuiltTtir;

use super::options;
use crate::read::ParsedKernel;
use crate::settings::{KernelSettings, Settings};

/// A kernel's TTIR with its text, the file for all architectures first. A file that nothing gives a number of warps can't
/// be lowered either, and isn't here.
pub(crate) fn of<'a>(kernel: &'a ParsedKernel, settings: &Settings) -> Vec<(BuiltTtir, &'a [u8])> {
    let default = KernelSettings::default();
    let own = settings.kernels.get(&kernel.name).unwrap_or(&default);
    let mut sources: Vec<_> = kernel.sources.iter().filter(|source| source.is_ttir()).collect();
    sources.sort_by_key(|source| source.arch);
    let described = sources.into_iter().filter_map(|source| {
        let metadata = match source.arch {
            Some(arch) => kernel.metadata_for(arch),
            None => kernel.metadata.iter().find(|named| named.arch.is_none()).or(kernel.metadata.first()),
        };
        let options = options::told(own, metadata).ok()?;
        let suffix = source.arch.map(|arch| format!(".{arch}")).unwrap_or_default();
        let description = BuiltTtir {
            arch: source.arch,
            file: format!("{}{suffix}.ttir", kernel.name),
            source: source.artifact.name.clone(),
            num_warps: options.num_warps?,
            enable_fp_fusion: options.enable_fp_fusion.unwrap_or(true),
        };
        Some((description, source.artifact.bytes.as_slice()))
    });
    described.collect()
}
