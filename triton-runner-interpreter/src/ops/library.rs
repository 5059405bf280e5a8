//! `tt.extern_elementwise`: functions of NVIDIA's libdevice.

use smallvec::SmallVec;

use crate::numbers::format::Class;
use crate::numbers::libdevice::Libdevice;
use crate::numbers::{Column, ColumnMut};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Values;
use crate::value::axes::lanes;
use crate::value::{Lanes, Value};

/// A call of a function for each lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library {
    function: Libdevice,
}

/// Lanes of one class, one after the other.
enum Row {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    Mask(Vec<u8>),
}

impl Library {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        if form.name() != "tt.extern_elementwise" {
            return Ok(None);
        }
        let symbol = form.need_word("symbol")?;
        let function = Libdevice::find(symbol).ok_or_else(|| format!("the function `{symbol}` is not known"))?;
        form.count(function.arguments().len(), 1)?;
        form.elementwise()?;
        let classes = form.operands.iter().map(|ty| ty.format().class());
        let fits =
            classes.eq(function.arguments().iter().copied()) && form.result(0)?.format().class() == function.result();
        if fits { Ok(Some(Self { function })) } else { Err(format!("`{symbol}` takes other types")) }
    }

    pub(crate) fn run(self, scope: &Scope<'_>, operands: Values) -> Outcome<Values> {
        let shape = scope.result_shape(0);
        // What doesn't vary is computed once.
        let same = operands.iter().all(is_splat);
        let one: &[usize] = &[];
        let shape = if same { one } else { shape };
        let mut rows: SmallVec<[Row; 2]> = SmallVec::new();
        for (place, value) in operands.into_iter().enumerate() {
            let missing = || Trap::form(place);
            rows.push(match scope.format(place).class() {
                Class::F32 => Row::F32(value.into_f32().ok_or_else(missing)?.into_vec(shape)),
                Class::F64 => Row::F64(value.into_f64().ok_or_else(missing)?.into_vec(shape)),
                Class::I32 => Row::I32(value.into_i32(shape).ok_or_else(missing)?.into_vec(shape)),
                Class::I64 => Row::I64(value.into_i64(shape).ok_or_else(missing)?.into_vec(shape)),
                Class::Mask => Row::Mask(value.into_bits(shape).ok_or_else(missing)?.into_vec(shape)),
            });
        }
        let columns: SmallVec<[Column<'_>; 4]> = rows.iter().map(Row::column).collect();
        let count = lanes(shape);
        macro_rules! apply {
            ($column:ident, $zero:expr) => {{
                let mut out = vec![$zero; count];
                self.function.apply(&columns, ColumnMut::$column(&mut out)).map_err(|_| Trap::form(0))?;
                Value::from(Lanes::full(out, shape))
            }};
        }
        Ok(smallvec::smallvec![match self.function.result() {
            Class::F32 => apply!(F32, 0.0),
            Class::F64 => apply!(F64, 0.0),
            Class::I32 => apply!(I32, 0),
            Class::I64 => apply!(I64, 0),
            Class::Mask => apply!(Mask, 0),
        }])
    }
}

fn is_splat(value: &Value) -> bool {
    match value {
        Value::F32(lanes) => matches!(lanes, Lanes::Splat(_)),
        Value::F64(lanes) => matches!(lanes, Lanes::Splat(_)),
        other => other.as_int().is_some(),
    }
}

impl Row {
    fn column(&self) -> Column<'_> {
        match self {
            Self::F32(row) => Column::F32(row),
            Self::F64(row) => Column::F64(row),
            Self::I32(row) => Column::I32(row),
            Self::I64(row) => Column::I64(row),
            Self::Mask(row) => Column::Mask(row),
        }
    }
}
