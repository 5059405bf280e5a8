//! Flags for Triton's options, the same for all commands that take them.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::Value;
use triton_runner_manifest::Constant;

use crate::lowering::export::parse_constant;
use crate::settings::KernelSettings;

/// What Triton is told.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Triton's options")]
pub(super) struct OptionFlags {
    /// Warps of a block
    #[arg(long, value_name = "N")]
    num_warps: Option<u32>,
    /// Stages of software pipelines
    #[arg(long, value_name = "N")]
    num_stages: Option<u32>,
    /// CTAs of a cluster
    #[arg(long, value_name = "N")]
    num_ctas: Option<u32>,
    /// Most registers of a thread
    #[arg(long, value_name = "N")]
    maxnreg: Option<u32>,
    /// Whether multiplications and additions may be fused
    #[arg(long, value_name = "true|false")]
    enable_fp_fusion: Option<bool>,
    /// Launch with programmatic dependent launch
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "true|false")]
    launch_pdl: Option<bool>,
    /// Launch as a cooperative grid
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "true|false")]
    launch_cooperative_grid: Option<bool>,
    /// Keep device assertions
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "true|false")]
    debug: Option<bool>,
    /// Further flags of ptxas, without paths: --ptx-options='--opt-level 2'
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    ptx_options: Option<String>,
    /// Warp specialization of Triton 3.2 and 3.3: groups of consumers
    #[arg(long, value_name = "N")]
    num_consumer_groups: Option<u32>,
    /// The same: buffers between producer and consumers
    #[arg(long, value_name = "N")]
    num_buffers_warp_spec: Option<u32>,
    /// The same: registers that the producer gives up
    #[arg(long, value_name = "N")]
    reg_dec_producer: Option<u32>,
    /// The same: registers that a consumer gets
    #[arg(long, value_name = "N")]
    reg_inc_consumer: Option<u32>,
    /// Programs that fetch their next tile from the hardware, of Triton 3.9
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true, value_name = "true|false")]
    clc: Option<bool>,
    /// Any other option, by Triton's own name; may be given several times
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = parse_option)]
    others: Vec<(String, Value)>,
}

impl OptionFlags {
    /// Whether any is given.
    pub(super) fn are_given(&self) -> bool {
        self.clone().settings().is_ok_and(|settings| settings != KernelSettings::default())
    }

    /// As a Cargo.toml would say it.
    pub(super) fn settings(self) -> Result<KernelSettings, String> {
        let mut options = BTreeMap::new();
        for (name, value) in self.others {
            if options.insert(name.clone(), value).is_some() {
                return Err(format!("--option {name} is given twice; keep one"));
            }
        }
        Ok(KernelSettings {
            num_warps: self.num_warps,
            num_stages: self.num_stages,
            num_ctas: self.num_ctas,
            maxnreg: self.maxnreg,
            enable_fp_fusion: self.enable_fp_fusion,
            launch_pdl: self.launch_pdl,
            launch_cooperative_grid: self.launch_cooperative_grid,
            debug: self.debug,
            ptx_options: self.ptx_options,
            num_consumer_groups: self.num_consumer_groups,
            num_buffers_warp_spec: self.num_buffers_warp_spec,
            reg_dec_producer: self.reg_dec_producer,
            reg_inc_consumer: self.reg_inc_consumer,
            clc: self.clc,
            options,
            ..KernelSettings::default()
        })
    }
}

/// `NAME=VALUE`, with values as those of constants are written.
fn parse_option(text: &str) -> Result<(String, Value), String> {
    let expected = || format!("`{text}` is no option: expected NAME=VALUE, like sched4reg=true");
    let (name, value) = parse_constant(text).map_err(|_| expected())?;
    let value = match value {
        Constant::None(()) => return Err(expected()),
        value => serde_json::to_value(value).map_err(|_| expected())?,
    };
    Ok((name, value))
}
