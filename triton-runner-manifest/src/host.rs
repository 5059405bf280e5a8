//! What Python does around a launch of the kernel: no compiled kernel can, so the host has to.

use std::fmt;

use serde::{Deserialize, Serialize};

/// When Python does it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostAct {
    /// Functions that run before each launch: the `pre_hook` of a `triton.Config`, and those of `add_pre_run_hook`.
    PreHook,
    /// Parameters that `@triton.heuristics` computes from the arguments of each launch.
    Heuristics,
    /// Arguments that the autotuner sets to zero before each measurement.
    ResetToZero,
    /// Arguments that the autotuner restores after each measurement.
    RestoreValue,
    /// Functions that run around each measurement of the autotuner.
    TuningHook,
    /// Functions by which the autotuner leaves configurations out, by the arguments of a launch.
    PruneConfigs,
}

/// One thing that Python does around a launch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostWork {
    /// What it does.
    pub does: HostAct,
    /// The functions that do it, or the arguments that it is done to.
    pub names: Vec<String>,
}

impl fmt::Display for HostWork {
    /// As a sentence for whoever launches the kernel from elsewhere.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.names.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        write!(f, "in Python {names} ")?;
        f.write_str(match self.does {
            HostAct::PreHook => "runs before each launch (a pre-hook): the host has to do what it does",
            HostAct::Heuristics => {
                "is computed from the arguments of each launch (heuristics), and here it is fixed: launch only where it would come out so"
            }
            HostAct::ResetToZero => {
                "is set to zero before each measurement of the autotuner (reset_to_zero): the kernel adds to what it finds there, so whoever measures has to do the same"
            }
            HostAct::RestoreValue => {
                "is restored after each measurement of the autotuner (restore_value): the kernel changes what it reads, so whoever measures has to do the same"
            }
            HostAct::TuningHook => {
                "runs around each measurement of the autotuner: whoever measures has to do the same"
            }
            HostAct::PruneConfigs => {
                "leaves configurations out by the arguments of a launch (prune_configs_by): not each one is right, or fast, for all"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_as_export_writes_it() {
        let json = r#"{"does":"pre_hook","names":["zero_out"]}"#;
        let work: HostWork = serde_json::from_str(json).unwrap();
        assert_eq!(work, HostWork { does: HostAct::PreHook, names: vec!["zero_out".into()] });
        assert_eq!(serde_json::to_string(&work).unwrap(), json);
        assert!(work.to_string().starts_with("in Python `zero_out` runs before each launch"), "{work}");
    }
}
