//! Which values others are computed of.

use crate::program::{Code, Program};
use crate::types::Slot;

/// Values from which some are computed, without memory between them.
#[derive(Debug)]
pub(super) struct Slice {
    slots: Vec<bool>,
    /// Whether some were loaded.
    pub(super) through_memory: bool,
}

impl Slice {
    /// What addresses and masks of accesses are computed of, and what decides how a program goes on.
    pub(super) fn to_addresses(program: &Program) -> Self {
        Self::backward(program, true, |name, operands| match name {
            // Which lanes are picked.
            "tt.gather" => operands.iter().skip(1).copied().collect(),
            "tt.store" => [operands.first(), operands.get(2)].into_iter().flatten().copied().collect(),
            "tt.atomic_rmw" | "tt.atomic_cas" => operands.first().into_iter().chain(operands.last()).copied().collect(),
            "tt.load" => operands.iter().take(2).copied().collect(),
            _ if name.contains("descriptor") || name.starts_with("tt.atomic") => operands.to_vec(),
            _ => Vec::new(),
        })
    }

    /// What the addresses that are written to are computed of.
    pub(super) fn to_writes(program: &Program) -> Self {
        Self::backward(program, false, |name, operands| match name {
            "tt.store" => operands.iter().take(1).copied().collect(),
            "tt.load" | "tt.atomic_load" => Vec::new(),
            _ if name.starts_with("tt.atomic") || name.contains("descriptor_") => {
                operands.iter().take(1).copied().collect()
            }
            // It may do anything.
            "tt.elementwise_inline_asm" => operands.to_vec(),
            _ => Vec::new(),
        })
    }

    fn backward(program: &Program, decisions: bool, starts: impl Fn(&str, &[Slot]) -> Vec<Slot>) -> Self {
        let mut this = Self { slots: vec![false; program.slots.len()], through_memory: false };
        for instruction in &program.code {
            let name = &*program.module.op(instruction.origin).name;
            match instruction.code {
                Code::Compute(_) => starts(name, &instruction.operands).into_iter().for_each(|slot| _ = this.add(slot)),
                Code::Unless(_) | Code::Head { .. } if decisions => {
                    instruction.operands.iter().for_each(|slot| _ = this.add(*slot));
                }
                _ => {}
            }
        }
        // Loops hand values backwards, so once isn't enough.
        loop {
            let mut more = false;
            for instruction in program.code.iter().rev() {
                let name = &*program.module.op(instruction.origin).name;
                match &instruction.code {
                    Code::Move => {
                        for (from, to) in instruction.operands.iter().zip(&instruction.results) {
                            more |= this.contains(*to) && this.add(*from);
                        }
                    }
                    Code::Compute(_) if !instruction.results.iter().any(|slot| this.contains(*slot)) => {}
                    Code::Compute(_) if name == "tt.load" || name.starts_with("tt.atomic") => {
                        this.through_memory = true;
                    }
                    Code::Compute(_) | Code::Head { .. } | Code::Next { .. } => {
                        let reached = instruction.results.iter().any(|slot| this.contains(*slot));
                        for slot in instruction.operands.iter().filter(|_| reached) {
                            more |= this.add(*slot);
                        }
                    }
                    _ => {}
                }
            }
            if !more {
                return this;
            }
        }
    }

    fn add(&mut self, slot: Slot) -> bool {
        match self.slots.get_mut(slot as usize) {
            Some(place) if !*place => {
                *place = true;
                true
            }
            _ => false,
        }
    }

    pub(super) fn contains(&self, slot: Slot) -> bool {
        self.slots.get(slot as usize).copied().unwrap_or(false)
    }
}
