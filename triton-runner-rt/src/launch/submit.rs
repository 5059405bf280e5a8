//! From packed arguments to the call of the driver.

use std::ffi::c_void;
use std::ptr;

#[cfg(feature = "interpreter")]
use super::compared::Expected;
use super::scratch::Scratch;
use super::watched::Watched;
use crate::driver::{DriverError, abi};
use crate::error::LaunchFailure;
use crate::grid::{Axis, Grid, GridFault};
use crate::kernel::image::LoadedImage;
use crate::tensor_map::{Descriptor, MAX_PARAMETERS};
use crate::{Error, Result};

impl LoadedImage {
    /// Launches with `visible` parameters and room for the hidden ones behind them, or does nothing for an empty grid.
    ///
    /// # Safety
    ///
    /// `params` points to `visible + 2` places, of which all but the last two are as [`super::Launch::run`] wants them.
    /// The image's context is current, and `stream` is one of it.
    #[inline]
    pub(super) unsafe fn submit(
        &self,
        stream: abi::Stream,
        grid: Grid,
        params: *mut *mut c_void,
        visible: usize,
    ) -> Result<()> {
        let [x, y, z] = match grid.within(self.max_grid) {
            Ok(Some(grid)) => grid,
            Ok(None) => return Ok(()),
            Err((axis, fault)) => return Err(self.wrong_grid(axis, fault)),
        };
        let mut null: u64 = 0;
        let hidden: *mut c_void = (&raw mut null).cast();
        // A driver reads as many as the kernel has.
        // SAFETY: the caller left room for two.
        unsafe {
            *params.add(visible) = hidden;
            *params.add(visible + 1) = hidden;
        }
        if !self.plain {
            // SAFETY: passed on; the hidden pointers are in place.
            return unsafe { self.submit_expanded(stream, [x, y, z], params, visible) };
        }
        let functions = &self.driver.functions;
        // SAFETY: the function is loaded in the current context, of which the stream is. The parameters are the
        // kernel's by the caller's promise, and outlive the call, which copies them.
        let status = unsafe {
            match functions.launch_ex {
                // The driver is quicker with it.
                Some(launch_ex) => launch_ex(&self.config([x, y, z], stream), self.function, params, ptr::null_mut()),
                None => (functions.launch)(
                    self.function,
                    x,
                    y,
                    z,
                    self.block,
                    1,
                    1,
                    self.shared,
                    stream,
                    params,
                    ptr::null_mut(),
                ),
            }
        };
        if status == abi::SUCCESS { Ok(()) } else { Err(self.refused([x, y, z], status)) }
    }

    #[inline]
    fn config(&self, grid: [u32; 3], stream: abi::Stream) -> abi::LaunchConfig {
        abi::LaunchConfig {
            grid,
            block: [self.block, 1, 1],
            shared: self.shared,
            stream,
            attributes: self.attributes.as_ptr(),
            attribute_count: self.attributes.len() as u32,
        }
    }

    /// The same for a kernel that needs scratch memory, clusters or launch attributes, takes tensor descriptors, or is
    /// watched.
    #[inline(never)]
    unsafe fn submit_expanded(
        &self,
        stream: abi::Stream,
        programs: [u32; 3],
        params: *mut *mut c_void,
        visible: usize,
    ) -> Result<()> {
        if !self.watched {
            // SAFETY: passed on.
            return unsafe { self.submit_described(stream, programs, params, visible) };
        }
        // SAFETY: the visible parameters are the kernel's arguments, by the caller's promise.
        let watched = unsafe { Watched::new(self, programs, params, visible) };
        #[cfg(feature = "interpreter")]
        // SAFETY: as above.
        let expected = unsafe { Expected::of(self, stream, programs, params) }?;
        // SAFETY: passed on.
        let launched = unsafe { self.submit_described(stream, programs, params, visible) };
        watched.end(self, stream, launched)?;
        #[cfg(feature = "interpreter")]
        if let Some(expected) = expected {
            expected.compare(self, stream)?;
        }
        Ok(())
    }

    /// Puts each descriptor's parameters in its place.
    unsafe fn submit_described(
        &self,
        stream: abi::Stream,
        programs: [u32; 3],
        params: *mut *mut c_void,
        visible: usize,
    ) -> Result<()> {
        if self.descriptors.is_empty() {
            // SAFETY: passed on.
            return unsafe { self.submit_attributed(stream, programs, params, visible) };
        }
        // On the stack for any kernel that has been seen.
        const ON_STACK: usize = 256;
        let needed = visible + self.descriptors.len() * MAX_PARAMETERS + 2;
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
            if self.descriptors.contains(&position) {
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
            self.submit_attributed(stream, programs, expanded.as_mut_ptr(), count)
        }
    }

    /// The same once each parameter is in its place.
    unsafe fn submit_attributed(
        &self,
        stream: abi::Stream,
        programs: [u32; 3],
        params: *mut *mut c_void,
        visible: usize,
    ) -> Result<()> {
        let cluster = self.image.cluster;
        // Within the device's limits, because the programs are within `max_grid`.
        let grid: [u32; 3] = std::array::from_fn(|axis| programs[axis].saturating_mul(cluster[axis]));
        let mut scratch = Scratch::global(self, stream, grid)?;
        let mut profile = match Scratch::profile(self, stream, grid) {
            Ok(profile) => profile,
            Err(error) => {
                scratch.release(false)?;
                return Err(error);
            }
        };
        // SAFETY: the two places are there by the caller's promise.
        unsafe {
            *params.add(visible) = scratch.parameter();
            *params.add(visible + 1) = profile.parameter();
        }

        let functions = &self.driver.functions;
        let status = match functions.launch_ex {
            // SAFETY: as in `submit`; the attributes live as long as the image.
            Some(launch_ex) => unsafe { launch_ex(&self.config(grid, stream), self.function, params, ptr::null_mut()) },
            // Loading has refused a kernel with attributes where the driver knows none.
            _ => {
                let [x, y, z] = grid;
                let (function, block, shared) = (self.function, self.block, self.shared);
                // SAFETY: as in `submit`.
                unsafe { (functions.launch)(function, x, y, z, block, 1, 1, shared, stream, params, ptr::null_mut()) }
            }
        };
        let launched = status == abi::SUCCESS;
        let released = [scratch.release(launched), profile.release(launched)];
        if status != abi::SUCCESS {
            return Err(self.refused(grid, status));
        }
        released.into_iter().collect()
    }

    #[cold]
    fn refused(&self, grid: [u32; 3], status: abi::Status) -> Error {
        Error::from(LaunchFailure {
            kernel: self.spec.name,
            image: self.image.label(),
            grid,
            block: self.block,
            cluster: self.image.cluster,
            shared: self.shared,
            cooperative: self.image.cooperative,
            source: DriverError::from_code(status),
            before: Vec::new(),
        })
    }

    #[cold]
    pub(super) fn wrong_grid(&self, axis: Axis, fault: GridFault) -> Error {
        Error::Grid { kernel: self.spec.name, axis, fault }
    }
}

#[cfg(test)]
mod tests;
