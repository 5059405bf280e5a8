//! Memory and a stream that a library outside of Rust made, which gives out nothing but numbers.
//!
//! - The library keeps its memory until the kernel has run: it waits for its stream before it frees.
//! - The kernel goes to the library's own stream, so it runs after what the library put there before, and before what
//!   it puts there later. Nothing else orders the two: with raw pointers no events are recorded or waited for.
//! - The context is the device's primary one, which the library and the runtime hold each for itself.

use std::ffi::c_void;
use std::ptr;

use triton_runner_rt::cudarc::driver::result::{self, stream::StreamKind};
use triton_runner_rt::cudarc::driver::{DriverError, sys};
use triton_runner_rt::{DevicePointer, context};

use crate::expected::{BEYOND, Outcome, check, poison, random};
use crate::{Gate, programs};

/// Stands for a library of another language, with the driver's own calls.
struct Library {
    device: sys::CUdevice,
    stream: sys::CUstream,
    allocations: Vec<u64>,
}

impl Library {
    fn new() -> Result<Self, DriverError> {
        result::init()?;
        let device = result::device::get(0)?;
        // SAFETY: released once, in `drop`.
        let context = unsafe { result::primary_ctx::retain(device) }?;
        let mut library = Library { device, stream: ptr::null_mut(), allocations: Vec::new() };
        // SAFETY: the context was just retained.
        unsafe { result::ctx::set_current(context) }?;
        library.stream = result::stream::create(StreamKind::NonBlocking)?;
        Ok(library)
    }

    /// Its stream, as a C interface has it.
    fn stream(&self) -> *mut c_void {
        self.stream.cast()
    }

    /// The address of a copy that is there once the stream has come to it; `host` may go after [`Library::read`].
    fn copy_of(&mut self, host: &[f32]) -> Result<u64, DriverError> {
        // SAFETY: freed once, in `drop`.
        let address = unsafe { result::malloc_sync(size_of_val(host)) }?;
        self.allocations.push(address);
        // SAFETY: the memory is as long as the host's, which the caller keeps.
        unsafe { result::memcpy_htod_async(address, host, self.stream) }?;
        Ok(address)
    }

    /// What lies there when the stream has done everything that was asked of it.
    fn read(&self, address: u64, count: usize) -> Result<Vec<f32>, DriverError> {
        let mut host = vec![0.0; count];
        // SAFETY: the memory is one of the allocations, of this length, and `host` is kept until the stream is done.
        unsafe {
            result::memcpy_dtoh_async(&mut host, address, self.stream)?;
            result::stream::synchronize(self.stream)?;
        }
        Ok(host)
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // Nothing can be done about a failure here.
        // SAFETY: each is its own and is given back once, when the stream is done with it.
        unsafe {
            if !self.stream.is_null() {
                let _ = result::stream::synchronize(self.stream);
                let _ = result::stream::destroy(self.stream);
            }
            for &address in &self.allocations {
                let _ = result::free_sync(address);
            }
            let _ = result::primary_ctx::release(self.device);
        }
    }
}

pub(crate) fn gate() -> Result<Outcome, Box<dyn std::error::Error>> {
    const ROWS: usize = 37;
    const COLUMNS: usize = 1031;
    let (x, by, poison) = (random(ROWS * COLUMNS), random(COLUMNS), poison(ROWS * COLUMNS));

    let mut library = Library::new()?;
    let (x_address, by_address) = (library.copy_of(&x)?, library.copy_of(&by)?);
    let out_address = library.copy_of(&poison)?;

    let context = context(0)?;
    // SAFETY: the stream is of the primary context, as is `context`, and `library` outlives this wrapper, which doesn't
    // destroy it. All work on the memory is on this one stream.
    let stream = unsafe { context.wrap_borrowed_stream(library.stream().cast()) };
    let gate = Gate::load(&context)?;
    let (x_pointer, by_pointer) = (DevicePointer::new(x_address), DevicePointer::new(by_address));
    // SAFETY: the library has allocated as many elements, keeps them until its stream is done, and writes none of them
    // meanwhile.
    unsafe {
        gate.launch_unchecked(
            &stream,
            programs(ROWS, COLUMNS),
            x_pointer,
            COLUMNS as i32,
            by_pointer,
            DevicePointer::new(out_address),
            COLUMNS as i32,
        )
    }?;

    let out = library.read(out_address, ROWS * COLUMNS + BEYOND)?;
    Ok(check(&out, ROWS, |row, column| x[row * COLUMNS + column], &by))
}
