//! Walks through all functions and notes where addresses flow. Nothing recurses.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::control;
use super::graph::{Graph, Node};
use super::names::{Binding, Mark, Names};
use super::operands::{self, Operands};
use super::ops::{Control, Effect, effect};
use crate::token::Tokens;
use crate::tree::{Item, Tree};

/// A region on the way.
pub(super) struct Frame<'a> {
    pub(super) region: usize,
    /// The operation that it belongs to; `None` for the file.
    pub(super) op: Option<usize>,
    next: usize,
    mark: Mark,
    /// Arguments of its blocks.
    pub(super) blocks: HashMap<&'a str, Rc<[Node]>>,
}

enum Step<'a> {
    Enter { region: usize, op: Option<usize> },
    Inside(Frame<'a>),
}

pub(super) struct Walk<'t, 'a> {
    tokens: &'t Tokens<'a>,
    pub(super) tree: &'t Tree<'a>,
    pub(super) graph: Graph,
    names: Names<'a>,
    /// By operation and place; made when they are asked for.
    results: HashMap<(usize, u32), Node>,
    /// What all results of an operation carry.
    all_results: HashMap<usize, Node>,
    /// What all regions of an operation take and give.
    hubs: HashMap<usize, Node>,
    /// What all arguments of a region's block take.
    block_hubs: HashMap<(usize, &'a str), Node>,
    /// Arguments of a region's first block.
    region_args: HashMap<usize, (Vec<&'a str>, Rc<[Node]>)>,
    /// Operands of `ttg.warp_specialize`, and the node that they flow through if somebody asked for it.
    pub(super) captured: HashMap<usize, (Vec<Node>, Option<Node>)>,
    /// Operations whose regions are connected by their hub only.
    pub(super) coarse: HashSet<usize>,
    /// The function that a `tt.call` calls, if it is there and takes as many arguments.
    pub(super) calls: HashMap<usize, usize>,
    /// By function and place: what it returns.
    returned: HashMap<(usize, u32), Node>,
    /// First line with a name that stands for nothing: the flow can't be followed.
    pub(super) lost: Option<u32>,
}

impl<'t, 'a> Walk<'t, 'a> {
    /// Follows everything in a file.
    pub(super) fn file(tokens: &'t Tokens<'a>, tree: &'t Tree<'a>) -> Self {
        let mut walk = Self {
            tokens,
            tree,
            graph: Graph::default(),
            names: Names::default(),
            results: HashMap::new(),
            all_results: HashMap::new(),
            hubs: HashMap::new(),
            block_hubs: HashMap::new(),
            region_args: HashMap::new(),
            captured: HashMap::new(),
            coarse: HashSet::new(),
            calls: HashMap::new(),
            returned: HashMap::new(),
            lost: None,
        };
        walk.declare();
        walk.run();
        walk
    }

    /// Functions and calls may come in any order.
    fn declare(&mut self) {
        let (tokens, tree) = (self.tokens, self.tree);
        let mut functions = HashMap::new();
        let mut calls = Vec::new();
        for (op, content) in tree.ops.iter().enumerate() {
            match self.effect(op) {
                Effect::Control(Control::Function) => {
                    let operands = Operands::read(tokens, tree, content);
                    self.make_region_args(op, &operands);
                    functions.extend(operands.symbol.map(|symbol| (operands::symbol(symbol), op)));
                }
                Effect::Control(Control::Call) => {
                    let operands = Operands::read(tokens, tree, content);
                    calls.extend(operands.symbol.map(|symbol| (op, operands::symbol(symbol), operands.uses.len())));
                }
                _ => {}
            }
        }
        for (op, symbol, arguments) in calls {
            if let Some(&function) = functions.get(symbol)
                && !tree.ops[function].regions.is_empty()
                && self.args(function, 0).len() == arguments
            {
                self.calls.insert(op, function);
            }
        }
    }

    fn run(&mut self) {
        let mut steps = vec![Step::Enter { region: 0, op: None }];
        while let Some(step) = steps.pop() {
            let mut frame = match step {
                Step::Enter { region, op } => self.enter(region, op),
                Step::Inside(frame) => frame,
            };
            let Some(item) = self.tree.regions[frame.region].items.get(frame.next) else {
                self.names.back_to(frame.mark);
                continue;
            };
            frame.next += 1;
            if let Item::Op(op) = *item {
                self.op(op, &frame);
                steps.push(Step::Inside(frame));
                let inner = self.tree.ops[op].regions.iter().rev();
                steps.extend(inner.map(|&region| Step::Enter { region, op: Some(op) }));
            } else {
                steps.push(Step::Inside(frame));
            }
        }
    }

    pub(super) fn effect(&self, op: usize) -> Effect {
        effect(self.tokens.text(self.tree.ops[op].name))
    }

    pub(super) fn line(&self, op: usize) -> u32 {
        self.tokens.line(self.tree.ops[op].name)
    }

    /// Whether an operation is written in generic syntax.
    pub(super) fn is_generic(&self, op: usize) -> bool {
        self.tokens.text(self.tree.ops[op].name).starts_with('"')
    }

    /// Binds the names that a region defines. Blocks may use values that come later in the text.
    fn enter(&mut self, region: usize, op: Option<usize>) -> Frame<'a> {
        let mark = self.names.mark();
        let mut blocks = HashMap::new();
        let own = self.region_args.get(&region);
        for (&name, &node) in own.iter().flat_map(|(names, nodes)| names.iter().zip(nodes.iter())) {
            self.names.bind(name, Binding::Argument(node));
        }
        for (place, item) in self.tree.regions[region].items.iter().enumerate() {
            match *item {
                Item::Op(op) => {
                    for (name, place) in operands::results(self.tokens, &self.tree.ops[op]) {
                        self.names.bind(name, Binding::Results(op, place));
                    }
                }
                Item::Label(at) => {
                    let (label, args) = operands::label(self.tokens, at);
                    // Those of the first block are the region's own.
                    let own = own.filter(|(_, own)| place == 0 && own.len() >= args.len());
                    let nodes: Rc<[Node]> = match own {
                        Some((_, own)) => own[own.len() - args.len()..].into(),
                        None => args.iter().map(|_| self.graph.node()).collect(),
                    };
                    for (name, node) in args.into_iter().zip(nodes.iter()) {
                        self.names.bind(name, Binding::Argument(*node));
                    }
                    blocks.insert(label, nodes);
                }
            }
        }
        Frame { region, op, next: 0, mark, blocks }
    }

    /// Makes the arguments of an operation's regions: those of its text and those of the first block's label.
    pub(super) fn make_region_args(&mut self, op: usize, operands: &Operands<'a>) {
        for (i, &region) in self.tree.ops[op].regions.iter().enumerate() {
            let mut names = operands.region_args.get(i).cloned().unwrap_or_default();
            if let Some(Item::Label(at)) = self.tree.regions[region].items.first() {
                names.extend(operands::label(self.tokens, *at).1);
            }
            let nodes = names.iter().map(|_| self.graph.node()).collect();
            self.region_args.insert(region, (names, nodes));
        }
    }

    /// Arguments of one of an operation's regions.
    pub(super) fn args(&self, op: usize, region: usize) -> Rc<[Node]> {
        let region = self.tree.ops.get(op).and_then(|op| op.regions.get(region));
        let args = region.and_then(|region| self.region_args.get(region));
        args.map(|(_, nodes)| Rc::clone(nodes)).unwrap_or_default()
    }

    /// The value that a name stands for.
    pub(super) fn value(&mut self, name: &str, line: u32) -> Option<Node> {
        let (name, place) = operands::split(name);
        match self.names.get(name) {
            Some(Binding::Argument(node)) => Some(node),
            Some(Binding::Results(op, first)) => Some(self.result(op, first.saturating_add(place))),
            None => {
                self.lost.get_or_insert(line);
                None
            }
        }
    }

    pub(super) fn result(&mut self, op: usize, place: u32) -> Node {
        if let Some(&node) = self.results.get(&(op, place)) {
            return node;
        }
        let node = self.graph.node();
        self.results.insert((op, place), node);
        let all = self.all_results(op);
        self.graph.flow(all, node);
        if let Some(&function) = self.calls.get(&op) {
            let returned = self.returned(function, place);
            self.graph.flow(returned, node);
        }
        node
    }

    pub(super) fn all_results(&mut self, op: usize) -> Node {
        *self.all_results.entry(op).or_insert_with(|| self.graph.node())
    }

    pub(super) fn returned(&mut self, function: usize, place: u32) -> Node {
        *self.returned.entry((function, place)).or_insert_with(|| self.graph.node())
    }

    /// What flows into an operation's hub comes out of its results and its regions' arguments.
    pub(super) fn hub(&mut self, op: usize) -> Node {
        if let Some(&hub) = self.hubs.get(&op) {
            return hub;
        }
        let hub = self.graph.node();
        self.hubs.insert(op, hub);
        let all = self.all_results(op);
        self.graph.flow(hub, all);
        for region in 0..self.tree.ops[op].regions.len() {
            for &arg in self.args(op, region).iter() {
                self.graph.flow(hub, arg);
            }
        }
        hub
    }

    /// What flows into a block's hub comes out of all its arguments.
    pub(super) fn block_hub(&mut self, region: usize, label: &'a str, args: &[Node]) -> Node {
        *self.block_hubs.entry((region, label)).or_insert_with(|| {
            let hub = self.graph.node();
            args.iter().for_each(|&arg| self.graph.flow(hub, arg));
            hub
        })
    }

    fn op(&mut self, op: usize, frame: &Frame<'a>) {
        let operands = Operands::read(self.tokens, self.tree, &self.tree.ops[op]);
        let line = self.line(op);
        let mut effect = self.effect(op);
        if self.tokens.text(self.tree.ops[op].name) == "tt.extern_elementwise" && operands.pure {
            effect = Effect::Flow;
        }
        if effect == Effect::Control(Control::Function) {
            return;
        }
        let has_regions = !self.tree.ops[op].regions.is_empty();
        if has_regions {
            self.make_region_args(op, &operands);
        }
        let uses: Vec<Node> = operands.uses.iter().filter_map(|name| self.value(name, line)).collect();
        if self.makes_address(op) {
            let made = self.all_results(op);
            // What a load gives is nobody's, whatever it was loaded through.
            let from = uses.first().copied().filter(|_| effect == Effect::Flow);
            self.graph.made_address(from, made);
        }
        match effect {
            Effect::Control(control) => return control::flow(self, op, control, &uses, &operands, frame),
            Effect::Plain | Effect::Read => {}
            Effect::Flow => self.flow_to_results(op, &uses),
            Effect::Load => self.flow_to_results(op, uses.get(1..).unwrap_or_default()),
            Effect::Fetch => {
                self.flow_to_results(op, &uses);
                let fetched = self.all_results(op);
                self.graph.fetch(fetched);
            }
            Effect::Alloc => {
                self.flow_to_results(op, &uses);
                let memory = self.all_results(op);
                self.graph.memory(memory);
            }
            Effect::Put(place) if place < uses.len() => {
                self.flow_to_results(op, &uses);
                for (_, value) in uses.iter().enumerate().filter(|(i, _)| *i != place) {
                    self.graph.put(line, *value, uses[place]);
                }
            }
            Effect::Put(_) | Effect::Write => self.write(op, &uses),
        }
        if has_regions && effect != Effect::Write {
            let hub = self.hub(op);
            uses.iter().for_each(|&value| self.graph.flow(value, hub));
        }
        control::to_blocks(self, op, &uses, &operands, frame, effect == Effect::Write);
    }

    /// Whether an operation's result is an address that its operand isn't: it was a number, or lies behind it.
    fn makes_address(&self, op: usize) -> bool {
        let content = &self.tree.ops[op];
        let is_pointer = |at: usize| self.tokens.text(at) == "!tt.ptr";
        let mut types = content.name..content.end;
        match self.tokens.text(content.name).trim_matches('"') {
            "tt.int_to_ptr" => true,
            "tt.bitcast" => types.any(is_pointer),
            // `!tt.ptr<!tt.ptr<f32>>`
            "tt.load" | "tt.atomic_rmw" | "tt.atomic_cas" => types.any(|at| is_pointer(at) && is_pointer(at + 2)),
            _ => false,
        }
    }

    pub(super) fn flow_to_results(&mut self, op: usize, values: &[Node]) {
        let all = self.all_results(op);
        values.iter().for_each(|&value| self.graph.flow(value, all));
    }

    /// Something unknown: it writes through all that it takes. Where its results carry an operand's address, that has been
    /// written by then; what is put into memory that it gives went somewhere unknown.
    pub(super) fn write(&mut self, op: usize, values: &[Node]) {
        let line = self.line(op);
        values.iter().for_each(|&value| self.graph.write(line, value));
    }
}
