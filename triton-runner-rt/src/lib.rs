//! Runs kernels of the Triton language compiler that a Rust program embeds: chooses the machine code for the device,
//! loads it once for each context, and launches it through functions with types.
//!
//! Kernels are lowered while the program is built, by `triton-runner-build`. Where the program runs it needs NVIDIA's
//! driver and nothing else: no Python, no compiler, no CUDA toolkit. Without a driver or a device it gets an error
//! value; nothing in this crate panics.
//!
//! ```ignore
//! use triton_runner_rt::triton_kernel;
//!
//! triton_kernel! {
//!     /// `out = x + y`
//!     #[grid(n.div_ceil(BLOCK))]
//!     pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
//! }
//!
//! fn main() -> triton_runner_rt::Result<()> {
//!     let context = triton_runner_rt::context(0)?;
//!     let stream = context.default_stream();
//!     let x = stream.clone_htod(&[1.0_f32; 1000])?;
//!     let y = stream.clone_htod(&[2.0_f32; 1000])?;
//!     let mut out = stream.alloc_zeros::<f32>(1000)?;
//!     let add = AddKernel::load(&context)?;
//!     // SAFETY: the three slices hold 1000 elements.
//!     unsafe { add.launch(&stream, &x, &y, &mut out, 1000) }?;
//!     assert_eq!(stream.clone_dtoh(&out)?[0], 3.0);
//!     Ok(())
//! }
//! ```
//!
//! # What a launch checks
//!
//! Types, number and order of the arguments, while the program is compiled. At each launch: that the stream and the
//! slices belong to the kernel's context, that pointers and integers keep the promises of divisibility that the kernel
//! was compiled on, and that the grid is one that the device can launch. A launch stays `unsafe`, because a kernel
//! computes addresses and nothing here knows their bounds.
//!
//! # cudarc
//!
//! Contexts, streams and memory are those of [`cudarc`], which is exported for that reason. Each launch takes part in
//! its stream tracking. The default feature `auto` selects cudarc's bindings as the build machine has them; a program
//! that selects them itself turns it off. The feature `f16` makes cudarc accept slices of [`half`]'s numbers.

mod aligned;
mod arch;
pub mod bench;
mod device;
mod driver;
mod error;
mod extent;
mod facade;
mod float8;
mod grid;
mod kernel;
mod launch;
mod pointer;
mod select;
mod spec;
mod tensor_map;
pub mod tune;

pub use cudarc;
pub use half;

pub use arch::Arch;
pub use device::{context, device_count};
pub use driver::{DriverError, DriverVersion};
pub use error::{Error, LaunchFailure, LoadFailure, NoImage, Refusal, RefusalReason, Result};
pub use float8::{F8E4M3, F8E5M2};
pub use grid::{Axis, Grid, GridFault};
pub use kernel::{Kernel, KernelInfo};
pub use pointer::{DeviceMemory, DevicePointer, Guard, Input, Null, NullableInput, NullableOutput, Output};
pub use select::Choice;
pub use spec::{ImageKind, ImageSpec};
pub use tensor_map::{TensorMap, TensorMapFault, TensorMemory};

/// What the code that `triton_kernel!` writes is made of. Not public: it changes without notice.
///
/// The number is that of the agreement between macro and runtime, so that a pair that does not belong together fails
/// on a name that says so.
#[doc(hidden)]
pub mod __private {
    pub mod v1 {
        pub use crate::aligned::Aligned;
        pub use crate::extent::Extent;
        pub use crate::grid::Grid;
        pub use crate::kernel::{Kernel, KernelInfo};
        pub use crate::launch::Launch;
        pub use crate::pointer::{Guard, Input, NullableInput, NullableOutput, Output};
        pub use crate::spec::{ArgSpec, DescriptorSpec, ImageKind, ImageSpec, KernelSpec};
        pub use crate::tensor_map::Descriptor;
        pub use triton_runner_macros::triton_kernel;
    }
}
