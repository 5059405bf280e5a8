//! `tt.dot` and `tt.dot_scaled`.

mod scaled;

use crate::numbers::dot::{Matrix, Precision, dot_f32, dot_f64, dot_i32};
use crate::numbers::format::{Class, Format, Rounding, round_f32};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Lane;
use crate::value::Values;
use crate::value::axes::step;
use crate::value::{Lanes, Stored, Value};

pub(crate) use scaled::Scaled;

/// A product of matrices, added to a third. With three axes the first one counts products.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dot {
    precision: Precision,
}

impl Dot {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.dot" {
            return Ok(None);
        }
        form.count(3, 1)?;
        let (a, b, c) = (form.operand(0)?, form.operand(1)?, form.operand(2)?);
        if c != form.result(0)? {
            return Err("its result's type isn't its third operand's".to_owned());
        }
        let fits = match (&a.shape[..], &b.shape[..], &c.shape[..]) {
            ([m, k], [l, n], [p, q]) => k == l && m == p && n == q,
            ([x, m, k], [y, l, n], [z, p, q]) => x == y && y == z && k == l && m == p && n == q,
            _ => false,
        };
        if !fits {
            return Err("its shapes don't fit together".to_owned());
        }
        let class = c.format().class();
        if a.format().class() != class
            || b.format().class() != class
            || !matches!(class, Class::F32 | Class::F64 | Class::I32)
        {
            return Err(format!(
                "products of {:?} and {:?} in {:?} are not supported",
                a.format(),
                b.format(),
                c.format()
            ));
        }
        let precision = match form.word("inputPrecision") {
            // Printed for every type, but only f32 has a lower precision.
            Some(word) if a.format() == Format::F32 => {
                Precision::from_mlir(word).ok_or_else(|| format!("`inputPrecision = {word}` is not known"))?
            }
            _ => Precision::Ieee,
        };
        Ok(Some(Self { precision }))
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_default();
        let (a, b, c) = (next(), next(), next());
        let shape = scope.result_shape(0);
        let missing = || Trap::form(0);
        let format = scope.result_format(0);
        let value = match format.class() {
            Class::F64 => {
                let (a, b, c) = (a.into_f64(), b.into_f64(), c.into_f64());
                let (a, b) = (
                    matrices(a.ok_or_else(missing)?, scope.shape(0)),
                    matrices(b.ok_or_else(missing)?, scope.shape(1)),
                );
                let mut sums = c.ok_or_else(missing)?.into_vec(shape);
                each(scope, &a, &b, &mut sums, &mut |a, b, sums| dot_f64(a, b, sums))?;
                Value::from(Lanes::full(sums, shape))
            }
            Class::I32 => {
                let (a, b) = (a.into_i32(scope.shape(0)), b.into_i32(scope.shape(1)));
                let (a, b) = (
                    matrices(a.ok_or_else(missing)?, scope.shape(0)),
                    matrices(b.ok_or_else(missing)?, scope.shape(1)),
                );
                let mut sums = c.into_i32(shape).ok_or_else(missing)?.into_vec(shape);
                each(scope, &a, &b, &mut sums, &mut |a, b, sums| dot_i32(a, b, sums))?;
                Value::from(Lanes::full(sums, shape))
            }
            _ => {
                let (a, b, c) = (a.into_f32(), b.into_f32(), c.into_f32());
                let (a, b) = (
                    matrices(a.ok_or_else(missing)?, scope.shape(0)),
                    matrices(b.ok_or_else(missing)?, scope.shape(1)),
                );
                let mut sums = c.ok_or_else(missing)?.into_vec(shape);
                each(scope, &a, &b, &mut sums, &mut |a, b, sums| dot_f32(self.precision, a, b, sums))?;
                if format != Format::F32 {
                    round_f32(format, Rounding::NearestEven, &mut sums);
                }
                Value::from(Lanes::full(sums, shape))
            }
        };
        Ok(smallvec::smallvec![value])
    }
}

/// Stored so that matrices can be taken out by strides.
fn matrices<T: Lane>(lanes: Lanes<T>, shape: &[usize]) -> Stored<T> {
    match lanes {
        // Strides of 0 are no problem: an axis that doesn't vary.
        Lanes::Stored(stored) => stored,
        Lanes::Splat(value) => Stored::new(vec![value], smallvec::smallvec![0; shape.len()]),
    }
}

/// Adds a product to sums.
type Product<'f, T> = dyn FnMut(Matrix<'_, T>, Matrix<'_, T>, &mut [T]) + 'f;

/// Each product of a batch.
fn each<T: Lane>(
    scope: &Scope<'_>,
    a: &Stored<T>,
    b: &Stored<T>,
    sums: &mut [T],
    f: &mut Product<'_, T>,
) -> Outcome<()> {
    let (left, right) = (scope.shape(0), scope.shape(1));
    let &[.., m, k] = left else { return Err(Trap::form(0)) };
    let &[.., n] = right else { return Err(Trap::form(1)) };
    let matrix = |stored: &Stored<T>, shape: [usize; 2], index: usize| -> Option<(usize, [usize; 2], [usize; 2])> {
        let first = left.len() - 2;
        let (_, start) = stored.data();
        let strides = [step(&stored.steps, first), step(&stored.steps, first + 1)].map(|step| step as usize);
        let batch = if first == 1 { step(&stored.steps, 0) as usize } else { 0 };
        Some((start + batch * index, shape, strides))
    };
    for (index, sums) in sums.chunks_mut((m * n).max(1)).enumerate() {
        let view = |stored: &Stored<T>, shape| matrix(stored, shape, index);
        let (Some((a_start, a_shape, a_strides)), Some((b_start, b_shape, b_strides))) =
            (view(a, [m, k]), view(b, [k, n]))
        else {
            return Err(Trap::form(0));
        };
        let a = a.data().0.get(a_start..).and_then(|data| Matrix::with_strides(data, a_shape, a_strides));
        let b = b.data().0.get(b_start..).and_then(|data| Matrix::with_strides(data, b_shape, b_strides));
        f(a.ok_or_else(|| Trap::form(0))?, b.ok_or_else(|| Trap::form(1))?, sums);
    }
    Ok(())
}
