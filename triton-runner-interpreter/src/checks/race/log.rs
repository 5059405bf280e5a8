//! What programs accessed, as rows.

use std::collections::HashMap;

use bytemuck::NoUninit;

use crate::checks::found::Who;
use crate::hooks::Run;
use crate::numbers::elementwise::{digest_32, digest_64};
use crate::numbers::format::{Class, Format};
use crate::trap::Access;
use crate::value::axes::lanes;
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
    /// Of a value with these lanes, for each of the programs that are its first axis, or for one. The same numbers give the
    /// same, in whatever form they are.
    pub(in crate::checks) fn of(value: &Value, shape: &[usize], format: Format, programs: usize) -> Vec<Self> {
        let rows = Rows { shape, programs };
        let all = match (value, format.class()) {
            (Value::F32(all), _) => Some(rows.of_32(all, |lane| u64::from(lane.to_bits()))),
            (Value::F64(all), _) => Some(rows.of_64(all, f64::to_bits)),
            (value, Class::I32) => {
                value.clone().into_i32(shape).map(|all| rows.of_32(&all, |lane| i64::from(lane).cast_unsigned()))
            }
            (value, Class::I64) => value.clone().into_i64(shape).map(|all| rows.of_64(&all, i64::cast_unsigned)),
            _ => None,
        };
        all.unwrap_or_else(|| vec![Self::Unknown; programs])
    }
}

/// A tensor as a row for each program.
struct Rows<'v> {
    shape: &'v [usize],
    programs: usize,
}

impl Rows<'_> {
    fn of_32<T: Lane + NoUninit>(&self, all: &Lanes<T>, bits: impl Fn(T) -> u64) -> Vec<Content> {
        self.of(all, bits, |row| {
            let row: &[u32] = bytemuck::cast_slice(row);
            is_varied(row).then(|| digest_32(row))
        })
    }

    fn of_64<T: Lane + NoUninit>(&self, all: &Lanes<T>, bits: impl Fn(T) -> u64) -> Vec<Content> {
        self.of(all, bits, |row| {
            let row: &[u64] = bytemuck::cast_slice(row);
            is_varied(row).then(|| digest_64(row))
        })
    }

    fn of<T: Lane>(
        &self,
        all: &Lanes<T>,
        bits: impl Fn(T) -> u64,
        digest: impl Fn(&[T]) -> Option<u64>,
    ) -> Vec<Content> {
        let copied;
        let data = match all {
            Lanes::Splat(value) => return vec![Content::All(bits(*value)); self.programs],
            Lanes::Stored(stored) if stored.is_compact(self.shape) && stored.data().0.len() == lanes(self.shape) => {
                stored.data().0
            }
            Lanes::Stored(_) => {
                copied = all.to_vec(self.shape);
                &copied
            }
        };
        let content = |row: &[T]| match (digest(row), row.first()) {
            (Some(digest), _) => Content::Hash(digest),
            (None, Some(first)) => Content::All(bits(*first)),
            (None, None) => Content::Unknown,
        };
        data.chunks_exact((data.len() / self.programs).max(1)).map(content).collect()
    }
}

/// Whether not all numbers of a row are the same.
fn is_varied<T: PartialEq>(row: &[T]) -> bool {
    row.get(1..) != row.split_last().map(|(_, before)| before)
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

/// Rows of programs side by side along x: one for each, at equal distances.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Of the first program.
    row: Row,
    /// Bytes from one program to the next.
    step: i64,
    /// Of each program.
    contents: Vec<Content>,
}

impl Group {
    pub(super) fn access(&self) -> Access {
        self.row.access
    }

    /// From the first byte to behind the last, if no two programs meet in between.
    pub(super) fn extent(&self) -> Option<(i64, i64)> {
        let (low, high) = (self.row.start, self.row.end());
        let reach = self.step.saturating_mul(self.contents.len() as i64 - 1);
        let is_apart = self.contents.len() == 1 || self.step.saturating_abs() >= high - low;
        is_apart.then(|| (low.saturating_add(reach.min(0)), high.saturating_add(reach.max(0))))
    }

