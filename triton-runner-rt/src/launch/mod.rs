//! One launch: the checks that the compiler's promises call for, then the call of the driver.

mod scratch;

use std::ffi::c_void;
use std::ptr;

use cudarc::driver::CudaStream;

use crate::driver::{DriverError, abi};
use crate::error::LaunchFailure;
use crate::grid::{Axis, Grid, GridFault};
use crate::kernel::image::LoadedImage;
use crate::pointer::{Guard, Home};
use crate::tensor_map::{Descriptor, MAX_PARAMETERS, TensorMap, TensorMapFault};
use crate::{Error, Result};
use scratch::Scratch;

/// A launch that has begun: the stream is one of the kernel's context, which is current on this thread.
#[derive(Clone, Copy, Debug)]
pub struct Launch<'a> {
    image: &'a LoadedImage,
    stream: &'a CudaStream,
}

impl<'a> Launch<'a> {
    #[inline]
    pub(crate) fn new(image: &'a LoadedImage, stream: &'a CudaStream) -> Self {
        Self { image, stream }
    }

    /// Checks that the slice behind the pointer argument `index` lives in the stream's context.
    ///
    /// # Errors
    ///
    /// [`Error::WrongDevice`].
    #[inline]
    pub fn local(&self, index: usize, guard: &Guard<'_>) -> Result<()> {
        match guard.home() {
            Some(home) if home.context != self.image.context => Err(self.wrong_device(index, home)),
            _ => Ok(()),
        }
    }

    /// Checks that the address for the pointer argument `index` is a multiple of `N`.
    ///
    /// # Errors
    ///
    /// [`Error::Misaligned`].
    #[inline]
    pub fn pointer<const N: u32>(&self, index: usize, address: u64) -> Result<()> {
        const { assert!(N > 0) };
        if address.is_multiple_of(N as u64) { Ok(()) } else { Err(self.misaligned(index, address, N)) }
    }

    /// Checks that the value of the integer argument `index` is a multiple of `N`.
    ///
    /// # Errors
    ///
    /// [`Error::Indivisible`].
    #[inline]
    pub fn integer<const N: u32>(&self, index: usize, value: i64) -> Result<()> {
        const { assert!(N > 0) };
        if value % N as i64 == 0 { Ok(()) } else { Err(self.indivisible(index, value, N)) }
    }

