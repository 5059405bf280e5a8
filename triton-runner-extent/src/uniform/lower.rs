//! From polynomials to the steps of a program, each value computed once.

use std::collections::HashMap;

use super::extreme::gcd;
use super::{Node, NodeId, Uniform, Uniforms};
use crate::program::{Operand, Program, Step};

/// A program that is being put together.
#[derive(Debug)]
pub(crate) struct Lowering<'a> {
    from: &'a mut Uniforms,
    program: Program,
    by_step: HashMap<String, Operand>,
    uniforms: HashMap<Uniform, Operand>,
    nodes: HashMap<NodeId, Operand>,
}

/// What is still to do.
enum Todo {
    Uniform(Uniform),
    Node(NodeId),
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(from: &'a mut Uniforms) -> Self {
        let program = Program::default();
        Self { from, program, by_step: HashMap::new(), uniforms: HashMap::new(), nodes: HashMap::new() }
    }

    pub(crate) fn finish(self) -> Program {
        self.program
    }

    /// Where the value of a polynomial is found.
    pub(crate) fn operand(&mut self, of: Uniform) -> Operand {
        // What is needed is put on top until all of it is there; nothing recurses.
        let mut todo = vec![Todo::Uniform(of)];
        while let Some(next) = todo.last() {
            let missing = match next {
                Todo::Uniform(uniform) => self.missing_parts(*uniform),
                Todo::Node(node) => self.missing_uniforms(*node),
            };
            if !missing.is_empty() {
                todo.extend(missing);
                continue;
            }
            match todo.pop() {
                Some(Todo::Uniform(uniform)) => {
                    let operand = match self.from.taken_apart(uniform) {
                        Some(parts) => self.scaled_sum(&parts),
                        None => {
                            let terms = self.from.terms(uniform).to_vec();
                            let constant = terms.iter().find(|(nodes, _)| nodes.is_empty()).map_or(0, |(_, by)| *by);
                            let terms: Vec<_> = terms.into_iter().filter(|(nodes, _)| !nodes.is_empty()).collect();
                            self.sum(&terms, constant)
                        }
                    };
                    self.uniforms.insert(uniform, operand);
                }
                Some(Todo::Node(node)) => {
                    let operand = self.variable(node);
                    self.nodes.insert(node, operand);
                }
                None => {}
            }
        }
        self.uniforms.get(&of).copied().unwrap_or(Operand::Unknown)
    }

    fn missing_parts(&mut self, of: Uniform) -> Vec<Todo> {
        if self.uniforms.contains_key(&of) {
            return Vec::new();
        }
        let (inner, nodes) = match self.from.taken_apart(of) {
            Some(parts) => (parts.inner, parts.factors),
            None => (None, self.from.terms(of).iter().flat_map(|(nodes, _)| nodes.iter().copied()).collect()),
        };
        let nodes = nodes.into_iter().filter(|node| !self.nodes.contains_key(node)).map(Todo::Node);
        let inner = inner.filter(|inner| !self.uniforms.contains_key(inner)).map(Todo::Uniform);
        inner.into_iter().chain(nodes).collect()
    }

    fn missing_uniforms(&self, node: NodeId) -> Vec<Todo> {
        let needed = match self.from.nodes.get(node.0 as usize).map(|(node, _)| *node) {
            _ if self.nodes.contains_key(&node) => vec![],
            None | Some(Node::Scalar(_) | Node::Grid(_) | Node::Unknown) => vec![],
            Some(
                Node::Div(a, b)
                | Node::Floor(a, b)
                | Node::Rem(a, b)
                | Node::Min(a, b)
                | Node::Max(a, b)
                | Node::Product(a, b),
            ) => vec![a, b],
            Some(Node::Select(a, b, c)) => vec![a, b, c],
        };
        needed.into_iter().filter(|uniform| !self.uniforms.contains_key(uniform)).map(Todo::Uniform).collect()
    }

    fn step(&mut self, step: Step) -> Operand {
        let next = Operand::Step(self.program.steps.len() as u32);
        let operand = *self.by_step.entry(step.to_string()).or_insert(next);
        if operand == next {
            self.program.steps.push(step);
        }
        operand
    }

    fn variable(&mut self, node: NodeId) -> Operand {
        let at = |this: &Self, uniform| this.uniforms.get(&uniform).copied().unwrap_or(Operand::Unknown);
        let step = match self.from.nodes.get(node.0 as usize).map(|(node, _)| *node) {
            None | Some(Node::Unknown) => return Operand::Unknown,
            Some(Node::Scalar(place)) => return Operand::Scalar(place),
            Some(Node::Grid(axis)) => return Operand::Grid(axis),
            Some(Node::Div(a, b)) => Step::Div(at(self, a), at(self, b)),
            Some(Node::Floor(a, b)) => Step::Floor(at(self, a), at(self, b)),
            Some(Node::Rem(a, b)) => Step::Rem(at(self, a), at(self, b)),
            Some(Node::Min(a, b)) => Step::Min(at(self, a), at(self, b)),
            Some(Node::Max(a, b)) => Step::Max(at(self, a), at(self, b)),
            Some(Node::Product(a, b)) => Step::Mul(at(self, a), at(self, b)),
            Some(Node::Select(a, b, c)) => Step::Select(at(self, a), at(self, b), at(self, c)),
        };
        self.step(step)
    }

