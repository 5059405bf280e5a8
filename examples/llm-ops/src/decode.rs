//! Attention of one new token of each sequence to those before it, whose keys and values lie in pages of a cache. Heads of
//! queries share heads of the cache.

use rand::seq::SliceRandom;
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

use crate::attention::reference;
use crate::case::{Case, Cost};
use crate::check::{self, Check};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On};

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: Element {
    /// The two kernels for this type.
    type Kernels;

    /// Elements of a head, heads of queries for each of the cache, tokens of a page, parts of a sequence.
    const SHAPE: [usize; 4];

    /// Loads them.
    fn load(machine: &Machine) -> Result<Self::Kernels>;

    /// Both launches.
    fn launch(
        kernels: &Self::Kernels,
        on: On<'_>,
        cache: &Cache<Self>,
        sizes: Sizes,
        step: &mut Step<Self>,
    ) -> Result<()>;
}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) sequences: usize,
    /// Heads of the cache.
    pub(crate) heads: usize,
    /// Tokens of the longest sequence.
    pub(crate) length: usize,
}

/// Keys and values: each pages x heads x `PAGE` x `HEAD`. For each sequence its pages in order, and its length.
pub(crate) struct Cache<T> {
    keys: Buffer<T>,
    values: Buffer<T>,
    table: Buffer<i32>,
    lengths: Buffer<i32>,
    pages: usize,
    /// Pages that a sequence has at most.
    width: usize,
}

/// The queries of the new tokens, what they get, and what the kernels leave for each other.
pub(crate) struct Step<T> {
    queries: Buffer<T>,
    out: Buffer<T>,
    part: Buffer<f32>,
    seen: Buffer<f32>,
}

triton_kernel! {
    /// One program for a head of the cache, a sequence and a part of it.
    pub(crate) unsafe fn decode_attention_fp16(
        q: &[f16],
        k_cache: &[f16],
        v_cache: &[f16],
        table: &[i32],
        lengths: &[i32],
        part: &mut [f32],
        seen: &mut [f32],
        kv_heads: i32,
        pages: i32,
        width: i32,
        scale: f32,
    );

    /// One program for each head of a sequence.
    pub(crate) fn combine_fp16(part: &[f32], seen: &[f32], out: &mut [f16]);

    /// The first for bf16.
    pub(crate) unsafe fn decode_attention_bf16(
        q: &[bf16],
        k_cache: &[bf16],
        v_cache: &[bf16],
        table: &[i32],
        lengths: &[i32],
        part: &mut [f32],
        seen: &mut [f32],
        kv_heads: i32,
        pages: i32,
        width: i32,
        scale: f32,
    );

    /// The second for bf16.
    pub(crate) fn combine_bf16(part: &[f32], seen: &[f32], out: &mut [bf16]);
}

macro_rules! kernels {
    ($($element:ident, $decode:ident, $combine:ident;)*) => { $(
        impl Kernels for $element {
            type Kernels = (Loaded<$decode>, Loaded<$combine>);

            const SHAPE: [usize; 4] = [$decode::HEAD as usize, $decode::GROUP as usize, $decode::PAGE as usize, $decode::SPLIT as usize];

            fn load(machine: &Machine) -> Result<Self::Kernels> {
                assert_eq!([$decode::HEAD, $decode::SPLIT], [$combine::HEAD, $combine::SPLIT]);
                Ok((machine.load($decode::load)?, machine.load($combine::load)?))
            }

            fn launch((decode, combine): &Self::Kernels, on: On<'_>, cache: &Cache<Self>, sizes: Sizes, step: &mut Step<Self>) -> Result<()> {
                let [head, group, _, split] = Self::SHAPE;
                let [kv_heads, pages, width] = [sizes.heads, cache.pages, cache.width].map(|size| size as i32);
                let grid = (sizes.heads, sizes.sequences, split);
                let all_heads = sizes.sequences * sizes.heads * group;
                let scale = (head as f32).sqrt().recip();
                let Cache { keys, values, table, lengths, .. } = cache;
                let [keys, values, q] = [keys, values, &step.queries].map(Buffer::as_view);
                let [table, lengths] = [table, lengths].map(Buffer::as_view);
                {
                    let [mut part, mut seen] = [&mut step.part, &mut step.seen].map(Buffer::as_view_mut);
                    match on {
                        // SAFETY: the cache holds as many pages of so many heads as it says, and a row of the table for each
                        // sequence; the kernel takes no length for longer than a row, and no page that isn't there.
                        On::Stream(gpu) => unsafe { decode.on_gpu().launch(&gpu.stream, grid, q.on_gpu(), keys.on_gpu(), values.on_gpu(), table.on_gpu(), lengths.on_gpu(), part.on_gpu(), seen.on_gpu(), kv_heads, pages, width, scale)? },
                        // SAFETY: as above.
                        On::Graph(capture) => unsafe { decode.on_gpu().capture_unchecked(capture, grid, q.in_graph(), keys.in_graph(), values.in_graph(), table.in_graph(), lengths.in_graph(), part.in_graph(), seen.in_graph(), kv_heads, pages, width, scale)? },
                        On::Cpu => $decode::interpret(grid, q.on_cpu(), keys.on_cpu(), values.on_cpu(), table.on_cpu(), lengths.on_cpu(), part.on_cpu(), seen.on_cpu(), kv_heads, pages, width, scale).checks(Checks::all()).run().map(drop)?,
                    }
                }
                let [part, seen] = [&step.part, &step.seen].map(Buffer::as_view);
                let mut out = step.out.as_view_mut();
                match on {
                    On::Stream(gpu) => combine.on_gpu().launch(&gpu.stream, all_heads, part.on_gpu(), seen.on_gpu(), out.on_gpu()),
                    On::Graph(capture) => combine.on_gpu().capture(capture, all_heads, part.in_graph(), seen.in_graph(), out.in_graph()),
                    On::Cpu => $combine::interpret(all_heads, part.on_cpu(), seen.on_cpu(), out.on_cpu()).checks(Checks::all()).run().map(drop),
                }
            }
        }
    )* };
}

