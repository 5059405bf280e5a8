//! A kernel in a context.

mod cache;
pub(crate) mod image;
mod info;

use std::ptr;
use std::sync::Arc;

use cudarc::driver::{CudaContext, CudaStream};

use crate::driver::status::check;
use crate::driver::{Driver, DriverError, abi};
use crate::error::Work;
#[cfg(feature = "interpreter")]
use crate::interpret::InterpretedKernel;
use crate::launch::Launch;
use crate::spec::KernelSpec;
use crate::stream;
#[cfg(feature = "interpreter")]
use crate::switch::Switch;
use crate::{Arch, Error, Result};
use image::LoadedImage;
pub use info::KernelInfo;

/// A kernel, loaded in a context.
///
/// Cheap to clone and to share between threads. It keeps its context; the module is loaded once for each context and
/// unloaded with it.
#[derive(Clone, Debug)]
pub struct LoadedKernel {
    image: Arc<LoadedImage>,
    context: Arc<CudaContext>,
}

impl LoadedKernel {
    /// Loads the kernel in this context, or finds it there: later calls cost two locks and two look-ups.
    ///
    /// # Errors
    ///
    /// [`Error::NoImage`] where nothing that is embedded runs on the device, [`Error::SharedMemory`] where a block
    /// needs more than the device has, [`Error::Load`] where the driver fails otherwise.
    pub fn load(context: &Arc<CudaContext>, spec: &'static KernelSpec) -> Result<LoadedKernel> {
        let driver = Driver::get()?;
        context.bind_to_thread().map_err(|error| Error::Driver {
            doing: format!("kernel `{}` could not be loaded: its context could not be made current", spec.name),
            source: error.into(),
        })?;
        let image = cache::image(driver, context, spec)?;
        Ok(LoadedKernel { image, context: Arc::clone(context) })
    }

    /// The same for a kernel whose build left images out; `why` is `None` for one of its variants that has all.
    ///
    /// # Errors
    ///
    /// The same, and [`Error::LeftOut`] where no image is embedded.
    pub fn load_what_is_there(
        context: &Arc<CudaContext>,
        spec: &'static KernelSpec,
        why: Option<&'static str>,
    ) -> Result<LoadedKernel> {
        if let (Some(why), []) = (why, spec.images) {
            return Err(Error::LeftOut { kernel: spec.name, file: spec.source, why });
        }
        Self::load(context, spec).map_err(|error| match error {
            Error::NoImage(mut none) => {
                none.left_out = why;
                Error::NoImage(none)
            }
            other => other,
        })
    }

    /// Says what each launch is compared with where `TRITON_RUNNER_CHECK` is set.
    #[cfg(feature = "interpreter")]
    pub fn interpreted(self, kernel: Option<InterpretedKernel>) -> Self {
        if let Some(kernel) = kernel.filter(|_| Switch::Check.is_on()) {
            let _ = self.image.interpreted.set(kernel);
        }
        self
    }

    /// Its name, which is the stem of its files.
    pub fn name(&self) -> &'static str {
        self.image.spec.name
    }

    /// The context that it is loaded in.
    pub fn context(&self) -> &Arc<CudaContext> {
        &self.context
    }

    /// The device's architecture, and how many multiprocessors it has.
    pub(crate) fn device(&self) -> (Arch, u32) {
        (self.image.limits.arch, self.image.limits.multiprocessors)
    }

    /// Begins a launch on `stream`.
    ///
    /// # Errors
    ///
    /// [`Error::WrongStream`] for a stream of another context.
    #[inline]
    pub fn on<'a>(&'a self, stream: &'a CudaStream) -> Result<Launch<'a>> {
        let image = &*self.image;
        if stream.context().cu_ctx().cast() != image.context {
            return Err(wrong_stream(image, stream));
        }
        let mut current = ptr::null_mut();
        // SAFETY: `current` outlives the call.
        let status = unsafe { (image.driver.functions.current_context)(&mut current) };
        if status != abi::SUCCESS || current != image.context {
            bind(image, status)?;
        }
        Ok(Launch::new(image, stream))
    }

    /// Begins a safe launch on `stream`: one whose order is certain.
    ///
    /// # Errors
    ///
    /// [`Error::WrongStream`] for a stream of another context, [`Error::Unordered`] for the per-thread stream and for
    /// one that is being captured.
    #[inline]
    pub fn checked_on<'a>(&'a self, stream: &'a CudaStream) -> Result<Launch<'a>> {
        let launch = self.on(stream)?;
        let image = &*self.image;
        stream::admit(image.driver, stream, &image.kept, Work::Kernel(image.spec.name))?;
        Ok(launch)
    }
}

#[cold]
fn wrong_stream(image: &LoadedImage, stream: &CudaStream) -> Error {
    Error::WrongStream {
        kernel: image.spec.name,
        kernel_device: image.device,
        stream_device: stream.context().ordinal(),
    }
}

#[cold]
fn bind(image: &LoadedImage, status: abi::Status) -> Result<()> {
    let bound = check(status).and_then(|()| {
        // SAFETY: the kernel keeps its context alive.
        check(unsafe { (image.driver.functions.set_current_context)(image.context) })
    });
    bound.map_err(|source: DriverError| Error::Driver {
        doing: format!(
            "kernel `{}` was not launched: the context of device {} could not be made current",
            image.spec.name, image.device
        ),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_can_be_shared_between_threads() {
        fn shared<T: Send + Sync + Clone + 'static>() {}
        shared::<LoadedKernel>();
        shared::<KernelInfo>();
    }
}
