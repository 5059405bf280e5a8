//! `tt.elementwise_inline_asm`: a part of PTX, and what a user gives in place of the rest.

mod compute;
mod opcode;
mod place;
mod run;
mod stand_in;
mod text;

pub use stand_in::StandIn;

use crate::hooks::{Hooks, Watched};
use crate::numbers::format::{Class, Format};
use crate::ops::element::Element;
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::axes::lanes;
use crate::value::{Lanes, Value, Values};
use run::Registers;
use text::Instruction;

/// Inline assembly, which is run for `packed` elements at a time.
#[derive(Clone, Debug)]
pub(crate) struct Asm {
    code: Code,
    packed: usize,
    /// The output that an operand shares its register with.
    tied: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
enum Code {
    Ptx { instructions: Vec<Instruction>, registers: usize },
    StandIn(StandIn),
}

/// Elements of a register, and registers that so many elements take.
fn layout(format: Format, packed: usize) -> (usize, usize) {
    let each = (32 / format.bits().max(1) as usize).clamp(1, packed.max(1));
    let each = if format == Format::I1 { 1 } else { each };
    (each, packed.div_ceil(each))
}

impl Asm {
    pub(crate) fn decode(form: &Form<'_>, stand_ins: &[StandIn]) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.elementwise_inline_asm" {
            return Ok(None);
        }
        let text = form.need_word("asm_string")?;
        let constraints = form.need_word("constraints")?;
        let packed = form.int("packed_element").and_then(|packed| usize::try_from(packed).ok()).unwrap_or(1);
        if !(1..=64).contains(&packed) {
            return Err("its `packed_element` is out of range".to_owned());
        }
        form.elementwise()?;
        let count =
            |types: &[crate::types::SlotType]| types.iter().map(|ty| layout(ty.format(), packed).1).sum::<usize>();
        let (outputs, inputs) = (count(&form.results), count(&form.operands));
        if let Some(stand_in) = stand_ins.iter().find(|stand_in| stand_in.is_for(text)) {
            return Ok(Some(Self { code: Code::StandIn(stand_in.clone()), packed, tied: Vec::new() }));
        }
        let constraints: Vec<&str> =
            constraints.split(',').map(str::trim).filter(|part| !part.is_empty() && !part.starts_with('~')).collect();
        let given = constraints.iter().filter(|part| part.starts_with('=')).count();
        if given != outputs || constraints.len() != outputs + inputs {
            return Err(format!(
                "its constraints name {given} results and {} operands, its types need {outputs} and {inputs} registers",
                constraints.len() - given
            ));
        }
        let tied = constraints.iter().enumerate().skip(given);
        let tied = tied.filter_map(|(place, part)| Some((place, part.parse().ok()?))).collect();
        let (instructions, registers) = text::read(text, outputs + inputs)
            .map_err(|reason| format!("{reason}: give a `StandIn` for its text in the program's `Options`"))?;
        Ok(Some(Self { code: Code::Ptx { instructions, registers }, packed, tied }))
    }

    pub(crate) fn run<H: Hooks>(
        &self,
        scope: &Scope<'_>,
        operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        let shape = if operands.is_empty() { scope.result_shape(0) } else { scope.shape(0) };
        let count = lanes(shape);
        let results: Vec<Format> = (0..scope.results()).map(|result| scope.result_format(result)).collect();
        let mut inputs = Vec::new();
        for (place, value) in operands.into_iter().enumerate() {
            inputs.push((scope.format(place), bytes(scope.format(place), value, shape, place)?));
        }
        let mut outputs: Vec<Vec<u8>> = results.iter().map(|format| vec![0; format.bytes() * count]).collect();
        for first in (0..count).step_by(self.packed) {
            let mut given = Vec::new();
            for (format, bytes) in &inputs {
                pack(*format, bytes, first, self.packed, &mut given);
            }
            let registers = results.iter().map(|format| layout(*format, self.packed).1).sum();
            let made = self.group(&given, registers, watched)?;
            let mut from = 0;
            for (format, bytes) in results.iter().zip(&mut outputs) {
                let (_, needed) = layout(*format, self.packed);
                unpack(*format, made.get(from..from + needed).unwrap_or_default(), first, self.packed, bytes);
                from += needed;
            }
        }
        Ok(results.iter().zip(&outputs).map(|(format, bytes)| value(*format, bytes, shape)).collect())
    }

