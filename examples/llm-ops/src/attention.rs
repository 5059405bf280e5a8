//! Attention: `softmax(Q Kᵀ / sqrt(head)) V` for each head, with or without a causal mask.

mod hopper;

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::attention::hopper::Hopper;
use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{random, widened};
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Sequences.
    pub(crate) batch: usize,
    pub(crate) heads: usize,
    /// Tokens of each sequence.
    pub(crate) length: usize,
    /// Elements of a head.
    pub(crate) head: usize,
}

/// Elements from one sequence, head and token to the next.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strides {
    pub(crate) batch: usize,
    pub(crate) head: usize,
    pub(crate) token: usize,
}

impl Strides {
    /// Of sequences of heads of tokens, without gaps.
    fn dense(sizes: Sizes) -> Self {
        let head = sizes.length * sizes.head;
        Self { batch: sizes.heads * head, head, token: sizes.head }
    }

    /// How many elements there are up to the last.
    fn extent(self, sizes: Sizes) -> usize {
        let last = |count: usize, stride: usize| (count - 1) * stride;
        last(sizes.batch, self.batch) + last(sizes.heads, self.head) + last(sizes.length, self.token) + sizes.head
    }
}

triton_kernel! {
    /// One program for `TILE_M` queries of a head.
    #[grid(length.div_ceil(TILE_M), heads, batch)]
    #[chosen(HEAD, CAUSAL)]
    pub(crate) fn flash_attention<T>(
        q: &[T],
        k: &[T],
        v: &[T],
        out: &mut [T],
        batch: i32,
        heads: i32,
        length: i32,
        q_batch: i32,
        q_head: i32,
        q_token: i32,
        k_batch: i32,
        k_head: i32,
        k_token: i32,
        v_batch: i32,
        v_head: i32,
        v_token: i32,
        out_batch: i32,
        out_head: i32,
        out_token: i32,
        scale: f32,
    );
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: hopper::Kernels + FlashAttentionElement {}

impl<T: hopper::Kernels + FlashAttentionElement> Kernels for T {}

/// The length from which on the kernel for the Hopper generation is the faster one.
const SHORT: usize = 64;

/// Which of the kernels to take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Which {
    /// The fastest that the machine runs.
    Fastest,
    /// The one in Triton's language with descriptors, where the machine runs it.
    Described,
    /// The one that every GPU runs.
    Portable,
}

/// The operation on heads of one size.
pub(crate) struct Attention<T: Kernels> {
    kernel: Loaded<FlashAttention<T>>,
    variant: FlashAttentionVariant,
    hopper: Option<Hopper<T>>,
    head: usize,
}

impl<T: Kernels> Attention<T> {
    /// For heads of `head` elements: 64 or 128. With `causal`, a token sees those before it and itself.
    pub(crate) fn load(machine: &Machine, head: usize, causal: bool, which: Which) -> Result<Self> {
        let variant = match (head, causal) {
            (64, false) => FlashAttentionVariant::D64,
            (64, true) => FlashAttentionVariant::D64Causal,
            (_, false) => FlashAttentionVariant::D128,
            (_, true) => FlashAttentionVariant::D128Causal,
        };
        assert_eq!(head as i64, variant.head(), "heads have 64 or 128 elements");
        let hopper = match which {
            Which::Fastest => Hopper::gluon(machine, head, causal)?,
            Which::Described => Hopper::triton(machine, head, causal)?,
            Which::Portable => None,
        };
        let kernel = machine.load(|context| FlashAttention::load_variant(context, variant))?;
        Ok(Self { kernel, variant, hopper, head })
    }

