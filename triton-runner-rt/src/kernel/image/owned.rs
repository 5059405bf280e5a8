//! A module that is unloaded with its last user.

use std::collections::BTreeMap;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use cudarc::driver::CudaContext;
use triton_runner_manifest::Constant;

use crate::driver::status::check;
use crate::driver::{Driver, DriverError, abi};

/// A module of an image from outside the binary.
///
/// The driver doesn't say what becomes of kernels that still run when their module is unloaded, so that is waited for:
/// for everything in the context, as nothing counts launches.
pub(crate) struct OwnedModule {
    driver: &'static Driver,
    /// `None` once it is unloaded.
    module: Option<abi::Module>,
    /// Kept, and so alive.
    context: Arc<CudaContext>,
    /// What the kernel was compiled with.
    pub(crate) constants: BTreeMap<String, Constant>,
}

impl OwnedModule {
    /// Takes a loaded module of this context.
    pub(crate) fn new(
        driver: &'static Driver,
        module: abi::Module,
        context: &Arc<CudaContext>,
        constants: BTreeMap<String, Constant>,
    ) -> Self {
        Self { driver, module: Some(module), context: Arc::clone(context), constants }
    }

    /// Waits for what runs in the context, and unloads the module. Where one of them fails the module stays loaded, and
    /// goes with its context.
    pub(crate) fn unload(mut self) -> Result<(), DriverError> {
        self.finish()
    }

    fn finish(&mut self) -> Result<(), DriverError> {
        let Some(module) = self.module.take() else { return Ok(()) };
        let functions = &self.driver.functions;
        let own: abi::Context = self.context.cu_ctx().cast();
        let mut before = ptr::null_mut();
        // SAFETY: `before` outlives the call.
        check(unsafe { (functions.current_context)(&mut before) })?;
        // SAFETY: the context is alive, as this keeps it.
        check(unsafe { (functions.set_current_context)(own) })?;
        // SAFETY: the context is current. Every launch of the module's kernels was made through an image that is gone, so
        // that what has been waited for was the last of them; a graph of others that still has one is their promise.
        let unloaded =
            unsafe { check((functions.context_synchronize)()).and_then(|()| check((functions.module_unload)(module))) };
        if before != own {
            // SAFETY: it was current before, and setting it asks nothing else of it.
            let _ = unsafe { (functions.set_current_context)(before) };
        }
        unloaded
    }
}

impl Drop for OwnedModule {
    fn drop(&mut self) {
        // Nobody is there to be told. `unload` tells.
        let _ = self.finish();
    }
}

impl fmt::Debug for OwnedModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedModule").field("module", &self.module).finish_non_exhaustive()
    }
}