    /// Once: registers of the operands in, those of the results out.
    fn group<H: Hooks>(&self, given: &[u64], results: usize, watched: &mut Watched<'_, '_, H>) -> Outcome<Vec<u64>> {
        let mut made = vec![0; results];
        match &self.code {
            Code::StandIn(stand_in) => stand_in.call(given, &mut made),
            Code::Ptx { instructions, registers } => {
                made.extend_from_slice(given);
                made.resize(*registers, 0);
                for (operand, output) in &self.tied {
                    let value = made.get(*operand).copied().unwrap_or(0);
                    if let Some(output) = made.get_mut(*output).filter(|_| *output < results) {
                        *output = value;
                    }
                }
                let mut registers = Registers(made);
                registers.run(instructions, watched)?;
                made = registers.0;
            }
        }
        Ok(made)
    }
}

/// Elements as they lie in registers; behind the last one it is repeated.
fn pack(format: Format, bytes: &[u8], first: usize, packed: usize, registers: &mut Vec<u64>) {
    let size = format.bytes();
    let (each, needed) = layout(format, packed);
    let last = (bytes.len() / size).saturating_sub(1);
    for register in 0..needed {
        let parts = (0..each).map(|part| {
            let lane = (first + register * each + part).min(last);
            let bytes = bytes.get(lane * size..(lane + 1) * size).unwrap_or_default();
            bytes.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)) << (part * 8 * size % 64)
        });
        registers.push(parts.fold(0, |all, part| all | part));
    }
}

fn unpack(format: Format, registers: &[u64], first: usize, packed: usize, bytes: &mut [u8]) {
    let size = format.bytes();
    let (each, _) = layout(format, packed);
    for place in 0..packed {
        let register = registers.get(place / each).copied().unwrap_or(0) >> (place % each * 8 * size % 64);
        let register = if format == Format::I1 { register & 1 } else { register };
        let lane = first + place;
        if let Some(to) = bytes.get_mut(lane * size..(lane + 1) * size) {
            to.copy_from_slice(register.to_le_bytes().get(..size).unwrap_or_default());
        }
    }
}

fn bytes(format: Format, value: Value, shape: &[usize], place: usize) -> Outcome<Vec<u8>> {
    let mut bytes = vec![0; format.bytes() * lanes(shape)];
    let into = &mut bytes;
    let done = match format.class() {
        Class::F32 => value.into_f32().map(|lanes| f32::store(format, &lanes.into_vec(shape), into)),
        Class::F64 => value.into_f64().map(|lanes| f64::store(format, &lanes.into_vec(shape), into)),
        Class::I32 => value.into_i32(shape).map(|lanes| i32::store(format, &lanes.into_vec(shape), into)),
        Class::I64 => value.into_i64(shape).map(|lanes| i64::store(format, &lanes.into_vec(shape), into)),
        Class::Mask => value.into_bits(shape).map(|lanes| u8::store(format, &lanes.into_vec(shape), into)),
    };
    done.ok_or_else(|| Trap::form(place))?;
    Ok(bytes)
}

fn value(format: Format, bytes: &[u8], shape: &[usize]) -> Value {
    fn of<T: Element>(format: Format, bytes: &[u8], shape: &[usize]) -> Lanes<T> {
        let mut row = vec![T::default(); lanes(shape)];
        T::load(format, bytes, &mut row);
        Lanes::full(row, shape)
    }
    match format.class() {
        Class::F32 => of::<f32>(format, bytes, shape).into(),
        Class::F64 => of::<f64>(format, bytes, shape).into(),
        Class::I32 => of::<i32>(format, bytes, shape).into(),
        Class::I64 => of::<i64>(format, bytes, shape).into(),
        Class::Mask => of::<u8>(format, bytes, shape).into(),
    }
}
