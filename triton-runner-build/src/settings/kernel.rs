//! Settings of one kernel.

use std::collections::BTreeMap;

use semver::Version;
use serde::Deserialize;
use serde_json::{Map, Value};
use triton_runner_manifest::{Arch, Constant, Level};
use triton_runner_read::metadata::{MetadataError, Options};

use super::{opt_archs, opt_triton};

/// Settings of one kernel: `[package.metadata.triton-runner.kernel.NAME]`. They win over its metadata.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct KernelSettings {
    /// Architectures, in place of the package's.
    #[serde(default, deserialize_with = "opt_archs")]
    pub(crate) archs: Option<Vec<Arch>>,
    /// Architectures to embed PTX for, in place of the package's.
    #[serde(default, deserialize_with = "opt_archs")]
    pub(crate) ptx: Option<Vec<Arch>>,
    /// Which Triton lowers it, in place of the package's.
    #[serde(default, deserialize_with = "opt_triton")]
    pub(crate) triton: Option<Version>,
    /// Whether source lines are kept, in place of the package's.
    pub(crate) line_info: Option<bool>,
    /// The level to start from where a kernel has files of several.
    pub(crate) level: Option<Level>,
    /// Warps of a block.
    pub(crate) num_warps: Option<u32>,
    /// Software pipeline stages.
    pub(crate) num_stages: Option<u32>,
    /// CTAs of a cluster.
    pub(crate) num_ctas: Option<u32>,
    /// Most registers of a thread.
    pub(crate) maxnreg: Option<u32>,
    /// Whether multiplications and additions may be fused.
    pub(crate) enable_fp_fusion: Option<bool>,
    /// Launch with programmatic dependent launch.
    pub(crate) launch_pdl: Option<bool>,
    /// Launch as a cooperative grid.
    pub(crate) launch_cooperative_grid: Option<bool>,
    /// Device assertions: an option of the frontend.
    pub(crate) debug: Option<bool>,
    /// Further flags of ptxas.
    pub(crate) ptx_options: Option<String>,
    /// Warp specialization of Triton 3.2 and 3.3: groups of consumers.
    pub(crate) num_consumer_groups: Option<u32>,
    /// The same: buffers between producer and consumers.
    pub(crate) num_buffers_warp_spec: Option<u32>,
    /// The same: registers that the producer gives up.
    pub(crate) reg_dec_producer: Option<u32>,
    /// The same: registers that a consumer gets.
    pub(crate) reg_inc_consumer: Option<u32>,
    /// Programs that fetch their next tile from the hardware, of Triton 3.9.
    pub(crate) clc: Option<bool>,
    /// Bytes of spilled registers that a thread may move without a warning, in place of the package's.
    pub(crate) spill_warning: Option<u32>,
    /// Every other option of Triton's, by its own name.
    #[serde(default)]
    pub(crate) options: BTreeMap<String, Value>,
    /// Values of `tl.constexpr` parameters, for the Rust side: the IR has them folded in.
    #[serde(default)]
    pub(crate) constants: BTreeMap<String, Constant>,
}

/// The table of a kernel's settings, as Cargo.toml has to have it: the `@` of a variant's name only stands in quotes.
pub(crate) fn table_of(kernel: &str) -> String {
    let is_bare = kernel.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let quote = if is_bare { "" } else { "\"" };
    format!("[package.metadata.triton-runner.kernel.{quote}{kernel}{quote}]")
}

/// Options that don't read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OptionsError {
    #[error("the option `{name}` is set twice, to {first} and to {second}; keep one")]
    Twice { name: String, first: Value, second: Value },
    #[error("of the options that are set, {0}")]
    Wrong(#[from] MetadataError),
}

impl KernelSettings {
    /// What they lack is taken from `base`.
    pub(super) fn over(self, base: Self) -> Self {
        let mut constants = base.constants;
        constants.extend(self.constants);
        let mut options = base.options;
        options.extend(self.options);
        Self {
            archs: self.archs.or(base.archs),
            ptx: self.ptx.or(base.ptx),
            triton: self.triton.or(base.triton),
            line_info: self.line_info.or(base.line_info),
            level: self.level.or(base.level),
            num_warps: self.num_warps.or(base.num_warps),
            num_stages: self.num_stages.or(base.num_stages),
            num_ctas: self.num_ctas.or(base.num_ctas),
            maxnreg: self.maxnreg.or(base.maxnreg),
            enable_fp_fusion: self.enable_fp_fusion.or(base.enable_fp_fusion),
            launch_pdl: self.launch_pdl.or(base.launch_pdl),
            launch_cooperative_grid: self.launch_cooperative_grid.or(base.launch_cooperative_grid),
            debug: self.debug.or(base.debug),
            ptx_options: self.ptx_options.or(base.ptx_options),
            num_consumer_groups: self.num_consumer_groups.or(base.num_consumer_groups),
            num_buffers_warp_spec: self.num_buffers_warp_spec.or(base.num_buffers_warp_spec),
            reg_dec_producer: self.reg_dec_producer.or(base.reg_dec_producer),
            reg_inc_consumer: self.reg_inc_consumer.or(base.reg_inc_consumer),
            clc: self.clc.or(base.clc),
            spill_warning: self.spill_warning.or(base.spill_warning),
            options,
            constants,
        }
    }

    /// What Triton is told of it, by Triton's names: those with a setting of their own, and `options`.
    pub(crate) fn told(&self) -> Result<Map<String, Value>, OptionsError> {
        let number = |value: Option<u32>| value.map(Value::from);
        let flag = |value: Option<bool>| value.map(Value::from);
        let named = [
            ("num_warps", number(self.num_warps)),
            ("num_stages", number(self.num_stages)),
            ("num_ctas", number(self.num_ctas)),
            ("maxnreg", number(self.maxnreg)),
            ("enable_fp_fusion", flag(self.enable_fp_fusion)),
            ("launch_pdl", flag(self.launch_pdl)),
            ("launch_cooperative_grid", flag(self.launch_cooperative_grid)),
            ("debug", flag(self.debug)),
            ("ptx_options", self.ptx_options.clone().map(Value::from)),
            ("num_consumer_groups", number(self.num_consumer_groups)),
            ("num_buffers_warp_spec", number(self.num_buffers_warp_spec)),
            ("reg_dec_producer", number(self.reg_dec_producer)),
            ("reg_inc_consumer", number(self.reg_inc_consumer)),
            ("clc", flag(self.clc)),
        ];
        let named = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let mut told: Map<_, _> = named.collect();
        for (name, value) in &self.options {
            if let Some(first) = told.insert(name.clone(), value.clone()) {
                return Err(OptionsError::Twice { name: name.clone(), first, second: value.clone() });
            }
        }
        Ok(told)
    }

    /// The same as options.
    pub(crate) fn as_options(&self) -> Result<Options, OptionsError> {
        Ok(Options::from_map(self.told()?)?)
    }
}