    /// Of queries, keys and values. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch<'a>(
        &self,
        on: impl Into<On<'a>>,
        inputs: [(&View<'_, T>, Strides); 3],
        out: (&mut ViewMut<'_, T>, Strides),
        sizes: Sizes,
    ) -> Result<()> {
        assert_eq!(sizes.head, self.head);
        let lengths = inputs.map(|(input, strides)| (input.len(), strides));
        for (len, strides) in [lengths.as_slice(), &[(out.0.len(), out.1)]].concat() {
            assert!(strides.extent(sizes) <= len, "{len} elements hold no {sizes:?} with {strides:?}");
        }
        match &self.hopper {
            // For few queries its programs are too large.
            Some(hopper) if sizes.length >= SHORT => hopper.launch(on.into(), inputs, out, sizes),
            _ => self.launch_portable(on.into(), inputs, out, sizes),
        }
    }

    fn launch_portable(
        &self,
        on: On<'_>,
        [(q, of_q), (k, of_k), (v, of_v)]: [(&View<'_, T>, Strides); 3],
        (out, of_out): (&mut ViewMut<'_, T>, Strides),
        sizes: Sizes,
    ) -> Result<()> {
        let [batch, heads, length] = [sizes.batch, sizes.heads, sizes.length].map(|size| size as i32);
        let strides = |of: Strides| [of.batch, of.head, of.token].map(|stride| stride as i32);
        let ([q_batch, q_head, q_token], [k_batch, k_head, k_token]) = (strides(of_q), strides(of_k));
        let ([v_batch, v_head, v_token], [out_batch, out_head, out_token]) = (strides(of_v), strides(of_out));
        let scale = (sizes.head as f32).sqrt().recip();
        match on {
            On::Stream(gpu) => self.kernel.on_gpu().launch(
                &gpu.stream,
                q.on_gpu(),
                k.on_gpu(),
                v.on_gpu(),
                out.on_gpu(),
                batch,
                heads,
                length,
                q_batch,
                q_head,
                q_token,
                k_batch,
                k_head,
                k_token,
                v_batch,
                v_head,
                v_token,
                out_batch,
                out_head,
                out_token,
                scale,
            ),
            On::Graph(capture) => self.kernel.on_gpu().capture(
                capture,
                q.in_graph(),
                k.in_graph(),
                v.in_graph(),
                out.in_graph(),
                batch,
                heads,
                length,
                q_batch,
                q_head,
                q_token,
                k_batch,
                k_head,
                k_token,
                v_batch,
                v_head,
                v_token,
                out_batch,
                out_head,
                out_token,
                scale,
            ),
            On::Cpu => FlashAttention::interpret_variant(
                self.variant,
                q.on_cpu(),
                k.on_cpu(),
                v.on_cpu(),
                out.on_cpu(),
                batch,
                heads,
                length,
                q_batch,
                q_head,
                q_token,
                k_batch,
                k_head,
                k_token,
                v_batch,
                v_head,
                v_token,
                out_batch,
                out_head,
                out_token,
                scale,
            )
            .checks(Checks::all())
            .run()
            .map(drop),
        }
    }
}

/// What one query makes of the keys and values that it sees, in float64. `rounding` is the epsilon of the type to which
/// a kernel rounds the weights before it multiplies them with the values.
pub(crate) fn reference(query: &[f64], keys: &[&[f64]], values: &[&[f64]], rounding: f64) -> Vec<Expected> {
    let scale = (query.len() as f64).sqrt().recip();
    let scores: Vec<f64> =
        keys.iter().map(|key| query.iter().zip(*key).map(|(q, k)| q * k).sum::<f64>() * scale).collect();
    let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
    let total: f64 = weights.iter().sum();
    let column = |column: usize| {
        let terms = || weights.iter().zip(values).map(|(weight, value)| weight * value[column] / total);
        let square: f64 = terms().map(|term| term * term).sum();
        let sum: f64 = terms().map(f64::abs).sum();
        // Each weight is moved by a random part of half an epsilon, whose standard deviation is its twelfth's root;
        // eight standard deviations of the sum, and what fp32 adds, which is for all weights alike.
        Expected { value: terms().sum(), noise: 8.0 * rounding / 12_f64.sqrt() * square.sqrt() + 3e-6 * sum }
    };
    (0..query.len()).map(column).collect()
}

/// The operation on new random numbers.
pub(crate) struct AttentionCase<T: Kernels> {
    machine: Machine,
    operation: Attention<T>,
    sizes: Sizes,
    causal: bool,
    host: [Vec<T>; 3],
    device: [Buffer<T>; 3],
    out: Buffer<T>,
}

impl<T: Kernels> AttentionCase<T> {
    /// Sequences of heads of tokens.
    pub(crate) fn new(machine: &Machine, sizes: Sizes, causal: bool, which: Which) -> Result<Self> {
        let len = sizes.batch * sizes.heads * sizes.length * sizes.head;
        // Queries that are larger than the rest make some keys matter much more than others.
        let host: [Vec<T>; 3] = [4.0, 1.0, 1.0].map(|reach| random(len, reach));
        let [q, k, v] = host.each_ref().map(|numbers| machine.upload(numbers));
        Ok(Self {
            operation: Attention::load(machine, sizes.head, causal, which)?,
            sizes,
            causal,
            host,
            device: [q?, k?, v?],
            out: machine.upload(&vec![T::POISON; len])?,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for AttentionCase<T> {
    fn launch(&mut self) -> Result<()> {
        let strides = Strides::dense(self.sizes);
        let [q, k, v] = self.device.each_ref().map(Buffer::as_view);
        let inputs = [(&q, strides), (&k, strides), (&v, strides)];
        self.operation.launch(&self.machine, inputs, (&mut self.out.as_view_mut(), strides), self.sizes)
    }

    fn check(&self) -> Result<Check> {
        let Sizes { length, head, .. } = self.sizes;
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, head, 6 * length * head, |row, at| {
            let (first, seen) = (row / length * length, if self.causal { row % length + 1 } else { length });
            let [q, k, v] = &self.host;
            let [keys, values] = [k, v].map(|numbers| widened(&numbers[first * head..][..seen * head]));
            let [keys, values]: [Vec<&[f64]>; 2] = [&keys, &values].map(|numbers| numbers.chunks(head).collect());
            reference(&widened(&q[at]), &keys, &values, T::EPSILON)
        }))
    }

    fn cost(&self) -> Cost {
        let Sizes { batch, heads, length, head } = self.sizes;
        // Two products, and with a mask half of them.
        let pairs = if self.causal { length * length / 2 } else { length * length };
        Cost::Operations(4 * batch * heads * pairs * head)
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn equal_keys_give_the_mean_of_the_values_and_one_key_its_value() {
        let numbers = widened(&random::<f16>(64 * 5, 1.0));
        let (query, values) = (&numbers[..64], numbers.chunks(64).collect::<Vec<_>>());
        let mean = reference(query, &[query; 5], &values, 0.0);
        for (column, mean) in mean.iter().enumerate() {
            let expected = values.iter().map(|value| value[column]).sum::<f64>() / 5.0;
            assert!((mean.value - expected).abs() < 1e-12);
        }
        let alone: Vec<f64> = reference(query, &values[..1], &values[1..2], 0.0).iter().map(|x| x.value).collect();
        assert_eq!(alone, values[1]);
    }

    #[test]
    fn the_order_of_keys_does_not_matter_and_the_nearest_key_wins() {
        let numbers = widened(&random::<f16>(64 * 8, 1.0));
        let rows: Vec<&[f64]> = numbers.chunks(64).collect();
        let (query, mut keys, mut values) = (rows[0], rows[1..4].to_vec(), rows[4..7].to_vec());
        let one = reference(query, &keys, &values, 0.0);
        keys.reverse();
        values.reverse();
        let another = reference(query, &keys, &values, 0.0);
        assert!(one.iter().zip(&another).all(|(one, another)| (one.value - another.value).abs() < 1e-12));
        let far: Vec<f64> = query.iter().map(|x| -x).collect();
        let large: Vec<f64> = query.iter().map(|x| x * 100.0).collect();
        let sharp = reference(&large, &[&far, query], &[rows[6], rows[7]], 0.0);
        assert!(sharp.iter().zip(rows[7]).all(|(sharp, value)| (sharp.value - value).abs() < 1e-9));
    }

    #[test]
    fn the_kernel_is_right_for_sequences_of_every_length_and_heads_of_both_sizes() {
        let machine = Machine::of_test("attention");
        for length in machine.sizes(&[1, 63, 64, 65, 127, 128, 192, 200, 333, 512, 1111], &[1, 64, 65]) {
            for (head, causal) in [(64, false), (64, true), (128, false), (128, true)] {
                let sizes = Sizes { batch: 2, heads: 3, length, head };
                let all = [Which::Portable, Which::Fastest, Which::Described];
                // Without a GPU all are the same.
                for which in all.into_iter().take(if matches!(machine, Machine::Cpu) { 1 } else { 3 }) {
                    for check in [
                        run(&mut AttentionCase::<f16>::new(&machine, sizes, causal, which).unwrap()).unwrap(),
                        run(&mut AttentionCase::<bf16>::new(&machine, sizes, causal, which).unwrap()).unwrap(),
                    ] {
                        assert!(check.passed(), "{sizes:?}, causal {causal}, {which:?}: {check}");
                    }
                }
            }
        }
    }
}
