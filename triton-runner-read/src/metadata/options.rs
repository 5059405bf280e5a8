//! What Triton was told when it lowered the kernel.

use serde::{Deserialize, Serialize};

use super::MetadataError;
use super::object::Object;

/// Options of Triton's compiler that change code. `None` is Triton's default.
///
/// Source: `CUDAOptions` in `triton/backends/nvidia/compiler.py`. One that a Triton version does not have is an error.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(default)]
pub struct Options {
    /// Warps of a block, a power of two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_warps: Option<u32>,
    /// Stages of software pipelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_stages: Option<u32>,
    /// CTAs of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctas: Option<u32>,
    /// How a cluster's CTAs are laid out; up to Triton 3.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_dims: Option<[u32; 3]>,
    /// Registers that a thread may have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxnreg: Option<u32>,
    /// Whether multiplications and additions may be fused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fp_fusion: Option<bool>,
    /// PTX ISA version times ten: 84.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_version: Option<u32>,
    /// Further flags of ptxas, separated by spaces; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_options: Option<String>,
    /// Whether libdevice flushes denormal numbers; Triton 3.6 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_reflect_ftz: Option<bool>,
    /// Echoed into the metadata; Triton 3.3 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_cooperative_grid: Option<bool>,
    /// Echoed into the metadata; Triton 3.4 and later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_pdl: Option<bool>,
}

/// Reads them.
///
/// Values that are the default and that only some versions know are left out, so that another version can take them.
///
/// Source: `CUDAOptions` in Triton's `backends/nvidia/compiler.py`, of every version in pins.toml.
pub(super) fn read(object: &Object) -> Result<Options, MetadataError> {
    let mut options = Options::default();
    options.num_warps = object.number("num_warps")?;
    options.num_stages = object.number("num_stages")?;
    options.num_ctas = object.number("num_ctas")?;
    options.cluster_dims = object.dimensions("cluster_dims")?.filter(|dims| *dims != [1, 1, 1]);
    options.maxnreg = object.number("maxnreg")?;
    options.enable_fp_fusion = object.boolean("enable_fp_fusion")?;
    options.ptx_version = object.number("ptx_version")?;
    options.ptx_options = object.string("ptx_options")?.filter(|options| !options.is_empty());
    // ptxas has flags that write files and flags that read them; without a separator they stay in its own folder.
    if let (Some(value), Some(text)) = (object.get("ptx_options"), &options.ptx_options)
        && text.contains('/')
    {
        return Err(object.wrong("ptx_options", value, "flags of ptxas without paths"));
    }
    options.enable_reflect_ftz = object.boolean("enable_reflect_ftz")?.filter(|enabled| !enabled);
    options.launch_cooperative_grid = object.boolean("launch_cooperative_grid")?.filter(|enabled| *enabled);
    options.launch_pdl = object.boolean("launch_pdl")?.filter(|enabled| *enabled);
    Ok(options)
}
