//! Arguments against the kernel's parameters, before anything runs.

use super::Launch;
use super::error::ArgumentError;
use super::given::{Argument, TensorDescriptor};
use super::prepared::Initial;
use crate::finding::{Finding, FindingKind};
use crate::memory::Named;
use crate::memory::{Descriptor, Memory};
use crate::numbers::format::{Class, Format, Rounding, f64_to_f32, store_f32};
use crate::ops::Constant;
use crate::program::Parameter;
use crate::types::{Kind, Slot};

impl Launch<'_, '_> {
    pub(super) fn check_grid(&self) -> Result<(), ArgumentError> {
        let [x, y, z] = self.grid;
        match x <= i32::MAX.cast_unsigned() && y <= 65535 && z <= 65535 {
            true => Ok(()),
            false => Err(ArgumentError::Grid { kernel: self.program.name.clone(), grid: self.grid }),
        }
    }

    fn wrong(&self, parameter: &Parameter, expected: impl Into<String>, found: impl Into<String>) -> ArgumentError {
        ArgumentError::Type {
            kernel: self.program.name.clone(),
            argument: parameter.name.clone(),
            expected: expected.into(),
            found: found.into(),
        }
    }

    /// The address of a pointer argument.
    fn pointer(&self, buffer: usize, offset: i64) -> i64 {
        let misaligned = self.buffers.get(buffer).map_or(0, |buffer| buffer.misaligned);
        Memory::address_of(buffer, misaligned).wrapping_add(offset)
    }

    /// Values for the kernel's parameters, by slot.
    pub(super) fn values(&self) -> Result<Vec<(Slot, Initial)>, ArgumentError> {
        let mut values = Vec::new();
        let mut parameters = self.program.arguments.iter();
        let count = || ArgumentError::Count {
            kernel: self.program.name.clone(),
            expected: self.expected(),
            found: self.arguments.len(),
        };
        for argument in &self.arguments {
            let parameter = parameters.next().ok_or_else(count)?;
            let initial = match (&parameter.ty.kind, argument) {
                (Kind::Pointer { .. }, Argument::Pointer { buffer, offset }) => {
                    if *buffer >= self.buffers.len() {
                        return Err(self.wrong(parameter, "a buffer that was given", format!("number {buffer}")));
                    }
                    Initial::Number(Constant::scalar(Format::I64, self.pointer(*buffer, *offset).cast_unsigned()))
                }
                (Kind::Pointer { .. }, Argument::Null) => Initial::Number(Constant::scalar(Format::I64, 0)),
                (Kind::Number(format), Argument::Integer(value)) => {
                    let bits = integer(*format, *value)
                        .ok_or_else(|| self.wrong(parameter, spelled(*format), value.to_string()))?;
                    Initial::Number(Constant::scalar(*format, bits))
                }
                (Kind::Number(format), Argument::Float(value)) => {
                    let bits = float(*format, *value);
                    let bits =
                        bits.ok_or_else(|| self.wrong(parameter, spelled(*format), "a floating-point number"))?;
                    Initial::Number(Constant::scalar(*format, bits))
                }
                (Kind::Descriptor { block, .. }, Argument::Descriptor(given)) => {
                    let rank = block.len();
                    if given.shape.len() != rank || given.strides.len() != rank || given.buffer >= self.buffers.len() {
                        let found = format!("{} sizes and {} strides", given.shape.len(), given.strides.len());
                        return Err(self.wrong(parameter, format!("a descriptor of {rank} dimensions"), found));
                    }
                    for number in given.shape.iter().chain(&given.strides) {
                        let part = parameters.next().ok_or_else(count)?;
                        let Kind::Number(format) = part.ty.kind else {
                            return Err(self.wrong(
                                part,
                                "a size or a stride of the descriptor",
                                "another type in the IR",
                            ));
                        };
                        let bits = integer(format, i128::from(*number));
                        let bits = bits.ok_or_else(|| self.wrong(part, spelled(format), number.to_string()))?;
                        values.push((part.slot, Initial::Number(Constant::scalar(format, bits))));
                    }
                    Initial::Descriptor(self.descriptor(given))
                }
                (kind, argument) => {
                    let expected = match kind {
                        Kind::Pointer { .. } => "a pointer".to_owned(),
                        Kind::Descriptor { .. } => "a tensor descriptor".to_owned(),
                        Kind::Number(format) => spelled(*format),
                    };
                    let found = match argument {
                        Argument::Pointer { .. } | Argument::Null => "a pointer",
                        Argument::Integer(_) => "an integer",
                        Argument::Float(_) => "a floating-point number",
                        Argument::Descriptor(_) => "a tensor descriptor",
                    };
                    return Err(self.wrong(parameter, expected, found));
                }
            };
            values.push((parameter.slot, initial));
        }
        if parameters.next().is_some() { Err(count()) } else { Ok(values) }
    }

