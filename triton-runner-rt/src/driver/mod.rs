//! libcuda, found and called without a panic where it is missing or old.

pub(crate) mod abi;
pub(crate) mod library;
pub(crate) mod status;

use std::ffi::c_int;
use std::fmt;
use std::sync::OnceLock;

use libloading::Library;

pub use status::DriverError;

/// A version of the CUDA driver interface, as `cuDriverGetVersion` reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DriverVersion(i32);

impl DriverVersion {
    /// The version `major.minor`.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self(major as i32 * 1000 + minor as i32 * 10)
    }

    /// The number that the driver reports: 12040 for 12.4; 0 where it did not say.
    pub const fn number(self) -> i32 {
        self.0
    }
}

impl fmt::Display for DriverVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 1000, self.0 % 1000 / 10)
    }
}

/// Why there is no driver to use.
#[derive(Debug)]
pub(crate) enum DriverFault {
    /// It is not on this machine, as the system's loader says.
    NotFound { reason: String },
    /// It lacks the function `missing` that `what` needs.
    TooOld { what: String, missing: &'static str, driver: DriverVersion, needed: DriverVersion },
}

/// The loaded libcuda.
pub(crate) struct Driver {
    pub(crate) functions: abi::Functions,
    pub(crate) version: DriverVersion,
    // Kept so that the functions stay where they are; `None` for functions of our own, in tests.
    _library: Option<Library>,
}

static DRIVER: OnceLock<Driver> = OnceLock::new();

impl Driver {
    /// libcuda of this process; looked up on the first call.
    pub(crate) fn get() -> Result<&'static Driver, DriverFault> {
        if let Some(driver) = DRIVER.get() {
            return Ok(driver);
        }
        let driver = Driver::load()?;
        Ok(DRIVER.get_or_init(|| driver))
    }

    /// libcuda, where this process has found it already.
    pub(crate) fn found() -> Option<&'static Driver> {
        DRIVER.get()
    }

    fn load() -> Result<Driver, DriverFault> {
        let library = library::open().map_err(|reason| DriverFault::NotFound { reason })?;
        let mut number: c_int = 0;
        // SAFETY: `library::open` loads nothing but libcuda by its names, and the library is kept for the life of the process.
        let functions = match unsafe { abi::Functions::resolve(&library) } {
            Ok(functions) => functions,
            Err(symbol) => {
                return Err(DriverFault::TooOld {
                    what: "this program".to_owned(),
                    missing: symbol,
                    driver: DriverVersion(0),
                    needed: DriverVersion::new(11, 2),
                });
            }
        };
        // SAFETY: `number` outlives the call. Permitted before `cuInit`.
        let status = unsafe { (functions.version)(&mut number) };
        let version = DriverVersion(if status == abi::SUCCESS { number } else { 0 });
        Ok(Driver { functions, version, _library: Some(library) })
    }

    /// A driver of these functions.
    #[cfg(test)]
    pub(crate) fn of(functions: abi::Functions, version: DriverVersion) -> Driver {
        Driver { functions, version, _library: None }
    }

    /// The error for an optional entry point that this driver lacks.
    pub(crate) fn too_old(&self, what: impl fmt::Display, missing: &'static str, needed: DriverVersion) -> DriverFault {
        DriverFault::TooOld { what: what.to_string(), missing, driver: self.version, needed }
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("version", &self.version).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_read_as_people_write_them() {
        assert_eq!(DriverVersion(12040).to_string(), "12.4");
        assert_eq!(DriverVersion(13000).to_string(), "13.0");
        assert_eq!(DriverVersion::new(11, 8), DriverVersion(11080));
        assert!(DriverVersion::new(11, 8) < DriverVersion::new(12, 0));
    }
}
