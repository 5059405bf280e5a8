//! What can go wrong between a program and its kernel.

mod bounds;
#[cfg(feature = "read")]
mod external;
mod graph;
#[cfg(feature = "interpreter")]
mod interpret;
mod launch;
mod load;
mod order;
mod tensor_map;
mod unmet;

use std::fmt;

use crate::driver::{DriverError, DriverFault, DriverVersion, library};
use crate::grid::{Axis, GridFault};
pub use bounds::{BoundsFault, OutOfBounds};
#[cfg(feature = "read")]
pub use external::{ExternalFailure, ExternalFault};
pub use graph::GraphFault;
#[cfg(feature = "interpreter")]
pub use interpret::{InterpretFailure, NotInitialized};
pub use launch::{LaunchFailure, RunFailure};
use load::CURE_OF_LEFT_OUT;
#[cfg(feature = "compress")]
pub use load::DamagedImage;
pub use load::{LoadFailure, NoImage, Refusal, RefusalReason};
pub use order::{OrderFault, Used, Work};
pub use tensor_map::TensorMapFault;
pub use unmet::{Unmet, UnmetFault};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a kernel could not be loaded or launched.
///
/// Each names the kernel, what was found and what was expected; the second line of its text says what to do next. `Debug`
/// gives the same text: it is what `unwrap` and a `main` that returns the error print.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The driver library is not on this machine.
    #[error("no NVIDIA driver was found: {reason}\n{}", library::advice())]
    #[non_exhaustive]
    DriverNotFound {
        /// What the system's loader said.
        reason: String,
    },

    /// A recorded launch that can't be read, or is of another kernel.
    #[cfg(feature = "recorded")]
    #[error("the recording can't be replayed: `{}`: {reason}", .path.display())]
    #[non_exhaustive]
    Recording {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The driver lacks a function that is needed.
    #[error(
        "{what} needs a driver for CUDA {needed} or later: this one is for CUDA {driver} and has no {missing}\nupdate \
         the NVIDIA driver"
    )]
    #[non_exhaustive]
    DriverTooOld {
        /// What needs it.
        what: String,
        /// The function that the driver lacks.
        missing: &'static str,
        /// The driver's version; 0.0 where it did not say.
        driver: DriverVersion,
        /// The first version that has it.
        needed: DriverVersion,
    },

    /// There is no GPU, or none with this number.
    #[error(
        "there is no CUDA device {ordinal}: the driver sees {count} ({source})\ncheck `nvidia-smi`, and \
         CUDA_VISIBLE_DEVICES, which hides devices"
    )]
    #[non_exhaustive]
    NoDevice {
        /// The number that was asked for.
        ordinal: usize,
        /// How many the driver sees.
        count: usize,
        /// What the driver said.
        source: DriverError,
    },

    /// A test ran without a GPU where one is required.
    #[error("test `{test}` needs a GPU, as TRITON_RUNNER_REQUIRE_GPU says: {source}")]
    #[non_exhaustive]
    GpuRequired {
        /// The test.
        test: String,
        /// Why there is none.
        source: Box<Error>,
    },

    /// The build left the kernel's machine code out: for a system without an NVIDIA driver, or because
    /// `TRITON_RUNNER_STUB=1` said so.
    #[error("kernel `{kernel}` ({file}) was built without machine code: {why}\n{CURE_OF_LEFT_OUT}")]
    #[non_exhaustive]
    LeftOut {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The file that its signature was read from.
        file: &'static str,
        /// Why.
        why: &'static str,
    },

    /// No embedded image runs on the device.
    #[error(transparent)]
    NoImage(Box<NoImage>),

    /// An image was chosen and could not be made ready.
    #[error(transparent)]
    Load(Box<LoadFailure>),

    /// An image is embedded compressed, and is not what the build embedded.
    #[cfg(feature = "compress")]
    #[error(transparent)]
    Damaged(Box<DamagedImage>),
    /// A kernel from outside the binary can't be used.
    #[cfg(feature = "read")]
    #[error(transparent)]
    External(Box<ExternalFailure>),

    /// A kernel is not unloaded, as something else holds it.
    #[cfg(feature = "read")]
    #[error(
        "kernel `{kernel}` is not unloaded: a clone of it, or a graph that has captured it, still holds it\ndrop those \
         first; whatever holds it last unloads it when it is dropped"
    )]
    #[non_exhaustive]
    StillHeld {
        /// The kernel, as it is declared.
        kernel: &'static str,
    },

    /// The kernel needs more shared memory than a block can have on this device.
    #[error(
        "kernel `{kernel}` ({image}) needs {needed} bytes of shared memory for each block: device {device} has \
         {limit}\nlower the kernel with smaller blocks or fewer stages for this device"
    )]
    #[non_exhaustive]
    SharedMemory {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The image, as `sm_90a`.
        image: String,
        /// Bytes that a block needs.
        needed: u32,
        /// Bytes that a block can have.
        limit: u32,
        /// The device's number.
        device: usize,
    },

    /// A pointer breaks the promise that the kernel was compiled on.
    #[error(
        "argument `{argument}` of kernel `{kernel}` is at address {address:#x}, which is no multiple of {promised}: \
         the kernel was compiled for addresses that are\nstart the slice at an element whose address is a multiple of \
         {promised}, or export the kernel without `:{promised}` for this argument"
    )]
    #[non_exhaustive]
    Misaligned {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The device address that was passed.
        address: u64,
        /// What it must be a multiple of.
        promised: u32,
    },

    /// An integer breaks the promise that the kernel was compiled on.
    #[error(
        "argument `{argument}` of kernel `{kernel}` is {value}, which is no multiple of {promised}: the kernel was \
         compiled for values that are\npass such a value, or export the kernel without `:{promised}` for this argument"
    )]
    #[non_exhaustive]
    Indivisible {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The value that was passed.
        value: i64,
        /// What it must be a multiple of.
        promised: u32,
    },

    /// A length doesn't fit into the integer that the kernel takes for it.
    #[error(
        "argument `{argument}` of kernel `{kernel}` is {value}, and the kernel takes an `{ty}`, at most {largest}\nlaunch \
         it on parts, or export the kernel with `--arg {argument}=i64`"
    )]
    #[non_exhaustive]
    TooLarge {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// The value that was passed.
        value: usize,
        /// The integer that the kernel takes.
        ty: &'static str,
        /// The largest one.
        largest: i64,
    },

    /// The kernel, or each variant of it that was loaded, is not right for the arguments: a condition of its
    /// declaration does not hold.
    #[error(transparent)]
    Requires(Box<Unmet>),

    /// A safe launch would touch memory outside its arguments, or the numbers are none that the kernel is right for.
    #[error(transparent)]
    OutOfBounds(Box<OutOfBounds>),

    /// The grid cannot be launched.
    #[error("the grid of kernel `{kernel}` is wrong in {axis}: {fault}\ncheck the grid expression and its arguments")]
    #[non_exhaustive]
    Grid {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The dimension.
        axis: Axis,
        /// What is wrong with it.
        fault: GridFault,
    },

    /// The stream belongs to another context than the kernel.
    #[error(
        "kernel `{kernel}` was loaded in a context of device {kernel_device} and launched on a stream of another \
         context, of device {stream_device}\nload it once for each context, with that context: `load(stream.context())`"
    )]
    #[non_exhaustive]
    WrongStream {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The device that the kernel was loaded for.
        kernel_device: usize,
        /// The device of the stream.
        stream_device: usize,
    },

    /// A slice belongs to another context than the stream.
    #[error(
        "argument `{argument}` of kernel `{kernel}` is memory of device {argument_device}, in another context than \
         the stream, which is of device {stream_device}\ncopy it to that device; for memory that the device can reach \
         all the same, pass a `DevicePointer`"
    )]
    #[non_exhaustive]
    WrongDevice {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// The argument's name.
        argument: &'static str,
        /// Its position, from 0.
        index: usize,
        /// The device of the slice.
        argument_device: usize,
        /// The device of the stream.
        stream_device: usize,
    },

    /// Nothing orders the kernel with what else uses its memory, so that a safe launch refuses it.
    #[error("{work} was not launched: {fault}")]
    #[non_exhaustive]
    Unordered {
        /// What was to be launched.
        work: Work,
        /// Why.
        fault: OrderFault,
    },

    /// A graph and what it is used with don't go together.
    #[error(transparent)]
    Graph(GraphFault),

    /// The memory that the kernel needs beside its arguments could not be had.
    #[error(
        "no scratch memory for kernel `{kernel}`: {bytes} bytes for {programs} programs{}\nlaunch a smaller grid",
        .source.map(|source| format!(" ({source})")).unwrap_or_else(|| ", and at most 2 GiB can be addressed".to_owned())
    )]
    #[non_exhaustive]
    Scratch {
        /// The kernel, by the stem of its files.
        kernel: &'static str,
        /// Bytes for all CTAs together.
        bytes: u128,
        /// CTAs of the grid.
        programs: u128,
        /// What the driver said; `None` where it was not asked.
        source: Option<DriverError>,
    },

    /// A tensor descriptor breaks a rule of the tensor memory accelerator, or does not suit the kernel.
    #[error("tensor descriptor{}: {fault}", .argument.map(|(kernel, name)| format!(" `{name}` of kernel `{kernel}`")).unwrap_or_default())]
    #[non_exhaustive]
    TensorMap {
        /// The kernel and the argument's name; `None` while it is being made.
        argument: Option<(&'static str, &'static str)>,
        /// The rule that it breaks.
        fault: TensorMapFault,
    },

    /// The driver refused the launch.
    #[error(transparent)]
    Launch(Box<LaunchFailure>),

    /// The kernel failed while it ran, and the launch has waited for it: `TRITON_RUNNER_SYNC=1`.
    #[error(transparent)]
    Run(Box<RunFailure>),

    /// The interpreter found something wrong, or doesn't run the kernel.
    #[cfg(feature = "interpreter")]
    #[error(transparent)]
    Interpret(Box<InterpretFailure>),

    /// Another call of the driver failed.
    #[error("{doing}: {source}")]
    #[non_exhaustive]
    Driver {
        /// What was being done.
        doing: String,
        /// What the driver said.
        source: DriverError,
    },
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<DriverFault> for Error {
    #[cold]
    fn from(fault: DriverFault) -> Self {
        match fault {
            DriverFault::NotFound { reason } => Error::DriverNotFound { reason },
            DriverFault::TooOld { what, missing, driver, needed } => {
                Error::DriverTooOld { what, missing, driver, needed }
            }
        }
    }
}

impl From<cudarc::driver::DriverError> for Error {
    /// So that `?` takes cudarc's errors beside this crate's.
    fn from(error: cudarc::driver::DriverError) -> Self {
        Error::Driver { doing: "a call through cudarc failed".to_owned(), source: error.into() }
    }
}

#[cfg(test)]
mod tests;
