//! `TRITON_RUNNER_SYNC=1`: each launch waits for its kernel, so that an error is that kernel's, and says with what it ran.
//!
//! Without it an error of a kernel comes out of whatever asks the driver next.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use half::{bf16, f16};

use crate::driver::abi;
use crate::driver::status::check;
use crate::error::RunFailure;
use crate::kernel::image::LoadedImage;
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
            let value = unsafe { value(argument.ty, (*params.add(index)).cast()) };
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
            Ok(()) if is_capturing(image, stream) => Ok(()),
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

fn is_capturing(image: &LoadedImage, stream: abi::Stream) -> bool {
    let Some(is_capturing) = image.driver.functions.stream_is_capturing else { return false };
    let mut status = 0;
    // SAFETY: `status` outlives the call; the stream is of the current context.
    let asked = unsafe { is_capturing(stream, &mut status) };
    asked == abi::SUCCESS && status != 0
}

/// An argument's value, as Triton's type says.
///
/// # Safety
///
/// `at` points to a value of that type.
unsafe fn value(ty: &str, at: *const u8) -> String {
    // SAFETY: the caller's promise, for each type's size.
    unsafe {
        match ty {
            "i1" | "u1" => (*at != 0).to_string(),
            "i8" => at.cast::<i8>().read_unaligned().to_string(),
            "u8" => at.read_unaligned().to_string(),
            "i16" => at.cast::<i16>().read_unaligned().to_string(),
            "u16" => at.cast::<u16>().read_unaligned().to_string(),
            "i32" => at.cast::<i32>().read_unaligned().to_string(),
            "u32" => at.cast::<u32>().read_unaligned().to_string(),
            "i64" => at.cast::<i64>().read_unaligned().to_string(),
            "u64" => at.cast::<u64>().read_unaligned().to_string(),
            "fp16" => at.cast::<f16>().read_unaligned().to_string(),
            "bf16" => at.cast::<bf16>().read_unaligned().to_string(),
            "fp32" => at.cast::<f32>().read_unaligned().to_string(),
            "fp64" => at.cast::<f64>().read_unaligned().to_string(),
            pointer if pointer.starts_with('*') => format!("{:#x}", at.cast::<u64>().read_unaligned()),
            other => format!("a {other}"),
        }
    }
}
