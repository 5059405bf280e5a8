//! Result codes of the driver.

use std::ffi::{CStr, c_char};
use std::fmt;
use std::ptr;

use super::Driver;
use super::abi::{self, Status};

/// A result code of the driver other than success.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DriverError {
    code: Status,
}

impl DriverError {
    /// The error with this `CUresult`.
    pub const fn from_code(code: u32) -> Self {
        Self { code }
    }

    /// The `CUresult`.
    pub const fn code(self) -> u32 {
        self.code
    }

    /// The name of the `CUresult`, as `CUDA_ERROR_INVALID_VALUE`; `None` where the driver does not know the code, or
    /// where there is no driver to ask.
    pub fn name(self) -> Option<&'static str> {
        ask(self.code, Driver::found()?.functions.error_name)
    }

    /// What the driver says about it.
    pub fn description(self) -> Option<&'static str> {
        ask(self.code, Driver::found()?.functions.error_string)
    }
}

fn ask(code: Status, function: unsafe extern "C" fn(Status, *mut *const c_char) -> Status) -> Option<&'static str> {
    let mut text = ptr::null();
    // SAFETY: `text` outlives the call.
    let status = unsafe { function(code, &mut text) };
    if status != abi::SUCCESS || text.is_null() {
        return None;
    }
    // SAFETY: the driver returns a constant string that it never frees.
    unsafe { CStr::from_ptr(text) }.to_str().ok()
}

/// Turns a result code into a result.
#[inline]
pub(crate) fn check(status: Status) -> Result<(), DriverError> {
    if status == abi::SUCCESS { Ok(()) } else { Err(DriverError { code: status }) }
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name}")?,
            None => write!(f, "CUDA driver error {}", self.code)?,
        }
        match self.description() {
            Some(description) => write!(f, " ({description})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DriverError({}, {:?})", self.code, self.name())
    }
}

impl std::error::Error for DriverError {}

impl From<cudarc::driver::DriverError> for DriverError {
    fn from(error: cudarc::driver::DriverError) -> Self {
        Self { code: error.0 as Status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_a_driver_is_shown_as_a_number() {
        if Driver::found().is_none() {
            assert_eq!(DriverError::from_code(209).to_string(), "CUDA driver error 209");
        }
    }

    #[test]
    fn a_driver_names_what_it_knows() {
        unsafe extern "C" fn name(code: Status, text: *mut *const c_char) -> Status {
            let found = match code {
                1 => c"CUDA_ERROR_INVALID_VALUE".as_ptr(),
                2 => c"\xff".as_ptr(),
                _ => ptr::null(),
            };
            // SAFETY: the caller has a place for the text.
            unsafe { *text = found };
            if code == 4 { 1 } else { 0 }
        }
        assert_eq!(ask(1, name), Some("CUDA_ERROR_INVALID_VALUE"));
        assert_eq!([2, 3, 4].map(|code| ask(code, name)), [None; 3]);
    }

    #[test]
    fn success_is_no_error() {
        assert_eq!(check(0), Ok(()));
        assert_eq!(check(1).map_err(DriverError::code), Err(1));
    }
}
