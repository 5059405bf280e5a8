//! What a program tells: `tt.print`, `tt.assert`, `llvm.intr.assume`.

use std::fmt::Write as _;

use crate::finding::FindingKind;
use crate::numbers::format::{Class, Format};
use crate::ops::form::{Form, Reason};
use crate::scope::Scope;
use crate::trap::{Outcome, Trap};
use crate::value::Value;
use crate::value::Values;
use crate::value::axes::{Shape, lanes};

/// Something to tell, or to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Print { prefix: String, hex: bool, signed: Vec<bool> },
    Assert { message: String },
    Assume,
}

impl Event {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let is_condition = || match form.operand(0) {
            Ok(ty) if form.operands.len() == 1 && ty.format() == Format::I1 => Ok(()),
            _ => Err("its operand is no condition".to_owned()),
        };
        Ok(Some(match form.name() {
            "tt.print" => {
                let signed = match form.op.attribute("isSigned") {
                    Some(triton_runner_ir::Attribute::DenseArray(array)) => {
                        array.values.iter().map(|v| *v != 0).collect()
                    }
                    _ => Vec::new(),
                };
                let prefix = form.word("prefix").unwrap_or_default().to_owned();
                Self::Print { prefix, hex: form.flag("hex"), signed }
            }
            "tt.assert" => {
                is_condition()?;
                Self::Assert { message: form.word("message").unwrap_or_default().to_owned() }
            }
            "llvm.intr.assume" => {
                is_condition()?;
                Self::Assume
            }
            _ => return Ok(None),
        }))
    }

    /// What is wrong where it doesn't hold; `None` where nothing can be.
    pub(crate) fn kind(&self) -> Option<FindingKind> {
        match self {
            Self::Print { .. } => None,
            Self::Assert { .. } => Some(FindingKind::Assert),
            Self::Assume => Some(FindingKind::Promise),
        }
    }

    /// Lines to print.
    pub(crate) fn run(&self, scope: &Scope<'_>, operands: Values, id: [u32; 3], out: &mut Vec<String>) -> Outcome<()> {
        match self {
            Self::Print { prefix, hex, signed } => {
                let [x, y, z] = id;
                if operands.is_empty() {
                    out.push(format!("pid ({x}, {y}, {z}){prefix}"));
                }
                for (place, value) in operands.into_iter().enumerate() {
                    let signed = signed.get(place).copied().unwrap_or(true);
                    let pointer = scope.ty(place).is_some_and(|ty| ty.pointee().is_some());
                    let look = Look { hex: *hex || pointer, signed, format: scope.format(place) };
                    let texts = look.texts(value, scope.shape(place))?;
                    let mut index: Shape = smallvec::smallvec![0; scope.shape(place).len()];
                    for text in texts {
                        let index_text = index.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                        out.push(format!("pid ({x}, {y}, {z}) idx ({index_text}){prefix}{text}"));
                        next(&mut index, scope.shape(place));
                    }
                }
                Ok(())
            }
            Self::Assert { .. } | Self::Assume => {
                let shape = scope.shape(0);
                let condition = operands.into_iter().next().unwrap_or_default();
                let bits = condition.into_bits(shape).ok_or_else(|| Trap::form(0))?;
                let mut lane = None;
                let mut place = 0;
                bits.each(shape, |bit| {
                    if bit == 0 && lane.is_none() {
                        lane = Some(place);
                    }
                    place += 1;
                });
                match (lane, self) {
                    (None, _) => Ok(()),
                    (Some(lane), Self::Assert { message }) => {
                        Err(Trap::Assert { message: message.clone(), lane }.into())
                    }
                    (Some(lane), _) => Err(Trap::Assume { lane }.into()),
                }
            }
        }
    }
}

/// The place behind, in row-major order.
fn next(index: &mut [usize], shape: &[usize]) {
    for (place, size) in index.iter_mut().zip(shape).rev() {
        *place += 1;
        if *place < *size {
            return;
        }
        *place = 0;
    }
}

struct Look {
    hex: bool,
    signed: bool,
    format: Format,
}

impl Look {
    fn texts(&self, value: Value, shape: &[usize]) -> Outcome<Vec<String>> {
        let mut texts = Vec::with_capacity(lanes(shape));
        let missing = || Trap::form(0);
        match self.format.class() {
            Class::F32 => value.into_f32().ok_or_else(missing)?.each(shape, |lane| texts.push(format!("{lane:.6}"))),
            Class::F64 => value.into_f64().ok_or_else(missing)?.each(shape, |lane| texts.push(format!("{lane:.6}"))),
            Class::I32 => {
                let value = value.into_i32(shape).ok_or_else(missing)?;
                value.each(shape, |lane| texts.push(self.integer(i64::from(lane))));
            }
            Class::I64 => value.into_i64(shape).ok_or_else(missing)?.each(shape, |lane| texts.push(self.integer(lane))),
            Class::Mask => {
                let value = value.into_bits(shape).ok_or_else(missing)?;
                value.each(shape, |lane| texts.push(lane.to_string()));
            }
        }
        Ok(texts)
    }

    fn integer(&self, value: i64) -> String {
        let bits = self.format.bits();
        let low = value.cast_unsigned() & (u64::MAX >> (64 - bits));
        let mut text = String::new();
        let written = match (self.hex, self.signed) {
            (true, _) => write!(text, "0x{low:0width$x}", width = bits as usize / 4),
            (false, true) => write!(text, "{value}"),
            (false, false) => write!(text, "{low}"),
        };
        debug_assert!(written.is_ok());
        text
    }
}
