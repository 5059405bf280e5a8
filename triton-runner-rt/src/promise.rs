//! What a kernel was compiled on, held against the arguments of a launch: on a device and in the interpreter.

use crate::spec::KernelSpec;
use crate::{Error, Result};

/// The `usize` of a caller as an integer that a kernel takes.
///
/// # Errors
///
/// [`Error::TooLarge`].
#[inline]
pub fn size<T: Size>(kernel: &'static str, argument: &'static str, value: usize) -> Result<T> {
    T::try_from(value).map_err(|_| too_large(kernel, argument, value, T::TYPE, T::LARGEST))
}

/// An integer that a kernel takes for a length.
pub trait Size: TryFrom<usize> {
    #[doc(hidden)]
    const TYPE: &'static str;
    #[doc(hidden)]
    const LARGEST: i64;
}

impl Size for i32 {
    const TYPE: &'static str = "i32";
    const LARGEST: i64 = i32::MAX as i64;
}

impl Size for i64 {
    const TYPE: &'static str = "i64";
    const LARGEST: i64 = i64::MAX;
}

#[cold]
fn too_large(kernel: &'static str, argument: &'static str, value: usize, ty: &'static str, largest: i64) -> Error {
    Error::TooLarge { kernel, argument, value, ty, largest }
}

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

    /// The same for what is known only since the kernel was loaded.
    #[cfg(feature = "read")]
    pub(crate) fn pointer_as_loaded(&self, index: usize, address: u64) -> Result<()> {
        let promised = self.promised(index);
        if address.is_multiple_of(u64::from(promised)) {
            Ok(())
        } else {
            Err(self.misaligned(index, address, promised))
        }
    }

    /// The same for what is known only since the kernel was loaded.
    #[cfg(feature = "read")]
    pub(crate) fn integer_as_loaded(&self, index: usize, value: i64) -> Result<()> {
        let promised = self.promised(index);
        if value % i64::from(promised) == 0 { Ok(()) } else { Err(self.indivisible(index, value, promised)) }
    }

    /// What an argument is a multiple of: at least 1.
    #[cfg(feature = "read")]
    fn promised(&self, index: usize) -> u32 {
        self.args.get(index).map_or(1, |argument| argument.divisible_by.max(1))
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
