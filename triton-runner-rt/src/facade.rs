//! `triton_kernel!`, which hands its input on with the path of this crate.

/// Declares a struct with a typed `launch` function for a kernel that `triton-runner-build` embedded.
///
/// The declaration is checked against the kernel's IR while the crate compiles: a wrong number, name, order or type of
/// arguments is an error at that argument, with the line of the IR.
///
/// ```ignore
/// triton_kernel! {
///     /// `out = x + y`
///     #[grid(n.div_ceil(BLOCK))]
///     pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
/// }
///
/// let add = AddKernel::load(&context)?;
/// // SAFETY: the slices hold n elements each.
/// unsafe { add.launch(&stream, &x, &y, &mut out, n) }?;
/// ```
///
/// One call takes any number of declarations. In short, `triton_kernel!(pub add_kernel);` takes the signature as the IR
/// has it.
///
/// # Arguments
///
/// | in the declaration | in the IR | at the launch |
/// |---|---|---|
/// | `&[T]` | a pointer that is not stored through | `&CudaSlice<T>`, a `CudaView<T>`, a [`DevicePointer<T>`] |
/// | `&mut [T]` | a pointer | `&mut CudaSlice<T>`, a `CudaViewMut<T>`, a [`DevicePointer<T>`] |
/// | `Option<&[T]>`, `Option<&mut [T]>` | a pointer that may be null | the same, an `Option` of it, or [`Null`] |
/// | `&TensorMap<T, RANK>` | a tensor descriptor (`tensordesc`) | a reference to a [`TensorMap`] |
/// | `bool`, `i8` to `i64`, `u8` to `u64`, `f16`, `bf16`, `f32`, `f64` | a scalar | the same |
///
/// `T` is any of these scalars, or [`F8E4M3`] or [`F8E5M2`]. The IR knows no sign, so `u32` and `i32` both match `i32`.
/// What the compiler made a constant is no argument.
///
/// # Attributes
///
/// | | |
/// |---|---|
/// | `#[grid(x)]`, `#[grid(x, y)]`, `#[grid(x, y, z)]` | programs in each dimension, computed from the arguments. Without it, the grid is the argument of `launch` after the stream: a number, a tuple or an array |
/// | `#[kernel = "layer-norm.fwd"]` | the stem of the kernel's files, where it is not the function's name |
/// | `#[name = "Add"]` | the struct's name, where it is not the function's in camel case |
/// | doc comments, `#[cfg(…)]` | pass through |
///
/// A grid expression has `+ - * / %`, `div_ceil`, `next_multiple_of`, `min`, `max`, `clamp`, comparisons and
/// `if … else`, over integer arguments, the kernel's constants and integers. Widths mix, and it cannot panic: overflow,
/// division by zero and a negative size are an [`Error::Grid`] of the launch. A size of 0 launches nothing.
///
/// # What there is
///
/// - `load(&context)` chooses the image for the device and loads it, once for each context; later calls find it. To load
///   at the start of a program, call it there and keep the struct; to load when it is first needed, call it there. The
///   struct is cheap to clone, and threads can share it.
/// - `launch(&stream, …)` is `unsafe`: types, number, order, alignment, grid and device are checked, but the kernel
///   computes addresses, and only its caller knows that they lie within the slices, and that no other slice is written
///   at the same time that it reads or writes.
/// - `info()` tells what was loaded and why, `embedded()` what there is to choose from.
/// - The kernel's constants are constants of the struct: `AddKernel::BLOCK`.
///
/// [`DevicePointer<T>`]: crate::DevicePointer
/// [`Null`]: crate::Null
/// [`TensorMap`]: crate::TensorMap
/// [`F8E4M3`]: crate::F8E4M3
/// [`F8E5M2`]: crate::F8E5M2
/// [`Error::Grid`]: crate::Error::Grid
#[macro_export]
macro_rules! triton_kernel {
    ($($tokens:tt)*) => {
        $crate::__private::v1::triton_kernel! { crate = ($crate) ; $($tokens)* }
    };
}
