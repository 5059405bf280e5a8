//! Devices and their contexts.

use std::ffi::{c_int, c_uint};
use std::sync::Arc;

use cudarc::driver::CudaContext;

use crate::driver::status::check;
use crate::driver::{Driver, DriverError, abi};
use crate::{Arch, Error, Result};

/// The primary context of the device with this number.
///
/// The same as `CudaContext::new`, which panics on a machine without the driver library: here that is an error value.
///
/// ```
/// use triton_runner_rt::{Error, context};
///
/// match context(0) {
///     Ok(context) => println!("on {}", context.name()?),
///     Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => println!("on the CPU, then: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::DriverNotFound`] without a driver, [`Error::NoDevice`] without such a device.
pub fn context(ordinal: usize) -> Result<Arc<CudaContext>> {
    let driver = Driver::get()?;
    // SAFETY: takes no pointer, and may be called any number of times.
    let initialized = check(unsafe { (driver.functions.init)(0) });
    let opened = initialized.and_then(|()| CudaContext::new(ordinal).map_err(DriverError::from));
    opened.map_err(|source| match source.code() {
        abi::ERROR_NO_DEVICE | abi::ERROR_INVALID_DEVICE => {
            Error::NoDevice { ordinal, count: count(driver).unwrap_or(0), source }
        }
        _ => Error::Driver { doing: format!("the context of CUDA device {ordinal} could not be made"), source },
    })
}

/// How many devices the driver sees: 0 where it runs and finds none.
///
/// ```
/// use triton_runner_rt::{Error, context, device_count};
///
/// let contexts = match device_count() {
///     Ok(count) => (0..count).map(context).collect::<Result<Vec<_>, _>>()?,
///     Err(Error::DriverNotFound { .. }) => Vec::new(),
///     Err(error) => return Err(error),
/// };
/// println!("{} GPUs", contexts.len());
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
///
/// [`Error::DriverNotFound`] without a driver; [`Error::Driver`] where it does not start.
pub fn device_count() -> Result<usize> {
    let driver = Driver::get()?;
    // SAFETY: takes no pointer, and may be called any number of times.
    let counted = match check(unsafe { (driver.functions.init)(0) }) {
        Ok(()) => count(driver),
        Err(error) => Err(error),
    };
    match counted {
        Err(error) if error.code() == abi::ERROR_NO_DEVICE => Ok(0),
        other => {
            other.map_err(|source| Error::Driver { doing: "the CUDA devices could not be counted".to_owned(), source })
        }
    }
}

fn count(driver: &Driver) -> Result<usize, DriverError> {
    let mut count: c_int = 0;
    // SAFETY: `count` outlives the call.
    check(unsafe { (driver.functions.device_count)(&mut count) })?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// A device's architecture, and how many multiprocessors it has.
pub(crate) fn described(driver: &Driver, context: &CudaContext) -> Result<(Arch, u32)> {
    let limits = Limits::of(driver, context).map_err(|source| Error::Driver {
        doing: format!("device {} could not be asked what it is", context.ordinal()),
        source,
    })?;
    Ok((limits.arch, limits.multiprocessors))
}

const MAX_GRID_X: c_uint = 5;
const MAX_GRID_Y: c_uint = 6;
const MAX_GRID_Z: c_uint = 7;
const CAPABILITY_MAJOR: c_uint = 75;
const CAPABILITY_MINOR: c_uint = 76;
const MULTIPROCESSOR_COUNT: c_uint = 16;
const MAX_SHARED_PER_BLOCK: c_uint = 8;
const MAX_SHARED_PER_BLOCK_OPTIN: c_uint = 97;
const MEMORY_POOLS_SUPPORTED: c_uint = 115;

/// What a launch has to know of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) arch: Arch,
    /// Bytes of shared memory that a block can have.
    pub(crate) shared: u32,
    /// CTAs of a grid in each dimension.
    pub(crate) grid: [u32; 3],
    /// Multiprocessors, at least one: a grid over them would launch nothing otherwise.
    pub(crate) multiprocessors: u32,
    /// Whether memory can be allocated in stream order.
    pub(crate) memory_pools: bool,
}

impl Limits {
    pub(crate) fn of(driver: &Driver, context: &CudaContext) -> Result<Limits, DriverError> {
        let device: c_int = context.cu_device();
        let attribute = |id: c_uint| -> Result<u32, DriverError> {
            let mut value: c_int = 0;
            // SAFETY: `value` outlives the call.
            check(unsafe { (driver.functions.device_attribute)(&mut value, id, device) })?;
            Ok(u32::try_from(value).unwrap_or(0))
        };
        let capability = |id| attribute(id).map(|value| u16::try_from(value).unwrap_or(0));
        Ok(Limits {
            arch: Arch::of_device(capability(CAPABILITY_MAJOR)?, capability(CAPABILITY_MINOR)?),
            shared: attribute(MAX_SHARED_PER_BLOCK_OPTIN)?.max(attribute(MAX_SHARED_PER_BLOCK)?),
            grid: [attribute(MAX_GRID_X)?, attribute(MAX_GRID_Y)?, attribute(MAX_GRID_Z)?],
            multiprocessors: attribute(MULTIPROCESSOR_COUNT)?.max(1),
            // Unknown to drivers before CUDA 11.2, which have no pools.
            memory_pools: attribute(MEMORY_POOLS_SUPPORTED).unwrap_or(0) != 0,
        })
    }
}
