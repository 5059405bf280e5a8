//! Runs instructions on registers and memory.

use std::sync::LazyLock;
use std::time::Instant;

use super::compute::{compute, low, update};
use super::opcode::Opcode;
use super::place::Place;
use super::text::Instruction;
use crate::hooks::{Hooks, Watched};
use crate::memory::{Cursor, Fault};
use crate::trap::{Access, Mask, Outcome, Trap};

/// When this process first looked: what `%globaltimer` counts from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Registers of one group of lanes.
pub(super) struct Registers(pub(super) Vec<u64>);

impl Registers {
    fn get(&self, place: &Place) -> u64 {
        match place {
            Place::Register(register) => self.0.get(*register).copied().unwrap_or(0),
            Place::Number(number) => *number,
            Place::Time => START.elapsed().as_nanos() as u64,
            Place::Memory(register, offset) => self.0.get(*register).copied().unwrap_or(0).wrapping_add_signed(*offset),
            Place::Vector(_) | Place::Nowhere => 0,
        }
    }

    fn set(&mut self, place: &Place, value: u64) {
        if let Place::Register(register) = place
            && let Some(register) = self.0.get_mut(*register)
        {
            *register = value;
        }
    }

    /// All instructions, in order.
    pub(super) fn run<H: Hooks>(
        &mut self,
        instructions: &[Instruction],
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<()> {
        for Instruction { guard, opcode, places } in instructions {
            let skips = guard
                .is_some_and(|(register, negated)| (self.0.get(register).copied().unwrap_or(0) & 1 == 1) == negated);
            if !skips {
                self.step(*opcode, places, watched)?;
            }
        }
        Ok(())
    }

    fn step<H: Hooks>(&mut self, opcode: Opcode, places: &[Place], watched: &mut Watched<'_, '_, H>) -> Outcome<()> {
        match (opcode, places) {
            (Opcode::Nothing, _) => {}
            (Opcode::Move(bits), [to, from]) => self.moved(bits, to, from),
            (Opcode::Load(kind, count), [to, at]) => {
                let (address, bytes) = (self.get(at).cast_signed(), (kind.bits() / 8) as usize);
                let is_signed = matches!(kind, super::opcode::Kind::Signed(_));
                let to = match to {
                    Place::Vector(parts) => &parts[..],
                    one => std::slice::from_ref(one),
                };
                let mut all = Vec::with_capacity(bytes * count as usize);
                aligned(address, bytes * count as usize)
                    .and_then(|()| {
                        let mut cursor = Cursor::new(watched.memory);
                        cursor.read(address, bytes, count as usize, |piece| all.extend_from_slice(piece))
                    })
                    .map_err(|fault| trap(fault, Access::Load))?;
                watched.hooks.note(watched.memory, Access::Load, address, bytes as i64, bytes, count as usize);
                for (place, element) in to.iter().zip(all.chunks_exact(bytes)) {
                    let mut value = number(element);
                    if is_signed {
                        let shift = 64 - kind.bits();
                        value = ((value << shift).cast_signed() >> shift).cast_unsigned();
                    }
                    self.set(place, value);
                }
            }
            (Opcode::Store(bits, count), [at, from]) => {
                let (address, bytes) = (self.get(at).cast_signed(), (bits / 8) as usize);
                let from = match from {
                    Place::Vector(parts) => &parts[..],
                    one => std::slice::from_ref(one),
                };
                let all: Vec<u8> =
                    from.iter().flat_map(|place| self.get(place).to_le_bytes().into_iter().take(bytes)).collect();
                let mut done = 0;
                aligned(address, bytes * count as usize)
                    .and_then(|()| {
                        let mut cursor = Cursor::new(watched.memory);
                        cursor.write(address, bytes, count as usize, |piece| {
                            piece.copy_from_slice(all.get(done..done + piece.len()).unwrap_or_default());
                            done += piece.len();
                        })
                    })
                    .map_err(|fault| trap(fault, Access::Store))?;
                watched.writes += 1;
                watched.hooks.note(watched.memory, Access::Store, address, bytes as i64, bytes, count as usize);
            }
            (Opcode::Reduce(change, kind), [at, value]) => {
                let (address, bytes) = (self.get(at).cast_signed(), (kind.bits() / 8) as usize);
                let value = self.get(value);
                let mut is_changed = false;
                Cursor::new(watched.memory)
                    .update(address, bytes, true, |place| {
                        let new = update(change, kind, number(place), value).to_le_bytes();
                        let new = new.get(..place.len()).unwrap_or_default();
                        is_changed = place != new;
                        place.copy_from_slice(new);
                    })
                    .map_err(|fault| trap(fault, Access::Atomic))?;
                watched.writes += u64::from(is_changed);
                watched.hooks.note(watched.memory, Access::Atomic, address, bytes as i64, bytes, 1);
            }
            (_, [to, from @ ..]) => {
                let values: smallvec::SmallVec<[u64; 4]> = from.iter().map(|place| self.get(place)).collect();
                self.set(to, compute(opcode, &values));
            }
            _ => {}
        }
        Ok(())
    }

    /// A vector is one register cut into pieces, the first in the low bits.
    fn moved(&mut self, bits: u32, to: &Place, from: &Place) {
        let value = match from {
            Place::Vector(parts) => {
                let each = bits / parts.len().max(1) as u32;
                let parts = parts.iter().zip(0..);
                parts.fold(0, |all, (part, place)| all | low(self.get(part), each) << (place * each))
            }
            one => low(self.get(one), bits),
        };
        match to {
            Place::Vector(parts) => {
                let each = bits / parts.len().max(1) as u32;
                for (part, place) in parts.iter().zip(0..) {
                    self.set(part, low(value >> (place * each), each));
                }
            }
            one => self.set(one, value),
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))
}

/// A vector lies at a multiple of its size.
fn aligned(address: i64, bytes: usize) -> Result<(), Fault> {
    match address % bytes as i64 {
        0 => Ok(()),
        _ => Err(Fault::Misaligned { address, bytes }),
    }
}

fn trap(fault: Fault, access: Access) -> Box<Trap> {
    Box::new(Trap::Memory { fault, access, mask: Mask::None })
}
