//! What the text says twice is compared: types of operands.

use super::Body;
use super::draft::Draft;
use crate::assembly::{Count, Implied};
use crate::error::IrProblem;
use crate::module::{TypeId, Value, ValueId};
use crate::types::Type;
use crate::types::table::Table;

impl Body<'_, '_> {
    /// The operands in MLIR's order, and how many each group has where it isn't one; their types are compared.
    pub(super) fn operands(&mut self, at: usize) -> (Vec<ValueId>, Option<Box<[u32]>>) {
        let mut draft = std::mem::take(&mut self.draft);
        let mut lens = None;
        if let Some(operation) = draft.operation {
            if !draft.operands.is_sorted_by_key(|(group, _)| *group) {
                draft.operands.sort_by_key(|(group, _)| *group);
            }
            let count = |place: u8| draft.operands.iter().filter(|(group, _)| *group == place).count() as u32;
            let single = operation.operands.iter().all(|operand| operand.count == Count::One);
            lens = (!single).then(|| (0..operation.operands.len() as u8).map(count).collect());
        }
        for stated in &draft.stated {
            let mut group = draft.operands.iter().filter(|(group, _)| *group == stated.group);
            if let Some(&(_, value)) = group.nth(stated.place as usize) {
                self.check(value, stated.ty, stated.at);
            }
        }
        for (&(_, value), &(ty, at)) in draft.operands.iter().zip(&draft.types) {
            self.check(value, ty, at);
        }
        for (place, operand) in (0..).zip(draft.operation.map_or(&[][..], |operation| operation.operands)) {
            if operand.implied != Implied::Nothing {
                self.check_implied(place, operand.implied, &draft, at);
            }
        }
        let operands = draft.operands.iter().map(|(_, value)| *value).collect();
        self.draft = draft;
        (operands, lens)
    }

    /// Compares the types of operands that the text leaves out.
    fn check_implied(&mut self, group: u8, implied: Implied, draft: &Draft, at: usize) {
        let types = |values: &[Value], value: ValueId| values[value.index()].ty;
        let other = |name: &str| {
            let operands = draft.operation?.operands.iter();
            let group = (0..).zip(operands).find(|(_, operand)| operand.name == name)?.0;
            let (_, value) = draft.operands.iter().find(|(found, _)| *found == group)?;
            let ty = types(&self.values, *value);
            (ty != Table::UNKNOWN).then(|| self.types.get(ty))
        };
        let expected = match implied {
            Implied::Nothing => None,
            Implied::Integer(width) => Some(Type::int(width)),
            Implied::Pointee(name) => other(name).and_then(|ty| Some(ty.with_element(ty.pointee()?.clone()))),
            Implied::Mask(name) => other(name).map(|ty| match ty {
                Type::Pointer(block) => block.pointee.with_element(Type::int(1)),
                ty => ty.with_element(Type::int(1)),
            }),
        };
        let Some(expected) = expected else { return };
        for &(_, value) in draft.operands.iter().filter(|(found, _)| *found == group) {
            let found = types(&self.values, value);
            if found == Table::UNKNOWN || *self.types.get(found) != expected {
                let expected = self.types.add(expected.clone());
                self.check(value, expected, at);
            }
        }
    }

    /// Compares a value's type with what the text says.
    pub(super) fn check(&mut self, value: ValueId, ty: TypeId, at: usize) {
        match self.values[value.index()].ty {
            Table::UNKNOWN => self.later.push((value, ty, at)),
            found if found != ty => self.mismatch(value, ty, at),
            _ => {}
        }
    }

    pub(super) fn check_later(&mut self) {
        for (value, ty, at) in std::mem::take(&mut self.later) {
            match self.values[value.index()].ty {
                // A result of something unknown.
                Table::UNKNOWN => self.values[value.index()].ty = ty,
                found if found != ty => self.mismatch(value, ty, at),
                _ => {}
            }
        }
    }

    fn mismatch(&mut self, value: ValueId, ty: TypeId, at: usize) {
        let Value { ty: found, name, line, .. } = &self.values[value.index()];
        let problem = IrProblem::OperandType {
            value: format!("%{}", self.tokens.slice(name)),
            line: *line,
            found: self.types.get(*found).to_string(),
            expected: self.types.get(ty).to_string(),
        };
        self.refuse(at, problem);
    }

    /// Notes what MLIR would refuse. The first one counts.
    pub(super) fn refuse(&mut self, at: usize, problem: IrProblem) {
        if self.problem.is_none() {
            self.problem = Some(self.tokens.error(at, problem));
        }
    }
}
