//! Device memory that cudarc does not know.

use std::fmt;
use std::marker::PhantomData;

use cudarc::driver::CudaStream;

use super::{DeviceMemory, Guard, Input, Output};

/// The address of elements of `T` in device memory: memory of another library, of another device with peer access, or
/// managed memory.
///
/// No stream tracking comes with it: whoever launches a kernel with it has ordered that kernel after what else uses the
/// memory, and keeps the memory until the kernel has run. That is part of what `launch_unchecked` asks of its caller.
#[repr(transparent)]
pub struct DevicePointer<T> {
    address: u64,
    element: PhantomData<*mut T>,
}

impl<T> DevicePointer<T> {
    /// The pointer to this device address, as `cuMemAlloc`, PyTorch's `data_ptr()` or cudarc's `device_ptr` give it.
    ///
    /// ```
    /// use triton_runner_rt::DevicePointer;
    ///
    /// let x = DevicePointer::<f32>::new(0x7f00_0000_1000);
    /// assert_eq!(x.wrapping_add(4).address(), 0x7f00_0000_1010);
    /// ```
    #[inline]
    pub const fn new(address: u64) -> Self {
        Self { address, element: PhantomData }
    }

    /// The null pointer, for a kernel that checks for it.
    #[inline]
    pub const fn null() -> Self {
        Self::new(0)
    }

    /// The device address.
    #[inline]
    pub const fn address(self) -> u64 {
        self.address
    }

    /// The pointer `count` elements further; the address wraps around on overflow.
    #[inline]
    #[must_use]
    pub const fn wrapping_add(self, count: usize) -> Self {
        Self::new(self.address.wrapping_add((count as u64).wrapping_mul(size_of::<T>() as u64)))
    }
}

// SAFETY: an address on the device; nothing on the host is reached through it.
unsafe impl<T> Send for DevicePointer<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for DevicePointer<T> {}

impl<T> Clone for DevicePointer<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for DevicePointer<T> {}

impl<T> PartialEq for DevicePointer<T> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<T> Eq for DevicePointer<T> {}

impl<T> fmt::Debug for DevicePointer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DevicePointer({:#x})", self.address)
    }
}

// SAFETY: it is no more than an address; whoever launches with it keeps the memory.
unsafe impl<T> DeviceMemory for DevicePointer<T> {}

impl<T> Input<T> for DevicePointer<T> {
    #[inline]
    fn pass<'s>(self, _: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        (self.address, Guard::untracked())
    }
}

impl<T> Output<T> for DevicePointer<T> {
    #[inline]
    fn pass<'s>(self, _: &'s CudaStream) -> (u64, Guard<'s>)
    where
        Self: 's,
    {
        (self.address, Guard::untracked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_address_that_counts_in_elements() {
        let pointer = DevicePointer::<f32>::new(0x7000);
        assert_eq!(pointer.wrapping_add(4).address(), 0x7010);
        assert_eq!(DevicePointer::<u8>::new(u64::MAX).wrapping_add(1), DevicePointer::null());
        assert_eq!(format!("{pointer:?}"), "DevicePointer(0x7000)");
    }
}
