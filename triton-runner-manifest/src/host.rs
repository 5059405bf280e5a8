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
        let (when, hint) = match self.does {
            HostAct::PreHook => ("before each launch it runs", "(a pre-hook): the host has to do what it does"),
            HostAct::Heuristics => (
                "from the arguments of each launch it computes",
                "(heuristics), which is fixed here: launch only where it would come out so",
            ),
            HostAct::ResetToZero => (
                "before each measurement its autotuner sets to zero",
                "(reset_to_zero), where the kernel adds to what it finds: whoever measures has to do the same",
            ),
            HostAct::RestoreValue => (
                "after each measurement its autotuner restores",
                "(restore_value), where the kernel changes what it reads: whoever measures has to do the same",
            ),
            HostAct::TuningHook => {
                ("around each measurement its autotuner runs", "(a hook): whoever measures has to do the same")
            }
            HostAct::PruneConfigs => (
                "by the arguments of a launch its autotuner leaves configurations out, with",
                "(prune_configs_by): not each one is right, or fast, for all",
            ),
        };
        write!(f, "in Python, {when} {names} {hint}")
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
        assert!(
            work.to_string().starts_with("in Python, before each launch it runs `zero_out` (a pre-hook)"),
            "{work}"
        );
    }
}
