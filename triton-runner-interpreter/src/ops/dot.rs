//! `tt.dot`.

use crate::machine::{Outcome, Scope, Trap, Values};
use crate::numbers::format::{Class, Format, Rounding, round_f32, round_to_tf32};
use crate::ops::form::{Form, Reason};
use crate::value::{Lanes, Value};

/// A product of matrices, added to a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Dot {
    tf32: bool,
}

impl Dot {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.dot" {
            return Ok(None);
        }
        form.count(3, 1)?;
        let (a, b, c) = (&form.operand(0)?.shape, &form.operand(1)?.shape, &form.operand(2)?.shape);
        if form.operand(2)? != form.result(0)? {
            return Err("its result's type isn't its third operand's".to_owned());
        }
        let fits = match (&a[..], &b[..], &c[..]) {
            ([m, k], [l, n], [p, q]) => k == l && m == p && n == q,
            ([x, m, k], [y, l, n], [z, p, q]) => x == y && y == z && k == l && m == p && n == q,
            _ => false,
        };
        if !fits {
            return Err("its shapes don't fit together".to_owned());
        }
        let tf32 = form.word("inputPrecision").is_some_and(|word| word == "tf32") && form.operand(0)?.format() == Format::F32;
        Ok(Some(Self { tf32 }))
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let mut operands = operands.into_iter();
        let mut next = || operands.next().unwrap_or_default();
        let (a, b, c) = (next(), next(), next());
        let shape = scope.result_shape(0);
        let [.., m, n] = shape[..] else { return Err(Trap::form(2)) };
        let [.., k] = scope.shape(0)[..] else { return Err(Trap::form(0)) };
        let batch = if shape.len() == 3 { shape[0] } else { 1 };
        let value = match scope.result_format(0).class() {
            Class::F32 => {
                let mut a = a.into_f32().ok_or_else(|| Trap::form(0))?.into_vec(scope.shape(0));
                let mut b = b.into_f32().ok_or_else(|| Trap::form(1))?.into_vec(scope.shape(1));
                let mut c = c.into_f32().ok_or_else(|| Trap::form(2))?.into_vec(shape);
                if self.tf32 {
                    round_to_tf32(&mut a);
                    round_to_tf32(&mut b);
                }
                for i in 0..batch {
                    let (a, b, c) = (&a[i * m * k..], &b[i * k * n..], &mut c[i * m * n..]);
                    for y in 0..m {
                        for z in 0..k {
                            let x = a[y * k + z];
                            for w in 0..n {
                                c[y * n + w] += x * b[z * n + w];
                            }
                        }
                    }
                }
                round_f32(scope.result_format(0), Rounding::NearestEven, &mut c);
                Value::from(Lanes::full(c, shape))
            }
            _ => return Err(Trap::form(2)),
        };
        Ok(smallvec::smallvec![value])
    }
}
