//! `tt.load`.

use crate::hooks::Hooks;
use crate::hooks::Watched;
use crate::memory::Cursor;
use crate::numbers::Operand;
use crate::numbers::format::{Class, Format};
use crate::ops::element::Element;
use crate::ops::form::{Form, Reason};
use crate::ops::memory::address::{Addresses, Block, Scattered};
use crate::scope::{Scope, need};
use crate::trap::{Access, Mask};
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::axes::{Walk, lanes};
use crate::value::{Lanes, Stored, Value, pool};

/// A load: with which operands beside the pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Load {
    format: Format,
    masked: bool,
    other: bool,
}

impl Load {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.load" {
            return Ok(None);
        }
        let (masked, other) = (form.operands.len() > 1, form.operands.len() > 2);
        form.count(1 + usize::from(masked) + usize::from(other), 1)?;
        form.elementwise()?;
        let format = form.operand(0)?.pointee().ok_or("it loads from no pointer to a number")?;
        if format != form.result(0)?.format()
            || masked && form.operand(1)?.format() != Format::I1
            || other && form.operand(2)? != form.result(0)?
        {
            return Err("its types don't fit".to_owned());
        }
        Ok(Some(Self { format, masked, other }))
    }

    pub(crate) fn run<H: Hooks>(
        self,
        scope: &Scope<'_>,
        mut operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        let shape = scope.result_shape(0);
        let pointers = need(&mut operands, 0)?;
        let mask = if self.masked { Some(need(&mut operands, 1)?) } else { None };
        let other = if self.other { Some(need(&mut operands, 2)?) } else { None };
        macro_rules! load {
            ($into:ident($($shape:ident)?)) => {{
                let other = match other {
                    Some(other) => other.$into($($shape)?).ok_or_else(|| Trap::form(2))?,
                    None => Lanes::Splat(Default::default()),
                };
                load(watched, shape, self.format, pointers, mask, other)?.into()
            }};
        }
        let value: Value = match self.format.class() {
            Class::F32 => load!(into_f32()),
            Class::F64 => load!(into_f64()),
            Class::I32 => load!(into_i32(shape)),
            Class::I64 => load!(into_i64(shape)),
            Class::Mask => load!(into_bits(shape)),
        };
        Ok(smallvec::smallvec![value])
    }
}

