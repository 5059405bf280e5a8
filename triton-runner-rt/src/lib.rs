// The blocks of this text call kernels, which this package doesn't have: `tests/docs` compiles them.
#![cfg_attr(not(doctest), doc = include_str!("tutorial.md"))]
#![allow(clippy::needless_doctest_main, reason = "a build script is little more than its `main`")]

mod aligned;
pub mod bench;
mod device;
mod driver;
mod embedded;
mod error;
mod extent;
mod facade;
mod family;
mod float8;
mod graph;
mod grid;
#[cfg(feature = "interpreter")]
pub mod interpret;
mod kernel;
mod launch;
mod packed;
mod pointer;
mod promise;
#[cfg(feature = "recorded")]
pub mod recorded;
mod select;
mod spec;
mod stream;
mod switch;
mod tensor_map;
pub mod testing;
pub mod tune;

pub use cudarc;
pub use half;

pub use device::{context, device_count};
pub use driver::{DriverError, DriverVersion};
#[cfg(feature = "compress")]
pub use error::DamagedImage;
pub use error::{
    BoundsFault, Error, GraphFault, LaunchFailure, LoadFailure, NoImage, OrderFault, OutOfBounds, Refusal,
    RefusalReason, Result, RunFailure, TensorMapFault, Unmet, UnmetFault, Used, Work,
};
pub use extent::Extent;
pub use family::FamilyElement;
pub use float8::*;
pub use graph::{Capture, Graph, Held, HeldView, HeldViewMut};
pub use grid::{Axis, Grid, GridFault};
pub use kernel::KernelInfo;
pub use packed::ImageBytes;
pub use pointer::{
    AnyBits, DeviceMemory, DevicePointer, Guard, Input, Null, NullableInput, NullableOutput, NullableSliceInput,
    NullableSliceOutput, Output, SliceInput, SliceOutput,
};
pub use select::Choice;
pub use spec::{ImageKind, ImageSpec};
pub use tensor_map::{TensorMap, TensorMapMut, TensorMemory, TensorMemoryMut};
#[doc(inline)]
pub use triton_runner_manifest::{Arch, ArchError, Suffix};

/// What the code that `triton_kernel!` writes is made of. Not public: it changes without notice.
///
/// The number is that of the agreement between macro and runtime, so that a pair that does not belong together fails
/// on a name that says so.
#[doc(hidden)]
pub mod __private {
    pub mod v1 {
        pub use crate::__compressed as compressed;
        pub use crate::__interpreted as interpreted;
        pub use crate::__packed as packed;
        pub use crate::aligned::Aligned;
        pub use crate::embedded::{Embedded, Here, Kept};
        pub use crate::error::Unmet;
        pub use crate::extent::Extent;
        pub use crate::grid::Grid;
        #[cfg(feature = "interpreter")]
        pub use crate::interpret::{
            HostArgument, HostGrid, HostInput, HostOutput, Interpretation, InterpretedKernel, NullableHostInput,
            NullableHostOutput, Prepared, Ttir,
        };
        pub use crate::kernel::{KernelInfo, LoadedKernel};
        pub use crate::launch::Launch;
        pub use crate::packed::Packed;
        #[cfg(feature = "compress")]
        pub use crate::packed::{Archive, Dictionary};
        pub use crate::pointer::{
            Guard, Input, NullableInput, NullableOutput, NullableSliceInput, NullableSliceOutput, Output, SliceInput,
            SliceOutput,
        };
        pub use crate::spec::{ArgSpec, DescriptorSpec, ImageFields, ImageKind, ImageSpec, KernelSpec};
        pub use crate::tensor_map::Descriptor;
        pub use crate::tune::{Failed, Measuring, Sample, Tunable, TunableImage, TunableVariant, TunedRow, TunedTable};
        pub use core::option::Option::{None, Some};
        pub use triton_runner_macros::triton_kernel;
        pub use triton_runner_manifest::{Arch, Suffix};
    }
}
