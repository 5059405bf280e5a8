//! Tests that run on a GPU where there is one.
//!
//! A test that was skipped looks like one that passed. So each says where it ran, past what `cargo test` captures, and where
//! `TRITON_RUNNER_REQUIRE_GPU=1` is set, one that would not have run on a GPU fails: that is for the machine whose job it is.
//! `CUDA_VISIBLE_DEVICES=` hides the GPUs of a machine that has some.
//!
//! ```no_run
//! use triton_runner_rt::testing;
//!
//! # fn on_gpu(_: &std::sync::Arc<triton_runner_rt::cudarc::driver::CudaContext>) {}
//! # fn interpreted() {}
//! # fn main() -> triton_runner_rt::Result<()> {
//! match testing::gpu_or_interpreter("adds_vectors")? {
//!     Some(context) => on_gpu(&context),
//!     None => interpreted(),
//! }
//! # Ok(()) }
//! ```

use std::io::Write as _;
use std::sync::Arc;

use cudarc::driver::CudaContext;

use crate::device::context;
use crate::switch::Switch;
use crate::{Error, Result};

/// A context of the first GPU; `None` without one, for a test that then runs on the interpreter.
///
/// # Errors
///
/// [`Error::GpuRequired`] without a GPU where one is required; a driver that is there and fails.
pub fn gpu_or_interpreter(test: &str) -> Result<Option<Arc<CudaContext>>> {
    gpu_or(test, "runs on the interpreter", gpu_is_required())
}

/// A context of the first GPU; `None` without one, for a test that needs it and then does nothing.
///
/// # Errors
///
/// As for [`gpu_or_interpreter`].
pub fn gpu_or_skip(test: &str) -> Result<Option<Arc<CudaContext>>> {
    gpu_or(test, "is skipped", gpu_is_required())
}

/// Whether `TRITON_RUNNER_REQUIRE_GPU` is set, to anything but 0 or nothing.
pub fn gpu_is_required() -> bool {
    Switch::RequireGpu.is_on()
}

fn gpu_or(test: &str, without: &str, required: bool) -> Result<Option<Arc<CudaContext>>> {
    match context(0) {
        Ok(context) => {
            let name = context.name().unwrap_or_else(|_| "unnamed".to_owned());
            say(&format!("{test} runs on device 0, {name}"));
            Ok(Some(context))
        }
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) if required => {
            Err(Error::GpuRequired { test: test.to_owned(), source: Box::new(error) })
        }
        Err(error @ (Error::DriverNotFound { .. } | Error::NoDevice { .. })) => {
            let reason = error.to_string();
            say(&format!("{test} {without}: {}", reason.lines().next().unwrap_or_default()));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Past the capture of `cargo test`. Where a test ran is no result of it, so that it can't be written is none either.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_gpu_a_test_runs_elsewhere_unless_one_is_required() {
        if context(0).is_ok() {
            assert!(matches!(gpu_or("this", "is skipped", true), Ok(Some(_))));
            return;
        }
        assert!(matches!(gpu_or("this", "is skipped", false), Ok(None)));
        let error = gpu_or("this", "is skipped", true).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("test `this` needs a GPU, as TRITON_RUNNER_REQUIRE_GPU says: "), "{text}");
    }
}
