//! The JSON that Triton writes beside each compiled kernel, of any version in pins.toml, with our own keys
//! (`targets`, `sha256`, `signature`, `constants`, `host`, `family`, `license`, `package`, `exported_from`, `after_pass`) and the Python
//! project triton_runner's `kernel_signature`.
//!
//! Keys that nobody reads here are ignored; keys that are read must have the right type. Values that only some versions
//! write are `None` where they are missing or `null`.

use std::collections::BTreeMap;

use triton_runner_manifest::{Access, Arch, Argument, Constant, DescriptorRecipe, Family, HostWork, Level};

mod error;
mod exported;
mod exported_from;
mod kernel_signature;
mod object;
mod options;
mod python;
mod required;
mod signature;
mod target;
mod unique;
mod writer;

pub use error::MetadataError;
pub use exported_from::{Package, PythonFile, PythonSource};
pub use options::{ADDRESSES, MADE_WITH, Options, SPILLS};
pub use signature::SignatureEntry;
pub use unique::from_json as each_key_once;
pub use writer::Writer;

use object::Object;

/// SPDX's word in our key `license` for a licence that is not known.
pub const UNKNOWN_LICENSE: &str = "NOASSERTION";

/// What a kernel's JSON says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Symbol of the kernel function.
    pub name: Option<String>,
    /// Dynamic shared memory in bytes. For cubin, PTX and LLVM IR it is nowhere else.
    pub shared: Option<u32>,
    /// All warps of a block, those of warp specialization included: a block has 32 threads for each.
    pub num_warps: Option<u32>,
    /// CTAs of a cluster.
    pub num_ctas: Option<u32>,
    /// Its shape (up to Triton 3.5).
    pub cluster_dims: Option<[u32; 3]>,
    /// What Triton was told when it lowered the kernel.
    pub options: Options,
    /// Number of the GPU architecture: 90 for `sm_90`.
    pub target: Option<u16>,
    /// Triton's version, as it writes it: `3.3.1`. Not there in 3.2.
    pub triton_version: Option<String>,
    /// One entry for each tensor descriptor argument that is passed as a `CUtensorMap` (3.4 and later).
    pub tensordesc_meta: Option<Vec<DescriptorRecipe>>,
    /// Bytes of global scratch memory for each CTA (3.3 and later).
    pub global_scratch_size: Option<u32>,
    /// Its alignment in bytes.
    pub global_scratch_align: Option<u32>,
    /// Bytes of profiling scratch memory for each CTA (3.5 and later).
    pub profile_scratch_size: Option<u32>,
    /// Its alignment in bytes.
    pub profile_scratch_align: Option<u32>,
    /// Columns of tensor memory (3.3 and later; Blackwell).
    pub tmem_size: Option<u32>,
    /// Launched as a cooperative grid (3.3 and later).
    pub launch_cooperative_grid: Option<bool>,
    /// Launched with programmatic dependent launch (3.4 and later).
    pub launch_pdl: Option<bool>,
    /// Instrumentation that was compiled in, `""` for none (3.5 and later). It can add parameters.
    pub instrumentation_mode: Option<String>,
    /// Values of the `tl.constexpr` parameters, from `constants` and `kernel_signature`.
    pub constants: BTreeMap<String, Constant>,
    /// The architectures for which Triton's frontend gives this TTIR, if `cargo triton export` made this.
    pub targets: Option<Vec<Arch>>,
    /// SHA-256 of the file of each level that this was written for.
    pub sha256: BTreeMap<Level, String>,
    /// What Python does around a launch.
    pub host: Vec<HostWork>,
    /// The pass of Triton's pipeline that a file of TTGIR stands after, where it is not the last: `tritongpu-coalesce`,
    /// `canonicalize#2`.
    pub after_pass: Option<String>,
    /// The Python file, if `cargo triton export` made this.
    pub exported_from: Option<PythonSource>,
    /// The kernels of several types that it is one of.
    pub family: Option<Family>,
    /// SPDX expression of the Python file's licence, as far as the export knew.
    pub license: Option<String>,
    /// The installed package that it comes from, if it comes from one.
    pub package: Option<Package>,
    signature: Option<Vec<SignatureEntry>>,
}

impl Metadata {
    /// Reads the JSON.
    ///
    /// # Errors
    ///
    /// Text that is no JSON object, a key with a value of the wrong type, a target that is no NVIDIA GPU, a signature
    /// that can't be understood, and keys that contradict each other.
    pub fn from_json(text: &str) -> Result<Self, MetadataError> {
        let object = Object::parse(text)?;
        let (constants, from_python) = match object.string("kernel_signature")? {
            Some(text) => kernel_signature::read(&text)?,
            None => (BTreeMap::new(), None),
        };
        let constants = signature::merge_constants(constants, signature::constants(&object)?)?;
        let signature = signature::agree(signature::read(&object)?, from_python)?;
        Ok(Self {
            name: object.string("name")?,
            shared: object.number("shared")?,
            num_warps: object.number("num_warps")?,
            num_ctas: object.number("num_ctas")?,
            cluster_dims: object.dimensions("cluster_dims")?,
            options: options::read(&object)?,
            target: target::read(&object)?,
            triton_version: object.version("triton_version")?,
            tensordesc_meta: object.tensor_maps("tensordesc_meta")?,
            global_scratch_size: object.number("global_scratch_size")?,
            global_scratch_align: object.alignment("global_scratch_align")?,
            profile_scratch_size: object.number("profile_scratch_size")?,
            profile_scratch_align: object.alignment("profile_scratch_align")?,
            tmem_size: object.number("tmem_size")?,
            launch_cooperative_grid: object.boolean("launch_cooperative_grid")?,
            launch_pdl: object.boolean("launch_pdl")?,
            instrumentation_mode: object.string("instrumentation_mode")?,
            constants,
            targets: exported::targets(&object)?,
            sha256: exported::sha256(&object)?,
            host: exported::host(&object)?,
            after_pass: object.string("after_pass")?,
            exported_from: object.python_source("exported_from")?,
            family: object.family("family")?,
            license: object.string("license")?,
            package: object.package("package")?,
            signature,
        })
    }

    /// The visible arguments, if the JSON has our `signature` or a `kernel_signature`.
    pub fn signature(&self) -> Option<&[SignatureEntry]> {
        self.signature.as_deref()
    }

    /// [`Metadata::signature`] as arguments of the manifest. They have no line, and nothing is known of what the kernel
    /// does with the memory behind them.
    pub fn arguments(&self) -> Option<Vec<Argument>> {
        let argument = |entry: &SignatureEntry| Argument {
            name: entry.name.clone(),
            named: true,
            ty: entry.ty.clone(),
            divisible_by: entry.divisible_by,
            line: 0,
            access: Access::Unknown,
        };
        Some(self.signature.as_ref()?.iter().map(argument).collect())
    }
}

#[cfg(test)]
mod tests;