kernels! {
    f16, DecodeAttentionFp16, CombineFp16;
    bf16, DecodeAttentionBf16, CombineBf16;
}

/// The operation on new random numbers: pages in random order, sequences of random lengths.
pub(crate) struct DecodeCase<T: Kernels> {
    machine: Machine,
    kernels: T::Kernels,
    sizes: Sizes,
    /// Queries, keys, values.
    host: [Vec<T>; 3],
    table: Vec<i32>,
    lengths: Vec<i32>,
    cache: Cache<T>,
    step: Step<T>,
}

impl<T: Kernels> DecodeCase<T> {
    /// All sequences have the longest's length where `even`.
    pub(crate) fn new(machine: &Machine, sizes: Sizes, even: bool) -> Result<Self> {
        let [head, group, page, split] = T::SHAPE;
        let Sizes { sequences, heads, length } = sizes;
        let (width, queries) = (length.div_ceil(page), sequences * heads * group);
        // More pages than are used, in any order.
        let pages = sequences * width + 3;
        let mut table: Vec<i32> = (0..pages as i32).collect();
        table.shuffle(&mut rand::rng());
        table.truncate(sequences * width);
        let length_of = |sequence: usize| if even { length } else { length - length * sequence / (sequences + 1) };
        let lengths: Vec<i32> = (0..sequences).map(|sequence| length_of(sequence) as i32).collect();
        let cached = pages * heads * page * head;
        // Queries that are larger than the rest make some keys matter much more than others.
        let host: [Vec<T>; 3] =
            [(queries * head, 4.0), (cached, 1.0), (cached, 1.0)].map(|(len, reach)| random(len, reach));
        Ok(Self {
            kernels: T::load(machine)?,
            cache: Cache {
                keys: machine.upload(&host[1])?,
                values: machine.upload(&host[2])?,
                table: machine.upload(&table)?,
                lengths: machine.upload(&lengths)?,
                pages,
                width,
            },
            step: Step {
                queries: machine.upload(&host[0])?,
                out: machine.upload(&vec![T::POISON; queries * head])?,
                part: machine.upload(&vec![f32::NAN; queries * split * head])?,
                seen: machine.upload(&vec![f32::NAN; queries * split * 2])?,
            },
            machine: machine.clone(),
            sizes,
            host,
            table,
            lengths,
        })
    }
}

impl<T: Kernels> Case for DecodeCase<T> {
    fn launch(&mut self) -> Result<()> {
        T::launch(&self.kernels, (&self.machine).into(), &self.cache, self.sizes, &mut self.step)
    }

    fn check(&self) -> Result<Check> {
        let [head, group, page, _] = T::SHAPE;
        let [queries, keys, values] = &self.host;
        let out = self.machine.download(&self.step.out)?;
        Ok(check::by_rows(&out, head, 6 * self.sizes.length * head, |row, at| {
            let (sequence, of_cache) = (row / (self.sizes.heads * group), row / group % self.sizes.heads);
            let lines = |numbers: &[T]| -> Vec<Vec<f64>> {
                let line = |token: usize| {
                    let of_table = self.table[sequence * self.cache.width + token / page] as usize;
                    let line = (of_table * self.sizes.heads + of_cache) * page + token % page;
                    widened(&numbers[line * head..][..head])
                };
                (0..self.lengths[sequence] as usize).map(line).collect()
            };
            let [keys, values] = [lines(keys), lines(values)];
            let [keys, values]: [Vec<&[f64]>; 2] =
                [&keys, &values].map(|lines| lines.iter().map(Vec::as_slice).collect());
            reference(&widened(&queries[at]), &keys, &values, T::EPSILON)
        }))
    }

    fn cost(&self) -> Cost {
        let [head, ..] = T::SHAPE;
        let tokens: usize = self.lengths.iter().map(|&length| length as usize).sum();
        Cost::Bytes(2 * tokens * self.sizes.heads * head * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::run;

    #[test]
    fn sequences_of_every_length_are_right_wherever_their_pages_lie() {
        let machine = Machine::of_test("decode");
        let all = [[1, 1, 1], [3, 2, 17], [5, 8, 700], [2, 3, 4097]];
        for [sequences, heads, length] in machine.sizes(&all, &[[1, 1, 1], [2, 2, 170]]) {
            for even in [false, true] {
                let sizes = Sizes { sequences, heads, length };
                for check in [
                    run(&mut DecodeCase::<f16>::new(&machine, sizes, even).unwrap()).unwrap(),
                    run(&mut DecodeCase::<bf16>::new(&machine, sizes, even).unwrap()).unwrap(),
                ] {
                    assert!(check.passed(), "{sizes:?}, even {even}: {check}");
                }
            }
        }
    }
}