    fn descriptor(&self, given: &TensorDescriptor) -> Descriptor {
        Descriptor {
            base: self.pointer(given.buffer, given.offset),
            shape: given.shape.clone(),
            strides: given.strides.clone(),
            nan: given.pad_with_nan,
            tf32: given.round_to_tf32,
        }
    }

    /// Arguments of the kernel, each descriptor as one.
    fn expected(&self) -> usize {
        let mut left = 0usize;
        let mut count = 0;
        for parameter in &self.program.arguments {
            if left > 0 {
                left -= 1;
                continue;
            }
            count += 1;
            if let Kind::Descriptor { block, .. } = &parameter.ty.kind {
                left = 2 * block.len();
            }
        }
        count
    }

    /// What buffers are called: as the first argument that points there.
    pub(super) fn names(&self) -> Vec<Option<Named>> {
        let mut names = vec![None; self.buffers.len()];
        let mut parameters = self.program.arguments.iter();
        for argument in &self.arguments {
            let Some(parameter) = parameters.next() else { break };
            let buffer = match argument {
                Argument::Pointer { buffer, .. } => *buffer,
                Argument::Descriptor(given) => {
                    (0..given.shape.len() + given.strides.len()).for_each(|_| _ = parameters.next());
                    given.buffer
                }
                _ => continue,
            };
            let format = match parameter.ty.kind {
                Kind::Pointer { format } | Kind::Descriptor { format, .. } => format,
                Kind::Number(_) => continue,
            };
            if let Some(name @ None) = names.get_mut(buffer) {
                *name = Some(Named { name: parameter.name.clone(), format });
            }
        }
        names
    }

    /// Promises about arguments that are broken.
    pub(super) fn promises(&self, values: &[(Slot, Initial)]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for parameter in self.program.arguments.iter().filter(|parameter| parameter.divisible_by > 1) {
            let value = values
                .iter()
                .find(|(slot, _)| *slot == parameter.slot)
                .and_then(|(_, initial)| initial.value().as_int());
            let by = parameter.divisible_by;
            // Multiples of 2⁶³ and more are out of an argument's range.
            if let (Some(value), Ok(divisor)) = (value, i64::try_from(by))
                && value % divisor != 0
            {
                let what = match parameter.ty.kind {
                    Kind::Pointer { .. } => {
                        format!("its address lies {} bytes behind a multiple of {by}", value.rem_euclid(divisor))
                    }
                    _ => format!("it is {value}"),
                };
                findings.push(Finding {
                    argument: Some(parameter.name.clone()),
                    ..Finding::new(
                        FindingKind::Promise,
                        &self.program.name,
                        format!("argument `{}` was promised to be a multiple of {by} when the kernel was compiled, but {what}", parameter.name),
                    )
                });
            }
        }
        findings
    }
}

fn spelled(format: Format) -> String {
    match format.class() {
        Class::Mask => "a truth value".to_owned(),
        Class::I32 | Class::I64 => format!("an integer of {} bits", format.bits()),
        Class::F32 | Class::F64 => format!("a floating-point number ({format:?})"),
    }
}

/// The bits of an integer that fits, signed or not.
fn integer(format: Format, value: i128) -> Option<u64> {
    if matches!(format.class(), Class::F32 | Class::F64) {
        return None;
    }
    let bits = format.bits();
    let fits = value >= -(1i128 << (bits - 1)) && value < 1i128 << bits;
    fits.then_some(value as u64 & (u64::MAX >> (64 - bits)))
}

/// The bits of the nearest number of a format.
fn float(format: Format, value: f64) -> Option<u64> {
    match format.class() {
        Class::F64 => Some(value.to_bits()),
        Class::F32 => {
            let mut row = [0.0];
            f64_to_f32(format, Rounding::NearestEven, &[value], &mut row);
            if format == Format::F32 {
                return Some(u64::from(row[0].to_bits()));
            }
            let mut bytes = [0; 8];
            store_f32(format, &row, bytes.get_mut(..format.bytes())?);
            Some(u64::from_le_bytes(bytes))
        }
        _ => None,
    }
}
