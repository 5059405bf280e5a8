//! The smaller and the larger of two numbers.

use super::{Interval, Node, NodeId, Terms, Uniform, Uniforms};

/// More of them aren't taken apart.
const MOST_PARTS: usize = 12;

/// Which of several numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extreme {
    Min,
    Max,
}

impl Extreme {
    fn other(self) -> Self {
        match self {
            Self::Min => Self::Max,
            Self::Max => Self::Min,
        }
    }
}

impl Uniforms {
    pub(crate) fn min(&mut self, a: Uniform, b: Uniform) -> Uniform {
        self.extreme(Extreme::Min, a, b)
    }

    pub(crate) fn max(&mut self, a: Uniform, b: Uniform) -> Uniform {
        self.extreme(Extreme::Max, a, b)
    }

    /// The extreme of all that either is one of, each once and without those that another one decides.
    fn extreme(&mut self, which: Extreme, a: Uniform, b: Uniform) -> Uniform {
        let factor = gcd(self.content(a), self.content(b));
        if let Ok(factor @ 2..) = i128::try_from(factor)
            && let (Some(a), Some(b)) = (self.divided(a, factor), self.divided(b, factor))
        {
            let extreme = self.extreme(which, a, b);
            return self.scale(extreme, factor);
        }
        let mut parts = Vec::new();
        for part in self.parts(which, a).into_iter().chain(self.parts(which, b)) {
            let decides = |this: &mut Self, one: Uniform, other: Uniform| match which {
                Extreme::Min => this.at_least(other, one),
                Extreme::Max => this.at_least(one, other),
            };
            if !parts.iter().any(|&other| decides(self, other, part)) {
                parts.retain(|&other| !decides(self, part, other));
                parts.push(part);
            }
        }
        self.extreme_of_all(which, parts)
    }

    /// Of parts none of which another one decides: what they have in common, and negative factors, are taken out of them.
    fn extreme_of_all(&mut self, which: Extreme, parts: Vec<Uniform>) -> Uniform {
        let common = self.common(&parts);
        if parts.len() > 1 && !self.terms(common).is_empty() {
            let parts = parts.into_iter().map(|part| self.sub(part, common)).collect();
            let extreme = self.extreme_of_all(which, parts);
            return self.add(extreme, common);
        }
        if parts.len() > 1 && self.leads_below(&parts) {
            // The smaller of two is the larger of their negatives, negated: one of both is enough.
            let parts = parts.into_iter().map(|part| self.neg(part)).collect();
            let extreme = self.extreme_of_all(which.other(), parts);
            return self.neg(extreme);
        }
        let mut by_constant: Vec<(Uniform, Vec<Uniform>)> = Vec::new();
        for &part in &parts {
            let constant = self.constant_of(part);
            match by_constant.iter_mut().find(|(other, _)| *other == constant) {
                Some((_, group)) => group.push(part),
                None => by_constant.push((constant, vec![part])),
            }
        }
        if by_constant.len() == 1 || by_constant.len() == parts.len() {
            return self.extreme_of(which, parts);
        }
        let groups = by_constant.into_iter().map(|(_, group)| self.extreme_of_all(which, group)).collect();
        self.extreme_of(which, groups)
    }

    /// Of parts that are as simple as they get.
    fn extreme_of(&mut self, which: Extreme, mut parts: Vec<Uniform>) -> Uniform {
        parts.sort();
        let extreme = parts.into_iter().reduce(|one, other| {
            let (first, second) = (self.interval(one), self.interval(other));
            match which {
                Extreme::Min => {
                    let interval = Interval::new(first.lo.min(second.lo), first.hi.min(second.hi));
                    self.node(Node::Min(one, other), interval)
                }
                Extreme::Max => {
                    let interval = Interval::new(first.lo.max(second.lo), first.hi.max(second.hi));
                    self.node(Node::Max(one, other), interval)
                }
            }
        });
        extreme.unwrap_or_else(|| self.unknown())
    }

