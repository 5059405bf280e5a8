//! A library with libcuda's interface, as far as the runtime and cudarc call it, for tests where there is no GPU.
//!
//! It executes no kernel. It keeps memory, checks what it is given as strictly as a driver, records each launch with
//! its attributes and parameter bytes, and fails where it is told to. So it tests what this project does with a driver;
//! what a driver and a GPU do is tested in `tests/gpu`.
//!
//! Each test runs in a process of its own, in which the loader finds the double under libcuda's name:
//!
//! ```ignore
//! driver_double::tests! {
//!     fn a_launch_reaches_the_driver(double) {
//!         let context = triton_runner_rt::context(0).unwrap();
//!         assert_eq!(double.launches().len(), 0);
//!     }
//! }
//! ```

mod child;
mod control;
pub mod fixtures;
pub mod kernels;
mod record;

pub use child::{Variant, run};
pub use control::Double;
pub use record::{EncodedTensorMap, Launch};

/// Declares tests that run in a process with the double in place of libcuda.
///
/// The argument is the [`Double`] of that process. With `#[variant(Old)]` before it, a test gets another [`Variant`].
#[macro_export]
macro_rules! tests {
    ($( $(#[variant($variant:ident)])? fn $name:ident($double:ident) $body:block )*) => { $(
        #[test]
        fn $name() {
            #[allow(unused_mut, unused_assignments)]
            let mut variant = $crate::Variant::Current;
            $( variant = $crate::Variant::$variant; )?
            $crate::run(concat!(module_path!(), "::", stringify!($name)), variant, |$double: &$crate::Double| $body);
        }
    )* };
}
