//! An image on a device, ready to launch.

use std::ffi::{c_int, c_void};
use std::ptr;
#[cfg(feature = "interpreter")]
use std::sync::OnceLock;

use cudarc::driver::CudaContext;

use crate::device::Limits;
use crate::driver::status::check;
use crate::driver::{Driver, DriverError, DriverVersion, abi};
use crate::error::{LoadFailure, NoImage, Refusal, RefusalReason};
#[cfg(feature = "interpreter")]
use crate::interpret::InterpretedKernel;
use crate::select::{self, Choice};
use crate::spec::{ImageKind, ImageSpec, KernelSpec};
use crate::stream::Kept;
use crate::switch::Switch;
use crate::{Error, Result};

/// A kernel function in a context, and what each launch of it passes to the driver.
///
/// The module is never unloaded: it belongs to its context and goes with it.
#[derive(Debug)]
pub(crate) struct LoadedImage {
    // First, what every launch reads.
    pub(crate) driver: &'static Driver,
    pub(crate) function: abi::Function,
    pub(crate) context: abi::Context,
    /// Programs in each dimension, so that clusters of them stay within the device's limits.
    pub(crate) max_grid: [u32; 3],
    pub(crate) block: u32,
    pub(crate) shared: u32,
    /// Needs neither launch attributes nor clusters nor scratch memory, takes no tensor descriptors, and isn't watched.
    pub(crate) plain: bool,
    /// Each launch waits for its kernel: [`Switch::Sync`] was on, or [`Switch::Check`].
    pub(crate) watched: bool,
    /// What each launch is compared with, where [`Switch::Check`] was on.
    #[cfg(feature = "interpreter")]
    pub(crate) interpreted: OnceLock<InterpretedKernel>,
    pub(crate) spec: &'static KernelSpec,
    pub(crate) image: &'static ImageSpec,
    pub(crate) attributes: Box<[abi::LaunchAttribute]>,
    /// Positions of the arguments that are tensor descriptors.
    pub(crate) descriptors: Box<[usize]>,
    pub(crate) device: usize,
    pub(crate) limits: Limits,
    pub(crate) choice: Choice,
    pub(crate) refused: Vec<Refusal>,
    /// The context in which a safe launch has seen to cudarc's tracking.
    pub(crate) kept: Kept,
}

// SAFETY: the handles are the driver's, which may be used from any thread; everything else is constant.
unsafe impl Send for LoadedImage {}
// SAFETY: as above.
unsafe impl Sync for LoadedImage {}

/// Where an image is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) driver: &'static Driver,
    pub(crate) context: abi::Context,
    /// Number of the context's device.
    pub(crate) device: usize,
    pub(crate) limits: Limits,
}

impl LoadedImage {
    /// Loads the best image that the device runs. `context` is current on this thread.
    pub(crate) fn load(driver: &'static Driver, context: &CudaContext, spec: &'static KernelSpec) -> Result<Self> {
        let device = context.ordinal();
        let limits = Limits::of(driver, context).map_err(|source| Error::Driver {
            doing: format!("kernel `{}`: device {device} could not be asked what it is", spec.name),
            source,
        })?;
        Self::best(Place { driver, context: context.cu_ctx().cast(), device, limits }, spec)
    }

    /// The first image, in the order of choice, that the driver takes.
    fn best(place: Place, spec: &'static KernelSpec) -> Result<Self> {
        let Place { driver, limits, .. } = place;
        let images = spec.images.iter().map(|image| (image.kind, image.arch));
        let mut refused = Vec::new();
        for (index, choice) in select::order(images, limits.arch) {
            let image = &spec.images[index];
            if image.shared > limits.shared {
                let reason = RefusalReason::SharedMemory { needed: image.shared, limit: limits.shared };
                refused.push(Refusal { image: image.label(), reason });
                continue;
            }
            let bytes = image.bytes_of(spec.name)?;
            match load_module(driver, image.kind, &bytes) {
                Ok(module) => {
                    let function = prepare(driver, module, spec, image).inspect_err(|_| {
                        // SAFETY: nothing uses the module. The error is already there; a second one adds nothing.
                        unsafe { (driver.functions.module_unload)(module) };
                    })?;
                    return Ok(Self { refused, ..Self::of(place, function, spec, image, choice) });
                }
                Err((error, log)) if is_refusal(error) => {
                    refused.push(Refusal { image: image.label(), reason: RefusalReason::Driver { error, log } });
                }
                Err((source, _)) => return Err(failure(spec, image, "the driver could not load it", source)),
            }
        }
        Err(no_image(spec, place, refused))
    }