    /// The terms that all of these have.
    pub(crate) fn common(&mut self, all: &[Uniform]) -> Uniform {
        let Some((&first, rest)) = all.split_first() else { return self.number(0) };
        let is_common =
            |term: &&(Box<[NodeId]>, i128)| rest.iter().all(|&other| self.terms(other).binary_search(term).is_ok());
        let terms: Terms = self.terms(first).iter().filter(is_common).cloned().collect();
        self.intern(terms)
    }

    /// The term without variables.
    pub(crate) fn constant_of(&mut self, of: Uniform) -> Uniform {
        let constant = self.terms(of).iter().find(|(nodes, _)| nodes.is_empty()).map_or(0, |(_, number)| *number);
        self.number(constant)
    }

    /// Whether the last variables of each have a negative factor.
    fn leads_below(&self, all: &[Uniform]) -> bool {
        let last = |one: Uniform| self.terms(one).last().filter(|(nodes, _)| !nodes.is_empty());
        all.iter().filter_map(|&one| last(one)).all(|(_, factor)| *factor < 0)
    }

    /// What it is an extreme of; itself where it is none.
    fn parts(&mut self, which: Extreme, of: Uniform) -> Vec<Uniform> {
        let (mut parts, mut todo) = (Vec::new(), vec![of]);
        while let Some(next) = todo.pop() {
            let both = match (self.as_node(next), which) {
                (Some((Node::Min(a, b), 1, _)), Extreme::Min) | (Some((Node::Max(a, b), 1, _)), Extreme::Max) => [a, b],
                (Some((Node::Max(a, b), -1, _)), Extreme::Min) | (Some((Node::Min(a, b), -1, _)), Extreme::Max) => {
                    [self.neg(a), self.neg(b)]
                }
                _ => {
                    parts.push(next);
                    continue;
                }
            };
            if parts.len() + todo.len() >= MOST_PARTS {
                parts.push(next);
                continue;
            }
            let constant = self.constant_of(next);
            todo.extend(both.map(|part| self.add(part, constant)));
        }
        parts
    }

    fn is_extreme(&self, of: Uniform) -> bool {
        matches!(self.as_node(of), Some((Node::Min(..) | Node::Max(..), -1 | 1, _)))
    }

    /// Whether one is never below another.
    pub(crate) fn at_least(&mut self, one: Uniform, other: Uniform) -> bool {
        if self.difference(one, other).lo >= 0 {
            return true;
        }
        if !self.is_extreme(one) && !self.is_extreme(other) {
            return false;
        }
        let (ones, others) = (self.parts(Extreme::Max, one), self.parts(Extreme::Min, other));
        (ones.len() > 1 || others.len() > 1)
            && ones.iter().any(|&one| others.iter().any(|&other| self.difference(one, other).lo >= 0))
    }

    /// Whether another one is never negative where this one isn't.
    pub(crate) fn implies(&mut self, this: Uniform, other: Uniform) -> bool {
        let given = self.parts(Extreme::Min, this);
        let needed = self.parts(Extreme::Min, other);
        needed.into_iter().all(|part| {
            self.interval(part).lo >= 0 || given.iter().chain([&this]).any(|&given| self.at_least(part, given))
        })
    }

    /// The variable that it has, how often, and what is added to that; `None` where it has several.
    fn as_node(&self, of: Uniform) -> Option<(Node, i128, i128)> {
        let (constant, nodes, factor) = match self.terms(of) {
            [(nodes, factor)] => (0, nodes, factor),
            [(none, constant), (nodes, factor)] if none.is_empty() => (*constant, nodes, factor),
            _ => return None,
        };
        let [node] = **nodes else { return None };
        self.nodes.get(node.0 as usize).map(|(node, _)| (*node, *factor, constant))
    }

    /// The greatest number that all factors are multiples of; 0 for 0.
    pub(crate) fn content(&self, of: Uniform) -> u128 {
        self.terms(of).iter().fold(0, |content, (_, factor)| gcd(content, factor.unsigned_abs()))
    }

    pub(super) fn divided(&mut self, of: Uniform, by: i128) -> Option<Uniform> {
        let by = self.number(by);
        self.ratio(of, by)
    }
}

pub(super) fn gcd(a: u128, b: u128) -> u128 {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
