//! What a command comes to.

use std::error::Error as StdError;

use crate::error::{Cause, Error};
use crate::lowering::LoweringError;
use crate::obtain::other_triton::OtherTriton;

/// Nothing, or what the person is told.
pub(super) type Result<T = (), E = Box<dyn StdError>> = std::result::Result<T, E>;

/// What the compiler has to do with it.
pub(super) fn of_lowering(cause: &Cause) -> Option<&LoweringError> {
    let other = cause.downcast_ref::<OtherTriton>().map(|other| &other.error);
    cause.downcast_ref::<LoweringError>().or(other)
}

/// Prints Python's tracebacks behind an error: for people who work on a kernel's module or on the compiler.
pub(super) fn tracebacks(error: &(dyn StdError + 'static)) {
    let texts: Vec<&str> = match (error.downcast_ref::<Error>(), error.downcast_ref::<LoweringError>()) {
        (Some(error), _) => error.causes().filter_map(of_lowering).filter_map(LoweringError::traceback).collect(),
        (_, Some(error)) => error.traceback().into_iter().collect(),
        (None, None) => Vec::new(),
    };
    for text in texts {
        eprintln!("\n{text}");
    }
}
