//! Wherever a declaration may stand.

use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream, CudaView, CudaViewMut};
use triton_runner_rt::{DevicePointer, F8E4M3, Null, Result, TensorMap, triton_kernel};

/// A limit of this module.
pub const LIMIT: u8 = 200;

mod limits {
    pub(crate) const ROWS: usize = 4096;
    pub(crate) const TALL: bool = true;
}

triton_kernel! {
    #[grid(self::LIMIT.min(n), crate::limits::ROWS / 8, if limits::TALL { 1 } else { 2 })]
    pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
}

/// Declarations that a macro of the user's makes.
macro_rules! kernels {
    ($($(#[$attribute:meta])* $vis:vis $name:ident($($argument:ident: $ty:ty),*) on $grid:expr;)*) => {
        triton_kernel! { $(#[grid($grid)] $(#[$attribute])* $vis fn $name($($argument: $ty),*);)* }
    };
}

mod by_a_macro {
    use super::triton_kernel;

    kernels! {
        pub add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32) on n.div_ceil(BLOCK);
        pub(crate) empty() on 1 + 1;
        #[kernel = "layer-norm.fwd"] pub(super) norm(x: Option<&[bf16]>, out: &mut [half::bf16], n: i32) on n - (3 - n);
    }
}

#[cfg(any())]
mod configured_out {
    super::triton_kernel!(pub no_such_kernel);
}

triton_kernel! {
    #[cfg(any())]
    fn no_such_kernel(x: Unknown);
    #[cfg(all())]
    pub(crate) empty;
}

#[test]
fn a_function_can_have_its_own() {
    triton_kernel! {
        #[grid(n.div_ceil(BLOCK))]
        fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
    }
    assert_eq!(AddKernel::BLOCK, 1024);
    assert_eq!(Empty::embedded().len(), 2);
}

#[test]
fn a_library_has_its_own_kernels() {
    assert_eq!(ui_edition_2021::AddKernel::BLOCK, 4096);
    assert_eq!(by_a_macro::AddKernel::BLOCK, 1024);
    assert_eq!(ui_edition_2021::Matmul::embedded().len(), 3);
}

#[test]
fn handles_go_between_threads() {
    fn shared<T: Clone + std::fmt::Debug + Send + Sync + 'static>() {}
    shared::<AddKernel>();
    shared::<ui_edition_2021::Matmul>();
}

/// Never run: every form of argument type-checks.
#[allow(dead_code, clippy::too_many_arguments)]
fn launches(
    context: &Arc<CudaContext>,
    stream: &Arc<CudaStream>,
    slice: &CudaSlice<f32>,
    view: &CudaView<'_, f32>,
    mut out: CudaSlice<f32>,
    out_view: &mut CudaViewMut<'_, f32>,
    foreign: DevicePointer<f32>,
    map: &TensorMap<'_, triton_runner_rt::half::f16, 2>,
    bytes: &CudaSlice<F8E4M3>,
) -> Result<()> {
    triton_kernel! {
        attention;
        #[kernel = "layer-norm.fwd"]
        fn layer_norm(x: Option<&[bf16]>, out: Option<&mut [bf16]>, columns: i32);
        fn all_pointers(
            p_i1: &[bool], p_i8: &mut [u8], p_i16: &[u16], p_i32: &mut [u32], p_i64: &[u64], p_fp16: &mut [f16],
            p_bf16: &[bf16], p_fp32: &mut [f32], p_fp64: &[f64], p_fp8e4nv: &mut [F8E4M3], p_fp8e5: &[F8E5M2],
        );
        all_scalars;
        keywords;
        #[interchangeable(BLOCK_M, EVEN_K, type)]
        gemm;
    }
    let add = AddKernel::load(context)?;
    println!("{add:?} {}", add.info());
    // SAFETY: not run.
    unsafe {
        add.launch_unchecked(stream, slice, view, &mut out, 7)?;
        add.launch_unchecked(stream, slice, slice.slice(1..), out.slice_mut(4..), 7)?;
        add.launch_unchecked(stream, foreign, foreign, foreign, 7)?;
        add.launch_unchecked(stream, view, foreign, out_view, 7)?;
        Attention::load(context)?.launch_unchecked(stream, (4, 2), map, map, DevicePointer::null(), 0.5, 8)?;
        let norm = LayerNorm::load(context)?;
        norm.launch_unchecked(stream, 9, Null, Null, 16)?;
        norm.launch_unchecked(stream, [9, 1, 1], Some(DevicePointer::null()), None::<DevicePointer<_>>, 16)?;
        AllPointers::load(context)?.launch_unchecked(
            stream,
            1,
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
            &mut out,
            DevicePointer::null(),
            DevicePointer::null(),
            DevicePointer::null(),
        )?;
        let (half, bfloat) = (triton_runner_rt::half::f16::ONE, triton_runner_rt::half::bf16::ONE);
        let (e4m3, e5m2) = (F8E4M3::from_bits(1), triton_runner_rt::F8E5M2::from_bits(2));
        AllScalars::load(context)?.launch_unchecked(stream, 1, true, 1, 2, 3, 4, half, bfloat, 1.0, 2.0, e4m3, e5m2)?;
        Keywords::load(context)?.launch_unchecked(stream, 1, 1, 2, 3, 4, 5, 6)?;
    }
    add.launch(stream, slice, slice.slice(1..), out.slice_mut(4..), 7)?;
    add.launch(stream, view, view, &mut out, 7)?;
    let gemm = Gemm::load(context)?;
    let wide = Gemm::load_variant(context, GemmVariant::Wide)?;
    println!("{gemm:?} {:?} {}", wide.info(GemmVariant::Wide), bytes.len());
    let half = DevicePointer::null();
    // SAFETY: not run.
    unsafe {
        gemm.launch_unchecked(
            stream,
            |variant: GemmVariant| 7 / variant.block_m() as u32,
            half,
            &mut out,
            foreign,
            7,
            64,
        )?;
        wide.launch_unchecked(stream, |_| (7, 2), half, &mut out, foreign, 7, 64)?;
    }
    Ok(())
}
