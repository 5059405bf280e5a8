//! Tensor descriptors: blocks of a tensor in memory. What a block has outside the tensor isn't touched.

use std::rc::Rc;

use crate::hooks::Hooks;
use crate::hooks::Watched;
use crate::memory::Descriptor;
use crate::numbers::format::{Class, Format, round_to_tf32};
use crate::ops::element::Element;
use crate::ops::form::{Form, Reason};
use crate::ops::memory::atomic::{Change, atomically};
use crate::ops::memory::load::load;
use crate::ops::memory::placed::Placed;
use crate::ops::memory::store::store_value;
use crate::ops::memory::tensor_map;
use crate::ops::table::indices;
use crate::scope::{Scope, need};
use crate::trap::{Outcome, Trap};
use crate::types::Kind;
use crate::value::Values;
use crate::value::axes::{Shape, lanes};
use crate::value::{Affine, Lanes, Region, Value, change};

/// What is done by a descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OnDescriptor {
    action: Action,
    block: Shape,
    format: Format,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    /// From a pointer, sizes and strides.
    Make {
        rank: usize,
        nan: bool,
    },
    /// At these operands.
    Load {
        first: usize,
    },
    Store {
        source: usize,
        first: usize,
    },
    Reduce {
        source: usize,
        first: usize,
        change: Change,
    },
    /// Rows by their numbers.
    Gather,
    Scatter {
        source: usize,
    },
}

