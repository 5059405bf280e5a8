//! What a kernel was compiled on, held against the arguments of a launch: on a device and in the interpreter.

use crate::spec::KernelSpec;
use crate::{Error, Result};

impl KernelSpec {
    /// Checks that the address for the pointer argument `index` is a multiple of `N`.
    #[inline]
    pub(crate) fn pointer<const N: u32>(&self, index: usize, address: u64) -> Result<()> {
        const { assert!(N > 0) };
        if address.is_multiple_of(N as u64) { Ok(()) } else { Err(self.misaligned(index, address, N)) }
    }

    /// Checks that the value of the integer argument `index` is a multiple of `N`.
    #[inline]
    pub(crate) fn integer<const N: u32>(&self, index: usize, value: i64) -> Result<()> {
        const { assert!(N > 0) };
        if value % N as i64 == 0 { Ok(()) } else { Err(self.indivisible(index, value, N)) }
    }

    /// The argument's name.
    pub(crate) fn argument(&self, index: usize) -> &'static str {
        self.args.get(index).map_or("?", |argument| argument.name)
    }

    #[cold]
    fn misaligned(&self, index: usize, address: u64, promised: u32) -> Error {
        Error::Misaligned { kernel: self.name, argument: self.argument(index), index, address, promised }
    }

    #[cold]
    fn indivisible(&self, index: usize, value: i64, promised: u32) -> Error {
        Error::Indivisible { kernel: self.name, argument: self.argument(index), index, value, promised }
    }
}
