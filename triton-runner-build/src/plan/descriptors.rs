//! Whether an architecture has what a kernel's tensor descriptors need.

use triton_runner_manifest::{Arch, ArgType};

/// It hasn't, or nothing could pass them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DescriptorError {
    #[error(
        "the kernel takes tensor descriptors (`{}`), which {arch} has no hardware for; they need sm_90 or later, so limit the kernel with `archs`, or export it for {arch} without descriptors under another name",
        arguments.join("`, `")
    )]
    NoHardware { arguments: Vec<String>, arch: Arch },
    #[error(
        "`{argument}` is an `nvTmaDesc`, the untyped descriptor of Triton 3.2 and 3.3: nothing says how a driver has to encode it, so no launch could pass it; export the kernel with Triton 3.4 or later and a type like `tensordesc<fp16[128, 64]>`, or make the descriptor in the kernel"
    )]
    Untyped { argument: String },
}

/// Holds arguments of these names and types against it.
pub(crate) fn check<'a>(
    arguments: impl Iterator<Item = (&'a str, &'a ArgType)>,
    arch: Arch,
) -> Result<(), DescriptorError> {
    let mut typed = Vec::new();
    for (name, ty) in arguments {
        match ty {
            ArgType::TmaDesc => return Err(DescriptorError::Untyped { argument: name.to_owned() }),
            ArgType::TensorDesc { .. } => typed.push(name.to_owned()),
            ArgType::Scalar(_) | ArgType::Pointer(_) => {}
        }
    }
    match typed.is_empty() || arch.major() >= 9 {
        true => Ok(()),
        false => Err(DescriptorError::NoHardware { arguments: typed, arch }),
    }
}
