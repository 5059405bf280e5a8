//! What is known of a value's lanes beside their numbers: a byte of flags for each.

use crate::numbers::Operand;
use crate::types::Slot;
use crate::value::axes::Shape;
use crate::value::{Lanes, combine, map};

/// Loaded with a mask that is false and without `other`.
pub(super) const UNDEFINED: u8 = 1;
/// A sum in which what is undefined is 0 on an NVIDIA GPU: as if it weren't there.
pub(super) const ABSORBED: u8 = 2;
/// A 32-bit integer that wrapped.
pub(super) const WRAPPED: u8 = 4;
/// Divided by zero.
pub(super) const DIVIDED: u8 = 8;
/// NaN or an infinity.
pub(super) const INFINITE: u8 = 16;
/// One that was born in the program.
pub(super) const BORN: u8 = 32;
/// NaN.
pub(super) const NAN: u8 = 64;

/// Flags of a value, and where they come from.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub(super) lanes: Lanes<u8>,
    /// What lanes that wrapped would be if they hadn't; `None` where that isn't known any more.
    pub(super) meant: Option<Lanes<i64>>,
    pub(super) from: Origins,
}

/// For undefined, wrapped, divided and born lanes: a place in the program's list of births, counted from 1.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Origins([u32; 4]);

impl Origins {
    fn place(flag: u8) -> usize {
        match flag {
            UNDEFINED | ABSORBED => 0,
            WRAPPED => 1,
            DIVIDED => 2,
            _ => 3,
        }
    }

    pub(super) fn of(flag: u8, birth: u32) -> Self {
        let mut origins = Self::default();
        origins.0[Self::place(flag)] = birth;
        origins
    }

    pub(super) fn get(self, flag: u8) -> u32 {
        self.0[Self::place(flag)]
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|place| if self.0[place] == 0 { other.0[place] } else { self.0[place] }))
    }
}

impl Mark {
    pub(super) fn new(lanes: Lanes<u8>, from: Origins) -> Self {
        Self { lanes, meant: None, from }
    }

    /// The same flags; what was meant is forgotten.
    pub(super) fn forgetful(&self) -> Self {
        Self::new(self.lanes.clone(), self.from)
    }

    /// All flags of any lane.
    pub(super) fn any(&self) -> u8 {
        match &self.lanes {
            Lanes::Splat(flags) => *flags,
            Lanes::Stored(stored) => stored.data().0.iter().fold(0, |all, flags| all | flags),
        }
    }

    /// The same flags but for some; `None` if no lane has any.
    pub(super) fn without(self, shape: &[usize], flags: u8) -> Option<Self> {
        let any = self.any();
        if any & !flags == 0 {
            return None;
        }
        if any & flags == 0 {
            return Some(self);
        }
        let keep = |from: &[u8], to: &mut [u8]| to.iter_mut().zip(from).for_each(|(to, from)| *to = from & !flags);
        let lanes = map(shape, &self.lanes, &mut |from, to| keep(from, to));
        Some(Self { lanes, meant: self.meant.filter(|_| flags & WRAPPED == 0), from: self.from })
    }

    /// Lanes that have a flag of either.
    pub(super) fn or(self, shape: &[usize], other: Self) -> Self {
        let from = self.from.or(other.from);
        let meant = match (self.meant.is_some(), other.meant.is_some()) {
            (true, false) if other.any() & WRAPPED == 0 => self.meant,
            (false, true) if self.any() & WRAPPED == 0 => other.meant,
            _ => None,
        };
        let lanes = combine(shape, self.lanes, other.lanes, &mut |_, row, other| match other {
            Operand::All(flags) => row.iter_mut().for_each(|lane| *lane |= flags),
            Operand::Each(flags) => row.iter_mut().zip(flags).for_each(|(lane, flags)| *lane |= flags),
        });
        Self { lanes, meant, from }
    }

    /// Flags lane by lane, in row-major order.
    pub(super) fn to_vec(&self, shape: &[usize]) -> Vec<u8> {
        self.lanes.to_vec(shape)
    }

    /// Of flags lane by lane; `None` if no lane has any.
    pub(super) fn of(shape: &[usize], flags: Vec<u8>, from: Origins) -> Option<Self> {
        flags.iter().any(|flags| *flags != 0).then(|| Self::new(Lanes::full(flags, shape), from))
    }
}

/// Either, or both together.
pub(super) fn either(shape: &[usize], a: Option<Mark>, b: Option<Mark>) -> Option<Mark> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.or(shape, b)),
        (a, b) => a.or(b),
    }
}

/// Where something began that is wrong if it gets too far.
#[derive(Clone, Debug)]
pub(super) struct Birth {
    pub(super) flag: u8,
    /// The instruction.
    pub(super) at: usize,
    /// The place of a lane for which it holds.
    pub(super) index: Shape,
    /// In numbers.
    pub(super) text: String,
    /// What it was computed of, where that is known.
    pub(super) of: String,
}

/// Marks of one program's values.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    slots: Vec<Option<Box<Mark>>>,
    pub(super) births: Vec<Birth>,
}

impl Marks {
    /// As before the program starts.
    pub(super) fn reset(&mut self, slots: usize, initial: &[(Slot, u8)]) {
        self.slots.iter_mut().for_each(|mark| *mark = None);
        self.slots.resize_with(slots, || None);
        self.births.clear();
        for &(slot, flags) in initial {
            self.set(slot, Some(Mark::new(Lanes::Splat(flags), Origins::default())));
        }
    }

    pub(super) fn get(&self, slot: Slot) -> Option<&Mark> {
        self.slots.get(slot as usize)?.as_deref()
    }

    pub(super) fn set(&mut self, slot: Slot, mark: Option<Mark>) {
        if let Some(place) = self.slots.get_mut(slot as usize)
            && (place.is_some() || mark.is_some())
        {
            *place = mark.map(Box::new);
        }
    }

    /// Notes where something began, once for each instruction.
    pub(super) fn bear(&mut self, flag: u8, at: usize, make: impl FnOnce() -> (Shape, String, String)) -> Origins {
        let known = self.births.iter().position(|birth| birth.flag == flag && birth.at == at);
        let place = known.unwrap_or_else(|| {
            let (index, text, of) = make();
            self.births.push(Birth { flag, at, index, text, of });
            self.births.len() - 1
        });
        Origins::of(flag, place as u32 + 1)
    }

    pub(super) fn birth(&self, mark: &Mark, flag: u8) -> Option<&Birth> {
        self.births.get((mark.from.get(flag) as usize).checked_sub(1)?)
    }
}

/// A lane's place along each axis.
pub(super) fn index(shape: &[usize], lane: usize) -> Shape {
    let mut rest = lane;
    let mut index: Shape = shape
        .iter()
        .rev()
        .map(|&size| {
            let here = rest % size.max(1);
            rest /= size.max(1);
            here
        })
        .collect();
    index.reverse();
    index
}

/// In words, `lane 3` or `lane (0, 3)`; nothing for a scalar.
pub(super) fn lane_word(index: &[usize]) -> String {
    match index {
        [] => String::new(),
        [one] => format!("lane {one}"),
        _ => format!("lane ({})", index.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}
