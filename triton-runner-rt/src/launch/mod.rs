//! One launch: the checks that the compiler's promises call for, then the call of the driver.

mod bounds;
mod checked;
#[cfg(feature = "interpreter")]
mod compared;
mod scratch;
mod submit;
mod value;
mod watched;

use std::ffi::c_void;

use cudarc::driver::CudaStream;

use crate::grid::Grid;
use crate::kernel::image::LoadedImage;
use crate::pointer::{Guard, Home};
use crate::stream::is_tracked;
use crate::tensor_map::{Descriptor, TensorMap};
use crate::{Error, Result, TensorMapFault};

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

    /// How many multiprocessors the device has, for a grid over them.
    #[inline]
    pub fn multiprocessors(&self) -> u32 {
        self.image.limits.multiprocessors
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
        self.image.spec.pointer::<N>(index, address)
    }

    /// Checks that the value of the integer argument `index` is a multiple of `N`.
    ///
    /// # Errors
    ///
    /// [`Error::Indivisible`].
    #[inline]
    pub fn integer<const N: u32>(&self, index: usize, value: i64) -> Result<()> {
        self.image.spec.integer::<N>(index, value)
    }

    /// Checks the address for the pointer argument `index` against what is promised of it in the loaded image.
    ///
    /// # Errors
    ///
    /// [`Error::Misaligned`].
    #[cfg(feature = "read")]
    #[inline]
    pub fn pointer_as_loaded(&self, index: usize, address: u64) -> Result<()> {
        self.image.spec.pointer_as_loaded(index, address)
    }

    /// Checks the value of the integer argument `index` against what is promised of it in the loaded image.
    ///
    /// # Errors
    ///
    /// [`Error::Indivisible`].
    #[cfg(feature = "read")]
    #[inline]
    pub fn integer_as_loaded(&self, index: usize, value: i64) -> Result<()> {
        self.image.spec.integer_as_loaded(index, value)
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
        let descriptor = self.encoded(index, map, map.pass(self.stream))?;
        self.local(index, descriptor.guard())?;
        Ok(descriptor)
    }

    fn encoded<T, const RANK: usize>(
        &self,
        index: usize,
        map: &'a TensorMap<'_, T, RANK>,
        passed: (u64, Guard<'a>),
    ) -> Result<Descriptor<'a>> {
        let image = self.image;
        let position = image.descriptors.iter().position(|&argument| argument == index);
        let descriptor = match position.and_then(|position| image.image.descriptors.get(position)) {
            Some(spec) => Descriptor::new(image.driver, spec, map, passed),
            None => Err(TensorMapFault::NoRecipe),
        };
        descriptor.map_err(|fault| {
            let argument = Some((image.spec.name, image.spec.argument(index)));
            Error::TensorMap { argument, fault }
        })
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
        let context = self.stream.context();
        if is_tracked(context) {
            // cudarc keeps the error of a wait that failed for the next call that can return one. Without that wait
            // this kernel would race.
            context.check_err().map_err(|error| self.unfinished(error))?;
        }
        // SAFETY: passed on.
        unsafe { self.submit(grid, params) }
    }

    /// Hands the launch over to the driver.
    #[inline]
    unsafe fn submit<const N: usize>(&self, grid: impl Into<Grid>, params: &mut [*mut c_void; N]) -> Result<()> {
        const { assert!(N >= 2, "two places for the hidden pointers") };
        let stream = self.stream.cu_stream().cast();
        // SAFETY: the array has room for the hidden pointers behind its first N - 2. The stream is of the image's
        // context, which is current, as `Kernel::on` saw to. The rest is the caller's promise.
        unsafe { self.image.submit(stream, grid.into(), params.as_mut_ptr(), N - 2) }
    }

    #[cold]
    fn unfinished(&self, source: cudarc::driver::DriverError) -> Error {
        Error::Driver {
            doing: format!("kernel `{}` was not launched: an earlier call through cudarc failed", self.image.spec.name),
            source: source.into(),
        }
    }

    #[cold]
    fn wrong_device(&self, index: usize, home: Home) -> Error {
        Error::WrongDevice {
            kernel: self.image.spec.name,
            argument: self.image.spec.argument(index),
            index,
            argument_device: home.device,
            stream_device: self.image.device,
        }
    }
}
