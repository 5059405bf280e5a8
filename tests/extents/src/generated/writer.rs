//! The text of a generated kernel as it grows, and what may be named where.

use std::fmt::{Display, Write as _};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::types::{Element, Shape, Type, Value};

/// How often a kernel does what. They differ between kernels: where everything is everywhere, the one hides the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habits {
    /// Of a hundred numbers, how many are made by any operation of any two others.
    pub wild: u32,
    /// Of a hundred accesses, how many have a mask.
    pub masked: u32,
    /// Of a hundred accesses, how many have an argument of their own: what another asks for doesn't hide that too little is
    /// asked for.
    pub own: u32,
    /// Weights of statements.
    pub loops: u32,
    pub whiles: u32,
    pub branches: u32,
    pub loaded: u32,
    pub folds: u32,
}

pub(super) struct Writer {
    random: StdRng,
    text: String,
    depth: usize,
    names: u32,
    /// Innermost last.
    scope: Vec<Value>,
    parameters: Vec<(Value, &'static str)>,
    /// Blocks of this kernel.
    pub block: Shape,
    pub habits: Habits,
}

impl Writer {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut one_of = |from: &[u32]| from[random.random_range(0..from.len())];
        let habits = Habits {
            wild: one_of(&[0, 5, 15, 40]),
            masked: one_of(&[40, 75, 95]),
            own: one_of(&[40, 80, 100]),
            loops: one_of(&[0, 2, 4]),
            whiles: one_of(&[0, 1, 2]),
            branches: one_of(&[0, 1, 3]),
            loaded: one_of(&[0, 0, 2]),
            folds: one_of(&[0, 0, 1]),
        };
        let block = if one_of(&[0, 1, 1, 1]) == 0 { Shape::Square } else { Shape::Line };
        let (text, scope, parameters) = (String::new(), Vec::new(), Vec::new());
        Self { random, text, depth: 2, names: 0, scope, parameters, block, habits }
    }

    /// The whole module.
    pub(super) fn finish(self, name: &str) -> String {
        let parameter = |(value, promise): &(Value, &str)| format!("{value}: {}{promise}", value.ty);
        let parameters: Vec<String> = self.parameters.iter().map(parameter).collect();
        let parameters = parameters.join(", ");
        format!(
            "module {{\n  tt.func public @{name}({parameters}) attributes {{noinline = false}} {{\n{}    tt.return\n  }}\n}}\n",
            self.text
        )
    }

    pub(super) fn line(&mut self, line: impl Display) {
        _ = writeln!(self.text, "{:1$}{line}", "", 2 * self.depth);
    }

    pub(super) fn name(&mut self) -> String {
        self.names += 1;
        format!("%v{}", self.names)
    }

    /// What isn't named again but by who asked for it.
    pub(super) fn set_aside(&mut self, ty: Type, counts: bool, op: impl Display) -> Value {
        let name = self.name();
        self.line(format_args!("{name} = {op}"));
        Value { name, ty, counts }
    }

    /// A value that all that follows may name.
    pub(super) fn set(&mut self, ty: Type, counts: bool, op: impl Display) -> Value {
        let value = self.set_aside(ty, counts, op);
        self.know(value.clone());
        value
    }

    pub(super) fn know(&mut self, value: Value) {
        self.scope.push(value);
    }

    /// Lines of a region, behind which nothing of it is known.
    pub(super) fn region<R>(&mut self, lines: impl FnOnce(&mut Self) -> R) -> R {
        let known = self.scope.len();
        self.depth += 1;
        let result = lines(self);
        self.depth -= 1;
        self.scope.truncate(known);
        result
    }

    pub(super) fn parameter(&mut self, ty: Type, promise: &'static str) -> Value {
        let place = self.parameters.len();
        let value = Value { name: format!("%a{place}"), ty, counts: !ty.is_pointer() };
        self.parameters.push((value.clone(), promise));
        value
    }

    /// A pointer argument, as a rule a new one.
    pub(super) fn pointer(&mut self, to: Element) -> Value {
        let ty = Type::one(to);
        let there: Vec<Value> =
            self.parameters.iter().map(|(value, _)| value).filter(|value| value.ty == ty).cloned().collect();
        if there.is_empty() || there.len() < 8 && self.chance(self.habits.own) {
            let promise = if self.chance(30) { " {tt.divisibility = 16 : i32}" } else { "" };
            return self.parameter(ty, promise);
        }
        self.pick(&there)
    }

    /// A scalar argument.
    pub(super) fn scalar(&mut self, element: Element) -> Option<Value> {
        let ty = Type::one(element);
        let there: Vec<Value> =
            self.parameters.iter().map(|(value, _)| value).filter(|value| value.ty == ty).cloned().collect();
        (!there.is_empty()).then(|| self.pick(&there))
    }

    /// One of the values that may be named here, of the last ones more often.
    pub(super) fn known(&mut self, accept: impl Fn(&Value) -> bool) -> Option<Value> {
        let there: Vec<Value> = self.scope.iter().filter(|value| accept(value)).cloned().collect();
        if there.len() > 2 && self.chance(50) {
            return Some(self.pick(&there[there.len() - 2..]));
        }
        (!there.is_empty()).then(|| self.pick(&there))
    }

    pub(super) fn last(&self, accept: impl Fn(&Value) -> bool) -> Option<Value> {
        self.scope.iter().rev().find(|value| accept(value)).cloned()
    }

    pub(super) fn chance(&mut self, of_a_hundred: u32) -> bool {
        self.random.random_range(0..100) < of_a_hundred
    }

    pub(super) fn below(&mut self, limit: u32) -> u32 {
        self.random.random_range(0..limit.max(1))
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())].clone()
    }
}
