//! What the packages' kernels need of a cache.

use std::collections::BTreeMap;

use crate::cli::subject::Subject;
use crate::error::Problem;
use crate::obtain::cache::{Cache, Key};
use crate::obtain::needs::{Need, OwnResult, need};
use crate::plan::Step;

/// The result of a key, and a step that it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) key: &'a Key,
    pub(super) step: &'a Step<'a>,
    pub(super) cache: &'a Cache,
}

impl Wanted<'_> {
    /// As messages name it.
    pub(super) fn name(&self) -> String {
        format!("kernel `{}` for {}", self.step.kernel.name, self.step.arch)
    }
}

/// Each step of the packages with the cache that its build asks.
pub(super) struct Steps<'a> {
    of: Vec<(Vec<Step<'a>>, &'a Subject)>,
}

/// What they need.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// For each key the first step that has it: its subject and its place there.
    keys: BTreeMap<Key, (usize, usize)>,
    /// Steps that need nothing of a cache.
    pub(super) settled: usize,
    /// Why keys can't be told to others, with the number of their steps.
    pub(super) own: BTreeMap<OwnResult, usize>,
}

impl<'a> Steps<'a> {
    pub(super) fn of(subjects: &'a [Subject], problems: &mut Vec<Problem>) -> Self {
        let steps = |subject: &'a Subject| {
            let (steps, more) = subject.analysis.steps();
            problems.extend(more);
            (steps, subject)
        };
        Self { of: subjects.iter().map(steps).collect() }
    }

    pub(super) fn needs(&self, problems: &mut Vec<Problem>) -> Needs {
        let mut needs = Needs::default();
        for (i, (steps, subject)) in self.of.iter().enumerate() {
            for (j, step) in steps.iter().enumerate() {
                match need(step, &subject.tools) {
                    Ok(Need::Nothing) => needs.settled += 1,
                    Ok(Need::Own(why)) => *needs.own.entry(why).or_default() += 1,
                    Ok(Need::Result(key)) => {
                        needs.keys.entry(key).or_insert((i, j));
                    }
                    Err(cause) => {
                        let file = &step.source.artifact.name;
                        problems.push(Problem::new(&step.kernel.name, file, cause).for_arch(step.arch));
                    }
                }
            }
        }
        needs
    }

    pub(super) fn wanted<'b>(&'b self, needs: &'b Needs) -> Vec<Wanted<'b>> {
        let wanted = |(key, &(i, j)): (&'b Key, &(usize, usize))| {
            let (steps, subject) = self.of.get(i)?;
            Some(Wanted { key, step: steps.get(j)?, cache: &subject.tools.cache })
        };
        needs.keys.iter().filter_map(wanted).collect()
    }
}