    /// The row of each program.
    pub(super) fn rows(self) -> impl Iterator<Item = Row> {
        let Self { row, step, contents } = self;
        contents.into_iter().zip(0u32..).map(move |(content, place)| {
            let [x, y, z] = row.who.id;
            let who = Who { index: row.who.index + u64::from(place), id: [x + place, y, z] };
            Row { start: row.start.wrapping_add(step.wrapping_mul(i64::from(place))), who, content, ..row }
        })
    }
}

/// What was accessed of one buffer.
#[derive(Debug, Default)]
pub(super) struct Accesses {
    pub(super) rows: Vec<Row>,
    pub(super) groups: Vec<Group>,
}

/// What one thread's programs accessed.
#[derive(Debug, Default)]
pub(in crate::checks) struct Log {
    /// By buffer.
    pub(super) buffers: Vec<Accesses>,
    /// Atomic operations of programs, in order.
    pub(super) events: HashMap<u64, Vec<Event>>,
    epoch: u32,
    /// How many rows and groups there were when the program began that runs.
    before: Vec<[usize; 2]>,
}

impl Log {
    /// A program starts.
    pub(in crate::checks) fn start(&mut self, index: u64) {
        self.enter(index);
        self.before.clear();
        self.before.extend(self.buffers.iter().map(|all| [all.rows.len(), all.groups.len()]));
    }

    /// Forgets what the program that runs has accessed.
    pub(in crate::checks) fn forget(&mut self) {
        for (place, all) in self.buffers.iter_mut().enumerate() {
            let [rows, groups] = self.before.get(place).copied().unwrap_or_default();
            all.rows.truncate(rows);
            all.groups.truncate(groups);
        }
    }

    /// Another program runs.
    pub(in crate::checks) fn enter(&mut self, index: u64) {
        self.epoch =
            if self.events.is_empty() { 0 } else { self.events.get(&index).map_or(0, |events| events.len() as u32) };
    }

    fn buffer(&mut self, buffer: usize) -> Option<&mut Accesses> {
        if self.buffers.len() <= buffer {
            self.buffers.resize_with(buffer + 1, Accesses::default);
        }
        self.buffers.get_mut(buffer)
    }

    fn row(&self, run: Run, who: Who, at: usize, content: Content, alone: bool) -> Row {
        let (size, count) = (run.size as i64, run.count as i64);
        let (start, step) = match run.step {
            step if step < 0 => (run.offset + step * (count - 1), -step),
            step => (run.offset, step),
        };
        // A row of one place, many times.
        let (step, count) = if step == 0 { (size, 1) } else { (step, count) };
        Row { access: run.access, start, step, size, count, who, at, content, epoch: self.epoch, alone }
    }

    pub(in crate::checks) fn access(&mut self, run: Run, who: Who, at: usize, content: Content, alone: bool) {
        let row = self.row(run, who, at, content, alone);
        let Some(Accesses { rows, .. }) = self.buffer(run.buffer) else { return };
        if let Some(last) = rows.last_mut()
            && (last.access, last.who, last.at, last.epoch, last.size) == (row.access, who, at, row.epoch, row.size)
            && last.content == content
            && last.is_dense()
            && row.is_dense()
            && last.end() == row.start
        {
            (last.count, last.step) = (last.count + row.count, row.size);
            return;
        }
        rows.push(row);
    }

    /// An access of programs side by side: the first one's row, and what each stores.
    pub(in crate::checks) fn abreast(&mut self, run: Run, step: i64, first: Who, at: usize, contents: Vec<Content>) {
        let row = self.row(run, first, at, Content::Unknown, false);
        if let Some(all) = self.buffer(run.buffer) {
            all.groups.push(Group { row, step, contents });
        }
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
        for (place, other) in other.buffers.into_iter().enumerate() {
            if let Some(all) = self.buffer(place) {
                all.rows.extend(other.rows);
                all.groups.extend(other.groups);
            }
        }
        self.events.extend(other.events);
    }
}
