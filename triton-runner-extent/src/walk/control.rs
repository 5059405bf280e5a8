//! Branches and blocks.

use std::collections::{BTreeMap, HashMap};

use triton_runner_ir::{BlockId, Op, RegionId};

use crate::reason::Cause;
use crate::space::{ContextId, Duties, Way};
use crate::value::{Address, AddressWay, All, Constraint, Int, Truth, Value};

use super::Walk;
use super::calls::MOST_NESTED;

/// More contexts of one place aren't kept apart.
const MOST_CONTEXTS: usize = 4;

/// Where control comes from: what holds there, and what a block's arguments get.
type Edge = (Vec<ContextId>, Vec<Value>);

impl Walk<'_> {
    pub(super) fn branch(&mut self, op: &Op) {
        let Some(&condition) = op.operands.first() else { return self.opaque_effect(op) };
        let truth = self.truth(condition);
        let outside = self.control.clone();
        let mut yielded = Vec::new();
        for (place, lists) in [&truth.yes, &truth.no].into_iter().enumerate() {
            let Some(&region) = op.regions.get(place) else { continue };
            self.control = self.narrowed_control(lists);
            yielded.push(self.region(region, op));
            self.control.clone_from(&outside);
        }
        for (place, &result) in op.results.iter().enumerate() {
            let pair =
                (yielded.first().and_then(|values| values.get(place)), yielded.get(1).and_then(|v| v.get(place)));
            let joined = match pair {
                (Some(yes), Some(no)) => self.either(&truth, yes, no),
                _ => None,
            };
            let value = match joined {
                Some(value) => value,
                None => {
                    let reason = self.reason(Cause::Control, op);
                    self.unknown(result, reason)
                }
            };
            self.set(result, value);
        }
    }

    /// What holds where one of these lists does too.
    pub(super) fn narrowed_control(&mut self, lists: &[All]) -> Vec<ContextId> {
        if self.control.len() * lists.len() > MOST_CONTEXTS {
            return self.control.clone();
        }
        let mut narrowed = Vec::new();
        for context in self.control.clone() {
            for all in lists {
                let context = self.constrained(context, all);
                if !narrowed.contains(&context) {
                    narrowed.push(context);
                }
            }
        }
        narrowed
    }

    /// Through a region; gives what it yields.
    pub(super) fn region(&mut self, region: RegionId, op: &Op) -> Vec<Value> {
        if self.nested > MOST_NESTED {
            let reason = self.reason(Cause::Control, op);
            self.effect(reason);
            return Vec::new();
        }
        match self.module.region(region).blocks[..] {
            [] => Vec::new(),
            [block] => {
                self.nested += 1;
                let values = self.block(block);
                self.nested -= 1;
                values
            }
            _ => self.body(region).unwrap_or_default(),
        }
    }

    /// Through a block; gives the operands of its last operation.
    pub(super) fn block(&mut self, block: BlockId) -> Vec<Value> {
        let module = self.module;
        let ops = &module.block(block).ops;
        ops.iter().for_each(|&op| self.operation(op));
        let last = ops.last().map(|&op| module.op(op));
        last.map_or_else(Vec::new, |last| last.operands.iter().map(|&operand| self.get(operand)).collect())
    }

    /// Through the blocks of a function; gives what it returns. `None` where that isn't followed.
    pub(crate) fn body(&mut self, region: RegionId) -> Option<Vec<Value>> {
        let module = self.module;
        let entry = *module.region(region).blocks.first()?;
        let outside = self.control.clone();
        let Some(order) = self.order(entry) else {
            let op = module.region(region).op.map(|op| module.op(op))?;
            let reason = self.reason(Cause::Control, op);
            self.effect(reason);
            return None;
        };
        self.nested += 1;
        let mut edges: BTreeMap<BlockId, Vec<Edge>> = BTreeMap::new();
        let mut returned: Vec<Edge> = Vec::new();
        for block in order {
            if block != entry {
                let incoming = edges.remove(&block).unwrap_or_default();
                self.control = self.merged_control(&incoming, &outside);
                let arguments = self.merged(&incoming, &outside);
                for (&argument, value) in module.block(block).arguments.iter().zip(arguments) {
                    let value = match value {
                        Some(value) => value,
                        None => {
                            let reason = self.space.add_reason(Cause::Control, crate::reason::Place::default());
                            self.unknown(argument, reason)
                        }
                    };
                    self.set(argument, value);
                }
            }
            let values = self.block(block);
            let Some(last) = module.block(block).ops.last().map(|&op| module.op(op)) else { continue };
            if last.successors.is_empty() {
                returned.push((self.control.clone(), values));
                continue;
            }
            let lists = match (last.name.as_ref(), last.operands.first()) {
                ("cf.cond_br", Some(&condition)) => {
                    let truth = self.truth(condition);
                    vec![truth.yes, truth.no]
                }
                _ => vec![vec![All::new()]; last.successors.len()],
            };
            for (successor, lists) in last.successors.iter().zip(lists) {
                let control = self.narrowed_control(&lists);
                let given = successor.arguments.iter().map(|&argument| self.get(argument)).collect();
                edges.entry(successor.block).or_default().push((control, given));
            }
        }
        self.nested -= 1;
        let results = self.merged(&returned, &outside).into_iter().collect();
        self.control = outside;
        results
    }

    /// Blocks in an order in which each comes behind those that lead to it. Nothing if they go in a circle.
    fn order(&self, entry: BlockId) -> Option<Vec<BlockId>> {
        let successors = |block: BlockId| {
            let last = self.module.block(block).ops.last();
            last.map(|&op| self.module.op(op).successors.iter().map(|to| to.block).collect::<Vec<_>>())
                .unwrap_or_default()
        };
        let (mut order, mut is_done) = (Vec::new(), HashMap::new());
        let mut open = vec![(entry, successors(entry))];
        is_done.insert(entry, false);
        while let Some((block, rest)) = open.last_mut() {
            match rest.pop() {
                Some(next) => match is_done.get(&next) {
                    Some(true) => {}
                    Some(false) => return None,
                    None => {
                        is_done.insert(next, false);
                        open.push((next, successors(next)));
                    }
                },
                None => {
                    is_done.insert(*block, true);
                    order.push(*block);
                    open.pop();
                }
            }
        }
        order.reverse();
        Some(order)
    }

    fn merged_control(&mut self, edges: &[Edge], outside: &[ContextId]) -> Vec<ContextId> {
        let mut all: Vec<ContextId> = Vec::new();
        for context in edges.iter().flat_map(|(control, _)| control) {
            if !all.contains(context) {
                all.push(*context);
            }
        }
        if all.len() > MOST_CONTEXTS { outside.to_vec() } else { all }
    }

    /// Values that come along several edges, each under what holds there.
    fn merged(&mut self, edges: &[Edge], outside: &[ContextId]) -> Vec<Option<Value>> {
        let count = edges.iter().map(|(_, values)| values.len()).min().unwrap_or(0);
        let known: Vec<_> = outside.iter().flat_map(|&context| self.space.context(context).to_vec()).collect();
        let mut whens: Vec<All> = Vec::new();
        for (control, _) in edges {
            whens.push(match control[..] {
                [context] => {
                    let forms = self.space.context(context);
                    let new = forms.iter().filter(|form| !known.contains(form));
                    new.map(|&form| Constraint { form, duties: Duties::default() }).collect()
                }
                _ => All::new(),
            });
        }
        let mut merged = Vec::new();
        for place in 0..count {
            let values: Vec<&Value> = edges.iter().map(|(_, values)| &values[place]).collect();
            merged.push(self.one_of(&values, &whens));
        }
        merged
    }

    /// One of several values of a kind.
    fn one_of(&mut self, values: &[&Value], whens: &[All]) -> Option<Value> {
        let first = *values.first()?;
        if values.iter().all(|value| *value == first) {
            return Some(first.clone());
        }
        let (mut ints, mut addresses) = (Vec::new(), Vec::new());
        let mut duties = Duties::default();
        for (value, when) in values.iter().zip(whens) {
            match value {
                Value::Int(int) => {
                    duties = duties.and(&int.duties);
                    ints.push(Way { when: when.iter().map(|one| one.form).collect(), value: int.form });
                }
                Value::Address(address) => addresses.extend(address.ways.iter().map(|way| {
                    let when = way.when.iter().chain(when).cloned().collect();
                    AddressWay { when, ..way.clone() }
                })),
                Value::Truth(_) => return Some(Value::Truth(Truth::unknown())),
                Value::Lost(reason) => return Some(Value::Lost(*reason)),
                Value::Descriptor(_) => return None,
            }
        }
        match (ints.is_empty(), addresses.is_empty()) {
            (false, true) => Some(Value::Int(Int { form: self.space.join(ints), duties })),
            (true, false) => Some(Value::Address(Address { ways: addresses })),
            _ => None,
        }
    }
}