    /// `inner · factors · by + constant`, where `inner` is a sum that others may have in common.
    fn scaled_sum(&mut self, parts: &Parts) -> Operand {
        let mut product = parts.inner.map(|inner| self.uniforms.get(&inner).copied().unwrap_or(Operand::Unknown));
        let mut factors: Option<Operand> = None;
        for node in &parts.factors {
            let variable = self.nodes.get(node).copied().unwrap_or(Operand::Unknown);
            factors = Some(factors.map_or(variable, |factors| self.step(Step::Mul(factors, variable))));
        }
        product = match (product, factors) {
            (Some(product), Some(factors)) => Some(self.step(Step::Mul(factors, product))),
            (one, other) => one.or(other),
        };
        let Some(product) = product else { return Operand::Number(parts.constant) };
        let scaled = match parts.by.checked_abs() {
            Some(1) => product,
            Some(by) => self.step(Step::Mul(product, Operand::Number(by))),
            None => Operand::Unknown,
        };
        match (parts.by > 0, parts.constant) {
            (true, 0) => scaled,
            (true, constant) => self.step(Step::Add(scaled, Operand::Number(constant))),
            (false, constant) => self.step(Step::Sub(Operand::Number(constant), scaled)),
        }
    }

    /// A sum whose terms have nothing in common; what is subtracted comes last.
    fn sum(&mut self, terms: &[(Box<[NodeId]>, i128)], constant: i128) -> Operand {
        let mut sum: Option<Operand> = None;
        let mut pending = (constant != 0).then_some(Operand::Number(constant));
        let (added, subtracted): (Vec<_>, Vec<_>) = terms.iter().partition(|(_, factor)| *factor > 0);
        for (nodes, factor) in added.into_iter().chain(subtracted) {
            let Some(by) = factor.checked_abs() else { return Operand::Unknown };
            let parts = Parts { inner: None, factors: nodes.to_vec(), by, constant: 0 };
            let term = self.scaled_sum(&parts);
            sum = Some(match (sum, *factor > 0) {
                (None, true) => term,
                (None, false) => {
                    let first = pending.take().unwrap_or(Operand::Number(0));
                    self.step(Step::Sub(first, term))
                }
                (Some(sum), true) => self.step(Step::Add(sum, term)),
                (Some(sum), false) => self.step(Step::Sub(sum, term)),
            });
        }
        match (sum, pending) {
            (Some(sum), Some(constant)) => self.step(Step::Add(sum, constant)),
            (one, other) => one.or(other).unwrap_or(Operand::Number(0)),
        }
    }
}

/// A polynomial taken apart.
struct Parts {
    inner: Option<Uniform>,
    factors: Vec<NodeId>,
    by: i128,
    constant: i128,
}

impl Uniforms {
    /// A polynomial as a multiple of a simpler one and a constant; `None` where it is as simple as it gets.
    fn taken_apart(&mut self, of: Uniform) -> Option<Parts> {
        let terms = self.terms(of).to_vec();
        let constant = terms.iter().find(|(nodes, _)| nodes.is_empty()).map_or(0, |(_, factor)| *factor);
        let others: Vec<_> = terms.into_iter().filter(|(nodes, _)| !nodes.is_empty()).collect();
        let (first, rest) = others.split_first()?;
        if rest.is_empty() {
            return Some(Parts { inner: None, factors: first.0.to_vec(), by: first.1, constant });
        }
        let content = others.iter().fold(0, |content, (_, factor)| gcd(content, factor.unsigned_abs()));
        let mut by = i128::try_from(content).ok().filter(|by| *by > 0)?;
        if others.iter().all(|(_, factor)| *factor < 0) {
            by = -by;
        }
        let mut factors = first.0.to_vec();
        for (nodes, _) in rest {
            let mut left = nodes.to_vec();
            factors.retain(|factor| match left.iter().position(|node| node == factor) {
                Some(at) => {
                    left.remove(at);
                    true
                }
                None => false,
            });
        }
        if factors.is_empty() && by == 1 {
            return None;
        }
        let divide = |(nodes, factor): &(Box<[NodeId]>, i128)| {
            let mut left = nodes.to_vec();
            for factor in &factors {
                if let Some(at) = left.iter().position(|node| node == factor) {
                    left.remove(at);
                }
            }
            Some((left.into_boxed_slice(), factor.checked_div(by)?))
        };
        let mut inner = others.iter().map(divide).collect::<Option<Vec<_>>>()?;
        inner.sort();
        Some(Parts { inner: Some(self.intern(inner.into())), factors, by, constant })
    }
}
