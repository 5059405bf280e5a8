//! `tt.dot_scaled`: a product of matrices whose elements share scales in groups along the sum.

use crate::numbers::dot::{Matrix, Precision, dot_f32};
use crate::numbers::format::{Class, Format, load_f32, scale_of_e8m0, unpack_e2m1};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::{Lanes, Value};

/// A scaled product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scaled {
    a: Side,
    b: Side,
    /// Rows, terms and columns.
    sizes: [usize; 3],
}

/// One factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Side {
    /// Which operand its scales are.
    scale: Option<usize>,
    elements: Elements,
}

/// What a factor's elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Elements {
    /// As the tensor's type says.
    Plain,
    /// Bytes of this format.
    Bytes(Format),
    /// Two in each byte, of four bits; along the sum, or across it.
    Pairs { along_sum: bool },
}

impl Scaled {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.dot_scaled" {
            return Ok(None);
        }
        let side = |operand: usize, words: [&str; 2], pack: &str, scale: &str| -> Result<Side, Reason> {
            let word = form.word(words[0]).or(form.word(words[1])).ok_or("it doesn't say its elements' type")?;
            let format = form.operand(operand)?.format();
            let elements = match (word, format) {
                ("e2m1", Format::I8) => {
                    let along_sum = form.op.attribute(pack).is_none_or(|attribute| attribute.as_bool() != Some(false));
                    Elements::Pairs { along_sum }
                }
                ("e4m3", Format::I8) => Elements::Bytes(Format::F8E4M3Fn),
                ("e5m2", Format::I8) => Elements::Bytes(Format::F8E5M2),
                ("e4m3", Format::F8E4M3Fn)
                | ("e5m2", Format::F8E5M2)
                | ("bf16", Format::Bf16)
                | ("fp16", Format::F16) => Elements::Plain,
                _ => return Err(format!("elements `{word}` in {format:?} are not supported")),
            };
            let scale = form.place(scale);
            if scale.is_some_and(|scale| form.operand(scale).is_ok_and(|ty| ty.format() != Format::I8)) {
                return Err("its scales are no E8M0 bytes".to_owned());
            }
            Ok(Side { scale, elements })
        };
        let a = side(0, ["a_elem_type", "lhs_type"], "lhs_k_pack", "a_scale")?;
        let b = side(1, ["b_elem_type", "rhs_type"], "rhs_k_pack", "b_scale")?;
        let doubled = |side: Side, along_sum: bool| match side.elements {
            Elements::Pairs { along_sum: packed } if packed == along_sum => 2,
            _ => 1,
        };
        let (left, right, result) = (form.operand(0)?, form.operand(1)?, form.operand(2)?);
        let ([m, k], [l, n], [p, q]) = (&left.shape[..], &right.shape[..], &result.shape[..]) else {
            return Err("only products of two matrices are supported".to_owned());
        };
        let sizes = [m * doubled(a, false), k * doubled(a, true), n * doubled(b, false)];
        let scales_fit = |side: Side, rows: usize| -> Result<bool, Reason> {
            let Some(scale) = side.scale else { return Ok(true) };
            let shape = &form.operand(scale)?.shape;
            Ok(matches!(shape[..], [found, groups] if found == rows && groups > 0 && sizes[1] % groups == 0))
        };
        let fits = sizes == [*p, l * doubled(b, true), *q]
            && form.result(0)? == result
            && result.format() == Format::F32
            && scales_fit(a, sizes[0])?
            && scales_fit(b, sizes[2])?;
        if fits { Ok(Some(Self { a, b, sizes })) } else { Err("its shapes don't fit together".to_owned()) }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, mut operands: Values) -> Outcome<Values> {
        let [m, k, n] = self.sizes;
        let mut take = |place: usize| operands.get_mut(place).map(std::mem::take).unwrap_or_default();
        let mut a = self.a.numbers(take(0), scope, 0, true)?;
        let mut b = self.b.numbers(take(1), scope, 1, false)?;
        if let Some(place) = self.a.scale {
            let scales = scales(take(place), scope, place)?;
            let groups = scales.len() / m.max(1);
            for (row, scales) in a.chunks_mut(k.max(1)).zip(scales.chunks(groups.max(1))) {
                for (group, scale) in row.chunks_mut((k / groups.max(1)).max(1)).zip(scales) {
                    group.iter_mut().for_each(|number| *number *= scale);
                }
            }
        }
        if let Some(place) = self.b.scale {
            let scales = scales(take(place), scope, place)?;
            let groups = (scales.len() / n.max(1)).max(1);
            for (term, row) in b.chunks_mut(n.max(1)).enumerate() {
                let group = term / (k / groups).max(1);
                for (column, number) in row.iter_mut().enumerate() {
                    *number *= scales.get(column * groups + group).copied().unwrap_or(1.0);
                }
            }
        }
        let shape = scope.result_shape(0);
        let mut sums = take(2).into_f32().ok_or_else(|| Trap::form(2))?.into_vec(shape);
        let (a, b) = (Matrix::new(&a, m, k), Matrix::new(&b, k, n));
        dot_f32(Precision::Ieee, a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?, &mut sums);
        Ok(smallvec::smallvec![Lanes::full(sums, shape).into()])
    }
}

impl Side {
    /// Its elements, row after row.
    fn numbers(self, value: Value, scope: &Scope<'_>, place: usize, left: bool) -> Outcome<Vec<f32>> {
        let shape = scope.shape(place);
        if self.elements == Elements::Plain {
            return Ok(value.into_f32().ok_or_else(|| Trap::form(place))?.into_vec(shape));
        }
        let bytes = bytes(value, shape, place)?;
        let across = match self.elements {
            Elements::Pairs { along_sum } => along_sum != left,
            Elements::Bytes(format) => {
                let mut numbers = vec![0.0; bytes.len()];
                load_f32(format, &bytes, &mut numbers);
                return Ok(numbers);
            }
            Elements::Plain => false,
        };
        let mut pairs = vec![0.0; bytes.len() * 2];
        unpack_e2m1(&bytes, &mut pairs);
        if !across {
            // The two of a byte are neighbours of a row.
            return Ok(pairs);
        }
        let width = shape.last().copied().unwrap_or(1).max(1);
        let rows = pairs.chunks(2 * width);
        Ok(rows.flat_map(|row| row.iter().step_by(2).chain(row.iter().skip(1).step_by(2))).copied().collect())
    }
}

fn bytes(value: Value, shape: &[usize], place: usize) -> Outcome<Vec<u8>> {
    let lanes = value.into_i32(shape).ok_or_else(|| Trap::form(place))?.into_vec(shape);
    Ok(lanes.into_iter().map(|lane| lane as u8).collect())
}

fn scales(value: Value, scope: &Scope<'_>, place: usize) -> Outcome<Vec<f32>> {
    debug_assert_eq!(scope.format(place).class(), Class::I32);
    let bytes = bytes(value, scope.shape(place), place)?;
    let mut scales = vec![0.0; bytes.len()];
    scale_of_e8m0(&bytes, &mut scales);
    Ok(scales)
}
