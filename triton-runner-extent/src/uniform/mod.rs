//! Numbers that are the same for the whole launch: polynomials over scalars, the grid, and quotients, minima and others of
//! such polynomials. Equal polynomials have equal ids, so differences cancel.

mod arithmetic;
mod extreme;
mod interval;
mod lower;

use std::collections::HashMap;

pub(crate) use interval::Interval;
pub(crate) use lower::Lowering;

/// A polynomial, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Uniform(u32);

/// A variable of polynomials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(u32);

/// What a variable stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    /// A scalar argument, by the argument's place.
    Scalar(u32),
    /// Programs along an axis.
    Grid(u8),
    /// Rounded toward zero; no number where the divisor isn't positive.
    Div(Uniform, Uniform),
    /// Rounded down; the same.
    Floor(Uniform, Uniform),
    /// With the sign of the dividend; the same.
    Rem(Uniform, Uniform),
    Min(Uniform, Uniform),
    Max(Uniform, Uniform),
    /// Of what has too many terms to be multiplied out.
    Product(Uniform, Uniform),
    /// The second where the first is at least 0, else the third.
    Select(Uniform, Uniform, Uniform),
    /// No number: what overflows while it is put together.
    Unknown,
}

/// Terms in the order of their variables, each with a factor that isn't 0. The constant has no variables.
type Terms = Box<[(Box<[NodeId]>, i128)]>;

/// All that there are.
#[derive(Debug, Default)]
pub(crate) struct Uniforms {
    terms: Vec<Terms>,
    by_terms: HashMap<Terms, Uniform>,
    intervals: Vec<Interval>,
    nodes: Vec<(Node, Interval)>,
    by_node: HashMap<Node, NodeId>,
}

impl Uniforms {
    fn intern(&mut self, terms: Terms) -> Uniform {
        if let Some(&known) = self.by_terms.get(&terms) {
            return known;
        }
        let interval = terms
            .iter()
            .map(|(nodes, factor)| self.product(nodes).mul(Interval::of(*factor)))
            .fold(Interval::of(0), Interval::add);
        let id = Uniform(self.terms.len() as u32);
        self.terms.push(terms.clone());
        self.intervals.push(interval);
        self.by_terms.insert(terms, id);
        id
    }

    /// Where a product of variables lies.
    fn product(&self, nodes: &[NodeId]) -> Interval {
        let factors = nodes.iter().map(|node| self.nodes.get(node.0 as usize).map_or(Interval::ANY, |node| node.1));
        let square = matches!(nodes, [first, second] if first == second);
        let product = factors.fold(Interval::of(1), Interval::mul);
        if square { Interval::new(product.lo.max(0), product.hi) } else { product }
    }

    /// Where one less another lies.
    pub(crate) fn difference(&self, one: Uniform, other: Uniform) -> Interval {
        let (mut left, mut right) = (self.terms(one).iter().peekable(), self.terms(other).iter().peekable());
        let mut sum = Interval::of(0);
        loop {
            let (nodes, factor) = match (left.peek(), right.peek()) {
                (None, None) => return sum,
                (Some((a, by)), Some((b, less))) if a == b => {
                    let factor = by.checked_sub(*less);
                    left.next();
                    right.next();
                    (a, factor)
                }
                (Some((a, by)), other) if other.is_none_or(|(b, _)| a < b) => {
                    left.next();
                    (a, Some(*by))
                }
                (_, Some((b, less))) => {
                    right.next();
                    (b, less.checked_neg())
                }
                (Some(_), None) => return Interval::ANY,
            };
            sum = match factor {
                Some(0) => sum,
                Some(factor) => sum.add(self.product(nodes).mul(Interval::of(factor))),
                None => return Interval::ANY,
            };
            if sum == Interval::ANY {
                return sum;
            }
        }
    }

    fn terms(&self, of: Uniform) -> &[(Box<[NodeId]>, i128)] {
        self.terms.get(of.0 as usize).map_or(&[], |terms| terms)
    }

    fn node(&mut self, node: Node, interval: Interval) -> Uniform {
        let next = NodeId(self.nodes.len() as u32);
        let id = *self.by_node.entry(node).or_insert(next);
        if id == next {
            self.nodes.push((node, interval));
        }
        self.intern(Box::new([(Box::new([id]), 1)]))
    }

    /// Where it lies, whatever a launch passes.
    pub(crate) fn interval(&self, of: Uniform) -> Interval {
        self.intervals.get(of.0 as usize).copied().unwrap_or(Interval::ANY)
    }

    pub(crate) fn number(&mut self, number: i128) -> Uniform {
        match number {
            0 => self.intern(Box::new([])),
            number => self.intern(Box::new([(Box::new([]), number)])),
        }
    }

    /// A scalar argument that lies in an interval, by the argument's place.
    pub(crate) fn scalar(&mut self, place: u32, interval: Interval) -> Uniform {
        self.node(Node::Scalar(place), interval)
    }

    /// Programs along an axis: at least 1, as an empty grid touches nothing and is never asked about.
    pub(crate) fn grid(&mut self, axis: u8) -> Uniform {
        let most = if axis == 0 { i128::from(i32::MAX) } else { 65_535 };
        self.node(Node::Grid(axis), Interval::new(1, most))
    }

    /// No number.
    pub(crate) fn unknown(&mut self) -> Uniform {
        self.node(Node::Unknown, Interval::ANY)
    }

    /// What it is if it is a constant.
    pub(crate) fn as_number(&self, of: Uniform) -> Option<i128> {
        match self.terms(of) {
            [] => Some(0),
            [(nodes, factor)] if nodes.is_empty() => Some(*factor),
            _ => None,
        }
    }

    /// Takes it from now on for at least 1: a condition of the whole check says so.
    pub(crate) fn assume_positive(&mut self, of: Uniform) {
        if let Some(interval) = self.intervals.get_mut(of.0 as usize) {
            interval.lo = interval.lo.max(1);
        }
        let single = match self.terms(of) {
            [(nodes, 1)] => match **nodes {
                [node] => Some(node),
                _ => None,
            },
            _ => None,
        };
        if let Some((_, interval)) = single.and_then(|node| self.nodes.get_mut(node.0 as usize)) {
            interval.lo = interval.lo.max(1);
        }
    }
}

#[cfg(test)]
mod tests;
