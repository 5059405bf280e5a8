//! The kernels for GPUs of the Hopper generation: one in Gluon, whose warps have different work, and one in Triton's
//! language. Both read through descriptors.

use triton_runner_rt::{Error, Result, TensorMap, triton_kernel};

use crate::attention::{Sizes, Strides};
use crate::element::Element;
use crate::machine::{Machine, On, View, ViewMut};

triton_kernel! {
    /// Programs that go from one piece of work to the next, 64 queries of a head for each of its groups of warps.
    #[grid(min(multiprocessors, length.div_ceil(64) * heads * batch))]
    #[chosen(HEAD, CAUSAL, GROUPS, STAGES, BAND, REGISTERS, LAZY)]
    pub(crate) unsafe fn hopper_attention<T>(
        q_map: &TensorMap<T, 4>,
        k_map: &TensorMap<T, 4>,
        v_map: &TensorMap<T, 4>,
        out: &mut [T],
        batch: i32,
        heads: i32,
        length: i32,
        out_batch: i32,
        out_head: i32,
        out_token: i32,
        scale: f32,
    );

    /// One program for `TILE_M` queries of a head.
    #[grid(length.div_ceil(TILE_M), heads, batch)]
    #[chosen(CAUSAL)]
    pub(crate) unsafe fn described_attention<T>(
        q_map: &TensorMap<T, 4>,
        k_map: &TensorMap<T, 4>,
        v_map: &TensorMap<T, 4>,
        out: &mut [T],
        batch: i32,
        heads: i32,
        length: i32,
        out_batch: i32,
        out_head: i32,
        out_token: i32,
        scale: f32,
    );
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: Element + HopperAttentionElement + DescribedAttentionElement {}

impl<T: Element + HopperAttentionElement + DescribedAttentionElement> Kernels for T {}

/// One of both.
pub(crate) enum Hopper<T: Kernels> {
    Gluon(HopperAttention<T>),
    Triton(DescribedAttention<T>),
}

impl<T: Kernels> Hopper<T> {
    /// The one in Gluon for heads of `head` elements: 64 or 128. `None` where the machine doesn't run it.
    pub(crate) fn gluon(machine: &Machine, head: usize, causal: bool) -> Result<Option<Self>> {
        let variant = match (head, causal) {
            (64, false) => HopperAttentionVariant::D64,
            (64, true) => HopperAttentionVariant::D64Causal,
            (_, false) => HopperAttentionVariant::D128,
            (_, true) => HopperAttentionVariant::D128Causal,
        };
        assert_eq!(head as i64, variant.head(), "heads have 64 or 128 elements");
        let Machine::Gpu(gpu) = machine else { return Ok(None) };
        there(HopperAttention::load_variant(&gpu.context, variant).map(Self::Gluon))
    }

    /// The one in Triton's language, for heads of 128 elements. `None` where the machine doesn't run it.
    pub(crate) fn triton(machine: &Machine, head: usize, causal: bool) -> Result<Option<Self>> {
        let variant = if causal { DescribedAttentionVariant::D128Causal } else { DescribedAttentionVariant::D128 };
        match machine {
            Machine::Gpu(gpu) if head as i64 == DescribedAttention::<T>::HEAD => {
                there(DescribedAttention::load_variant(&gpu.context, variant).map(Self::Triton))
            }
            _ => Ok(None),
        }
    }

    /// As [`super::Attention::launch`].
    pub(crate) fn launch(
        &self,
        on: On<'_>,
        inputs: [(&View<'_, T>, Strides); 3],
        (out, of_out): (&mut ViewMut<'_, T>, Strides),
        sizes: Sizes,
    ) -> Result<()> {
        let shape = [sizes.batch, sizes.heads, sizes.length, sizes.head];
        let [batch, heads, length] = [sizes.batch, sizes.heads, sizes.length].map(|size| size as i32);
        let [of_batch, of_head, of_token] = [of_out.batch, of_out.head, of_out.token].map(|stride| stride as i32);
        let scale = (sizes.head as f32).sqrt().recip();
        let strides = |of: Strides| [of.batch, of.head, of.token, 1];
        match on {
            On::Stream(gpu) => {
                let [q, k, v] = inputs.map(|(input, of)| TensorMap::new(input.on_gpu().slice(0..), shape, strides(of)));
                let (q, k, v, out, stream) = (&q?, &k?, &v?, out.on_gpu(), &gpu.stream);
                // SAFETY: they read through their descriptors, which are held against the memory that they are of, and
                // write the tokens of `out`, which holds them.
                unsafe {
                    match self {
                        Self::Gluon(kernel) => kernel
                            .launch(stream, q, k, v, out, batch, heads, length, of_batch, of_head, of_token, scale),
                        Self::Triton(kernel) => kernel
                            .launch(stream, q, k, v, out, batch, heads, length, of_batch, of_head, of_token, scale),
                    }
                }
            }
            On::Graph(capture) => {
                let [q, k, v] = inputs.map(|(input, of)| TensorMap::new(input.in_graph(), shape, strides(of)));
                let (q, k, v, out) = (&q?, &k?, &v?, out.in_graph());
                // SAFETY: as above.
                unsafe {
                    match self {
                        Self::Gluon(kernel) => kernel.capture_unchecked(
                            capture, q, k, v, out, batch, heads, length, of_batch, of_head, of_token, scale,
                        ),
                        Self::Triton(kernel) => kernel.capture_unchecked(
                            capture, q, k, v, out, batch, heads, length, of_batch, of_head, of_token, scale,
                        ),
                    }
                }
            }
            On::Cpu => unreachable!("they are loaded on GPUs alone"),
        }
    }
}

/// `None` for a kernel that the device doesn't run.
fn there<K>(loaded: Result<K>) -> Result<Option<K>> {
    match loaded {
        Err(Error::NoImage(_) | Error::SharedMemory { .. }) => Ok(None),
        loaded => loaded.map(Some),
    }
}
