//! What programs accessed, as rows.

use std::collections::HashMap;

use crate::checks::found::Who;
use crate::hooks::Run;
use crate::numbers::elementwise::{digest_32, digest_64};
use crate::trap::Access;
use crate::value::{Lane, Lanes, Value};

/// What a store wrote, so that equal stores can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) enum Content {
    /// It wasn't looked at.
    Unknown,
    /// The same number everywhere, by its bits.
    All(u64),
    /// A store with this hash of its numbers.
    Hash(u64),
}

impl Content {
    pub(in crate::checks) fn of(value: &Value) -> Self {
        fn lanes<T: Lane>(lanes: &Lanes<T>, bits: impl Fn(T) -> u64, digest: fn(&[T]) -> u64) -> Content {
            match lanes {
                Lanes::Splat(value) => Content::All(bits(*value)),
                Lanes::Stored(stored) => Content::Hash(digest(stored.data().0)),
            }
        }
        match value {
            Value::F32(all) => lanes(all, |lane| u64::from(lane.to_bits()), |row| digest_32(bytemuck::cast_slice(row))),
            Value::F64(all) => lanes(all, f64::to_bits, |row| digest_64(bytemuck::cast_slice(row))),
            Value::I32(all) => {
                lanes(all, |lane| i64::from(lane).cast_unsigned(), |row| digest_32(bytemuck::cast_slice(row)))
            }
            Value::I64(all) => lanes(all, i64::cast_unsigned, |row| digest_64(bytemuck::cast_slice(row))),
            Value::Affine(affine) => match affine.as_splat() {
                Some(number) => Self::All(number.cast_unsigned()),
                None => Self::Hash(affine.steps.iter().fold(affine.base.cast_unsigned(), |all, step| {
                    all.rotate_left(21).wrapping_mul(31) ^ step.cast_unsigned()
                })),
            },
            Value::Region(region) => region.as_splat().map_or(Self::Unknown, |value| Self::All(u64::from(value))),
            Value::Bits(_) | Value::None | Value::Descriptor(_) => Self::Unknown,
        }
    }
}

/// Elements in a row that one instruction of one program accessed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) access: Access,
    pub(super) start: i64,
    pub(super) step: i64,
    pub(super) size: i64,
    pub(super) count: i64,
    pub(super) who: Who,
    pub(super) at: usize,
    pub(super) content: Content,
    /// Atomic operations that the program had done before.
    pub(super) epoch: u32,
    /// It is atomic for the threads of one program only.
    pub(super) alone: bool,
}

impl Row {
    /// Behind the last byte.
    pub(super) fn end(&self) -> i64 {
        self.start + self.step * (self.count - 1) + self.size
    }

    pub(super) fn is_dense(&self) -> bool {
        self.step == self.size || self.count == 1
    }
}

/// An atomic operation of one lane, once or again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::checks) struct Event {
    pub(in crate::checks) at: usize,
    /// Buffer and byte.
    pub(in crate::checks) place: (usize, i64),
    /// When it took place first and last, counted over all programs.
    pub(in crate::checks) first: u64,
    pub(in crate::checks) last: u64,
    /// What the program did before can be seen by those who come after.
    pub(in crate::checks) releases: bool,
    /// The program sees what others did before.
    pub(in crate::checks) acquires: bool,
}

/// What one thread's programs accessed.
#[derive(Debug, Default)]
pub(in crate::checks) struct Log {
    /// By buffer.
    pub(super) rows: Vec<Vec<Row>>,
    /// Atomic operations of programs, in order.
    pub(super) events: HashMap<u64, Vec<Event>>,
    epoch: u32,
}

impl Log {
    /// Another program runs.
    pub(in crate::checks) fn enter(&mut self, index: u64) {
        self.epoch =
            if self.events.is_empty() { 0 } else { self.events.get(&index).map_or(0, |events| events.len() as u32) };
    }

    pub(in crate::checks) fn access(&mut self, run: Run, who: Who, at: usize, content: Content, alone: bool) {
        if self.rows.len() <= run.buffer {
            self.rows.resize_with(run.buffer + 1, Vec::new);
        }
        let (size, count) = (run.size as i64, run.count as i64);
        let (start, step) = match run.step {
            step if step < 0 => (run.offset + step * (count - 1), -step),
            step => (run.offset, step),
        };
        // A row of one place, many times.
        let (step, count) = if step == 0 { (size, 1) } else { (step, count) };
        let row = Row { access: run.access, start, step, size, count, who, at, content, epoch: self.epoch, alone };
        let Some(rows) = self.rows.get_mut(run.buffer) else { return };
        if let Some(last) = rows.last_mut()
            && (last.access, last.who, last.at, last.epoch, last.size) == (row.access, who, at, row.epoch, size)
            && last.content == content
            && last.is_dense()
            && row.is_dense()
            && last.end() == row.start
        {
            (last.count, last.step) = (last.count + row.count, size);
            return;
        }
        rows.push(row);
    }

    /// An atomic operation of one lane.
    pub(in crate::checks) fn event(&mut self, who: Who, event: Event) {
        let events = self.events.entry(who.index).or_default();
        // A loop that waits does the same again and again.
        match events.last_mut() {
            Some(last) if (last.at, last.place) == (event.at, event.place) => last.last = event.last,
            _ => events.push(event),
        }
        self.epoch = events.len() as u32;
    }

    pub(in crate::checks) fn merge(&mut self, other: Self) {
        if self.rows.len() < other.rows.len() {
            self.rows.resize_with(other.rows.len(), Vec::new);
        }
        for (all, rows) in self.rows.iter_mut().zip(other.rows) {
            all.extend(rows);
        }
        self.events.extend(other.events);
    }
}
