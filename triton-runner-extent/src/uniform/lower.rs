//! From polynomials to the steps of a program, each value computed once.

use std::collections::HashMap;

use super::{Node, NodeId, Uniform, Uniforms};
use crate::program::{Operand, Program, Step};

/// A program that is being put together.
#[derive(Debug)]
pub(crate) struct Lowering<'a> {
    from: &'a Uniforms,
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
    pub(crate) fn new(from: &'a Uniforms) -> Self {
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
                Todo::Uniform(uniform) => self.missing_nodes(*uniform),
                Todo::Node(node) => self.missing_uniforms(*node),
            };
            if !missing.is_empty() {
                todo.extend(missing);
                continue;
            }
            match todo.pop() {
                Some(Todo::Uniform(uniform)) => {
                    let operand = self.polynomial(uniform);
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

    fn missing_nodes(&self, of: Uniform) -> Vec<Todo> {
        if self.uniforms.contains_key(&of) {
            return Vec::new();
        }
        let nodes = self.from.terms(of).iter().flat_map(|(nodes, _)| nodes.iter().copied());
        nodes.filter(|node| !self.nodes.contains_key(node)).map(Todo::Node).collect()
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

    fn polynomial(&mut self, of: Uniform) -> Operand {
        let from = self.from;
        let mut sum: Option<Operand> = None;
        let mut constant = 0;
        for (nodes, factor) in from.terms(of) {
            let mut product: Option<Operand> = None;
            for node in nodes {
                let variable = self.nodes.get(node).copied().unwrap_or(Operand::Unknown);
                product = Some(product.map_or(variable, |product| self.step(Step::Mul(product, variable))));
            }
            let Some(product) = product else {
                constant = *factor;
                continue;
            };
            let scaled = match factor.checked_abs() {
                Some(1) => product,
                Some(by) => self.step(Step::Mul(product, Operand::Number(by))),
                None => Operand::Unknown,
            };
            sum = Some(match (sum, *factor > 0) {
                (None, true) => scaled,
                (None, false) => self.step(Step::Sub(Operand::Number(0), scaled)),
                (Some(sum), true) => self.step(Step::Add(sum, scaled)),
                (Some(sum), false) => self.step(Step::Sub(sum, scaled)),
            });
        }
        match sum {
            None => Operand::Number(constant),
            Some(sum) if constant == 0 => sum,
            Some(sum) => self.step(Step::Add(sum, Operand::Number(constant))),
        }
    }
}
