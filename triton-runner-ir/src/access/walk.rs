//! Walks through all operations and notes where addresses flow. A value's node in the graph is its id.

use std::collections::{HashMap, HashSet};

use super::control;
use super::graph::{Graph, Node};
use super::ops::{Effect, effect};
use crate::attribute::Attribute;
use crate::module::{Module, Op, OpId, ValueId};

pub(super) struct Walk<'m> {
    pub(super) module: &'m Module,
    pub(super) graph: Graph,
    /// What all regions of an operation take and give.
    hubs: HashMap<OpId, Node>,
    /// Operations whose regions are connected by their hub only.
    pub(super) coarse: HashSet<OpId>,
    /// Functions that have a body, by name; of several of one name none.
    functions: HashMap<&'m str, Option<(OpId, &'m [ValueId])>>,
    /// By function and place: what it returns.
    returned: HashMap<(OpId, usize), Node>,
}

impl<'m> Walk<'m> {
    /// Follows everything in a file.
    pub(super) fn file(module: &'m Module) -> Self {
        let mut functions = HashMap::new();
        for function in module.functions() {
            let body = function.body.map(|_| (function.op, module.region_arguments(module.op(function.op), 0)));
            let value = if functions.contains_key(&*function.name) { None } else { body };
            functions.insert(&*function.name, value);
        }
        let graph = Graph::new(module.value_count() as Node);
        let (hubs, coarse, returned) = (HashMap::new(), HashSet::new(), HashMap::new());
        let mut walk = Self { module, graph, hubs, coarse, functions, returned };
        for (id, op) in module.ops() {
            walk.op(id, op);
        }
        walk
    }

    fn op(&mut self, id: OpId, op: &'m Op) {
        let effect = match effect(&op.name) {
            _ if &*op.name == "tt.extern_elementwise"
                && op.attribute("pure").and_then(Attribute::as_bool) == Some(true) =>
            {
                Effect::Flow
            }
            effect => effect,
        };
        match effect {
            Effect::Control(control) => return control::flow(self, id, op, control),
            Effect::Plain | Effect::Read => {}
            Effect::Flow => self.to_results(op, &op.operands),
            Effect::Load => self.to_results(op, op.operands.get(1..).unwrap_or_default()),
            Effect::Fetch => {
                self.to_results(op, &op.operands);
                op.results.iter().for_each(|result| self.graph.fetch(result.0));
            }
            Effect::Alloc => {
                self.to_results(op, &op.operands);
                op.results.iter().for_each(|result| self.graph.memory(result.0));
            }
            Effect::Put(place) if place < op.operands.len() => {
                self.to_results(op, &op.operands);
                for (_, value) in op.operands.iter().enumerate().filter(|(i, _)| *i != place) {
                    self.graph.put(op.line, value.0, op.operands[place].0);
                }
            }
            Effect::Put(_) | Effect::Write => self.write(op, &op.operands),
        }
        if !op.regions.is_empty() && effect != Effect::Write {
            self.into_hub(id, &op.operands);
        }
        control::to_blocks(self, op, effect == Effect::Write);
    }

    /// What flows into an operation's hub comes out of its results and its regions' arguments.
    pub(super) fn hub(&mut self, id: OpId) -> Node {
        if let Some(&hub) = self.hubs.get(&id) {
            return hub;
        }
        let hub = self.graph.node();
        self.hubs.insert(id, hub);
        let op = self.module.op(id);
        op.results.iter().for_each(|result| self.graph.flow(hub, result.0));
        for region in 0..op.regions.len() {
            self.module.region_arguments(op, region).iter().for_each(|argument| self.graph.flow(hub, argument.0));
        }
        hub
    }

    pub(super) fn into_hub(&mut self, id: OpId, values: &[ValueId]) {
        let hub = self.hub(id);
        values.iter().for_each(|value| self.graph.flow(value.0, hub));
    }

    pub(super) fn returned(&mut self, function: OpId, place: usize) -> Node {
        *self.returned.entry((function, place)).or_insert_with(|| self.graph.node())
    }

    /// The function that a call calls, with its arguments, if it is there and takes as many.
    pub(super) fn callee(&self, op: &Op) -> Option<(OpId, &'m [ValueId])> {
        match op.attribute("callee") {
            Some(Attribute::Symbol(path)) if path.len() == 1 => {
                let function = self.functions.get(&*path[0]).copied().flatten();
                function.filter(|(_, arguments)| arguments.len() == op.operands.len())
            }
            _ => None,
        }
    }

    /// The operation that holds this one.
    pub(super) fn parent(&self, op: &Op) -> Option<OpId> {
        self.module.region(self.module.block(op.block?).region).op
    }

    /// Each value may come out of each result.
    pub(super) fn to_results(&mut self, op: &Op, values: &[ValueId]) {
        match (values, &op.results[..]) {
            ([], _) | (_, []) => {}
            (values, [result]) => values.iter().for_each(|value| self.graph.flow(value.0, result.0)),
            (values, results) => {
                let all = self.graph.node();
                values.iter().for_each(|value| self.graph.flow(value.0, all));
                results.iter().for_each(|result| self.graph.flow(all, result.0));
            }
        }
    }

    /// Each value into the one at its place.
    pub(super) fn pairwise(&mut self, from: &[ValueId], to: &[ValueId]) {
        from.iter().zip(to).for_each(|(from, to)| self.graph.flow(from.0, to.0));
    }

    /// Something unknown: it writes through all that it takes. Where its results carry an operand's address, that has been
    /// written by then; what is put into memory that it gives went somewhere unknown.
    pub(super) fn write(&mut self, op: &Op, values: &[ValueId]) {
        values.iter().for_each(|value| self.graph.write(op.line, value.0));
    }
}
