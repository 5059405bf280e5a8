//! Global memory that a kernel needs beside its arguments: each CTA builds its tensor descriptors there, and one that is
//! instrumented writes down what it saw.

use std::ffi::c_void;

use crate::driver::status::check;
use crate::driver::{DriverError, abi};
use crate::kernel::image::LoadedImage;
use crate::{Error, Result};

/// Scratch memory of one launch.
///
/// Allocated and freed in the order of the launch's stream. So each launch has its own: other streams and threads
/// cannot see it, the stream frees it when the kernel is done, and in graph capture both become nodes of the graph,
/// which gives every replay its memory. A buffer kept for each stream would save the two calls and fail on the last
/// two counts: a captured kernel would share it with whatever the stream runs while the graph is replayed elsewhere, and
/// a stream may be destroyed, and its handle given to a new one, before its kernels are done.
///
/// Devices without memory pools (no GPU for which Triton makes such kernels is known to be one; some virtual GPUs may
/// be) allocate, wait for the kernel and free.
#[derive(Debug)]
pub(super) struct Scratch<'a> {
    image: &'a LoadedImage,
    stream: abi::Stream,
    allocation: Option<Allocation>,
    /// What the kernel is given: null, or the aligned address.
    address: abi::DeviceAddress,
}

/// Memory from the driver, by how it is given back.
#[derive(Clone, Copy, Debug)]
enum Allocation {
    InStreamOrder {
        start: abi::DeviceAddress,
        free: unsafe extern "C" fn(abi::DeviceAddress, abi::Stream) -> abi::Status,
    },
    Waiting {
        start: abi::DeviceAddress,
    },
}

/// What the driver aligns allocations to.
const DRIVER_ALIGNMENT: u32 = 256;

impl<'a> Scratch<'a> {
    /// Memory for a grid of `ctas`, or none for a kernel that needs none.
    pub(super) fn global(image: &'a LoadedImage, stream: abi::Stream, ctas: [u32; 3]) -> Result<Self> {
        Self::allocate(image, stream, ctas, (image.image.scratch_size, image.image.scratch_align))
    }

    /// The same for what the kernel's instrumentation writes. It counts from zero.
    pub(super) fn profile(image: &'a LoadedImage, stream: abi::Stream, ctas: [u32; 3]) -> Result<Self> {
        let size = image.image.profile_scratch_size;
        let scratch = Self::allocate(image, stream, ctas, (size, image.image.profile_scratch_align))?;
        if scratch.allocation.is_none() {
            return Ok(scratch);
        }
        // It fits: `allocate` has counted it.
        let bytes = ctas.iter().map(|&ctas| ctas as usize).product::<usize>() * size as usize;
        // SAFETY: the memory is this allocation's, and used in the order of its stream.
        let zeroed = check(unsafe { (image.driver.functions.set_bytes)(scratch.address, 0, bytes, stream) });
        if let Err(source) = zeroed {
            let _ = scratch.release(false);
            return Err(Error::Driver {
                doing: format!("the profiling memory of kernel `{}` could not be set to zero", image.spec.name),
                source,
            });
        }
        Ok(scratch)
    }

    fn allocate(
        image: &'a LoadedImage,
        stream: abi::Stream,
        ctas: [u32; 3],
        (size, align): (u32, u32),
    ) -> Result<Self> {
        let mut scratch = Scratch { image, stream, allocation: None, address: 0 };
        if size == 0 {
            return Ok(scratch);
        }
        let align = align.max(1);
        let programs: u128 = ctas.iter().map(|&ctas| u128::from(ctas)).product();
        let bytes = programs * u128::from(size);
        let error = |source| Error::Scratch { kernel: image.spec.name, bytes, programs, source };
        // The kernel counts bytes in 32 bits with sign.
        if bytes > i32::MAX as u128 {
            return Err(error(None));
        }
        let excess = if align > DRIVER_ALIGNMENT { align as usize } else { 0 };
        let allocation = scratch.call(bytes as usize + excess).map_err(|source| error(Some(source)))?;
        let (Allocation::InStreamOrder { start, .. } | Allocation::Waiting { start }) = allocation;
        scratch.allocation = Some(allocation);
        scratch.address = start.checked_next_multiple_of(u64::from(align)).unwrap_or(start);
        Ok(scratch)
    }

    fn call(&self, bytes: usize) -> Result<Allocation, DriverError> {
        let functions = &self.image.driver.functions;
        let mut start = 0;
        match (functions.allocate_async, functions.free_async) {
            (Some(allocate), Some(free)) if self.image.limits.memory_pools => {
                // SAFETY: `start` outlives the call; the stream is of the current context.
                check(unsafe { allocate(&mut start, bytes, self.stream) })?;
                Ok(Allocation::InStreamOrder { start, free })
            }
            _ => {
                // SAFETY: `start` outlives the call.
                check(unsafe { (functions.allocate)(&mut start, bytes) })?;
                Ok(Allocation::Waiting { start })
            }
        }
    }

    /// Where the launch finds the address.
    pub(super) fn parameter(&mut self) -> *mut c_void {
        (&raw mut self.address).cast()
    }

    /// Frees the memory once the kernel is done, or at once where none was `launched`.
    pub(super) fn release(self, launched: bool) -> Result<()> {
        let functions = &self.image.driver.functions;
        let freed = match self.allocation {
            None => Ok(()),
            Some(Allocation::InStreamOrder { start, free }) => {
                // SAFETY: allocated above, and freed behind the kernel in the same stream.
                check(unsafe { free(start, self.stream) })
            }
            Some(Allocation::Waiting { start }) => {
                let waited = if launched {
                    // SAFETY: the stream is of the current context.
                    check(unsafe { (functions.stream_synchronize)(self.stream) })
                } else {
                    Ok(())
                };
                // SAFETY: allocated above, and the kernel is done. Not freed where waiting failed.
                waited.and_then(|()| check(unsafe { (functions.free)(start) }))
            }
        };
        freed.map_err(|source| Error::Driver {
            doing: format!("the scratch memory of kernel `{}` could not be freed", self.image.spec.name),
            source,
        })
    }
}
