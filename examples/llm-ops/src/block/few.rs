//! The kernels of a block of few tokens: norms, linear layers and what follows them in one.

use triton_runner_rt::half::f16;
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::element::Element;
use crate::machine::{Loaded, Machine, On, View, ViewMut};
use crate::rms_norm::EPSILON;

triton_kernel! {
    /// One program for `TILE_N` outputs of each half of a head, and `TILE_M` rows.
    #[grid(n / (2 * TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0 && n % (2 * HALF) == 0)]
    pub(crate) fn norm_qkv<T>(
        x: &[T],
        norm: &[T],
        weight: &[T],
        cosine: &[f32],
        sine: &[f32],
        out: &mut [T],
        m: i32,
        n: i32,
        k: i32,
        length: i32,
        rotated: i32,
        epsilon: f32,
    );

    /// One program for `TILE_M` x `TILE_N` outputs.
    #[grid(n.div_ceil(TILE_N), m.div_ceil(TILE_M))]
    #[requires(k % TILE_K == 0)]
    pub(crate) fn norm_swiglu<T>(
        x: &[T],
        norm: &[T],
        weight: &[T],
        out: &mut [T],
        m: i32,
        n: i32,
        k: i32,
        epsilon: f32,
    );
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: Element + NormQkvElement + NormSwigluElement {}

impl<T: Element + NormQkvElement + NormSwigluElement> Kernels for T {}

/// What the inputs of the layers behind a norm are a multiple of.
pub(super) const DEPTH: usize = NormSwiglu::<f16>::TILE_K as usize;

/// A norm's weight, that of the linear layer behind it, and what comes of both.
pub(crate) struct Layer<'a, T> {
    pub(super) x: View<'a, T>,
    pub(super) norm: View<'a, T>,
    pub(super) weight: View<'a, T>,
    pub(super) out: ViewMut<'a, T>,
    /// Rows, outputs and inputs.
    pub(super) sizes: [usize; 3],
}

/// Both, for heads of one size.
pub(crate) struct Few<T: Kernels> {
    qkv: Loaded<NormQkv<T>>,
    variant: NormQkvVariant,
    swiglu: Loaded<NormSwiglu<T>>,
}

impl<T: Kernels> Few<T> {
    /// For heads of `head` elements: 64 or 128.
    pub(crate) fn load(machine: &Machine, head: usize) -> Result<Self> {
        let variant = if head == 64 { NormQkvVariant::D64 } else { NormQkvVariant::D128 };
        assert_eq!(head as i64, 2 * variant.half(), "heads have 64 or 128 elements");
        let qkv = machine.load(|context| NormQkv::load_variant(context, variant))?;
        Ok(Self { qkv, variant, swiglu: machine.load(NormSwiglu::load)? })
    }

    /// Queries, keys and values, of which `rotated` outputs are rotated. `angles` are cosines and sines for `length` positions.
    pub(crate) fn norm_qkv(
        &self,
        on: On<'_>,
        Layer { x, norm, weight, mut out, sizes }: Layer<'_, T>,
        [cosine, sine]: [View<'_, f32>; 2],
        length: usize,
        rotated: usize,
    ) -> Result<()> {
        let [m, n, k] = sizes.map(|size| size as i32);
        let [length, rotated] = [length, rotated].map(|size| size as i32);
        match on {
            On::Stream(gpu) => self.qkv.on_gpu().launch(
                &gpu.stream,
                x.on_gpu(),
                norm.on_gpu(),
                weight.on_gpu(),
                cosine.on_gpu(),
                sine.on_gpu(),
                out.on_gpu(),
                m,
                n,
                k,
                length,
                rotated,
                EPSILON,
            ),
            On::Graph(capture) => self.qkv.on_gpu().capture(
                capture,
                x.in_graph(),
                norm.in_graph(),
                weight.in_graph(),
                cosine.in_graph(),
                sine.in_graph(),
                out.in_graph(),
                m,
                n,
                k,
                length,
                rotated,
                EPSILON,
            ),
            On::Cpu => NormQkv::interpret_variant(
                self.variant,
                x.on_cpu(),
                norm.on_cpu(),
                weight.on_cpu(),
                cosine.on_cpu(),
                sine.on_cpu(),
                out.on_cpu(),
                m,
                n,
                k,
                length,
                rotated,
                EPSILON,
            )
            .checks(Checks::all())
            .run()
            .map(drop),
        }
    }

    /// The gated activation; of the weight's rows the first half are the gates'.
    pub(crate) fn norm_swiglu(&self, on: On<'_>, layer: Layer<'_, T>) -> Result<()> {
        let Layer { x, norm, weight, mut out, sizes } = layer;
        let [m, n, k] = sizes.map(|size| size as i32);
        match on {
            On::Stream(gpu) => self.swiglu.on_gpu().launch(
                &gpu.stream,
                x.on_gpu(),
                norm.on_gpu(),
                weight.on_gpu(),
                out.on_gpu(),
                m,
                n,
                k,
                EPSILON,
            ),
            On::Graph(capture) => self.swiglu.on_gpu().capture(
                capture,
                x.in_graph(),
                norm.in_graph(),
                weight.in_graph(),
                out.in_graph(),
                m,
                n,
                k,
                EPSILON,
            ),
            On::Cpu => {
                NormSwiglu::interpret(x.on_cpu(), norm.on_cpu(), weight.on_cpu(), out.on_cpu(), m, n, k, EPSILON)
                    .checks(Checks::all())
                    .run()
                    .map(drop)
            }
        }
    }
}
