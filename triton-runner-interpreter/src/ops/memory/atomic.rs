//! `tt.atomic_rmw`, `tt.atomic_cas`, `tt.atomic_load`, `tt.atomic_store`: each lane as a whole, before or after what
//! other programs do.

use crate::hooks::Hooks;
use crate::hooks::Watched;
use crate::memory::Cursor;
use crate::numbers::format::{Class, Format, Rounding, round_f32, wrap_i32};
use crate::ops::element::Element;
use crate::ops::form::{Form, Reason};
use crate::scope::{Scope, need};
use crate::trap::{Access, Mask};
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::{Lanes, Value};

/// What becomes of the number in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    And,
    Or,
    Xor,
    Add,
    AddFloats,
    Max,
    Min,
    MaxUnsigned,
    MinUnsigned,
    Exchange,
    /// It stays: `tt.atomic_load`.
    Keep,
    /// By the second value, where it equals the first, bit for bit.
    CompareAndSwap,
}

/// An atomic operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Atomic {
    change: Change,
    format: Format,
    /// Which operand is the value, or the value to compare with.
    value: Option<usize>,
    mask: Option<usize>,
}

impl Change {
    pub(crate) fn from_word(word: &str, format: Format) -> Option<Self> {
        let is_float = matches!(format.class(), Class::F32 | Class::F64);
        let change = match word {
            "and" => Self::And,
            "or" => Self::Or,
            "xor" => Self::Xor,
            "add" if is_float => Self::AddFloats,
            "add" => Self::Add,
            "fadd" => Self::AddFloats,
            "max" => Self::Max,
            "min" => Self::Min,
            "umax" => Self::MaxUnsigned,
            "umin" => Self::MinUnsigned,
            "exch" => Self::Exchange,
            _ => return None,
        };
        let fits = match change {
            Self::AddFloats => is_float,
            Self::Exchange | Self::Max | Self::Min => true,
            _ => !is_float,
        };
        (fits && format != Format::I1).then_some(change)
    }
}

impl Atomic {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let results = form.results.len();
        let (word, value) = match form.name() {
            "tt.atomic_rmw" => (form.need_word("atomic_rmw_op")?, form.place("val")),
            "tt.atomic_cas" => ("cas", form.place("cmp")),
            "tt.atomic_load" => ("load", None),
            "tt.atomic_store" => ("exch", form.place("value")),
            _ => return Ok(None),
        };
        form.elementwise()?;
        let format = form.operand(0)?.pointee().ok_or("it works on no pointer to a number")?;
        let change = match word {
            "cas" => Change::CompareAndSwap,
            "load" => Change::Keep,
            _ => {
                Change::from_word(word, format).ok_or_else(|| format!("`{word}` is not supported on these numbers"))?
            }
        };
        let mask = form.place("mask");
        let values = value.into_iter().chain((change == Change::CompareAndSwap).then_some(2));
        for place in values {
            if form.operand(place)?.format() != format {
                return Err("its types don't fit".to_owned());
            }
        }
        let fits = mask.is_none_or(|mask| form.operand(mask).is_ok_and(|ty| ty.format() == Format::I1))
            && (results == 0 || results == 1 && form.result(0)?.format() == format);
        if fits { Ok(Some(Self { change, format, value, mask })) } else { Err("its types don't fit".to_owned()) }
    }

    pub(crate) fn run<H: Hooks>(
        self,
        scope: &Scope<'_>,
        mut operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        let shape = scope.shape(0);
        let pointers = need(&mut operands, 0)?;
        let mask = match self.mask {
            Some(place) => Some(need(&mut operands, place)?),
            None => None,
        };
        let second = if self.change == Change::CompareAndSwap { need(&mut operands, 2)? } else { Value::None };
        let value = match self.value {
            Some(place) => need(&mut operands, place)?,
            None => Value::None,
        };
        let old = atomically(watched, shape, self.format, self.change, pointers, mask, [value, second])?;
        Ok(if scope.results() == 0 { Values::new() } else { smallvec::smallvec![old] })
    }
}

