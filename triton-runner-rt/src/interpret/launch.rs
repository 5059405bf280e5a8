//! A launch on the interpreter, from the generated code: the same checks as on a device, then arguments by themselves.

use triton_runner_interpreter::{Argument, TensorDescriptor};

use super::element::Element;
use super::grid::HostGrid;
use super::kernel::InterpretedKernel;
use super::memory::HostMemory;
use super::tensor_map::HostDescriptor;
use crate::tensor_map::{Layout, check_address, check_recipe};
use crate::{Error, Result, TensorMapFault};

/// A launch that has begun.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    pub(super) kernel: InterpretedKernel,
}

/// An argument on its way to the interpreter.
#[derive(Debug)]
pub enum HostArgument<'a> {
    /// A pointer to memory, or null.
    Memory(Option<HostMemory<'a>>),
    /// A scalar.
    Scalar(Argument),
    /// A tensor in memory; which buffer that becomes, isn't known yet.
    Tensor(HostMemory<'a>, TensorDescriptor),
}

/// A tensor of this layout, so many bytes behind the start of a buffer.
pub(crate) fn interpreted(layout: &Layout, buffer: usize, offset: i64) -> TensorDescriptor {
    let numbers = |all: &[u64]| all.iter().take(layout.rank).map(|&number| number as i64).collect();
    TensorDescriptor {
        buffer,
        offset,
        shape: numbers(&layout.shape),
        strides: numbers(&layout.strides),
        pad_with_nan: layout.pad_with_nan,
        round_to_tf32: layout.round_to_tf32,
    }
}

impl HostArgument<'_> {
    /// A scalar argument.
    pub fn scalar<T: Element>(value: T) -> Self {
        Self::Scalar(value.argument())
    }
}

/// A launch that the generated code has checked.
#[derive(Debug)]
pub struct Prepared<'a> {
    pub(super) kernel: InterpretedKernel,
    pub(super) grid: HostGrid<'a>,
    pub(super) arguments: Vec<HostArgument<'a>>,
}

impl InterpretedKernel {
    /// Begins a launch.
    pub fn on(&self) -> Begun {
        Begun { kernel: *self }
    }
}

impl Begun {
    /// Checks that the address for the pointer argument `index` is a multiple of `N`.
    ///
    /// # Errors
    ///
    /// [`Error::Misaligned`].
    pub fn pointer<const N: u32>(&self, index: usize, address: u64) -> Result<()> {
        self.kernel.spec.pointer::<N>(index, address)
    }

    /// Checks that the value of the integer argument `index` is a multiple of `N`.
    ///
    /// # Errors
    ///
    /// [`Error::Indivisible`].
    pub fn integer<const N: u32>(&self, index: usize, value: i64) -> Result<()> {
        self.kernel.spec.integer::<N>(index, value)
    }

    /// Makes the descriptor argument `index` from a tensor.
    ///
    /// # Errors
    ///
    /// [`Error::TensorMap`] where the tensor does not suit the kernel.
    pub fn descriptor<'a>(&self, index: usize, map: impl HostDescriptor<'a>) -> Result<HostArgument<'a>> {
        let spec = self.kernel.spec;
        let (layout, size) = map.layout();
        let memory = map.lend();
        let check = || {
            check_address(memory.misaligned as u64)?;
            let position = spec.descriptors().position(|argument| argument == index);
            // Each image has its own blocks, and a launch is held against those of the one that is loaded.
            for image in spec.images {
                match position.and_then(|position| image.descriptors.get(position)) {
                    Some(recipe) => check_recipe(&layout, recipe, size)?,
                    None => return Err(TensorMapFault::NoRecipe),
                }
            }
            Ok(())
        };
        check().map_err(|fault| Error::TensorMap { argument: Some((spec.name, spec.argument(index))), fault })?;
        let descriptor = interpreted(&layout, 0, 0);
        Ok(HostArgument::Tensor(memory, descriptor))
    }

    /// The launch with its grid and its arguments.
    ///
    /// # Errors
    ///
    /// None. What is wrong with the grid is said where it is run.
    pub fn ready<'a, const N: usize>(
        &self,
        grid: impl Into<HostGrid<'a>>,
        arguments: [HostArgument<'a>; N],
    ) -> Result<Prepared<'a>> {
        Ok(Prepared { kernel: self.kernel, grid: grid.into(), arguments: arguments.into() })
    }
}
