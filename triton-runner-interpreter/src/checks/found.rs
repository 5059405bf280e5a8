//! What was found so far: of each kind, for each instruction, in the first program that has it.

use std::collections::BTreeMap;

use super::plan::Plan;
use crate::finding::{Finding, FindingKind, Level};
use crate::program::python;

/// Which finding it is: its kind, and what is said but once: as a rule the instruction and another one that it is about.
pub(super) type Key = (FindingKind, usize, usize);

/// A program: its number and its place in the grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Who {
    pub(super) index: u64,
    pub(super) id: [u32; 3],
}

/// What is said of one finding.
#[derive(Clone, Debug)]
pub(super) struct Said {
    /// The instruction.
    pub(super) at: usize,
    pub(super) level: Level,
    pub(super) place: Option<(Option<String>, i64)>,
    pub(super) message: String,
}

/// Findings by their keys.
#[derive(Debug, Default)]
pub(crate) struct Found {
    all: BTreeMap<Key, (Who, Said)>,
}

impl Found {
    /// Adds a finding, unless an earlier program has it.
    pub(super) fn add(&mut self, key: Key, who: Who, say: impl FnOnce() -> Said) {
        if self.all.get(&key).is_none_or(|(first, _)| who.index < first.index) {
            self.all.insert(key, (who, say()));
        }
    }

    /// What another thread found.
    pub(crate) fn merge(&mut self, other: Self) {
        for (key, (who, said)) in other.all {
            self.add(key, who, || said);
        }
    }

    /// Of programs up to the last one that counts, in their order.
    pub(crate) fn findings(self, plan: &Plan<'_, '_>, last: u64) -> Vec<(u64, Finding)> {
        let mut all: Vec<_> = self.all.into_iter().filter(|(_, (who, _))| who.index <= last).collect();
        all.sort_by_key(|(_, (who, said))| (who.index, said.at));
        let finding = |((kind, ..), (who, said)): (Key, (Who, Said))| {
            let mut finding = Finding::new(kind, plan.program.name(), said.message);
            (finding.level, finding.program) = (said.level, Some(who.id));
            if let Some((argument, element)) = said.place {
                (finding.argument, finding.element) = (argument, Some(element));
            }
            if let Some(instruction) = plan.program.code.get(said.at) {
                finding.line = Some(plan.program.module.op(instruction.origin).line);
                finding.python = python(&plan.program.module, instruction.origin);
            }
            (who.index, finding)
        };
        all.into_iter().map(finding).collect()
    }
}
