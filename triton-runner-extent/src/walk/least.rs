//! The least that a launch has to evaluate: conditions and accesses without those that follow from others.

use std::collections::{HashMap, HashSet};

use crate::space::{ContextId, DutyId};
use crate::uniform::{Uniform, Uniforms};

use super::{Condition, Walk};

/// Of what isn't touched at all: the first byte, and minus the one behind the last.
const NOTHING: i128 = 1 << 62;

/// Of more only those under the same guard are compared with each other.
const MOST_COMPARED: usize = 1000;

/// A number that counts where its guard is at least 0, or always.
type Guarded = (Option<Uniform>, Uniform);

impl Walk<'_> {
    /// Conditions that don't follow from others.
    pub(crate) fn least_conditions(&mut self) -> Vec<Condition> {
        let all = self.outermost();
        let mut guards = Guards { uniforms: &mut self.space.uniforms, implied: HashMap::new() };
        // What others were simplified by has to stay as it is.
        let (assumed, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|condition| condition.is_assumed);
        let fixed: Vec<Guarded> = assumed.iter().map(|one| (one.guard, one.room)).collect();
        let mut others = guards.without_followers(others, &fixed, |one| (one.guard, one.room), Uniforms::at_least);
        others = merged(others, |a, b| {
            let same = a.guard.is_some() && (a.guard, a.kind, &a.place) == (b.guard, b.kind, &b.place);
            same.then(|| Condition { room: guards.uniforms.min(a.room, b.room), ..a.clone() })
        });
        others = merged(others, |a, b| {
            let guard = guards.uniforms.max(a.guard?, b.guard?);
            let same = (a.room, a.kind, &a.place) == (b.room, b.kind, &b.place);
            same.then(|| Condition { guard: Some(guard), ..a.clone() })
        });
        assumed.into_iter().chain(others).collect()
    }

    /// Each condition once, and of a duty none inside contexts in which it is met as a whole.
    fn outermost(&self) -> Vec<Condition> {
        let mut by_duty: HashMap<DutyId, Vec<ContextId>> = HashMap::new();
        for (duty, context) in self.conditions.iter().filter_map(|condition| condition.of) {
            by_duty.entry(duty).or_default().push(context);
        }
        let is_wider = |wide: ContextId, narrow: ContextId| {
            let (wide, narrow) = (self.space.context(wide), self.space.context(narrow));
            wide.len() < narrow.len() && wide.iter().all(|form| narrow.contains(form))
        };
        let follows = |condition: &&Condition| {
            condition.of.is_some_and(|(duty, context)| {
                by_duty.get(&duty).is_some_and(|others| others.iter().any(|&other| is_wider(other, context)))
            })
        };
        let mut values = HashSet::new();
        // Of equal ones that which others were simplified by.
        let (assumed, others): (Vec<_>, Vec<_>) = self.conditions.iter().partition(|condition| condition.is_assumed);
        let left = assumed.into_iter().chain(others).filter(|condition| !follows(condition));
        left.filter(|condition| values.insert((condition.guard, condition.room))).cloned().collect()
    }

    /// Lowest and highest byte of all that is touched behind each argument.
    pub(crate) fn least_touched(&mut self) -> Vec<(usize, Uniform, Uniform)> {
        let mut guards = Guards { uniforms: &mut self.space.uniforms, implied: HashMap::new() };
        let ends = self.touched.iter().map(|(&argument, accesses)| {
            let low = guards.end(accesses.iter().map(|access| (access.guard, access.low)), true);
            let end = guards.end(accesses.iter().map(|access| (access.guard, access.end)), false);
            (argument, low, guards.uniforms.add_number(end, -1))
        });
        ends.collect()
    }
}

/// What is known of guards.
struct Guards<'a> {
    uniforms: &'a mut Uniforms,
    implied: HashMap<(Uniform, Uniform), bool>,
}

impl Guards<'_> {
    /// Whether all that counts under one guard counts under another too.
    fn covers(&mut self, wide: Option<Uniform>, narrow: Option<Uniform>) -> bool {
        match (wide, narrow) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(wide), Some(narrow)) => {
                let uniforms = &mut *self.uniforms;
                *self.implied.entry((narrow, wide)).or_insert_with(|| uniforms.implies(narrow, wide))
            }
        }
    }

    /// Those that no other one makes needless: one that counts wherever they do, and that is below them.
    fn without_followers<T>(
        &mut self,
        mut all: Vec<T>,
        fixed: &[Guarded],
        of: impl Fn(&T) -> Guarded,
        is_above: impl Fn(&mut Uniforms, Uniform, Uniform) -> bool,
    ) -> Vec<T> {
        let has_many = all.len() > MOST_COMPARED;
        let mut place = 0;
        while let Some((guard, room)) = all.get(place).map(&of) {
            let others = all[..place].iter().chain(&all[place + 1..]).map(&of).chain(fixed.iter().copied());
            let mut needless = others
                .filter(|&(wide, _)| !has_many || wide.is_none() || wide == guard)
                .filter(|&(wide, low)| self.covers(wide, guard) && is_above(self.uniforms, room, low))
                .map(|_| true);
            if needless.next().unwrap_or_default() {
                all.remove(place);
            } else {
                place += 1;
            }
        }
        all
    }

    /// The lowest or the highest of several numbers where they count.
    fn end(&mut self, ends: impl Iterator<Item = Guarded>, is_low: bool) -> Uniform {
        let extreme = if is_low { Uniforms::min } else { Uniforms::max };
        let mut left: Vec<Guarded> = Vec::new();
        ends.for_each(|end| {
            if !left.contains(&end) {
                left.push(end)
            }
        });
        left = self.without_followers(
            left,
            &[],
            |end| *end,
            |uniforms, this, other| {
                if is_low { uniforms.at_least(this, other) } else { uniforms.at_least(other, this) }
            },
        );
        left = merged(left, |a, b| (a.0 == b.0).then(|| (a.0, extreme(self.uniforms, a.1, b.1))));
        left = merged(left, |a, b| {
            let guard = self.uniforms.max(a.0?, b.0?);
            (a.1 == b.1).then_some((Some(guard), a.1))
        });
        // What all have in common may be added to what stands for nothing too: that only makes less of it nothing.
        let values: Vec<Uniform> = left.iter().map(|end| end.1).collect();
        let common = match values[..] {
            [value] => self.uniforms.constant_of(value),
            _ => self.uniforms.common(&values),
        };
        let nothing = self.uniforms.number(if is_low { NOTHING } else { -NOTHING });
        let mut guarded = |(guard, value): Guarded| {
            let value = self.uniforms.sub(value, common);
            guard.map_or(value, |guard| self.uniforms.select(guard, value, nothing))
        };
        let values: Vec<Uniform> = left.into_iter().map(&mut guarded).collect();
        let end = values.into_iter().reduce(|a, b| extreme(self.uniforms, a, b)).unwrap_or(nothing);
        self.uniforms.add(end, common)
    }
}

/// Each with all later ones that it can be made one with.
fn merged<T>(all: Vec<T>, mut one_of: impl FnMut(&T, &T) -> Option<T>) -> Vec<T> {
    let mut left: Vec<T> = Vec::new();
    'all: for next in all {
        for known in &mut left {
            if let Some(both) = one_of(known, &next) {
                *known = both;
                continue 'all;
            }
        }
        left.push(next);
    }
    left
}
