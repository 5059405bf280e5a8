//! Accesses of memory: what they are given, and what a load gives.

use super::abreast::Apart;
use super::marks::{Mark, Marks, either};
use super::race::Content;
use super::roles::Roles;
use super::sink::Sink;
use super::watch::Watch;
use super::{Checker, lanes, source};
use crate::finding::FindingKind;
use crate::numbers::format::Format;
use crate::ops::Placed;
use crate::program::Instruction;
use crate::trap::Access;
use crate::types::SlotType;
use crate::value::Value;

impl<'r> Checker<'_, 'r, '_> {
    /// An instruction on memory: what it is given, and what a load gives.
    pub(super) fn on_memory(&mut self, at: usize, instruction: &'r Instruction, operands: &[Value], marks: &mut Marks) {
        let plan = self.plan;
        let Some(roles) = plan.steps.get(at).and_then(|step| step.roles.as_deref()) else { return };
        let shape = self.shape(instruction.operands.first());
        if instruction.operands.iter().any(|slot| marks.get(*slot).is_some()) {
            let found = &mut self.found;
            Sink { plan, who: self.who, at, instruction, marks, found }.access(roles, operands);
        }
        if roles.access == Access::Store {
            let value = roles.values.first().and_then(|place| operands.get(*place));
            if let (true, false, Some(value)) = (self.wants(FindingKind::Race), roles.descriptor, value) {
                self.content = Content::of(value, shape, self.element(instruction), self.programs);
            }
            // Programs side by side store neighbours.
            if self.wants(FindingKind::Lanes) && self.watch != Watch::Abreast {
                self.on_store(at, roles, instruction, operands);
            }
        }
        if self.watch == Watch::Abreast {
            self.apart(at, instruction, roles, operands);
        }
        if roles.descriptor || roles.access == Access::Store {
            return;
        }
        let mask = roles.mask.and_then(|mask| operands.get(mask));
        let is_whole = |mask: &&Value| matches!(mask, Value::Region(region) if region.as_splat() == Some(true));
        if let Some(mask) = mask.filter(|mask| !is_whole(mask)) {
            // What an atomic operation gives is there where its mask is true.
            let undefined = match self.wants(FindingKind::Undefined) && !instruction.results.is_empty() {
                true => source::undefined(marks, at, roles, shape, mask),
                false => None,
            };
            // Of `other` only the lanes that it fills.
            let closely = roles.other.filter(|_| self.is_close());
            let other = closely.and_then(|other| marks.get(*instruction.operands.get(other)?));
            let filled = other.and_then(|other| {
                let bits = mask.clone().into_bits(shape)?.to_vec(shape);
                let flags = other.to_vec(shape).into_iter().zip(bits);
                let flags = flags.map(|(flags, bit)| if bit == 0 { flags } else { 0 }).collect();
                Mark::of(shape, flags, other.from)
            });
            let mark = either(shape, undefined, filled);
            if mark.is_some() {
                self.pending = vec![mark];
            }
        }
    }

    /// Lanes that meet in one store.
    fn on_store(&mut self, at: usize, roles: &Roles, instruction: &'r Instruction, operands: &[Value]) {
        let (plan, place) = (self.plan, |place: usize| operands.get(place).cloned().unwrap_or_default());
        let store = match roles.descriptor {
            true => plan.placed(instruction, operands),
            false => Some(Placed {
                shape: self.shape(instruction.operands.first()).into(),
                pointers: place(0),
                mask: roles.mask.map_or(Value::None, place),
                value: place(1),
            }),
        };
        let size = self.element(instruction).bytes() as i64;
        if let Some(store) = store
            && let Some(meeting) = lanes::meeting(&store, size)
        {
            self.found.add((FindingKind::Lanes, at, at), self.who, || lanes::said(plan, at, roles, &store, meeting));
        }
    }

    /// An access of programs side by side: what each of them reaches.
    fn apart(&mut self, at: usize, instruction: &'r Instruction, roles: &Roles, operands: &[Value]) {
        let (shape, size) = (self.shape(instruction.operands.first()), self.element(instruction).bytes());
        let apart = Apart::of(self.plan, roles, operands, shape, size);
        self.scattered = apart.is_none();
        if let Some(Apart { run, step }) = apart.filter(|apart| self.is_raced(roles.access, apart.run.buffer)) {
            let unknown = || vec![Content::Unknown; self.programs];
            let contents = if self.content.is_empty() { unknown() } else { std::mem::take(&mut self.content) };
            self.log.abreast(run, step, self.who, at, contents);
        }
    }

    /// The format of what is in memory where an instruction's first operand leads.
    fn element(&self, instruction: &Instruction) -> Format {
        let ty = instruction.operands.first().and_then(|slot| self.slots.get(*slot as usize));
        ty.and_then(SlotType::element).unwrap_or(Format::I8)
    }

    /// Whether programs may meet there.
    pub(super) fn is_raced(&self, access: Access, buffer: usize) -> bool {
        let may = access != Access::Load || self.plan.written.get(buffer).copied().unwrap_or(true);
        may && self.wants(FindingKind::Race)
    }
}