    /// What follows from image and place.
    pub(crate) fn of(
        place: Place,
        function: abi::Function,
        spec: &'static KernelSpec,
        image: &'static ImageSpec,
        choice: Choice,
    ) -> Self {
        let Place { driver, context, device, limits } = place;
        let attributes = attributes(image);
        let clustered = image.cluster != [1; 3];
        let descriptors: Box<[usize]> = spec.descriptors().collect();
        let watched = Switch::Sync.is_on();
        #[cfg(feature = "interpreter")]
        let watched = watched || Switch::Check.is_on();
        Self {
            driver,
            function,
            context,
            max_grid: std::array::from_fn(|axis| limits.grid[axis] / image.cluster[axis].max(1)),
            block: image.num_warps.saturating_mul(32),
            shared: image.shared,
            watched,
            #[cfg(feature = "interpreter")]
            interpreted: OnceLock::new(),
            plain: !watched
                && attributes.is_empty()
                && !clustered
                && image.scratch_size == 0
                && image.profile_scratch_size == 0
                && descriptors.is_empty(),
            spec,
            image,
            attributes,
            descriptors,
            device,
            limits,
            choice,
            refused: Vec::new(),
            kept: Kept::default(),
        }
    }
}

/// The attributes that Triton's own launcher sets.
fn attributes(image: &ImageSpec) -> Box<[abi::LaunchAttribute]> {
    let mut attributes = Vec::new();
    if image.cluster != [1; 3] {
        attributes.push(abi::LaunchAttribute::new(abi::LAUNCH_CLUSTER_DIMENSION, image.cluster));
        attributes
            .push(abi::LaunchAttribute::new(abi::LAUNCH_CLUSTER_SCHEDULING, [abi::CLUSTER_SCHEDULING_SPREAD, 0, 0]));
    }
    if image.cooperative {
        attributes.push(abi::LaunchAttribute::new(abi::LAUNCH_COOPERATIVE, [1, 0, 0]));
    }
    if image.pdl {
        attributes.push(abi::LaunchAttribute::new(abi::LAUNCH_PROGRAMMATIC_SERIALIZATION, [1, 0, 0]));
    }
    attributes.into()
}

/// Whether another image may still do.
fn is_refusal(error: DriverError) -> bool {
    matches!(
        error.code(),
        abi::ERROR_INVALID_IMAGE
            | abi::ERROR_NO_BINARY_FOR_GPU
            | abi::ERROR_INVALID_PTX
            | abi::ERROR_JIT_COMPILER_NOT_FOUND
            | abi::ERROR_UNSUPPORTED_PTX_VERSION
            | abi::ERROR_JIT_COMPILATION_DISABLED
            | abi::ERROR_INVALID_SOURCE
    )
}

/// The loaded module, or the error and what the PTX compiler wrote.
fn load_module(driver: &Driver, kind: ImageKind, image: &[u8]) -> Result<abi::Module, (DriverError, String)> {
    let mut module = ptr::null_mut();
    let bytes: *const c_void = image.as_ptr().cast();
    match kind {
        ImageKind::Cubin => {
            // SAFETY: the build checked that the bytes are a whole cubin; the context is current.
            let status = unsafe { (driver.functions.module_load)(&mut module, bytes) };
            check(status).map_err(|error| (error, String::new()))?;
        }
        // The driver would read on.
        ImageKind::Ptx if image.last() != Some(&0) => {
            let error = DriverError::from_code(abi::ERROR_INVALID_PTX);
            return Err((error, "the embedded text does not end with a NUL".to_owned()));
        }
        ImageKind::Ptx => {
            const LOG_SIZE: usize = 4096;
            let mut log = vec![0_u8; LOG_SIZE];
            let mut options = [abi::JIT_ERROR_LOG, abi::JIT_ERROR_LOG_SIZE];
            let mut values = [log.as_mut_ptr().cast(), ptr::without_provenance_mut(LOG_SIZE)];
            // SAFETY: the text ends with a NUL; the two options and their values outlive the call, and the log has the
            // size that is told.
            let status = unsafe {
                (driver.functions.module_load_with)(&mut module, bytes, 2, options.as_mut_ptr(), values.as_mut_ptr())
            };
            check(status).map_err(|error| {
                let text = log.split(|&byte| byte == 0).next().unwrap_or_default();
                (error, String::from_utf8_lossy(text).trim().to_owned())
            })?;
        }
    }
    Ok(module)
}

