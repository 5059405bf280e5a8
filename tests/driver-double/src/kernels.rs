//! Launch functions of the [`fixtures`](crate::fixtures), as `triton_kernel!` writes them.

use std::ffi::c_void;

use triton_runner_rt::__private::v1::{Grid, Input, LoadedKernel, Output};
use triton_runner_rt::cudarc::driver::CudaStream;
use triton_runner_rt::half::f16;
use triton_runner_rt::{Result, TensorMap};

fn at<T>(value: &T) -> *mut c_void {
    std::ptr::from_ref(value).cast_mut().cast()
}

/// `add`, with each of its forms.
///
/// # Safety
///
/// That of any kernel; the double executes none.
pub unsafe fn add(
    kernel: &LoadedKernel,
    stream: &CudaStream,
    grid: impl Into<Grid>,
    x: impl Input<f32>,
    y: impl Input<f32>,
    out: impl Output<f32>,
    n: i32,
) -> Result<()> {
    let launch = kernel.on(stream)?;
    let (x, x_guard) = x.pass(stream);
    launch.local(0, &x_guard)?;
    launch.pointer::<16>(0, x)?;
    let (y, y_guard) = y.pass(stream);
    launch.local(1, &y_guard)?;
    launch.pointer::<16>(1, y)?;
    let (out, out_guard) = out.pass(stream);
    launch.local(2, &out_guard)?;
    launch.pointer::<16>(2, out)?;
    let mut parameters = [at(&x), at(&y), at(&out), at(&n), std::ptr::null_mut(), std::ptr::null_mut()];
    // SAFETY: the parameters are those of the fixture.
    unsafe { launch.run(grid, &mut parameters) }
}

/// The scalars of `scalars`.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Scalars {
    pub flag: bool,
    pub a: i8,
    pub b: i16,
    pub c: i32,
    pub d: i64,
    pub e: f32,
    pub f: f64,
}

/// `scalars`.
///
/// # Safety
///
/// That of any kernel; the double executes none.
pub unsafe fn scalars(
    kernel: &LoadedKernel,
    stream: &CudaStream,
    out: impl Output<i64>,
    scalars: Scalars,
) -> Result<()> {
    let launch = kernel.on(stream)?;
    let (out, _guard) = out.pass(stream);
    let Scalars { flag, a, b, c, d, e, f } = scalars;
    let flag = u8::from(flag);
    let mut parameters = [
        at(&out),
        at(&flag),
        at(&a),
        at(&b),
        at(&c),
        at(&d),
        at(&e),
        at(&f),
        std::ptr::null_mut(),
        std::ptr::null_mut(),
    ];
    // SAFETY: the parameters are those of the fixture.
    unsafe { launch.run(1, &mut parameters) }
}

/// `scratch`.
///
/// # Safety
///
/// That of any kernel; the double executes none.
pub unsafe fn scratch(
    kernel: &LoadedKernel,
    stream: &CudaStream,
    grid: impl Into<Grid>,
    x: impl Input<f32>,
    out: impl Output<f32>,
    [rows, columns]: [i32; 2],
) -> Result<()> {
    let launch = kernel.on(stream)?;
    let (x, _x_guard) = x.pass(stream);
    let (out, _out_guard) = out.pass(stream);
    launch.integer::<16>(3, columns.into())?;
    let mut parameters = [at(&x), at(&out), at(&rows), at(&columns), std::ptr::null_mut(), std::ptr::null_mut()];
    // SAFETY: the parameters are those of the fixture.
    unsafe { launch.run(grid, &mut parameters) }
}

/// `cluster`.
///
/// # Safety
///
/// That of any kernel; the double executes none.
pub unsafe fn cluster(
    kernel: &LoadedKernel,
    stream: &CudaStream,
    grid: impl Into<Grid>,
    x: impl Input<f32>,
    out: impl Output<f32>,
) -> Result<()> {
    let launch = kernel.on(stream)?;
    let (x, _x_guard) = x.pass(stream);
    let (out, _out_guard) = out.pass(stream);
    let mut parameters = [at(&x), at(&out), std::ptr::null_mut(), std::ptr::null_mut()];
    // SAFETY: the parameters are those of the fixture.
    unsafe { launch.run(grid, &mut parameters) }
}

/// `described`.
///
/// # Safety
///
/// That of any kernel; the double executes none.
pub unsafe fn described(
    kernel: &LoadedKernel,
    stream: &CudaStream,
    grid: impl Into<Grid>,
    source: &TensorMap<'_, f16, 2>,
    out: impl Output<f16>,
) -> Result<()> {
    let launch = kernel.on(stream)?;
    let source = launch.descriptor(0, source)?;
    let (out, _out_guard) = out.pass(stream);
    let mut parameters = [at(&source), at(&out), std::ptr::null_mut(), std::ptr::null_mut()];
    // SAFETY: the parameters are those of the fixture.
    unsafe { launch.run(grid, &mut parameters) }
}
