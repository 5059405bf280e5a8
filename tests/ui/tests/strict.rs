//! Under every lint that a user's crate may deny, the expansion has nothing to say.

#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    explicit_outlives_requirements,
    meta_variable_misuse,
    missing_abi,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    non_ascii_idents,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unused_crate_dependencies,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::cargo
)]
#![forbid(unsafe_op_in_unsafe_fn, non_snake_case, non_upper_case_globals, non_camel_case_types)]
#![allow(unused_crate_dependencies, clippy::cargo_common_metadata, clippy::multiple_crate_versions)]

use triton_runner_rt::triton_kernel;

/// All kernels of the manifest, public: their documentation is asked for.
pub mod public {
    use super::triton_kernel;

    triton_kernel! {
        /// Written by hand.
        #[grid(n.div_ceil(BLOCK))]
        pub fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
        pub all_scalars;
        pub all_pointers;
        pub attention;
        pub constants;
        #[grid(if M > 4 * BLOCK_M { M } else { 1 - -N }, K)]
        pub matmul;
        pub fn promises(n_i8: i8, n_i16: i16, n_i32: i32, n_i64: i64);
        #[name = "PromisesWithoutSign"]
        pub fn promises(n_i8: u8, n_i16: u16, n_i32: u32, n_i64: u64);
        pub unsafe scale;
        #[grid(m.div_ceil(BLOCK_M), if EVEN_K { 1 } else { 2 })]
        #[interchangeable(type)]
        pub gemm;
        #[kernel = "gemm"]
        #[interchangeable(BLOCK_M, EVEN_K, type)]
        pub fn gemm_on_a_grid(a: &[f16], partial: &mut [f32], c: &mut [f32], m: u32, k: u64);
        #[kernel = "gemm@wide"]
        pub gemm_wide;
        pub tma_copy;
        pub unsafe fn stored(source: &TensorMap<f16, 2>, target: &mut TensorMap<f16, 2>, other: &TensorMap<f16, 2>);
        pub unsafe copy_ptx;
        #[grid(1)]
        pub empty;
        #[grid(n.div_ceil(BLOCK))]
        pub fn rms_norm<T>(x: &[T], w: &[T], y: &mut [T], n: i32, eps: T);
        pub fn cast<T, W>(x: &[T], y: &mut [W]);
        #[interchangeable(BLOCK)]
        pub fn scan<T>(x: &[T], y: &mut [T], n: i32);
        /// One of its variants.
        #[kernel = "scan@wide"]
        pub unsafe fn scan_wide<T>(x: &[T], y: &mut [T], n: i32);
        #[grid(rows)]
        #[requires(rows > 0)]
        #[requires(n_cols <= BLOCK_SIZE || n_cols * 2 < BLOCK_SIZE)]
        pub softmax;
        #[kernel = "softmax"]
        #[grid(rows)]
        #[chosen(BLOCK_SIZE)]
        pub softmax_chosen;
        #[grid(n)]
        pub linear;
        #[kernel = "linear"]
        pub fn linear_by_the_callers_grid(
            x: &[f16], bias: Option<&[f32]>, out: Option<&mut [f16]>, sums: Option<&mut [f32]>, n: u32,
        );
        #[name = "AddRequired"]
        #[requires(n % BLOCK == 0 && !(n == 3 * BLOCK))]
        pub add_kernel;
        pub keywords;
        pub lowered_nowhere;
    }
}

/// The same kernel again, for this crate alone.
pub(crate) mod private {
    super::triton_kernel! {
        #[kernel = "layer-norm.fwd"]
        pub(crate) fn layer_norm(x: Option<&[bf16]>, out: Option<&mut [bf16]>, columns: i32);
        #[interchangeable(BLOCK_M, EVEN_K, type)]
        gemm;
        #[name = "AddAgain"]
        pub(super) fn add_kernel(x: &[f32], y: &[f32], out: &mut [f32], n: i32);
    }
}

/// Kernels that a macro of the user's declares, visibility included, and of which a program uses little.
#[allow(clippy::redundant_pub_crate)]
mod used_in_part {
    macro_rules! kernels {
        ($($name:ident)*) => {
            super::triton_kernel! { $(pub(crate) $name;)* }
        };
    }

    kernels! { promises }
    super::triton_kernel! {
        #[interchangeable(BLOCK_M, EVEN_K, type)]
        pub(crate) gemm;
    }

    #[test]
    fn what_is_left_unused_is_no_dead_code() {
        assert_eq!(GemmVariant::Wide.to_string(), "gemm@wide");
        assert_eq!(size_of::<Gemm>(), size_of::<super::public::Gemm>());
        assert_eq!(Promises::embedded().len(), super::public::Promises::embedded().len());
    }
}

#[test]
fn constants_have_the_kernels_values() {
    assert_eq!(public::AddKernel::BLOCK, 1024);
    assert_eq!(public::AddKernel::ARCHS.iter().map(ToString::to_string).collect::<Vec<_>>(), ["sm_80", "sm_90a"]);
    assert_eq!((public::AddKernel::NUM_WARPS, public::AddKernel::SHARED), (4, 0));
    assert_eq!((public::Matmul::NUM_WARPS_SM_90A, public::Matmul::SHARED_SM_90A), (8, 196_608));
    assert_eq!(public::Matmul::PTX_ARCHS.len(), 1);
    assert_eq!((public::Constants::LOWEST, public::Constants::NUM_WARPS), (i64::MIN, 4));
    assert_eq!((public::Constants::EVEN_K, public::Constants::ACTIVATION), (true, "leaky \"relu\""));
    assert!((public::Constants::ALPHA + 0.5).abs() < f64::EPSILON);
}

#[test]
fn variants_have_their_own_constants() {
    use public::{Gemm, GemmVariant};
    assert_eq!(GemmVariant::ALL, [GemmVariant::Base, GemmVariant::EvenK, GemmVariant::Wide]);
    assert_eq!((GemmVariant::Base.block_m(), GemmVariant::Wide.block_m()), (64, 128));
    assert_eq!((GemmVariant::EvenK.even_k(), GemmVariant::EvenK.r#type()), (true, "k16"));
    assert_eq!((Gemm::BLOCK_K, public::GemmWide::BLOCK_M), (64, 128));
    assert_eq!(GemmVariant::Wide.to_string(), "gemm@wide");
    assert_eq!(Gemm::embedded(GemmVariant::EvenK)[1].source, "kernels/gemm@even_k.ttir");
}

#[test]
fn images_are_embedded_in_a_form_that_the_driver_takes() {
    let [cubin, _, ptx] = public::Matmul::embedded() else { unreachable!("three images") };
    let (code, text) = (cubin.bytes().unwrap(), ptx.bytes().unwrap());
    assert_eq!(*code, [b'\n'; 64]);
    assert_eq!(code.as_ptr().align_offset(64), 0);
    assert_eq!(text.split_last(), Some((&0, [b'\n'; 64].as_slice())));
    assert_eq!(cubin.entry, c"matmul");
    assert!(public::LoweredNowhere::embedded().is_empty());
    assert_eq!(private::LayerNorm::embedded()[0].entry, c"layer_norm_fwd");
    assert_eq!(private::AddAgain::embedded().len(), 2);
}
