//! Sums, products, quotients and extremes, simplified by what is known of their operands.

use super::extreme::gcd;
use super::interval::Interval;
use super::{Node, NodeId, Terms, Uniform, Uniforms};

/// More terms aren't multiplied out.
const MOST_TERMS: usize = 48;

/// More factors of a term aren't either.
const MOST_FACTORS: usize = 8;

impl Uniforms {
    pub(crate) fn add(&mut self, a: Uniform, b: Uniform) -> Uniform {
        self.sum(a, b, 1)
    }

    pub(crate) fn sub(&mut self, a: Uniform, b: Uniform) -> Uniform {
        self.sum(a, b, -1)
    }

    pub(crate) fn add_number(&mut self, a: Uniform, number: i128) -> Uniform {
        let number = self.number(number);
        self.add(a, number)
    }

    pub(crate) fn neg(&mut self, a: Uniform) -> Uniform {
        let zero = self.number(0);
        self.sub(zero, a)
    }

    /// `a + factor · b`.
    fn sum(&mut self, a: Uniform, b: Uniform, factor: i128) -> Uniform {
        let mut merged: Vec<(Box<[NodeId]>, i128)> = self.terms(a).to_vec();
        for (nodes, by) in self.terms(b).to_vec() {
            let Some(by) = by.checked_mul(factor) else { return self.unknown() };
            match merged.binary_search_by(|(other, _)| other.cmp(&nodes)) {
                Ok(at) => match merged[at].1.checked_add(by) {
                    Some(0) => _ = merged.remove(at),
                    Some(sum) => merged[at].1 = sum,
                    None => return self.unknown(),
                },
                Err(at) => merged.insert(at, (nodes, by)),
            }
        }
        self.intern(merged.into())
    }

    pub(crate) fn mul(&mut self, a: Uniform, b: Uniform) -> Uniform {
        let (left, right) = (self.terms(a).to_vec(), self.terms(b).to_vec());
        let factors = |terms: &[(Box<[NodeId]>, i128)]| terms.iter().map(|(nodes, _)| nodes.len()).max().unwrap_or(0);
        let too_many = left.len() * right.len() > MOST_TERMS || factors(&left) + factors(&right) > MOST_FACTORS;
        if too_many && !left.is_empty() && !right.is_empty() {
            let interval = self.interval(a).mul(self.interval(b));
            let (a, b) = if a <= b { (a, b) } else { (b, a) };
            return self.node(Node::Product(a, b), interval);
        }
        let mut product = self.number(0);
        for (nodes, by) in &left {
            let mut scaled = Vec::new();
            for (others, other_by) in &right {
                let Some(by) = by.checked_mul(*other_by) else { return self.unknown() };
                let mut all: Vec<NodeId> = nodes.iter().chain(others.iter()).copied().collect();
                all.sort();
                scaled.push((all.into_boxed_slice(), by));
            }
            scaled.sort();
            let scaled = self.intern(scaled.into());
            product = self.add(product, scaled);
        }
        product
    }

    pub(crate) fn scale(&mut self, a: Uniform, number: i128) -> Uniform {
        let number = self.number(number);
        self.mul(a, number)
    }

    /// What gives the first when it is multiplied by the second, if that is a polynomial.
    pub(crate) fn ratio(&mut self, of: Uniform, by: Uniform) -> Option<Uniform> {
        if of == by {
            return Some(self.number(1));
        }
        let [(nodes, factor)] = self.terms(by) else { return None };
        let (nodes, factor) = (nodes.clone(), *factor);
        let divide = |(all, whole): &(Box<[NodeId]>, i128)| {
            let mut rest = all.to_vec();
            for node in &nodes {
                rest.remove(rest.iter().position(|other| other == node)?);
            }
            (whole % factor == 0).then(|| (rest.into_boxed_slice(), whole / factor))
        };
        let mut terms = self.terms(of).iter().map(divide).collect::<Option<Vec<_>>>()?;
        terms.sort();
        Some(self.intern(terms.into()))
    }

    /// Rounded down. The divisor is positive, or there is no number.
    pub(crate) fn floor(&mut self, a: Uniform, by: Uniform) -> Uniform {
        if self.as_number(a) == Some(0) {
            return a;
        }
        if let Some((quotient, _)) = self.split(a, by) {
            return quotient;
        }
        if self.interval(a).lo >= 0 {
            return self.div(a, by);
        }
        let interval = self.interval(a).div(self.interval(by));
        self.node(Node::Floor(a, by), interval)
    }