/// Finds the kernel function and sets what holds for all its launches.
fn prepare(driver: &Driver, module: abi::Module, spec: &KernelSpec, image: &ImageSpec) -> Result<abi::Function> {
    let functions = &driver.functions;
    let mut function = ptr::null_mut();
    // SAFETY: the module is loaded, and the name ends with a NUL.
    check(unsafe { (functions.module_function)(&mut function, module, image.entry.as_ptr()) })
        .map_err(|source| failure(spec, image, format!("no function {:?} in it", image.entry), source))?;

    // Above 48 KiB a kernel has to ask. As Triton's launcher does, prefer shared memory to L1 then.
    if image.shared.saturating_add(image.static_shared) > 48 * 1024 {
        let bytes = c_int::try_from(image.shared).unwrap_or(c_int::MAX);
        // SAFETY: the function is of a loaded module.
        let set = unsafe {
            check((functions.function_set_cache)(function, abi::CACHE_PREFER_SHARED)).and_then(|()| {
                check((functions.function_set_attribute)(function, abi::FUNCTION_MAX_DYNAMIC_SHARED, bytes))
            })
        };
        set.map_err(|source| {
            failure(spec, image, format!("{bytes} bytes of dynamic shared memory for each block"), source)
        })?;
    }
    let cluster: u64 = image.cluster.iter().map(|&ctas| u64::from(ctas)).product();
    if cluster > 8 {
        // SAFETY: the function is of a loaded module.
        check(unsafe { (functions.function_set_attribute)(function, abi::FUNCTION_NON_PORTABLE_CLUSTER, 1) })
            .map_err(|source| failure(spec, image, format!("clusters of {cluster} CTAs"), source))?;
    }
    let (needs_ex, needs_maps) = (image.cooperative || image.pdl || cluster > 1, !image.descriptors.is_empty());
    let kernel = || format!("kernel `{}` ({})", spec.name, image.label());
    if needs_ex && functions.launch_ex.is_none() {
        return Err(driver.too_old(kernel(), "cuLaunchKernelEx", DriverVersion::new(11, 8)).into());
    }
    if needs_maps && functions.encode_tiled.is_none() {
        return Err(driver.too_old(kernel(), "cuTensorMapEncodeTiled", DriverVersion::new(12, 0)).into());
    }
    Ok(function)
}

#[cold]
fn failure(spec: &KernelSpec, image: &ImageSpec, doing: impl Into<String>, source: DriverError) -> Error {
    Error::Load(Box::new(LoadFailure {
        kernel: spec.name,
        file: image.source,
        image: image.label(),
        doing: doing.into(),
        source,
    }))
}

#[cold]
fn no_image(spec: &KernelSpec, Place { device, limits, .. }: Place, refused: Vec<Refusal>) -> Error {
    // Where the device runs an image but for its shared memory, say that.
    if let [Refusal { image, reason: RefusalReason::SharedMemory { needed, limit } }] = refused.as_slice() {
        let (image, needed, limit) = (image.clone(), *needed, *limit);
        return Error::SharedMemory { kernel: spec.name, image, needed, limit, device };
    }
    Error::NoImage(Box::new(NoImage {
        kernel: spec.name,
        file: spec.source,
        device,
        arch: limits.arch,
        embedded: spec.images.iter().map(ImageSpec::label).collect(),
        refused,
        left_out: None,
    }))
}

#[cfg(test)]
mod tests;
