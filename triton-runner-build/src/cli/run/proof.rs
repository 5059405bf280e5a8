//! What a safe launch would say of the same numbers and memory: what is proven of the TTIR, evaluated.

use triton_runner_extent::{Extent, Operand, Refusal};

/// A launch as a check sees it: each list by the places of the arguments that a caller passes.
pub(super) struct Passed<'p> {
    pub(super) names: Vec<&'p str>,
    /// `None` for what is no integer.
    pub(super) scalars: Vec<Option<i64>>,
    /// Bytes of memory; `None` for what is no pointer.
    pub(super) lengths: Vec<Option<u64>>,
    pub(super) grid: [u32; 3],
}

/// One line about it; nothing where the text can't be read.
pub(super) fn line(ttir: &str, passed: &Passed<'_>) -> Option<String> {
    Some(match Extent::of(ttir).ok()? {
        Extent::Proven(check) => match check.admit(&passed.scalars, passed.grid, &passed.lengths) {
            Ok(()) => "proven: it stays within this memory, and a safe launch takes it".to_owned(),
            Err(refusal) => format!("proven, and a safe launch refuses this: {}", passed.words(&refusal)),
        },
        Extent::Unknown(reasons) => {
            let one = reasons.first()?;
            let name = one.argument.and_then(|place| passed.names.get(place));
            let name = name.map(|name| format!("`{name}`: ")).unwrap_or_default();
            format!("not proven, so that no launch is safe: {name}{} ({})", one.reason.cause, one.reason.place)
        }
    })
}

impl Passed<'_> {
    /// A refusal with the names of arguments, and the numbers that make it so.
    fn words(&self, refusal: &Refusal) -> String {
        let (text, because) = match refusal {
            Refusal::Short { argument, needed, given, because } => {
                (format!("`{}` needs {needed} bytes and has {given}", self.name(*argument)), because)
            }
            Refusal::Before { argument, byte, because } => {
                (format!("byte {byte} of `{}` is touched, before its start", self.name(*argument)), because)
            }
            Refusal::Overflow { argument, because } => {
                (format!("numbers too large to tell what is touched of `{}`", self.name(*argument)), because)
            }
            Refusal::Condition { kind, place, overflows, because } => {
                let more = if *overflows { ", or the numbers are too large to tell" } else { "" };
                (format!("{kind} ({place}){more}"), because)
            }
            Refusal::Scalar { argument } => {
                return format!("`{}` is no integer that fits its type", self.name(*argument));
            }
            other => return other.to_string(),
        };
        let because: Vec<_> = because.iter().filter_map(|operand| self.number(*operand)).collect();
        if because.is_empty() { text } else { format!("{text}, with {}", because.join(", ")) }
    }

    fn name(&self, place: u32) -> &str {
        self.names.get(place as usize).copied().unwrap_or_default()
    }

    fn number(&self, operand: Operand) -> Option<String> {
        match operand {
            Operand::Scalar(place) => {
                let value = self.scalars.get(place as usize).copied().flatten()?;
                Some(format!("{} = {value}", self.name(place)))
            }
            Operand::Grid(axis) => {
                let place = usize::from(axis);
                Some(format!("grid.{} = {}", ["x", "y", "z"].get(place)?, self.grid.get(place)?))
            }
            Operand::Number(_) | Operand::Step(_) | Operand::Unknown => None,
        }
    }
}
