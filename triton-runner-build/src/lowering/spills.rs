//! What ptxas says of registers that did not suffice.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use triton_runner_read::metadata::SPILLS;

use super::notes;

/// Instructions that a thread has for spilled registers, in bytes of local memory that they move. A stack frame, such as
/// `device_print` needs, is none.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Spills {
    /// Bytes stored.
    pub(crate) stores: u32,
    /// Bytes loaded again.
    pub(crate) loads: u32,
}

impl Spills {
    /// Adds up what `ptxas -v` says of each function: `8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads`.
    pub(super) fn in_log(log: &str) -> Self {
        let number = |line: &str, what: &str| {
            let part = line.split(',').find_map(|part| part.trim().strip_suffix(what));
            part.and_then(|number| number.trim().parse::<u32>().ok()).unwrap_or(0)
        };
        log.lines().fold(Self::default(), |all, line| Self {
            stores: all.stores.saturating_add(number(line, "bytes spill stores")),
            loads: all.loads.saturating_add(number(line, "bytes spill loads")),
        })
    }

    /// Notes them in a lowering's metadata, if there are any.
    pub(crate) fn note(self, metadata: &mut Value) {
        if self == Self::default() {
            return;
        }
        notes::note(metadata, SPILLS, &self);
    }

    /// Those that are noted in a lowering's metadata.
    pub(crate) fn noted(metadata: &Value) -> Self {
        notes::noted(metadata, SPILLS)
    }

    /// Both, as one measure.
    pub(crate) fn bytes(self) -> u32 {
        self.stores.saturating_add(self.loads)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spills_are_those_of_all_functions_and_stack_frames_are_none() {
        let log = "ptxas info    : Compiling entry function 'k' for 'sm_90a'\n\
                   ptxas info    : Function properties for k\n    \
                       344 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads\n\
                   ptxas info    : Function properties for f\n    \
                       8 bytes stack frame, 4 bytes spill stores, 0 bytes spill loads\n";
        assert_eq!(Spills::in_log(log), Spills { stores: 16, loads: 20 });
        let frame = "    32 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n";
        assert_eq!(Spills::in_log(frame), Spills::default());
        assert_eq!(Spills::in_log("spill, 99999999999999 bytes spill stores, x bytes spill loads"), Spills::default());
    }

    #[test]
    fn they_are_noted_only_where_there_are_any() {
        for mut metadata in [Value::Null, serde_json::json!({"shared": 0})] {
            let before = metadata.clone();
            Spills::default().note(&mut metadata);
            assert_eq!(metadata, before);
            let spills = Spills { stores: 4, loads: 8 };
            spills.note(&mut metadata);
            assert_eq!((Spills::noted(&metadata), spills.bytes()), (spills, 12));
        }
        assert_eq!(Spills::noted(&serde_json::json!({"spills": "many"})), Spills::default());
    }
}
