//! A kernel as a flat program: made once, run for each program of the grid.

mod abreast;
mod builder;
mod control;
mod error;
mod instruction;
mod invariant;
mod names;
mod offsets;
mod options;
mod uses;

use std::sync::Arc;

use triton_runner_ir::{Attribute, Module, ValueId};

pub(crate) use abreast::Abreast;
pub(crate) use error::python;
pub use error::{ProgramError, Refused};
pub(crate) use instruction::{Code, Instruction};
pub use options::Options;

use crate::numbers::format::Format;
use crate::ops::Constant;
use crate::types::{Kind, Slot, SlotType};
use builder::{Builder, Return};
use names::Given;

/// A kernel that can be run.
#[derive(Debug)]
pub struct Program {
    pub(crate) name: String,
    pub(crate) module: Arc<Module>,
    pub(crate) code: Vec<Instruction>,
    /// What combines elements in reductions and scans.
    pub(crate) regions: Vec<Vec<Instruction>>,
    pub(crate) slots: Vec<SlotType>,
    pub(crate) values: Vec<Option<ValueId>>,
    pub(crate) constants: Vec<(Slot, Constant)>,
    pub(crate) arguments: Vec<Parameter>,
    /// Several programs as one, where that makes no difference.
    pub(crate) abreast: Option<Abreast>,
}

/// A parameter of the kernel, as the IR has it: sizes and strides of a descriptor follow it as parameters of their own.
#[derive(Clone, Debug)]
pub struct Parameter {
    pub(crate) slot: Slot,
    pub(crate) name: String,
    pub(crate) ty: SlotType,
    pub(crate) divisible_by: u64,
}

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterKind {
    /// A number of this format.
    Number(Format),
    /// A pointer to numbers of this format.
    Pointer(Format),
    /// A descriptor of a tensor of this format, of which blocks of this shape are loaded and stored.
    Descriptor {
        /// Elements of each dimension of a block.
        block: Vec<usize>,
        /// The elements' format.
        format: Format,
    },
}

impl Parameter {
    /// Its name in Python, or in the IR where the IR doesn't know that.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it takes.
    pub fn kind(&self) -> ParameterKind {
        match &self.ty.kind {
            Kind::Number(format) => ParameterKind::Number(*format),
            Kind::Pointer { format } => ParameterKind::Pointer(*format),
            Kind::Descriptor { block, format } => ParameterKind::Descriptor { block: block.to_vec(), format: *format },
        }
    }

    /// What its value, or address, is promised to be a multiple of: 1 where nothing is promised.
    pub fn divisible_by(&self) -> u64 {
        self.divisible_by
    }
}

impl Program {
    /// Makes a program of a file of TTIR.
    ///
    /// # Errors
    ///
    /// Text that is no TTIR, not just one kernel, and operations that the interpreter doesn't know: nothing is found out
    /// only while it runs.
    pub fn new(text: &str, options: &Options) -> Result<Self, ProgramError> {
        Self::of(Arc::new(triton_runner_ir::parse(text)?), options)
    }

    fn of(module: Arc<Module>, options: &Options) -> Result<Self, ProgramError> {
        let kernels: Vec<_> = module.functions().iter().filter(|function| function.public).collect();
        let [kernel] = kernels[..] else { return Err(ProgramError::Kernels { found: kernels.len() }) };
        let mut builder = Builder::new(&module, &kernel.name, options);
        let Some(body) = kernel.body else {
            return Err(builder.refuse(kernel.op, "it has no body").into());
        };
        let mut arguments = Vec::new();
        let mut given = Given::new(&options.arguments);
        for argument in &kernel.arguments {
            let slot = builder.slot(argument.value, kernel.op)?;
            builder.lasting(slot);
            let promise = argument.attributes.get("tt.divisibility").and_then(Attribute::as_i64);
            let ty = builder.slots[slot as usize].clone();
            arguments.push(Parameter {
                slot,
                name: given.next(&ty.kind).unwrap_or_else(|| name(&module, argument.value)),
                ty,
                divisible_by: promise.and_then(|promise| u64::try_from(promise).ok()).unwrap_or(1).max(1),
            });
        }
        builder.body(body, kernel.op, &mut Return::End)?;
        let Builder { mut code, mut regions, slots, values, constants, lasting, .. } = builder;
        invariant::mark(&mut code, &mut regions, &lasting);
        let name = kernel.name.to_string();
        let abreast = Abreast::of(&code, &slots, &constants);
        Ok(Self { name, code, regions, slots, values, constants, arguments, abreast, module: module.clone() })
    }

    /// The kernel's parameters, in order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.arguments
    }

    /// The kernel's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// The author's name for a value, or the IR's.
fn name(module: &Module, value: triton_runner_ir::ValueId) -> String {
    let variable = module.location(value).and_then(|location| module.locations().variable(location));
    variable.map(str::to_owned).or_else(|| module.name(value)).unwrap_or_default()
}
