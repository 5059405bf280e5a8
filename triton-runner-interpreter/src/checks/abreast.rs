//! Accesses of programs side by side: a row for each.

use super::plan::Plan;
use super::roles::Roles;
use crate::hooks::Run;
use crate::value::axes::{Steps, lanes};
use crate::value::{Affine, Region, Value};

/// What each program of an access reaches: neighbours in memory, or one element.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apart {
    /// Of the first program.
    pub(super) run: Run,
    /// Bytes from one program to the next.
    pub(super) step: i64,
}

impl Apart {
    /// `None` where a program doesn't reach one row of neighbours with all its lanes, or memory that is nowhere.
    pub(super) fn of(
        plan: &Plan<'_, '_>,
        roles: &Roles,
        operands: &[Value],
        shape: &[usize],
        size: usize,
    ) -> Option<Self> {
        let Some(Value::Affine(pointers)) = operands.first() else { return None };
        let everywhere = Value::Region(Region::splat(true));
        let mask = roles.mask.map_or(Some(&everywhere), |place| operands.get(place))?;
        let (_, shape) = shape.split_first()?;
        let (step, steps) = pointers.steps.split_first().map_or((0, &[][..]), |(step, steps)| (*step, steps));
        let inner = Affine { base: pointers.base, steps: Steps::from_slice(steps) };
        let count = match inner.is_splat() {
            true => 1,
            false if inner.is_row(shape, size) => lanes(shape),
            false => return None,
        };
        let (buffer, offset) = plan.memory.locate(pointers.base)?;
        let run = Run { access: roles.access, buffer, offset, step: size as i64, size, count };
        (mask.as_bool() == Some(true)).then_some(Self { run, step })
    }
}
