//! Kernels whose images come from outside the binary: loaded as often as somebody loads them, and unloaded.

use std::sync::Arc;

use cudarc::driver::CudaContext;

use super::LoadedKernel;
use super::image::{Candidate, LoadedImage, Origin, OwnedModule, Place};
use crate::driver::Driver;
use crate::external::{self, DeclaredKernel, ExternalImage};
use crate::{Error, Result};

impl LoadedKernel {
    /// Loads the best of these images for the context's device: a module of its own, which the last clone of the kernel
    /// unloads.
    ///
    /// # Errors
    ///
    /// [`Error::External`] for an image that isn't of the declared kernel, whichever device it is for; otherwise as for
    /// [`LoadedKernel::load`].
    pub fn load_external(
        context: &Arc<CudaContext>,
        declared: &'static DeclaredKernel,
        images: &[ExternalImage],
    ) -> Result<LoadedKernel> {
        images.iter().try_for_each(|image| declared.check(image))?;
        let driver = Driver::get()?;
        context.bind_to_thread().map_err(|error| Error::Driver {
            doing: format!("kernel `{}` could not be loaded: its context could not be made current", declared.name),
            source: error.into(),
        })?;
        let candidates: Vec<_> = images
            .iter()
            .filter_map(|external| {
                let spec = external::spec(declared, external);
                Some(Candidate { spec, image: spec.images.first()?, outside: Some(external.bytes()) })
            })
            .collect();
        let file = candidates.first().map_or("no file", |candidate| candidate.spec.source);
        let origin = Origin { kernel: declared.name, file, outside: true };
        let mut image = LoadedImage::best(Place::new(driver, context, declared.name)?, origin, &candidates)?;
        let chosen = candidates.iter().zip(images).find(|(candidate, _)| std::ptr::eq(candidate.image, image.image));
        let constants = chosen.map(|(_, external)| external.constants().clone()).unwrap_or_default();
        image.owned = Some(OwnedModule::new(driver, image.module, context, constants));
        Ok(LoadedKernel { image: Arc::new(image), context: Arc::clone(context) })
    }

    /// The integer that the loaded image was compiled with for a constant.
    pub fn constant(&self, name: &str) -> Option<i64> {
        external::integer(&self.image.owned.as_ref()?.constants, name)
    }

    /// Waits for what runs in the context and unloads the kernel.
    ///
    /// # Errors
    ///
    /// [`Error::StillHeld`] where a clone of it or a graph holds it, which unloads it when it is dropped. [`Error::Driver`]
    /// where a kernel that ran has failed, or the driver refuses: the kernel goes with its context then.
    pub fn unload(self) -> Result<()> {
        let kernel = self.image.spec.name;
        let Some(image) = Arc::into_inner(self.image) else { return Err(Error::StillHeld { kernel }) };
        let Some(owned) = image.owned else { return Ok(()) };
        owned.unload().map_err(|source| Error::Driver {
            doing: format!("kernel `{kernel}` was not unloaded, and goes with its context"),
            source,
        })
    }

    /// Whether it is unloaded with its last holder.
    pub(crate) fn is_owned(&self) -> bool {
        self.image.owned.is_some()
    }
}
