//! The parameters that arguments take, and both sides of them where they are not those of the image.

use std::fmt;

use triton_runner_manifest::{ArgType, Argument};

use crate::entry::Param;

/// A parameter that an argument takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    what: String,
    param: Param,
}

impl Slot {
    /// Whether it is this parameter; `marked` where the file says which parameters are pointers.
    pub(super) fn takes(&self, param: &Param, marked: bool) -> bool {
        let placed = (self.param.offset, self.param.size) == (param.offset, param.size);
        // A by-value descriptor is marked as a pointer to itself by some versions.
        placed && (!marked || self.param.size != 8 || self.param.pointer == param.pointer)
    }
}

/// The parameters that the arguments take, in order, each at the next multiple of its alignment. Tensor descriptors
/// expand as on sm_90 and later.
///
/// Source: `FuncOpToLLVM.cpp` of Triton, and measured on every version in pins.toml.
pub(super) fn slots(arguments: &[Argument]) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut end = 0_u32;
    for argument in arguments {
        let name = &argument.name;
        let mut push = |suffix: &str, size: u32, pointer| {
            let offset = end.next_multiple_of(size.min(64));
            end = offset + size;
            let what = format!("{name}{suffix}: {}", argument.ty);
            slots.push(Slot { what, param: Param { offset, size, pointer } });
        };
        match &argument.ty {
            ArgType::Scalar(scalar) => push("", scalar.bytes(), false),
            ArgType::Pointer(_) => push("", 8, true),
            ArgType::TmaDesc => push("", 128, false),
            ArgType::TensorDesc { block, .. } => {
                push("", 128, false);
                (0..block.len()).for_each(|i| push(&format!(".shape{i}"), 4, false));
                (0..block.len()).for_each(|i| push(&format!(".stride{i}"), 8, false));
            }
        }
    }
    slots
}

/// The parameters that the arguments take.
#[cfg(test)]
pub(super) fn params(arguments: &[Argument]) -> Vec<Param> {
    slots(arguments).into_iter().map(|slot| slot.param).collect()
}

pub(super) fn is_hidden(param: &Param, marked: bool) -> bool {
    param.size == 8 && (param.pointer || !marked)
}

/// Both sides of the parameters, to be read side by side.
#[derive(Debug, PartialEq, Eq)]
pub struct ParamTable {
    rows: Vec<(String, String, bool)>,
}

impl ParamTable {
    pub(super) fn new(slots: &[Slot], hidden: usize, params: &[Param]) -> Self {
        let marked = params.iter().any(|param| param.pointer);
        let mut rows = Vec::new();
        for i in 0..(slots.len() + hidden).max(params.len()) {
            let (slot, param) = (slots.get(i), params.get(i));
            let left = match slot {
                Some(Slot { what, param }) => format!("{what} ({} bytes at {})", param.size, param.offset),
                None if i < slots.len() + hidden => "hidden pointer".to_owned(),
                None => "nothing".to_owned(),
            };
            let right = match param {
                Some(param) => {
                    let kind = if param.pointer { "pointer" } else { "value" };
                    format!("{kind} of {} bytes at {}", param.size, param.offset)
                }
                None => "nothing".to_owned(),
            };
            let same = match (slot, param) {
                (Some(slot), Some(param)) => slot.takes(param, marked),
                (None, Some(param)) => i < slots.len() + hidden && is_hidden(param, marked),
                (Some(_) | None, None) => false,
            };
            rows.push((left, right, same));
        }
        Self { rows }
    }
}

impl fmt::Display for ParamTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.rows.iter().map(|(left, _, _)| left.chars().count()).max().unwrap_or(0).max(8);
        write!(f, "    #  {:width$}  found in the file", "expected")?;
        for (i, (left, right, same)) in self.rows.iter().enumerate() {
            let mark = if *same { ' ' } else { '!' };
            write!(f, "\n  {mark}{i:>2}  {left:width$}  {right}")?;
        }
        Ok(())
    }
}
