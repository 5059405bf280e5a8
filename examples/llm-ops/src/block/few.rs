//! The kernels of a block of few tokens: norms, linear layers and what follows them in one.

use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::element::Element;
use crate::machine::{Loaded, Machine, On, View, ViewMut};
use crate::rms_norm::EPSILON;

/// What the inputs of the layers behind a norm are a multiple of.
pub(super) const DEPTH: usize = NormSwigluFp16::TILE_K as usize;

/// A norm's weight, that of the linear layer behind it, and what comes of both.
pub(crate) struct Layer<'a, T> {
    pub(super) x: View<'a, T>,
    pub(super) norm: View<'a, T>,
    pub(super) weight: View<'a, T>,
    pub(super) out: ViewMut<'a, T>,
    /// Rows, outputs and inputs.
    pub(super) sizes: [usize; 3],
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: Element {
    /// Both kernels for this type.
    type Few;

    /// Loads them, for heads of `head` elements: 64 or 128.
    fn load(machine: &Machine, head: usize) -> Result<Self::Few>;

    /// Queries, keys and values, of which `rotated` outputs are rotated. `angles` are cosines and sines for `length` positions.
    fn norm_qkv(
        few: &Self::Few,
        on: On<'_>,
        layer: Layer<'_, Self>,
        angles: [View<'_, f32>; 2],
        length: usize,
        rotated: usize,
    ) -> Result<()>;

    /// The gated activation; of the weight's rows the first half are the gates'.
    fn norm_swiglu(few: &Self::Few, on: On<'_>, layer: Layer<'_, Self>) -> Result<()>;
}

triton_kernel! {
    /// One program for `TILE_N` outputs of each half of a head, and `TILE_M` rows.
    #[grid(n / (2 * TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0 && n % (2 * HALF) == 0)]
    pub(crate) fn norm_qkv_fp16(
        x: &[f16],
        norm: &[f16],
        weight: &[f16],
        cosine: &[f32],
        sine: &[f32],
        out: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
        length: i32,
        rotated: i32,
        epsilon: f32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(n / (2 * TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0 && n % (2 * HALF) == 0)]
    pub(crate) norm_qkv_bf16;

    /// One program for `TILE_M` x `TILE_N` outputs.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    pub(crate) fn norm_swiglu_fp16(
        x: &[f16],
        norm: &[f16],
        weight: &[f16],
        out: &mut [f16],
        m: i32,
        n: i32,
        k: i32,
        epsilon: f32,
    );

    /// The same for bf16, with the arguments as the IR has them.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    pub(crate) norm_swiglu_bf16;
}

macro_rules! kernels {
    ($($element:ident, $qkv:ident, $variant:ident, $swiglu:ident;)*) => { $(
        impl Kernels for $element {
            type Few = (Loaded<$qkv>, $variant, Loaded<$swiglu>);

            fn load(machine: &Machine, head: usize) -> Result<Self::Few> {
                let variant = if head == 64 { $variant::D64 } else { $variant::D128 };
                assert_eq!(head as i64, 2 * variant.half(), "heads have 64 or 128 elements");
                Ok((machine.load(|context| $qkv::load_variant(context, variant))?, variant, machine.load($swiglu::load)?))
            }

            fn norm_qkv(
                (kernel, variant, _): &Self::Few,
                on: On<'_>,
                Layer { x, norm, weight, mut out, sizes }: Layer<'_, Self>,
                [cosine, sine]: [View<'_, f32>; 2],
                length: usize,
                rotated: usize,
            ) -> Result<()> {
                let [m, n, k] = sizes.map(|size| size as i32);
                let [length, rotated] = [length, rotated].map(|size| size as i32);
                match on {
                    On::Stream(gpu) => kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), norm.on_gpu(), weight.on_gpu(), cosine.on_gpu(), sine.on_gpu(), out.on_gpu(), m, n, k, length, rotated, EPSILON),
                    On::Graph(capture) => kernel.on_gpu().capture(capture, x.in_graph(), norm.in_graph(), weight.in_graph(), cosine.in_graph(), sine.in_graph(), out.in_graph(), m, n, k, length, rotated, EPSILON),
                    On::Cpu => $qkv::interpret_variant(*variant, x.on_cpu(), norm.on_cpu(), weight.on_cpu(), cosine.on_cpu(), sine.on_cpu(), out.on_cpu(), m, n, k, length, rotated, EPSILON).checks(Checks::all()).run().map(drop),
                }
            }

            fn norm_swiglu(
                (_, _, kernel): &Self::Few,
                on: On<'_>,
                Layer { x, norm, weight, mut out, sizes }: Layer<'_, Self>,
            ) -> Result<()> {
                let [m, n, k] = sizes.map(|size| size as i32);
                match on {
                    On::Stream(gpu) => kernel.on_gpu().launch(&gpu.stream, x.on_gpu(), norm.on_gpu(), weight.on_gpu(), out.on_gpu(), m, n, k, EPSILON),
                    On::Graph(capture) => kernel.on_gpu().capture(capture, x.in_graph(), norm.in_graph(), weight.in_graph(), out.in_graph(), m, n, k, EPSILON),
                    On::Cpu => $swiglu::interpret(x.on_cpu(), norm.on_cpu(), weight.on_cpu(), out.on_cpu(), m, n, k, EPSILON).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, NormQkvFp16, NormQkvFp16Variant, NormSwigluFp16;
    bf16, NormQkvBf16, NormQkvBf16Variant, NormSwigluBf16;
}
