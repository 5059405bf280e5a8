//! What an author promised of a value: `tl.multiple_of`, `tl.max_contiguous`, `tl.max_constancy`. Compilers believe it.

use triton_runner_ir::{Attribute, Elements, Op};

use crate::numbers::format::Class;
use crate::ops::table::indices;
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::types::SlotType;
use crate::value::{Value, Values};

/// Bytes of the widest access: machine code reads and writes no more at once, so what is promised beyond isn't used.
const WIDEST: usize = 16;

/// Promises of one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    /// For each axis: what runs of neighbours start at a multiple of, how many count up by one, how many are equal.
    divisible: Vec<i64>,
    contiguous: Vec<i64>,
    constant: Vec<i64>,
    /// Elements of the widest access that the value is an offset of; `None` where it leads to no address.
    vector: Option<usize>,
}

impl Promise {
    /// Of an operation's result; `bytes` has the size of the smallest element that it is an offset of. `None` where
    /// nothing is promised, or it can't be checked as it isn't an integer.
    pub(crate) fn of(op: &Op, ty: &SlotType, bytes: Option<usize>) -> Option<Self> {
        let list = |name: &str| op.attribute(name).map_or_else(Vec::new, numbers);
        let this = Self {
            divisible: list("tt.divisibility"),
            contiguous: list("tt.contiguity"),
            constant: list("tt.constancy"),
            vector: bytes.map(|bytes| (WIDEST / bytes.max(1)).max(1)),
        };
        let is_integer = matches!(ty.format().class(), Class::I32 | Class::I64);
        let is_empty = this.divisible.is_empty() && this.contiguous.is_empty() && this.constant.is_empty();
        (is_integer && !is_empty).then_some(this)
    }

    /// Whether an operation has promises of its result.
    pub(crate) fn is_made(op: &Op) -> bool {
        ["tt.divisibility", "tt.contiguity", "tt.constancy"].iter().any(|name| op.attribute(name).is_some())
    }

    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values) -> Outcome<()> {
        let shape = scope.shape(0);
        let value = operands.into_iter().next().unwrap_or_default();
        if shape.is_empty() {
            let number = value.as_int().ok_or_else(|| Trap::form(0))?;
            return match self.divisible.first() {
                Some(by) if *by > 1 && number % by != 0 => Err(Trap::Promise(format!(
                    "it was promised to be a multiple of {by} (`tl.multiple_of`), and is {number}"
                ))
                .into()),
                _ => Ok(()),
            };
        }
        if matches!(&value, Value::None) {
            return Err(Trap::form(0));
        }
        let lanes = indices(value, scope, 0)?;
        let mut inner = lanes.len();
        for (axis, &size) in shape.iter().enumerate() {
            inner /= size.max(1);
            let of = |list: &[i64]| list.get(axis).copied().unwrap_or(1);
            let [divisible, contiguous, constant] = [&self.divisible, &self.contiguous, &self.constant].map(|l| of(l));
            for line in 0..lanes.len() / size.max(1) {
                let first = line / inner.max(1) * inner * size + line % inner.max(1);
                let at = |lane: usize| lanes.get(first + lane * inner).copied().unwrap_or(0);
                let word = |lane: usize| place(shape, first + lane * inner);
                self.line(size, at, word, divisible, contiguous, constant)?;
            }
        }
        Ok(())
    }

    /// Along one axis.
    fn line(
        &self,
        size: usize,
        at: impl Fn(usize) -> i64,
        place: impl Fn(usize) -> String,
        by: i64,
        contiguous: i64,
        constant: i64,
    ) -> Outcome<()> {
        let broken = |message: String| Err(Box::new(Trap::Promise(message)));
        let at_once = |promised: i64| self.vector.map_or(1, |vector| vector.min(promised.max(1) as usize));
        let (run, same) = (at_once(contiguous), at_once(constant));
        let by = by.min(self.vector.unwrap_or(1) as i64);
        for lane in 0..size {
            let (value, before) = (at(lane), at(lane.saturating_sub(1)));
            let follows = lane > 0 && value == before.wrapping_add(1);
            if lane % run != 0 && !follows {
                return broken(format!(
                    "{contiguous} neighbours were promised to count up by one (`tl.max_contiguous`), but element {} is {value} behind {before}, inside {run} that one access may take",
                    place(lane)
                ));
            }
            if lane % same != 0 && value != before {
                return broken(format!(
                    "{constant} neighbours were promised to be equal (`tl.max_constancy`), but element {} is {value} behind {before}",
                    place(lane)
                ));
            }
            if by > 1 && !follows && value % by != 0 {
                return broken(format!(
                    "it was promised to be a multiple of {by} or more (`tl.multiple_of`), but element {}, where its neighbours start to count, is {value}",
                    place(lane)
                ));
            }
        }
        Ok(())
    }
}

/// A lane's place along each axis, in words.
fn place(shape: &[usize], lane: usize) -> String {
    let mut rest = lane;
    let places = shape.iter().rev().map(|&size| {
        let here = rest % size.max(1);
        rest /= size.max(1);
        here.to_string()
    });
    let mut places: Vec<String> = places.collect();
    places.reverse();
    if places.len() == 1 { places.concat() } else { format!("({})", places.join(", ")) }
}

fn numbers(attribute: &Attribute) -> Vec<i64> {
    match attribute {
        Attribute::Dense(dense) => match &dense.elements {
            // One number for all axes; no tensor has as many.
            Elements::Splat(bits) => vec![bits.cast_signed(); 16],
            Elements::List(list) => list.iter().map(|bits| bits.cast_signed()).collect(),
        },
        other => other.as_i64().into_iter().collect(),
    }
}