/// Changes numbers in memory lane by lane, in order, and gives what they were.
pub(super) fn atomically<H: Hooks>(
    watched: &mut Watched<'_, '_, H>,
    shape: &[usize],
    format: Format,
    change: Change,
    pointers: Value,
    mask: Option<Value>,
    [value, second]: [Value; 2],
) -> Outcome<Value> {
    let pointers = pointers.into_i64(shape).ok_or_else(|| Trap::form(0))?.to_vec(shape);
    let masked = if mask.is_some() { Mask::True } else { Mask::None };
    let mask = match mask {
        Some(mask) => mask.into_bits(shape).ok_or_else(|| Trap::form(1))?.to_vec(shape),
        None => Vec::new(),
    };
    let lanes = Each { shape, format, pointers: &pointers, mask: &mask, masked };
    macro_rules! each {
        ($element:ty, $into:ident($($shape:ident)?), $apply:expr) => {{
            let read = |value: Value| -> Vec<$element> {
                value.$into($($shape)?).map(|lanes| lanes.to_vec(shape)).unwrap_or_default()
            };
            lanes.run::<$element, H>(watched, change, &read(value), &read(second), $apply)?.into()
        }};
    }
    Ok(match format.class() {
        Class::F32 => each!(f32, into_f32(), |old, new| of_f32(change, format, old, new)),
        Class::F64 => each!(f64, into_f64(), |old, new| match change {
            Change::AddFloats => old + new,
            Change::Max => old.max(new),
            Change::Min => old.min(new),
            _ => new,
        }),
        Class::I32 => each!(i32, into_i32(shape), |old, new| of_i32(change, format, old, new)),
        Class::I64 => each!(i64, into_i64(shape), |old, new| of_i64(change, old, new)),
        Class::Mask => each!(u8, into_bits(shape), |_, new| new),
    })
}

/// Lanes of an atomic operation.
struct Each<'e> {
    shape: &'e [usize],
    format: Format,
    pointers: &'e [i64],
    mask: &'e [u8],
    masked: Mask,
}

impl Each<'_> {
    fn run<T: Element, H: Hooks>(
        &self,
        watched: &mut Watched<'_, '_, H>,
        change: Change,
        values: &[T],
        seconds: &[T],
        apply: impl Fn(T, T) -> T,
    ) -> Outcome<Lanes<T>> {
        let size = self.format.bytes();
        let mut old = vec![T::default(); self.pointers.len()];
        let mut cursor = Cursor::new(watched.memory);
        let mut bytes = [0; 8];
        for (lane, &address) in self.pointers.iter().enumerate() {
            if self.mask.get(lane).is_some_and(|on| *on == 0) {
                continue;
            }
            let of = |values: &[T]| values.get(lane).copied().unwrap_or_default();
            let (mut is_changed, mut born) = (false, None);
            let done = cursor.update(address, size, change != Change::Exchange, |place| {
                watched.hooks.happens();
                let mut was = [T::default()];
                T::load(self.format, place, &mut was);
                if let Some(old) = old.get_mut(lane) {
                    *old = was[0];
                }
                let Some(bytes) = bytes.get_mut(..size) else { return };
                match change {
                    Change::Keep => return,
                    Change::CompareAndSwap => {
                        T::store(self.format, &[of(values)], bytes);
                        if place != bytes {
                            return;
                        }
                        T::store(self.format, &[of(seconds)], bytes);
                    }
                    _ => T::store(self.format, &[apply(was[0], of(values))], bytes),
                }
                if H::PRESENT && change == Change::AddFloats {
                    let mut now = [T::default()];
                    T::load(self.format, bytes, &mut now);
                    born = birth(was[0], of(values), now[0]);
                }
                is_changed = place != bytes;
                place.copy_from_slice(bytes);
            });
            done.map_err(|fault| Trap::Memory { fault, access: Access::Atomic, mask: self.masked })?;
            watched.writes += u64::from(is_changed);
            if let Some(numbers) = born {
                watched.hooks.bears(watched.memory, address, numbers);
            }
            watched.hooks.note(watched.memory, Access::Atomic, address, size as i64, size, 1);
        }
        Ok(Lanes::full(old, self.shape))
    }
}

/// A sum that is infinite or NaN, as neither summand is.
fn birth<T: Element>(was: T, by: T, now: T) -> Option<[f64; 3]> {
    let numbers = [was.as_float()?, by.as_float()?, now.as_float()?];
    let [was, by, now] = numbers;
    let is_new = if now.is_nan() { !was.is_nan() && !by.is_nan() } else { was.is_finite() && by.is_finite() };
    (!now.is_finite() && is_new).then_some(numbers)
}

fn of_f32(change: Change, format: Format, old: f32, new: f32) -> f32 {
    let mut row = [match change {
        Change::AddFloats => old + new,
        Change::Max => old.max(new),
        Change::Min => old.min(new),
        _ => new,
    }];
    round_f32(format, Rounding::NearestEven, &mut row);
    row[0]
}

fn of_i32(change: Change, format: Format, old: i32, new: i32) -> i32 {
    // Sign-extended numbers compare without signs as their low bits do.
    let mut row = [of_i64(change, old.into(), new.into()) as i32];
    wrap_i32(format.bits(), &mut row);
    row[0]
}

fn of_i64(change: Change, old: i64, new: i64) -> i64 {
    let (a, b) = (old.cast_unsigned(), new.cast_unsigned());
    match change {
        Change::And => old & new,
        Change::Or => old | new,
        Change::Xor => old ^ new,
        Change::Add => old.wrapping_add(new),
        Change::Max => old.max(new),
        Change::Min => old.min(new),
        Change::MaxUnsigned => a.max(b).cast_signed(),
        Change::MinUnsigned => a.min(b).cast_signed(),
        _ => new,
    }
}
