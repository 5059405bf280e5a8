//! What Triton was told when it lowered a kernel, as far as it changes code after the frontend.

use serde::{Deserialize, Serialize};

use super::MetadataError;
use super::object::Object;

/// Options that change code. `None` is Triton's default.
///
/// Source: `CUDAOptions` in Triton's `backends/nvidia/compiler.py`, 3.2 to 3.9.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Warps of a block, without those that warp specialization adds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_warps: Option<u32>,
    /// Stages of software pipelines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_stages: Option<u32>,
    /// CTAs of a cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_ctas: Option<u32>,
    /// CTAs of a cluster in each dimension (3.5 and earlier).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_dims: Option<[u32; 3]>,
    /// Registers that a thread may have at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maxnreg: Option<u32>,
    /// Multiplications and additions may be fused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_fp_fusion: Option<bool>,
    /// Version of PTX, as 84 for 8.4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_version: Option<u32>,
    /// More options for ptxas (3.4 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ptx_options: Option<String>,
    /// Denormals are flushed in libdevice functions (3.6 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_reflect_ftz: Option<bool>,
    /// Launched as a cooperative grid (3.3 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_cooperative_grid: Option<bool>,
    /// Launched with programmatic dependent launch (3.4 and later).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_pdl: Option<bool>,
    /// Warp groups that consume (warp specialization of 3.2 and 3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_consumer_groups: Option<u32>,
    /// Buffers between the groups (warp specialization of 3.2 and 3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub num_buffers_warp_spec: Option<u32>,
    /// Registers that the producer gives up (warp specialization of 3.2 and 3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reg_dec_producer: Option<u32>,
    /// Registers that a consumer gets (warp specialization of 3.2 and 3.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reg_inc_consumer: Option<u32>,
}

impl Options {
    pub(super) fn read(object: &Object) -> Result<Self, MetadataError> {
        Ok(Self {
            num_warps: object.number("num_warps")?,
            num_stages: object.number("num_stages")?,
            num_ctas: object.number("num_ctas")?,
            cluster_dims: object.dimensions("cluster_dims")?,
            maxnreg: object.number("maxnreg")?,
            enable_fp_fusion: object.boolean("enable_fp_fusion")?,
            ptx_version: object.number("ptx_version")?,
            ptx_options: object.string("ptx_options")?,
            enable_reflect_ftz: object.boolean("enable_reflect_ftz")?,
            launch_cooperative_grid: object.boolean("launch_cooperative_grid")?,
            launch_pdl: object.boolean("launch_pdl")?,
            num_consumer_groups: object.number("num_consumer_groups")?,
            num_buffers_warp_spec: object.number("num_buffers_warp_spec")?,
            reg_dec_producer: object.number("reg_dec_producer")?,
            reg_inc_consumer: object.number("reg_inc_consumer")?,
        })
    }
}
