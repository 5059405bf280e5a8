//! What is loaded, by context and kernel: one module however often and from however many threads a kernel is loaded.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use cudarc::driver::CudaContext;

use super::image::LoadedImage;
use crate::Result;
use crate::driver::status::check;
use crate::driver::{Driver, abi};
use crate::spec::KernelSpec;

/// The images of one context, by the address of their kernel's description.
type Images = Mutex<HashMap<usize, Arc<Slot>>>;

/// One image, locked while it is loaded, so that other kernels load meanwhile.
type Slot = Mutex<Option<Arc<LoadedImage>>>;

/// A context that kernels were loaded in.
struct Entry {
    handle: usize,
    /// The driver's number for the context, never given twice; `None` before CUDA 12.0.
    id: Option<u64>,
    primary: bool,
    owner: Weak<CudaContext>,
    images: Arc<Images>,
}

static CONTEXTS: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// The image of `spec` in `context`, loaded unless it is already. The context is current on this thread.
pub(crate) fn image(
    driver: &'static Driver,
    context: &Arc<CudaContext>,
    spec: &'static KernelSpec,
) -> Result<Arc<LoadedImage>> {
    let images = images_of(driver, context);
    let slot = Arc::clone(lock(&images).entry(ptr::from_ref(spec).addr()).or_default());
    let mut loaded = lock(&slot);
    if let Some(image) = &*loaded {
        return Ok(Arc::clone(image));
    }
    let image = Arc::new(LoadedImage::load(driver, context, spec)?);
    *loaded = Some(Arc::clone(&image));
    Ok(image)
}

fn images_of(driver: &Driver, context: &Arc<CudaContext>) -> Arc<Images> {
    let handle: abi::Context = context.cu_ctx().cast();
    let (id, handle) = (id_of(driver, handle), handle.addr());
    let mut contexts = lock(&CONTEXTS);
    contexts.retain(|entry| entry.owner.strong_count() > 0 || entry.may_live_on(handle, id));
    if let Some(entry) = contexts.iter_mut().find(|entry| entry.handle == handle && entry.id == id) {
        if entry.owner.strong_count() == 0 {
            entry.owner = Arc::downgrade(context);
        }
        return Arc::clone(&entry.images);
    }
    let images = Arc::<Images>::default();
    contexts.push(Entry {
        handle,
        id,
        primary: context.is_primary(),
        owner: Arc::downgrade(context),
        images: Arc::clone(&images),
    });
    images
}

impl Entry {
    /// Whether the context may still exist though its owner is gone.
    ///
    /// A primary context lives as long as anyone in the process holds it, with what is loaded in it. If it does, it has
    /// the same id when it is opened again and its modules are used again. If not, the driver has freed the modules,
    /// and they must not be touched. Without an id nothing tells the two apart: the entry is given up.
    fn may_live_on(&self, handle: usize, id: Option<u64>) -> bool {
        self.primary && self.id.is_some() && (self.handle != handle || self.id == id)
    }
}

fn id_of(driver: &Driver, context: abi::Context) -> Option<u64> {
    let function = driver.functions.context_id?;
    let mut id = 0;
    // SAFETY: the context is alive, and `id` outlives the call.
    check(unsafe { function(context, &mut id) }).ok()?;
    Some(id)
}

/// A panic elsewhere leaves these maps whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
