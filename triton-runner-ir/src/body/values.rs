//! Values and what they are called.

use super::Body;
use super::draft::Argument;
use super::names::Named;
use crate::error::IrProblem;
use crate::module::{Def, OpId, Value, ValueId};
use crate::token::Kind;
use crate::types::table::Table;

impl Body<'_, '_> {
    /// The values of an operation's results: those that its region made for the names, else new ones.
    pub(super) fn results(&mut self, index: usize, op: OpId) -> Vec<ValueId> {
        let (first, count) = self.named[index];
        let line = self.tokens.line(self.tree.ops[index].name);
        let types = &self.draft.results;
        if count == 0 {
            let first = self.values.len() as u32;
            for (place, &ty) in (0..).zip(types) {
                self.values.push(Value { ty, def: Def::Result(op, place), location: None, name: 0..0, line });
            }
            return (first..self.values.len() as u32).map(ValueId).collect();
        }
        for place in 0..count {
            let value = &mut self.values[(first + place) as usize];
            value.def = Def::Result(op, place);
            value.line = line;
            value.ty = types.get(place as usize).copied().unwrap_or(Table::UNKNOWN);
        }
        (first..first + count).map(ValueId).collect()
    }

    /// The value that a name stands for, and the token behind it. One that stands for nothing gets a value of its own.
    pub(super) fn value(&mut self, at: usize) -> (ValueId, usize) {
        let name = self.tokens.text(at);
        let place = match self.tokens.kind(at + 1) {
            Some(Kind::Hash) => self.tokens.text(at + 1)[1..].parse::<u32>().ok(),
            _ => None,
        };
        let behind = at + 1 + usize::from(place.is_some());
        match self.names.get(name) {
            Some(named) if place.unwrap_or_default() < named.count => {
                let value = ValueId(named.first.0 + place.unwrap_or_default());
                if !named.forward && self.values[value.index()].def == Def::Undefined {
                    self.refuse(at, IrProblem::UsedTooEarly { name: self.tokens.range(at, behind).to_owned() });
                }
                (value, behind)
            }
            _ => {
                self.refuse(at, IrProblem::Undefined { name: self.tokens.range(at, behind).to_owned() });
                self.lost.get_or_insert(self.tokens.line(at));
                let value = ValueId(self.values.len() as u32);
                let (def, line) = (Def::Undefined, self.tokens.line(at));
                let name = self.name_span(at);
                self.values.push(Value { ty: Table::UNKNOWN, def, location: None, name, line });
                (value, behind)
            }
        }
    }

    /// A name without its first character.
    pub(super) fn name_span(&self, at: usize) -> std::ops::Range<u32> {
        self.tokens.get(at).map_or(0..0, |token| token.start + 1..token.end)
    }

    pub(super) fn argument(&mut self, argument: &Argument, def: Def) -> ValueId {
        let value = ValueId(self.values.len() as u32);
        let (name, line) = match argument.at {
            Some(at) => (self.name_span(at), self.tokens.line(at)),
            None => (0..0, 0),
        };
        self.values.push(Value { ty: argument.ty, def, location: argument.location, name, line });
        value
    }

    pub(super) fn bind(&mut self, at: usize, named: Named) {
        let name = self.tokens.text(at);
        if self.names.bind(name, named) {
            self.refuse(at, IrProblem::Redefined { name: name.to_owned() });
        }
    }
}
