//! What a launch does, as the metadata states it.

use triton_runner_manifest::{Arch, Argument, Scratch};

use super::descriptors::{self, DescriptorError, KnownDescriptors};
use super::{ContractError, Expected, Verified, ctas, verify};
use crate::entry::Module;
use crate::metadata::{Metadata, Writer};

/// Metadata that a launch can't do without, and that nothing else gives.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what the messages name")]
pub enum LaunchError {
    /// A key is missing.
    #[error(
        "`{key}` is missing from the metadata: {writer} writes it, and a launch can't do without it; check in the JSON as Triton wrote it"
    )]
    NoKey { key: &'static str, writer: Writer },
    /// Two keys are not of one cluster.
    #[error(
        "its `cluster_dims` {cluster:?} are not the {num_ctas} CTAs to a cluster that `num_ctas` says; check in the JSON as Triton wrote it"
    )]
    ClusterShape { cluster: [u32; 3], num_ctas: u32 },
    /// It has parameters that nothing here can pass.
    #[error(
        "it was compiled for the sanitizer `gsan` (`instrumentation_mode`), whose parameters only its own runtime can pass; compile it without"
    )]
    Sanitized,
    /// Its tensor descriptors are others.
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
    /// It needs more tensor memory than there is.
    #[error("it needs {tmem} columns of tensor memory, and a block can have 512; use smaller blocks")]
    TensorMemory { tmem: u32 },
}

/// What a launch does, whichever image it uses: the numbers of the metadata, none of them guessed.
#[derive(Debug)]
pub struct Launch<'a> {
    /// The Triton that wrote the metadata.
    pub writer: Writer,
    /// Name of the kernel function.
    pub entry: &'a str,
    /// The visible arguments.
    pub arguments: &'a [Argument],
    /// Warps of a block.
    pub num_warps: u32,
    /// CTAs of a cluster, all dimensions multiplied.
    pub num_ctas: u32,
    /// CTAs of a cluster in each dimension.
    pub cluster: [u32; 3],
    /// Dynamic shared memory in bytes.
    pub shared: u32,
    /// Memory for the first hidden pointer.
    pub scratch: Scratch,
    /// Memory for the second one.
    pub profile: Scratch,
    /// Launched as a cooperative grid.
    pub cooperative: bool,
    /// Launched with programmatic dependent launch.
    pub pdl: bool,
}

impl<'a> Launch<'a> {
    /// The launch of a kernel with these arguments; `entry` where a file says what its function is called.
    ///
    /// # Errors
    ///
    /// A key that is missing, keys that contradict each other or the arguments, and what no launch can do.
    pub fn new(
        metadata: &'a Metadata,
        entry: Option<&'a str>,
        arguments: &'a [Argument],
        descriptors: &KnownDescriptors,
    ) -> Result<Self, LaunchError> {
        let writer = metadata.writer();
        let missing = |key| LaunchError::NoKey { key, writer };
        if let Some(key) = metadata.missing_for_launch() {
            return Err(missing(key));
        }
        if metadata.instrumentation_mode.as_deref().is_some_and(|mode| mode.contains("gsan")) {
            return Err(LaunchError::Sanitized);
        }
        let num_ctas = metadata.num_ctas.ok_or(missing("num_ctas"))?;
        // Up to 3.5 the compiler chose the shape of a cluster; since 3.6 it is along x.
        let cluster = metadata.cluster_dims.unwrap_or([num_ctas, 1, 1]);
        if ctas(cluster) != Some(num_ctas) {
            return Err(LaunchError::ClusterShape { cluster, num_ctas });
        }
        let tmem = metadata.tmem_size.unwrap_or(0);
        if tmem > 512 {
            return Err(LaunchError::TensorMemory { tmem });
        }
        let described = metadata.tensordesc_meta.as_deref().unwrap_or_default();
        descriptors::check(arguments, described, descriptors, num_ctas)?;
        Ok(Self {
            writer,
            entry: entry.or(metadata.name.as_deref()).ok_or(missing("name"))?,
            arguments,
            num_warps: metadata.num_warps.ok_or(missing("num_warps"))?,
            num_ctas,
            cluster,
            shared: metadata.shared.ok_or(missing("shared"))?,
            scratch: Scratch {
                // Triton 3.2 has none.
                size: metadata.global_scratch_size.unwrap_or(0),
                align: metadata.global_scratch_align.unwrap_or(1),
            },
            profile: Scratch {
                size: metadata.profile_scratch_size.unwrap_or(0),
                align: metadata.profile_scratch_align.unwrap_or(1).max(1),
            },
            cooperative: metadata.launch_cooperative_grid.unwrap_or(false),
            pdl: metadata.launch_pdl.unwrap_or(false),
        })
    }

    /// Holds an image for this architecture against it.
    ///
    /// # Errors
    ///
    /// What of the image isn't what the launch expects.
    pub fn verify<'m>(&self, image: &'m Module, arch: Arch) -> Result<Verified<'m>, ContractError> {
        let expected = Expected {
            entry: self.entry,
            arch,
            arguments: self.arguments,
            writer: self.writer,
            num_warps: self.num_warps,
            num_ctas: self.num_ctas,
            shared: self.shared,
            scratch: self.scratch.size,
            profile: self.profile.size,
        };
        verify(image, &expected)
    }
}
