//! Slices and views of cudarc: how their events order the streams, and when there are none.

use triton_runner_rt::context;
use triton_runner_rt::cudarc::driver::DriverError;
use triton_runner_rt::cudarc::driver::result::stream::{self, StreamKind};
use triton_runner_rt::cudarc::driver::sys;

use crate::expected::{BEYOND, Outcome, check, poison, random};
use crate::{Gate, programs};

const ROWS: usize = 53;
const COLUMNS: usize = 2049;

/// Memory of one stream, a kernel on another: cudarc makes the second wait for the copies, and the first for the kernel.
///
/// It does so once the context has made a stream of its own with `new_stream`: each slice has an event for who reads it
/// and one for who writes it, and a launch waits and records as cudarc's own do.
pub(crate) fn on_tracked_streams() -> Result<Outcome, Box<dyn std::error::Error>> {
    let context = context(0)?;
    let (copies, kernels) = (context.new_stream()?, context.new_stream()?);
    // The part of x that is used begins at its 6th element, where its address is a multiple of 4 and no more.
    let (x, by) = (random(5 + ROWS * COLUMNS), random(COLUMNS));
    let mut out = copies.clone_htod(&poison(ROWS * COLUMNS))?;
    let (x_device, by_device) = (copies.clone_htod(&x)?, copies.clone_htod(&by)?);

    let gate = Gate::load(&context)?;
    let (part, grid) = (x_device.slice(5..), programs(ROWS, COLUMNS));
    gate.launch(&kernels, grid, &part, COLUMNS as i32, &by_device, &mut out, COLUMNS as i32)?;

    let out = copies.clone_dtoh(&out)?;
    Ok(check(&out, ROWS, |row, column| x[5 + row * COLUMNS + column], &by))
}

/// The same on a stream that cudarc didn't make.
///
/// A borrowed stream doesn't begin cudarc's tracking: in this context there are no events, and nothing orders the
/// borrowed stream and the one of the slices but what is said here. Without the second `join` the memory could also be
/// freed, in the order of its own stream, before the kernel is done with it.
pub(crate) fn on_a_borrowed_stream() -> Result<Outcome, Box<dyn std::error::Error>> {
    let context = context(0)?;
    let home = context.default_stream();
    let theirs = Borrowed(stream::create(StreamKind::NonBlocking)?);
    // SAFETY: the stream is of the current context, which `context(0)` has just made current, and outlives the wrapper.
    let stream = unsafe { context.wrap_borrowed_stream(theirs.0) };
    if context.is_managing_stream_synchronization() {
        return Err("cudarc tracks streams here".into());
    }

    let (x, by) = (random(ROWS * COLUMNS), random(COLUMNS));
    let mut out = home.clone_htod(&poison(ROWS * COLUMNS))?;
    let (x_device, by_device) = (home.clone_htod(&x)?, home.clone_htod(&by)?);
    let gate = Gate::load(&context)?;

    stream.join(&home)?;
    let grid = programs(ROWS, COLUMNS);
    // SAFETY: the slices hold ROWS rows of COLUMNS elements, `by` COLUMNS elements; the streams wait for each other.
    unsafe { gate.launch_unchecked(&stream, grid, &x_device, COLUMNS as i32, &by_device, &mut out, COLUMNS as i32) }?;
    home.join(&stream)?;

    let out = home.clone_dtoh(&out)?;
    debug_assert_eq!(out.len(), ROWS * COLUMNS + BEYOND);
    Ok(check(&out, ROWS, |row, column| x[row * COLUMNS + column], &by))
}

/// A stream of someone else, who destroys it.
struct Borrowed(sys::CUstream);

impl Drop for Borrowed {
    fn drop(&mut self) {
        // SAFETY: made above and destroyed once; the driver lets its work finish.
        let _: Result<(), DriverError> = unsafe { stream::destroy(self.0) };
    }
}
