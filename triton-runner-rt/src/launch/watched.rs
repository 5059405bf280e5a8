//! `TRITON_RUNNER_SYNC=1`: each launch waits for its kernel, so that an error is that kernel's, and says with what it ran.
//!
//! Without it an error of a kernel comes out of whatever asks the driver next.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use super::value::Value;
use crate::driver::abi;
use crate::driver::status::check;
use crate::error::RunFailure;
use crate::kernel::image::LoadedImage;
use crate::stream::is_capturing;
use crate::{Error, Result};

/// The last launches of the process: the context, and what messages call it.
static RECENT: Mutex<VecDeque<(usize, String)>> = Mutex::new(VecDeque::new());

/// How many launches are kept, of all contexts.
const KEPT: usize = 64;

/// How many of one context a message shows.
const SHOWN: usize = 8;

/// A launch that is waited for.
pub(super) struct Watched {
    launch: String,
}

impl Watched {
    /// Notes what is about to be launched.
    ///
    /// # Safety
    ///
    /// `params` points to `visible` pointers to the kernel's arguments, in their order and with their types.
    pub(super) unsafe fn new(
        image: &LoadedImage,
        [x, y, z]: [u32; 3],
        params: *const *mut c_void,
        visible: usize,
    ) -> Self {
        let mut launch = format!("kernel `{}` ({}), grid {x} x {y} x {z}", image.spec.name, image.image.label());
        for (index, argument) in image.spec.args.iter().enumerate().take(visible) {
            // SAFETY: there are so many, each of its type.
            let value = unsafe { Value::read(argument.ty, (*params.add(index)).cast()) };
            let _ = write!(launch, ", {} = {value}", argument.name);
        }
        Self { launch }
    }

    /// Waits for the kernel. A stream that captures runs nothing to wait for.
    pub(super) fn end(self, image: &LoadedImage, stream: abi::Stream, launched: Result<()>) -> Result<()> {
        let Self { launch } = self;
        let context = image.context.addr();
        let before = remember(context, &launch);
        match launched {
            Err(Error::Launch(mut failure)) => {
                failure.before = before;
                Err(Error::Launch(failure))
            }
            Err(error) => Err(error),
            Ok(()) if is_capturing(image.driver, stream).unwrap_or_default() => Ok(()),
            Ok(()) => {
                // SAFETY: the stream is of the current context.
                let waited = check(unsafe { (image.driver.functions.stream_synchronize)(stream) });
                waited.map_err(|source| Error::Run(Box::new(RunFailure { launch, source, before })))
            }
        }
    }
}

/// Adds a launch, and gives those before it in its context.
fn remember(context: usize, launch: &str) -> Vec<String> {
    let mut recent = RECENT.lock().unwrap_or_else(PoisonError::into_inner);
    let of_context = recent.iter().rev().filter(|(of, _)| *of == context);
    let before = of_context.take(SHOWN).map(|(_, launch)| launch.clone()).collect();
    if recent.len() == KEPT {
        recent.pop_front();
    }
    recent.push_back((context, launch.to_owned()));
    before
}
