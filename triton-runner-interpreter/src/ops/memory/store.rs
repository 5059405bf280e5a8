//! `tt.store`.

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
use crate::value::axes::lanes;
use crate::value::{Lanes, Value};

/// A store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    format: Format,
    masked: bool,
}

impl Store {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.store" {
            return Ok(None);
        }
        let masked = form.operands.len() > 2;
        form.count(2 + usize::from(masked), 0)?;
        form.elementwise()?;
        let format = form.operand(0)?.pointee().ok_or("it stores to no pointer to a number")?;
        if format != form.operand(1)?.format() || masked && form.operand(2)?.format() != Format::I1 {
            return Err("its types don't fit".to_owned());
        }
        Ok(Some(Self { format, masked }))
    }

    /// Whether all lanes are stored, as neighbours, to memory that is there.
    pub(super) fn is_whole(self, scope: &Scope<'_>, operands: &Values, memory: &crate::memory::Memory<'_>) -> bool {
        let shape = scope.shape(0);
        let size = self.format.bytes();
        let is_on = !self.masked || operands.get(2).and_then(Value::as_bool) == Some(true);
        match operands.first() {
            Some(Value::Affine(pointers)) => {
                is_on && pointers.is_row(shape, size) && memory.can_write(pointers.base, size, lanes(shape))
            }
            _ => false,
        }
    }

    pub(crate) fn run<H: Hooks>(
        self,
        scope: &Scope<'_>,
        mut operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        let shape = scope.shape(0);
        let pointers = need(&mut operands, 0)?;
        let value = need(&mut operands, 1)?;
        let mask = if self.masked { Some(need(&mut operands, 2)?) } else { None };
        store_value(watched, shape, self.format, pointers, mask, value)?;
        Ok(Values::new())
    }
}

/// A value of any class to memory.
pub(super) fn store_value<H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    pointers: Value,
    mask: Option<Value>,
    value: Value,
) -> Outcome<()> {
    watched.writes += 1;
    let missing = || Trap::form(1);
    match format.class() {
        Class::F32 => store(watched, shape, format, pointers, mask, value.into_f32().ok_or_else(missing)?),
        Class::F64 => store(watched, shape, format, pointers, mask, value.into_f64().ok_or_else(missing)?),
        Class::I32 => store(watched, shape, format, pointers, mask, value.into_i32(shape).ok_or_else(missing)?),
        Class::I64 => store(watched, shape, format, pointers, mask, value.into_i64(shape).ok_or_else(missing)?),
        Class::Mask => store(watched, shape, format, pointers, mask, value.into_bits(shape).ok_or_else(missing)?),
    }
}

fn store<T: Element, H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    pointers: Value,
    mask: Option<Value>,
    value: Lanes<T>,
) -> Outcome<()> {
    let masked = if mask.is_some() { Mask::True } else { Mask::None };
    let (pointers, region) = match Addresses::new(pointers, mask) {
        Addresses::Short(pointers, region) => (pointers, region),
        Addresses::Each(pointers, mask) => return scattered(watched, shape, format, pointers, mask, value),
    };
    let size = format.bytes();
    if let Lanes::Stored(stored) = &value
        && region.as_splat() == Some(true)
        && pointers.is_row(shape, size)
        && stored.is_compact(shape)
        && stored.data().0.len() == lanes(shape)
    {
        let mut row = stored.data().0;
        let count = row.len();
        let write = Cursor::new(watched.memory).write(pointers.base, size, count, |piece| {
            let (now, later) = row.split_at_checked(piece.len() / size).unwrap_or_default();
            T::store(format, now, piece);
            row = later;
        });
        write.map_err(|fault| Trap::Memory { fault, access: Access::Store, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Store, pointers.base, size as i64, size, count);
        return Ok(());
    }
    let block = Block::new(shape, &pointers, &region, |axis| value.varies(axis));
    if region.as_splat() == Some(false) || block.is_empty() {
        return Ok(());
    }
    let value = block.frame.align(value);
    let walk = block.walk(value.steps());
    let mut cursor = Cursor::new(watched.memory);
    let (mut row, mut bytes) = (Vec::new(), Vec::new());
    walk.try_each(block.start(value.steps(), value.start()), |[address, from]| {
        let mut write = || -> Result<(), crate::memory::Fault> {
            let row = match value.row(from, walk.steps[1], walk.row) {
                // Joined axes may step over lanes.
                Operand::Each(_) if walk.steps[1] != 1 && walk.row > 1 => {
                    row.clear();
                    row.extend((0..walk.row as i64).map(|lane| match value.row(from + lane * walk.steps[1], 1, 1) {
                        Operand::Each(one) => one.first().copied().unwrap_or_default(),
                        Operand::All(one) => one,
                    }));
                    &row[..]
                }
                Operand::Each(each) => each,
                Operand::All(one) => {
                    row.clear();
                    row.resize(walk.row, one);
                    &row[..]
                }
            };
            if walk.row == 1 || walk.steps[0] == size as i64 {
                let mut done = 0;
                return cursor.write(address, size, walk.row, |piece| {
                    let count = piece.len() / size;
                    T::store(format, row.get(done..done + count).unwrap_or_default(), piece);
                    done += count;
                });
            }
            bytes.clear();
            bytes.resize(walk.row * size, 0);
            T::store(format, row, &mut bytes);
            let mut at = address;
            for element in bytes.chunks_exact(size) {
                cursor.write(at, size, 1, |piece| piece.copy_from_slice(element))?;
                at = at.wrapping_add(walk.steps[0]);
            }
            Ok(())
        };
        write().map_err(|fault| Trap::Memory { fault, access: Access::Store, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Store, address, walk.steps[0], size, walk.row);
        Ok(())
    })
}

fn scattered<T: Element, H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    pointers: Value,
    mask: Option<Value>,
    value: Lanes<T>,
) -> Outcome<()> {
    let masked = if mask.is_some() { Mask::True } else { Mask::None };
    let lanes = Scattered::new(shape, pointers, mask, |axis| value.varies(axis))?;
    let size = format.bytes();
    let row = lanes.frame.spread(value);
    let mut bytes = vec![0; lanes.addresses.len() * size];
    T::store(format, &row, &mut bytes);
    let mut cursor = Cursor::new(watched.memory);
    lanes.runs(size, |first, address, count| {
        let mut at = first * size;
        let write = cursor.write(address, size, count, |piece| {
            if let Some(from) = bytes.get(at..at + piece.len()) {
                piece.copy_from_slice(from);
            }
            at += piece.len();
        });
        write.map_err(|fault| Trap::Memory { fault, access: Access::Store, mask: masked })?;
        watched.hooks.note(watched.memory, Access::Store, address, size as i64, size, count);
        Ok(())
    })
}