impl OnDescriptor {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let name = form.name().replace("tt.experimental_", "tt.");
        let known = ["make_tensor_descriptor", "descriptor_load", "descriptor_store", "descriptor_reduce"];
        let is_known = name
            .strip_prefix("tt.")
            .is_some_and(|name| known.contains(&name) || matches!(name, "descriptor_gather" | "descriptor_scatter"));
        if !is_known {
            return Ok(None);
        }
        let ty = if name == "tt.make_tensor_descriptor" { form.result(0)? } else { form.operand(0)? };
        let Kind::Descriptor { block, format } = ty.kind.clone() else {
            return Err("it works on no descriptor".to_owned());
        };
        let rank = block.len();
        let source = || form.place("src").ok_or("it has no source");
        let at = || match form.places("indices") {
            places if places.len() == rank => Ok(places.start),
            places => Err(format!("it has {} indices of {rank} dimensions", places.len())),
        };
        let moved = match name.as_str() {
            "tt.descriptor_load" | "tt.descriptor_gather" => Some(form.result(0)?),
            "tt.make_tensor_descriptor" => None,
            _ => Some(form.operand(source()?)?),
        };
        if moved.is_some_and(|moved| moved.format() != format) {
            return Err("its elements are of another type than the descriptor's".to_owned());
        }
        let is_rows = matches!(&*name, "tt.descriptor_gather" | "tt.descriptor_scatter");
        if let Some(moved) = moved {
            let fits = match is_rows {
                true => rank == 2 && block[0] == 1 && moved.shape[1..] == block[1..],
                false => lanes(&moved.shape) == lanes(&block),
            };
            if !fits {
                return Err("its shape isn't the descriptor's block".to_owned());
            }
        }
        let action = match name.as_str() {
            "tt.make_tensor_descriptor" => {
                let [shape, strides] = [form.places("shape"), form.places("strides")];
                if form.operand(0)?.pointee() != Some(format) || shape != (1..1 + rank) || strides.len() != rank {
                    return Err("it hasn't a size and a stride for each dimension".to_owned());
                }
                Action::Make {
                    rank,
                    nan: matches!(form.word("padding"), Some("nan" | "PAD_NAN")) || form.int("padding") == Some(2),
                }
            }
            "tt.descriptor_load" => Action::Load { first: at()? },
            "tt.descriptor_store" => Action::Store { source: source()?, first: at()? },
            "tt.descriptor_reduce" => {
                let word = form.need_word("kind")?;
                let change = Change::from_word(word, format).ok_or_else(|| format!("`{word}` is not supported"))?;
                Action::Reduce { source: source()?, first: at()?, change }
            }
            _ => {
                let rows = form.operand(1)?;
                let moved = moved.ok_or("it moves nothing")?;
                let fits =
                    rows.shape.len() == 1 && rows.shape[..] == moved.shape[..1] && form.operand(2)?.shape.is_empty();
                if !fits || matches!(rows.format().class(), Class::F32 | Class::F64) {
                    return Err("it hasn't a number for each row".to_owned());
                }
                if name == "tt.descriptor_gather" { Action::Gather } else { Action::Scatter { source: source()? } }
            }
        };
        Ok(Some(Self { action, block, format }))
    }

    /// What the hardware can't do with the descriptor that is used; one that is only made does no harm.
    pub(crate) fn broken_rule(&self, operands: &Values) -> Option<String> {
        match (&self.action, operands.first()) {
            (Action::Make { .. }, _) => None,
            (_, Some(Value::Descriptor(descriptor))) => {
                tensor_map::broken_rule(descriptor, self.format.bytes(), self.writes())
            }
            _ => None,
        }
    }

    /// Whether it changes memory.
    pub(super) fn writes(&self) -> bool {
        match self.action {
            Action::Make { .. } | Action::Load { .. } | Action::Gather => false,
            Action::Store { .. } | Action::Reduce { .. } | Action::Scatter { .. } => true,
        }
    }

    pub(crate) fn run<H: Hooks>(
        &self,
        scope: &Scope<'_>,
        mut operands: Values,
        watched: &mut Watched<'_, '_, H>,
    ) -> Outcome<Values> {
        let int = |operands: &Values, place: usize| {
            operands.get(place).and_then(Value::as_int).ok_or_else(|| Trap::form(place))
        };
        if let Action::Make { rank, nan } = self.action {
            let list =
                |first: usize| (first..first + rank).map(|place| int(&operands, place)).collect::<Outcome<Vec<_>>>();
            let (shape, strides) = (list(1)?, list(1 + rank)?);
            let descriptor = Descriptor { base: int(&operands, 0)?, shape, strides, nan, tf32: false };
            return Ok(smallvec::smallvec![Value::Descriptor(Rc::new(descriptor))]);
        }
        let Value::Descriptor(descriptor) = need(&mut operands, 0)? else { return Err(Trap::form(0)) };
        let at = |operands: &Values, first: usize| {
            (first..first + self.block.len()).map(|place| int(operands, place)).collect::<Outcome<Vec<_>>>()
        };
        match self.action {
            Action::Make { .. } => Err(Trap::form(0)),
            Action::Load { first } => {
                let at = at(&operands, first)?;
                let value = self.load(watched, &descriptor, &at)?;
                let class = self.format.class();
                Ok(smallvec::smallvec![value.reshaped(&self.block, scope.result_shape(0), class)])
            }
            Action::Store { source, first } => {
                let at = at(&operands, first)?;
                let value =
                    need(&mut operands, source)?.reshaped(scope.shape(source), &self.block, self.format.class());
                let (pointers, inside) = self.lanes(&descriptor, &at);
                store_value(watched, &self.block, self.format, pointers, Some(inside), value)?;
                Ok(Values::new())
            }
            Action::Reduce { source, first, change } => {
                let at = at(&operands, first)?;
                let value =
                    need(&mut operands, source)?.reshaped(scope.shape(source), &self.block, self.format.class());
                let (pointers, inside) = self.lanes(&descriptor, &at);
                atomically(watched, &self.block, self.format, change, pointers, Some(inside), [value, Value::None])?;
                Ok(Values::new())
            }
            Action::Gather => {
                let column = int(&operands, 2)?;
                let rows = indices(need(&mut operands, 1)?, scope, 1)?;
                let shape = scope.result_shape(0);
                let parts = rows.iter().map(|&row| self.load(watched, &descriptor, &[row, column]));
                let parts = parts.collect::<Outcome<Vec<_>>>()?;
                Ok(smallvec::smallvec![self.stacked(parts, shape)?])
            }
            Action::Scatter { source } => {
                let column = int(&operands, 2)?;
                let rows = indices(need(&mut operands, 1)?, scope, 1)?;
                let value = need(&mut operands, source)?;
                let shape = scope.shape(source);
                for (place, &row) in rows.iter().enumerate() {
                    let (pointers, inside) = self.lanes(&descriptor, &[row, column]);
                    let one = self.row(value.clone(), shape, place)?;
                    store_value(watched, &self.block, self.format, pointers, Some(inside), one)?;
                }
                Ok(Values::new())
            }
        }
    }

    /// The lanes of a store, a scatter or a reduction.
    pub(super) fn placed(&self, scope: &Scope<'_>, operands: &[Value]) -> Option<Placed> {
        let Some(Value::Descriptor(descriptor)) = operands.first() else { return None };
        let int = |place: usize| operands.get(place).and_then(Value::as_int);
        match self.action {
            Action::Store { source, first } | Action::Reduce { source, first, .. } => {
                let at = (first..first + self.block.len()).map(int).collect::<Option<Vec<_>>>()?;
                let value = operands.get(source)?.clone();
                let value = value.reshaped(scope.shape(source), &self.block, self.format.class());
                let (pointers, mask) = self.lanes(descriptor, &at);
                Some(Placed { shape: self.block.clone(), pointers, mask, value })
            }
            Action::Scatter { source } => {
                let (column, shape) = (int(2)?, Shape::from_slice(scope.shape(source)));
                let rows = indices(operands.get(1)?.clone(), scope, 1).ok()?;
                let (mut pointers, mut mask) = (Vec::new(), Vec::new());
                for row in rows {
                    let (at, inside) = self.lanes(descriptor, &[row, column]);
                    pointers.extend(at.into_i64(&self.block)?.to_vec(&self.block));
                    mask.extend(inside.into_bits(&self.block)?.to_vec(&self.block));
                }
                let (pointers, mask) = (Lanes::full(pointers, &shape).into(), Lanes::full(mask, &shape).into());
                Some(Placed { pointers, mask, value: operands.get(source)?.clone(), shape })
            }
            Action::Make { .. } | Action::Load { .. } | Action::Gather => None,
        }
    }

    /// Addresses of a block's lanes, and which of them are inside the tensor.
    fn lanes(&self, descriptor: &Descriptor, at: &[i64]) -> (Value, Value) {
        let size = self.format.bytes() as i64;
        let mut base = descriptor.base;
        let mut steps = smallvec::SmallVec::new();
        for (axis, &index) in at.iter().enumerate() {
            let stride = descriptor.strides.get(axis).copied().unwrap_or(0).wrapping_mul(size);
            // What wraps here is outside the tensor, where no lane is accessed.
            base = base.wrapping_add(index.wrapping_mul(stride));
            steps.push(if self.block[axis] > 1 { stride } else { 0 });
        }
        let ranges = at.iter().enumerate().map(|(axis, &index)| {
            let size = self.block[axis] as i128;
            let end = i128::from(descriptor.shape.get(axis).copied().unwrap_or(0)) - i128::from(index);
            let start = (-i128::from(index)).clamp(0, size);
            (start as usize, end.clamp(start, size) as usize)
        });
        (Value::Affine(Affine { base, steps }), Value::Region(Region::new(ranges)))
    }

    fn load<H: Hooks>(&self, watched: &mut Watched<'_, '_, H>, descriptor: &Descriptor, at: &[i64]) -> Outcome<Value> {
        let (pointers, inside) = self.lanes(descriptor, at);
        let (block, format) = (&self.block[..], self.format);
        Ok(match format.class() {
            Class::F32 => {
                let other = Lanes::Splat(if descriptor.nan { f32::NAN } else { 0.0 });
                let loaded = load(watched, block, format, pointers, Some(inside), other)?;
                match descriptor.tf32 {
                    true => change(block, loaded, &mut |row| round_to_tf32(row)).into(),
                    false => loaded.into(),
                }
            }
            Class::F64 => {
                let other = Lanes::Splat(if descriptor.nan { f64::NAN } else { 0.0 });
                load(watched, block, format, pointers, Some(inside), other)?.into()
            }
            Class::I32 => load::<i32, H>(watched, block, format, pointers, Some(inside), Lanes::Splat(0))?.into(),
            Class::I64 => load::<i64, H>(watched, block, format, pointers, Some(inside), Lanes::Splat(0))?.into(),
            Class::Mask => load::<u8, H>(watched, block, format, pointers, Some(inside), Lanes::Splat(0))?.into(),
        })
    }

    /// Blocks one above the other.
    fn stacked(&self, parts: Vec<Value>, shape: &[usize]) -> Outcome<Value> {
        fn stack<T: Element>(into: &mut Vec<T>, part: Lanes<T>, block: &[usize]) {
            into.extend(part.to_vec(block));
        }
        let block = &self.block[..];
        macro_rules! stacked {
            ($into:ident($($shape:ident)?)) => {{
                let mut all = Vec::new();
                for part in parts {
                    stack(&mut all, part.$into($($shape)?).ok_or_else(|| Trap::form(0))?, block);
                }
                Lanes::full(all, shape).into()
            }};
        }
        Ok(match self.format.class() {
            Class::F32 => stacked!(into_f32()),
            Class::F64 => stacked!(into_f64()),
            Class::I32 => stacked!(into_i32(block)),
            Class::I64 => stacked!(into_i64(block)),
            Class::Mask => stacked!(into_bits(block)),
        })
    }

    /// A row of a tensor as a block.
    fn row(&self, value: Value, shape: &[usize], place: usize) -> Outcome<Value> {
        let width = lanes(&self.block);
        Ok(by_class!(self.format.class(), (value in shape) => {
            let all = value.into_vec(shape);
            let row = all.get(place * width..(place + 1) * width).unwrap_or_default();
            Value::from(Lanes::full(row.to_vec(), &self.block))
        }))
    }
}
