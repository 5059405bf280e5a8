//! The kernel for GPUs of the Hopper generation, whose warps have different work.

use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::{Error, Result, TensorMap, triton_kernel};

use crate::attention::{Sizes, Strides};
use crate::element::Element;
use crate::machine::{Loaded, Machine, On, View, ViewMut};

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element {
    /// The kernel for this type.
    type Hopper;

    /// Loads the variant for heads of `head` elements; `None` where the machine doesn't run it.
    fn load(machine: &Machine, head: usize, causal: bool) -> Result<Option<Self::Hopper>>;

    /// As [`super::Kernels::launch`].
    fn launch(
        kernel: &Self::Hopper,
        on: On<'_>,
        inputs: [(&View<'_, Self>, Strides); 3],
        out: (&mut ViewMut<'_, Self>, Strides),
        sizes: Sizes,
    ) -> Result<()>;
}

triton_kernel! {
    /// Programs that go from one piece of work to the next, 64 queries of a head for each of its groups of warps.
    #[grid(min(multiprocessors, length.div_ceil(64 * GROUPS) * heads * batch))]
    #[chosen(HEAD, CAUSAL, STAGES, REGISTERS)]
    pub(crate) unsafe fn hopper_attention_fp16(
        q_map: &TensorMap<f16, 4>,
        k_map: &TensorMap<f16, 4>,
        v_map: &TensorMap<f16, 4>,
        out: &mut [f16],
        batch: i32,
        heads: i32,
        length: i32,
        out_batch: i32,
        out_head: i32,
        out_token: i32,
        scale: f32,
    );

    /// The same for bf16.
    #[grid(min(multiprocessors, length.div_ceil(64 * GROUPS) * heads * batch))]
    #[chosen(HEAD, CAUSAL, STAGES, REGISTERS)]
    pub(crate) unsafe fn hopper_attention_bf16(
        q_map: &TensorMap<bf16, 4>,
        k_map: &TensorMap<bf16, 4>,
        v_map: &TensorMap<bf16, 4>,
        out: &mut [bf16],
        batch: i32,
        heads: i32,
        length: i32,
        out_batch: i32,
        out_head: i32,
        out_token: i32,
        scale: f32,
    );
}

macro_rules! kernels {
    ($($element:ident, $kernel:ident, $variant:ident;)*) => { $(
        impl Kernels for $element {
            type Hopper = Loaded<$kernel>;

            fn load(machine: &Machine, head: usize, causal: bool) -> Result<Option<Self::Hopper>> {
                let variant = match (head, causal) {
                    (64, false) => $variant::D64,
                    (64, true) => $variant::D64Causal,
                    (_, false) => $variant::D128,
                    (_, true) => $variant::D128Causal,
                };
                assert_eq!(head as i64, variant.head(), "heads have 64 or 128 elements");
                if matches!(machine, Machine::Cpu) {
                    return Ok(None);
                }
                match machine.load(|context| $kernel::load_variant(context, variant)) {
                    Err(Error::NoImage(_)) => Ok(None),
                    loaded => loaded.map(Some),
                }
            }

            fn launch(
                kernel: &Self::Hopper,
                on: On<'_>,
                inputs: [(&View<'_, Self>, Strides); 3],
                (out, of_out): (&mut ViewMut<'_, Self>, Strides),
                sizes: Sizes,
            ) -> Result<()> {
                let shape = [sizes.batch, sizes.heads, sizes.length, sizes.head];
                let [batch, heads, length] = [sizes.batch, sizes.heads, sizes.length].map(|size| size as i32);
                let [out_batch, out_head, out_token] = [of_out.batch, of_out.head, of_out.token].map(|stride| stride as i32);
                let scale = (sizes.head as f32).sqrt().recip();
                let strides = |of: Strides| [of.batch, of.head, of.token, 1];
                match on {
                    On::Stream(gpu) => {
                        let [q, k, v] = inputs.map(|(input, of)| TensorMap::new(input.on_gpu().slice(0..), shape, strides(of)));
                        // SAFETY: it reads through its descriptors, which are held against the memory that they are of, and
                        // writes the tokens of `out`, which holds them.
                        unsafe { kernel.on_gpu().launch(&gpu.stream, &q?, &k?, &v?, out.on_gpu(), batch, heads, length, out_batch, out_head, out_token, scale) }
                    }
                    On::Graph(capture) => {
                        let [q, k, v] = inputs.map(|(input, of)| TensorMap::new(input.in_graph(), shape, strides(of)));
                        // SAFETY: as above.
                        unsafe { kernel.on_gpu().capture_unchecked(capture, &q?, &k?, &v?, out.in_graph(), batch, heads, length, out_batch, out_head, out_token, scale) }
                    }
                    On::Cpu => unreachable!("it has no TTIR, and is not loaded there"),
                }
            }
        }
    )* };
}

kernels! {
    f16, HopperAttentionFp16, HopperAttentionFp16Variant;
    bf16, HopperAttentionBf16, HopperAttentionBf16Variant;
}