    /// Rounded toward zero. The divisor is positive, or there is no number.
    pub(crate) fn div(&mut self, a: Uniform, by: Uniform) -> Uniform {
        // Whether the divisor is positive is a condition of its own.
        if self.as_number(a) == Some(0) {
            return a;
        }
        if self.interval(a).lo >= 0
            && let Some((quotient, _)) = self.split(a, by)
        {
            return quotient;
        }
        let interval = self.interval(a).div(self.interval(by));
        self.node(Node::Div(a, by), interval)
    }

    /// With the sign of the dividend. The divisor is positive, or there is no number.
    pub(crate) fn rem(&mut self, a: Uniform, by: Uniform) -> Uniform {
        if self.interval(a).lo >= 0
            && let Some((_, rest)) = self.split(a, by)
        {
            return rest;
        }
        let (dividend, divisor) = (self.interval(a), self.interval(by));
        let most = divisor.hi.saturating_sub(1).max(0);
        let lo = if dividend.lo >= 0 { 0 } else { dividend.lo.max(-most) };
        let hi = if dividend.hi <= 0 { 0 } else { dividend.hi.min(most) };
        self.node(Node::Rem(a, by), Interval::new(lo, hi))
    }

    /// Quotient, rounded down, and remainder where both are polynomials: what is a multiple of the divisor leaves a rest
    /// that lies below it, whatever a launch passes.
    fn split(&mut self, a: Uniform, by: Uniform) -> Option<(Uniform, Uniform)> {
        if self.interval(by).lo < 1 {
            return None;
        }
        let (mut whole, mut rest) = (Vec::new(), Vec::new());
        let one_by_one = self.terms(a).to_vec();
        for (nodes, factor) in one_by_one {
            let term = self.intern(Terms::from([(nodes, factor)]));
            match self.ratio(term, by) {
                Some(ratio) => whole.push(ratio),
                None => rest.push(term),
            }
        }
        let sum = |this: &mut Self, of: Vec<Uniform>| {
            let zero = this.number(0);
            of.into_iter().fold(zero, |sum, one| this.add(sum, one))
        };
        let (mut whole, mut rest) = (sum(self, whole), sum(self, rest));
        // A constant number of divisors in the rest: −1 is 7 less 8.
        if let Some(divisor) = self.as_number(by)
            && let interval = self.interval(rest)
            && interval.lo != i128::MIN
        {
            let steps = interval.lo.div_euclid(divisor);
            whole = self.add_number(whole, steps);
            let less = steps.checked_mul(divisor)?.checked_neg()?;
            rest = self.add_number(rest, less);
        }
        let room = self.sub(by, rest);
        (self.interval(rest).lo >= 0 && self.interval(room).lo >= 1).then_some((whole, rest))
    }

    /// Whether a term is a scalar or the grid, or a product of them, that nothing makes a multiple of 2.
    pub(crate) fn has_odd_term(&self, of: Uniform, is_even: impl Fn(u32) -> bool) -> bool {
        self.terms(of).iter().any(|(nodes, factor)| {
            let nodes = nodes.iter().map(|node| self.nodes.get(node.0 as usize).map(|(node, _)| *node));
            let is_odd = |node: Option<Node>| match node {
                Some(Node::Scalar(place)) => !is_even(place),
                Some(Node::Grid(_)) => true,
                _ => false,
            };
            factor % 2 != 0 && nodes.into_iter().all(is_odd)
        })
    }

    /// The second where the first is at least 0, else the third.
    pub(crate) fn select(&mut self, sign: Uniform, yes: Uniform, no: Uniform) -> Uniform {
        let (content, of_no) = (self.content(yes), self.content(no));
        if content > 0
            && of_no > 0
            && let Ok(factor @ 2..) = i128::try_from(gcd(content, of_no))
            && let (Some(yes), Some(no)) = (self.divided(yes, factor), self.divided(no, factor))
        {
            let selected = self.select(sign, yes, no);
            return self.scale(selected, factor);
        }
        match self.interval(sign) {
            _ if yes == no => yes,
            Interval { lo: 0.., .. } => yes,
            Interval { hi: ..=-1, .. } => no,
            _ => {
                let interval = self.interval(yes).hull(self.interval(no));
                self.node(Node::Select(sign, yes, no), interval)
            }
        }
    }
}