/// Numbers in memory; `other` where the mask is false.
pub(super) fn load<T: Element, H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    pointers: Value,
    mask: Option<Value>,
    other: Lanes<T>,
) -> Outcome<Lanes<T>> {
    let masked = if mask.is_some() { Mask::True } else { Mask::None };
    let (pointers, region) = match Addresses::new(pointers, mask) {
        Addresses::Short(pointers, region) => (pointers, region),
        Addresses::Each(pointers, mask) => return scattered(watched, shape, format, pointers, mask, other),
    };
    let whole = region.as_splat();
    if whole == Some(false) {
        return Ok(other);
    }
    let size = format.bytes();
    if whole == Some(true) && pointers.is_row(shape, size) {
        let mut row = pool::stale(lanes(shape));
        let mut done = 0;
        let count = row.len();
        let read = Cursor::new(watched.memory).read(pointers.base, size, count, |piece| {
            let count = piece.len() / size;
            T::load(format, piece, row.get_mut(done..done + count).unwrap_or_default());
            done += count;
        });
        read.map_err(|fault| Trap::Memory { fault, access: Access::Load, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Load, pointers.base, size as i64, size, count);
        return Ok(Lanes::full(row, shape));
    }
    let block = Block::new(shape, &pointers, &region, |axis| whole.is_none() && other.varies(axis));
    if block.is_empty() {
        return Ok(other);
    }
    let frame = &block.frame;
    let mut out = match (whole, &other) {
        (Some(_), _) => pool::stale(lanes(&frame.sizes)),
        (None, Lanes::Splat(value)) => pool::filled(*value, lanes(&frame.sizes)),
        (None, Lanes::Stored(_)) => frame.spread(other),
    };
    let walk = block.walk(&frame.steps);
    let mut cursor = Cursor::new(watched.memory);
    let mut scratch = Scratch::default();
    walk.try_each(block.start(&frame.steps, 0), |[address, to]| {
        let row = out.get_mut(to as usize..).unwrap_or_default();
        let read = scratch.read(&mut cursor, format, address, &walk, row);
        read.map_err(|fault| Trap::Memory { fault, access: Access::Load, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Load, address, walk.steps[0], size, walk.row);
        Ok::<(), Box<Trap>>(())
    })?;
    Ok(match out[..] {
        [one] => Lanes::Splat(one),
        _ => {
            let steps = frame.steps_of_value(shape.len());
            Lanes::Stored(Stored::new(out, steps))
        }
    })
}

/// Room for rows that are no neighbours in memory or in the value.
#[derive(Default)]
struct Scratch<T> {
    bytes: Vec<u8>,
    row: Vec<T>,
}

impl<T: Element> Scratch<T> {
    fn read(
        &mut self,
        cursor: &mut Cursor<'_, '_>,
        format: Format,
        address: i64,
        walk: &Walk<2>,
        out: &mut [T],
    ) -> Result<(), crate::memory::Fault> {
        let size = format.bytes();
        if walk.row == 1 || walk.steps == [size as i64, 1] {
            let mut done = 0;
            return cursor.read(address, size, walk.row, |piece| {
                let count = piece.len() / size;
                T::load(format, piece, out.get_mut(done..done + count).unwrap_or_default());
                done += count;
            });
        }
        self.bytes.clear();
        let mut at = address;
        for _ in 0..walk.row {
            cursor.read(at, size, 1, |piece| self.bytes.extend_from_slice(piece))?;
            at = at.wrapping_add(walk.steps[0]);
        }
        self.row.clear();
        self.row.resize(walk.row, T::default());
        T::load(format, &self.bytes, &mut self.row);
        for (to, value) in out.iter_mut().step_by(walk.steps[1].max(1) as usize).zip(&self.row) {
            *to = *value;
        }
        Ok(())
    }
}

fn scattered<T: Element, H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    pointers: Value,
    mask: Option<Value>,
    other: Lanes<T>,
) -> Outcome<Lanes<T>> {
    let masked = if mask.is_some() { Mask::True } else { Mask::None };
    let lanes = Scattered::new(shape, pointers, mask, |axis| other.varies(axis))?;
    let size = format.bytes();
    let mut bytes = pool::stale(lanes.addresses.len() * size);
    let mut cursor = Cursor::new(watched.memory);
    lanes.runs(size, |first, address, count| {
        let mut at = first * size;
        let read = cursor.read(address, size, count, |piece| {
            if let Some(to) = bytes.get_mut(at..at + piece.len()) {
                to.copy_from_slice(piece);
            }
            at += piece.len();
        });
        read.map_err(|fault| Trap::Memory { fault, access: Access::Load, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Load, address, size as i64, size, count);
        Ok(())
    })?;
    let mut out = pool::stale(lanes.addresses.len());
    T::load(format, &bytes, &mut out);
    if let Some(mask) = &lanes.mask {
        let other = lanes.frame.align(other);
        let rows = Walk::new(&lanes.frame.sizes, [&lanes.frame.steps, other.steps()]);
        rows.each([0, other.start()], |[to, from]| {
            let place = to as usize..to as usize + rows.row;
            let (Some(out), Some(mask)) = (out.get_mut(place.clone()), mask.get(place)) else { return };
            match other.row(from, rows.steps[1], rows.row) {
                Operand::All(value) => {
                    out.iter_mut().zip(mask).filter(|(_, on)| **on == 0).for_each(|(out, _)| *out = value);
                }
                Operand::Each(row) => {
                    let lanes = out.iter_mut().zip(mask).zip(row);
                    lanes.filter(|((_, on), _)| **on == 0).for_each(|((out, _), value)| *out = *value);
                }
            }
        });
    }
    Ok(match out[..] {
        [one] => Lanes::Splat(one),
        _ => Lanes::Stored(Stored::new(out, lanes.steps)),
    })
}
