//! The driver and the GPUs of this machine, asked without being linked to.
//!
//! Source: CUDA Driver API, "Initialization", "Version Management", "Device Management".

use std::ffi::{CStr, c_char, c_int, c_uint};

use libloading::{Library, Symbol};
use triton_runner_manifest::Arch;

/// What the driver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Driver {
    /// The newest CUDA that it supports: 12040 for 12.4.
    pub(super) cuda: i32,
    pub(super) gpus: Vec<Gpu>,
}

/// One GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gpu {
    pub(super) name: String,
    pub(super) arch: Arch,
}

/// Why there is nothing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoDriver {
    /// No library: a machine without NVIDIA's driver.
    NotFound,
    /// It is there and doesn't work.
    Broken(String),
}

const COMPUTE_CAPABILITY_MAJOR: c_int = 75;
const COMPUTE_CAPABILITY_MINOR: c_int = 76;
const NO_DEVICE: c_int = 100;

type Init = unsafe extern "C" fn(c_uint) -> c_int;
type ReadNumber = unsafe extern "C" fn(*mut c_int) -> c_int;
type DeviceGet = unsafe extern "C" fn(*mut c_int, c_int) -> c_int;
type DeviceGetName = unsafe extern "C" fn(*mut c_char, c_int, c_int) -> c_int;
type DeviceGetAttribute = unsafe extern "C" fn(*mut c_int, c_int, c_int) -> c_int;

/// What the driver's library is called on a system, as `std::env::consts::OS` names it. Nothing where there is none.
fn names(os: &str) -> &'static [&'static str] {
    match os {
        "linux" => &["libcuda.so.1", "libcuda.so"],
        "windows" => &["nvcuda.dll"],
        _ => &[],
    }
}

/// Asks the driver.
pub(super) fn driver() -> Result<Driver, NoDriver> {
    // SAFETY: the driver's initializers have no conditions; a file of that name is the driver's.
    let mut libraries = names(std::env::consts::OS).iter().map(|name| unsafe { Library::new(*name) });
    let library = libraries.find_map(Result::ok).ok_or(NoDriver::NotFound)?;
    let mut cuda = 0;
    let version: Symbol<'_, ReadNumber> = function(&library, c"cuDriverGetVersion")?;
    // SAFETY: it writes one number to the place that it is given.
    check("cuDriverGetVersion", unsafe { version(&raw mut cuda) })?;
    let init: Symbol<'_, Init> = function(&library, c"cuInit")?;
    // SAFETY: zero is the only flag there is.
    match unsafe { init(0) } {
        NO_DEVICE => return Ok(Driver { cuda, gpus: Vec::new() }),
        status => check("cuInit", status)?,
    }
    let mut count = 0;
    let device_count: Symbol<'_, ReadNumber> = function(&library, c"cuDeviceGetCount")?;
    // SAFETY: it writes one number to the place that it is given.
    check("cuDeviceGetCount", unsafe { device_count(&raw mut count) })?;
    let gpus = (0..count).map(|index| gpu(&library, index)).collect::<Result<_, _>>()?;
    Ok(Driver { cuda, gpus })
}

fn gpu(library: &Library, index: c_int) -> Result<Gpu, NoDriver> {
    let get: Symbol<'_, DeviceGet> = function(library, c"cuDeviceGet")?;
    let mut device = 0;
    // SAFETY: it writes one number to the place that it is given.
    check("cuDeviceGet", unsafe { get(&raw mut device, index) })?;
    let mut name: [c_char; 256] = [0; 256];
    let get_name: Symbol<'_, DeviceGetName> = function(library, c"cuDeviceGetName")?;
    // SAFETY: it writes at most as many bytes as it is told that there are; the last is left out and stays zero.
    check("cuDeviceGetName", unsafe { get_name(name.as_mut_ptr(), 255, device) })?;
    // SAFETY: the array ends with a zero.
    let name = unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned();
    let attribute: Symbol<'_, DeviceGetAttribute> = function(library, c"cuDeviceGetAttribute")?;
    let read = |which| {
        let mut value = 0;
        // SAFETY: it writes one number to the place that it is given.
        check("cuDeviceGetAttribute", unsafe { attribute(&raw mut value, which, device) })?;
        Ok(u16::try_from(value).unwrap_or(0))
    };
    let (major, minor) = (read(COMPUTE_CAPABILITY_MAJOR)?, read(COMPUTE_CAPABILITY_MINOR)?);
    Ok(Gpu { name, arch: Arch::of_device(major, minor) })
}

fn function<'a, T>(library: &'a Library, name: &'static CStr) -> Result<Symbol<'a, T>, NoDriver> {
    // SAFETY: each caller names the type that the driver's interface has for this function.
    let found = unsafe { library.get::<T>(name.to_bytes_with_nul()) };
    found.map_err(|_| NoDriver::Broken(format!("the driver's library has no function {}", name.to_string_lossy())))
}

fn check(function: &str, status: c_int) -> Result<(), NoDriver> {
    if status == 0 { Ok(()) } else { Err(NoDriver::Broken(format!("{function} fails with status {status}"))) }
}

impl Driver {
    /// `12.4`
    pub(super) fn cuda(&self) -> String {
        format!("{}.{}", self.cuda / 1000, self.cuda % 1000 / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_with_a_driver_has_a_name_for_it() {
        assert_eq!(
            (names("linux")[0], names("windows"), names("macos").len()),
            ("libcuda.so.1", &["nvcuda.dll"][..], 0)
        );
    }
}