    /// Makes the descriptor argument `index` from a tensor.
    ///
    /// # Errors
    ///
    /// [`Error::TensorMap`] where the tensor does not suit the kernel, [`Error::WrongDevice`] for a slice of another
    /// context.
    pub fn descriptor<T, const RANK: usize>(
        &self,
        index: usize,
        map: &'a TensorMap<'_, T, RANK>,
    ) -> Result<Descriptor<'a>> {
        let image = self.image;
        let position = image.descriptors.iter().position(|&argument| argument == index);
        let descriptor = match position.and_then(|position| image.image.descriptors.get(position)) {
            Some(spec) => Descriptor::new(image.driver, spec, map, self.stream),
            None => Err(TensorMapFault::NoRecipe),
        };
        let descriptor = descriptor.map_err(|fault| {
            let argument = Some((image.spec.name, self.argument(index)));
            Error::TensorMap { argument, fault }
        })?;
        self.local(index, descriptor.guard())?;
        Ok(descriptor)
    }

    /// Launches the kernel, or does nothing for an empty grid.
    ///
    /// The last two of `params` are filled in here, with the hidden pointers; a driver reads as many as the kernel has.
    ///
    /// # Errors
    ///
    /// [`Error::Grid`] for a grid that cannot be, [`Error::Scratch`] without the memory that the kernel needs beside
    /// its arguments, [`Error::Launch`] where the driver refuses.
    ///
    /// # Safety
    ///
    /// All but the last two of `params` point to the kernel's arguments, in their order and with their types, and what
    /// the kernel does with them is sound. For a tensor descriptor it is a pointer to what [`Launch::descriptor`]
    /// returned.
    #[inline]
    pub unsafe fn run<const N: usize>(&self, grid: impl Into<Grid>, params: &mut [*mut c_void; N]) -> Result<()> {
        const { assert!(N >= 2, "two places for the hidden pointers") };
        // SAFETY: the array has room for the hidden pointers behind its first N - 2; the rest is the caller's promise.
        unsafe { self.submit(grid.into(), params.as_mut_ptr(), N - 2) }
    }

    /// Launches with `visible` parameters and room for two behind them.
    ///
    /// # Safety
    ///
    /// `params` points to `visible + 2` places, and the first of them are as [`Launch::run`] wants them.
    #[inline]
    pub(crate) unsafe fn submit(&self, grid: Grid, params: *mut *mut c_void, visible: usize) -> Result<()> {
        let image = self.image;
        let grid = match grid.within(image.max_grid) {
            Ok(Some(grid)) => grid,
            Ok(None) => return Ok(()),
            Err((axis, fault)) => return Err(self.wrong_grid(axis, fault)),
        };
        let context = self.stream.context();
        if context.is_managing_stream_synchronization() {
            // cudarc keeps the error of a wait that failed for the next call that can return one. Without that wait
            // this kernel would race.
            context.check_err()?;
        }
        let mut null: u64 = 0;
        let hidden: *mut c_void = (&raw mut null).cast();
        // SAFETY: the caller left room for two.
        unsafe {
            *params.add(visible) = hidden;
            *params.add(visible + 1) = hidden;
        }
        if !image.plain {
            // SAFETY: passed on; the hidden pointers are in place.
            return unsafe { self.submit_with(grid, params, visible) };
        }
        let [x, y, z] = grid;
        let stream = self.stream.cu_stream().cast();
        // SAFETY: the function is loaded in the current context, of which the stream is; the parameters are the
        // kernel's by the caller's promise, and outlive the call, which copies them.
        let status = unsafe {
            let launch = image.driver.functions.launch;
            launch(image.function, x, y, z, image.block, 1, 1, image.shared, stream, params, ptr::null_mut())
        };
        if status == abi::SUCCESS { Ok(()) } else { Err(self.refused(grid, status)) }
    }

    /// The same with scratch memory, clusters, launch attributes or tensor descriptors.
    #[inline(never)]
    unsafe fn submit_with(&self, programs: [u32; 3], params: *mut *mut c_void, visible: usize) -> Result<()> {
        let image = self.image;
        if image.descriptors.is_empty() {
            // SAFETY: passed on.
            return unsafe { self.submit_attributed(programs, params, visible) };
        }
        // On the stack for any kernel that has been seen.
        const ON_STACK: usize = 256;
        let needed = visible + image.descriptors.len() * MAX_PARAMETERS + 2;
        let mut stack = [ptr::null_mut(); ON_STACK];
        let mut heap = Vec::new();
        let expanded: &mut [*mut c_void] = if needed <= ON_STACK {
            &mut stack
        } else {
            heap.resize(needed, ptr::null_mut());
            &mut heap
        };
        let mut count = 0;
        for position in 0..visible {
            // SAFETY: there are `visible` parameters.
            let parameter = unsafe { *params.add(position) };
            let mut push = |parameter| {
                if let Some(place) = expanded.get_mut(count) {
                    *place = parameter;
                    count += 1;
                }
            };
            if image.descriptors.contains(&position) {
                // SAFETY: the caller's promise for a tensor descriptor.
                unsafe { &*parameter.cast::<Descriptor<'_>>() }.parameters(push);
            } else {
                push(parameter);
            }
        }
        // SAFETY: there are two places behind the parameters, here and there.
        unsafe {
            *expanded.as_mut_ptr().add(count) = *params.add(visible);
            *expanded.as_mut_ptr().add(count + 1) = *params.add(visible + 1);
            self.submit_attributed(programs, expanded.as_mut_ptr(), count)
        }
    }

    unsafe fn submit_attributed(&self, programs: [u32; 3], params: *mut *mut c_void, visible: usize) -> Result<()> {
        let image = self.image;
        let cluster = image.image.cluster;
        // Within the device's limits, because the programs are within `max_grid`.
        let grid: [u32; 3] = std::array::from_fn(|axis| programs[axis].saturating_mul(cluster[axis]));
        let stream: abi::Stream = self.stream.cu_stream().cast();
        let mut scratch = Scratch::allocate(image, stream, grid)?;
        // SAFETY: the place is there by the caller's promise.
        unsafe { *params.add(visible) = scratch.parameter() };

        let functions = &image.driver.functions;
        let status = match functions.launch_ex {
            Some(launch_ex) if !image.attributes.is_empty() => {
                let config = abi::LaunchConfig {
                    grid,
                    block: [image.block, 1, 1],
                    shared: image.shared,
                    stream,
                    attributes: image.attributes.as_ptr(),
                    attribute_count: image.attributes.len() as u32,
                };
                // SAFETY: as in `submit`; the attributes live as long as the image.
                unsafe { launch_ex(&config, image.function, params, ptr::null_mut()) }
            }
            // Loading has refused a kernel with attributes where the driver knows none.
            _ => {
                let [x, y, z] = grid;
                let (function, block, shared) = (image.function, image.block, image.shared);
                // SAFETY: as in `submit`.
                unsafe { (functions.launch)(function, x, y, z, block, 1, 1, shared, stream, params, ptr::null_mut()) }
            }
        };
        let released = scratch.release(status == abi::SUCCESS);
        if status != abi::SUCCESS {
            return Err(self.refused(grid, status));
        }
        released
    }

    #[cold]
    fn refused(&self, grid: [u32; 3], status: abi::Status) -> Error {
        let image = self.image;
        Error::from(LaunchFailure {
            kernel: image.spec.name,
            image: image.image.label(),
            grid,
            block: image.block,
            cluster: image.image.cluster,
            shared: image.shared,
            cooperative: image.image.cooperative,
            source: DriverError::from_code(status),
        })
    }

    #[cold]
    fn wrong_grid(&self, axis: Axis, fault: GridFault) -> Error {
        Error::Grid { kernel: self.image.spec.name, axis, fault }
    }

    #[cold]
    fn wrong_device(&self, index: usize, home: Home) -> Error {
        Error::WrongDevice {
            kernel: self.image.spec.name,
            argument: self.argument(index),
            index,
            argument_device: home.device,
            stream_device: self.image.device,
        }
    }

    #[cold]
    fn misaligned(&self, index: usize, address: u64, promised: u32) -> Error {
        let (kernel, argument) = (self.image.spec.name, self.argument(index));
        Error::Misaligned { kernel, argument, index, address, promised }
    }

    #[cold]
    fn indivisible(&self, index: usize, value: i64, promised: u32) -> Error {
        let (kernel, argument) = (self.image.spec.name, self.argument(index));
        Error::Indivisible { kernel, argument, index, value, promised }
    }

    fn argument(&self, index: usize) -> &'static str {
        self.image.spec.args.get(index).map_or("?", |argument| argument.name)
    }
}
