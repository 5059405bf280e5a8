//! One buffer as what a kernel reads and as what it writes.

use cudarc::driver::{DevicePtr, DevicePtrMut, DeviceSlice, SyncOnDrop};

use super::DevicePointer;

impl<T> DevicePointer<T> {
    /// The memory of a slice or view twice: to pass for a `&[T]` and for a `&mut [T]` of one `launch_unchecked`, of a kernel
    /// that is right in place.
    ///
    /// Rust lends memory to be read or to be written, not both (E0502), and a safe launch keeps to that: what is proven of a
    /// kernel is where it reads and writes, and not in which order its programs and their threads do. A kernel is right in place
    /// where each element is read, by all that read it, before the one that writes it does: those that work element by
    /// element, and those whose programs read a row whole before they write it, as norms and softmax do. Whoever launches it
    /// promises that.
    ///
    /// Only the second of the two is ordered with other streams, so both go to the same launch.
    ///
    /// ```no_run
    /// # use triton_runner_rt::cudarc::driver::{CudaSlice, CudaStream};
    /// # use triton_runner_rt::{DevicePointer, Input, Output, Result};
    /// # struct Scale;
    /// # impl Scale { unsafe fn launch_unchecked(&self, _: &CudaStream, _: impl Input<f32>, _: impl Output<f32>, _: i32) -> Result<()> { Ok(()) } }
    /// # fn f(scale: Scale, stream: &CudaStream, mut x: CudaSlice<f32>) -> Result<()> {
    /// let n = x.len() as i32;
    /// let (input, output) = DevicePointer::in_place(&mut x);
    /// // SAFETY: each program reads its elements before it writes them, and no other reads them.
    /// unsafe { scale.launch_unchecked(stream, input, output, n) }
    /// # }
    /// ```
    pub fn in_place<M: DevicePtr<T> + DevicePtrMut<T>>(memory: &mut M) -> (Self, &mut M) {
        let stream = DeviceSlice::<T>::stream(memory).clone();
        let (address, mut sync) = memory.device_ptr(&stream);
        if let SyncOnDrop::Record(target) = &mut sync {
            // The launch records its use by the second one.
            target.take();
        }
        drop(sync);
        (Self::new(address), memory)
    }
}
