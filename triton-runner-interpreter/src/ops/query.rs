//! What a program asks about itself, and ranges.

use crate::ops::form::{Form, Reason};
use crate::value::{Affine, Value};

/// A value that depends on no operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    /// `tt.get_program_id`.
    Program(usize),
    /// `tt.get_num_programs`.
    Programs(usize),
    /// `tt.make_range`.
    Range { start: i64 },
}

impl Query {
    pub(crate) fn decode(form: &Form<'_>) -> Result<Option<Self>, Reason> {
        let axis = || match form.word("axis") {
            Some("x") => Ok(0),
            Some("y") => Ok(1),
            Some("z") => Ok(2),
            _ => match form.int("axis") {
                Some(axis @ 0..=2) => Ok(axis as usize),
                _ => Err("its axis is none of x, y and z".to_owned()),
            },
        };
        let query = match form.name() {
            "tt.get_program_id" => Self::Program(axis()?),
            "tt.get_num_programs" => Self::Programs(axis()?),
            "tt.make_range" => {
                let (start, end) = (form.int("start"), form.int("end"));
                let (start, end) = (start.ok_or("it has no `start`")?, end.ok_or("it has no `end`")?);
                let is_range = form.results.len() == 1 && form.result(0)?.shape[..] == [(end - start).max(0) as usize];
                if !is_range {
                    return Err("its result hasn't as many elements as its range".to_owned());
                }
                Self::Range { start }
            }
            _ => return Ok(None),
        };
        form.count(0, 1)?;
        Ok(Some(query))
    }

    /// In a program of the grid, or in several along x from this one on, which are an axis in front.
    pub(crate) fn run(self, program: [u32; 3], grid: [u32; 3], abreast: bool) -> Value {
        match self {
            Self::Program(0) if abreast => {
                Value::Affine(Affine { base: program[0].into(), steps: smallvec::smallvec![1] })
            }
            Self::Range { start } if abreast => Value::Affine(Affine { base: start, steps: smallvec::smallvec![0, 1] }),
            Self::Program(axis) => Value::int(program.get(axis).copied().unwrap_or_default().into()),
            Self::Programs(axis) => Value::int(grid.get(axis).copied().unwrap_or_default().into()),
            Self::Range { start } => Value::Affine(Affine { base: start, steps: smallvec::smallvec![1] }),
        }
    }
}
