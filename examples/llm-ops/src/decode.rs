//! Attention of one new token of each sequence to those before it, whose keys and values lie in pages of a cache. Heads of
//! queries share heads of the cache.

mod cache;

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Result, triton_kernel};

pub(crate) use self::cache::{Cache, HostCache, Scratch};
use crate::attention::reference;
use crate::case::{Case, Cost};
use crate::check::{self, Check};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

triton_kernel! {
    /// One program for a head of the cache, a sequence and a part of it.
    #[name = "Attend"]
    pub(crate) fn decode_attention<T>(
        q: &[T],
        k_cache: &[T],
        v_cache: &[T],
        table: &[i32],
        lengths: &[i32],
        part: &mut [f32],
        seen: &mut [f32],
        q_stride: i32,
        kv_heads: i32,
        pages: i32,
        width: i32,
        scale: f32,
    );

    /// One program for each head of a sequence.
    pub(crate) fn combine<T>(part: &[f32], seen: &[f32], out: &mut [T]);

    /// One program for a head of the cache and a sequence.
    pub(crate) fn append<T>(
        kv: &[T],
        k_cache: &mut [T],
        v_cache: &mut [T],
        table: &[i32],
        lengths: &[i32],
        kv_stride: i32,
        kv_heads: i32,
        pages: i32,
        width: i32,
    );
}

/// The element types that the kernels are compiled for.
pub(crate) trait Kernels: Element + AttendElement + CombineElement + AppendElement {}

impl<T: Element + AttendElement + CombineElement + AppendElement> Kernels for T {}

/// How much there is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) sequences: usize,
    /// Heads of the cache.
    pub(crate) heads: usize,
    /// Tokens of the longest sequence.
    pub(crate) length: usize,
}

/// The operation: what is new goes to the cache, and attends to what is there.
pub(crate) struct PagedAttention<T: Kernels> {
    attend: Loaded<Attend<T>>,
    combine: Loaded<Combine<T>>,
    append: Loaded<Append<T>>,
}

impl<T: Kernels> PagedAttention<T> {
    /// Loads the kernels.
    pub(crate) fn load(machine: &Machine) -> Result<Self> {
        assert_eq!([Attend::<T>::HEAD, Attend::<T>::SPLIT], [Combine::<T>::HEAD, Combine::<T>::SPLIT]);
        assert_eq!([Attend::<T>::HEAD, Attend::<T>::PAGE], [Append::<T>::HEAD, Append::<T>::PAGE]);
        Ok(Self {
            attend: machine.load(Attend::load)?,
            combine: machine.load(Combine::load)?,
            append: machine.load(Append::load)?,
        })
    }

    /// Elements of a head.
    pub(crate) fn head() -> usize {
        Attend::<T>::HEAD as usize
    }

    /// Heads of queries for each of the cache.
    pub(crate) fn group() -> usize {
        Attend::<T>::GROUP as usize
    }

    /// Tokens of a page.
    pub(crate) fn page() -> usize {
        Attend::<T>::PAGE as usize
    }

    /// Keys and values of each sequence's newest token go to the cache, whose lengths count it already. `kv` has a token
    /// every `stride` elements, with keys of all heads of the cache and their values.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn append(
        &self,
        on: On<'_>,
        (kv, stride): (&View<'_, T>, usize),
        cache: &mut Cache<T>,
        sizes: Sizes,
    ) -> Result<()> {
        assert!((sizes.sequences - 1) * stride + 2 * sizes.heads * Self::head() <= kv.len());
        cache.assert_holds(sizes);
        let [kv_heads, pages, width] = [sizes.heads, cache.pages, cache.width].map(|size| size as i32);
        let (grid, stride) = ((sizes.heads, sizes.sequences), stride as i32);
        let [mut keys, mut values] = [&mut cache.keys, &mut cache.values].map(Buffer::as_view_mut);
        let [table, lengths] = [&cache.table, &cache.lengths].map(Buffer::as_view);
        match on {
            On::Stream(gpu) => self.append.on_gpu().launch(
                &gpu.stream,
                grid,
                kv.on_gpu(),
                keys.on_gpu(),
                values.on_gpu(),
                table.on_gpu(),
                lengths.on_gpu(),
                stride,
                kv_heads,
                pages,
                width,
            ),
            On::Graph(capture) => self.append.on_gpu().capture(
                capture,
                grid,
                kv.in_graph(),
                keys.in_graph(),
                values.in_graph(),
                table.in_graph(),
                lengths.in_graph(),
                stride,
                kv_heads,
                pages,
                width,
            ),
            On::Cpu => Append::interpret(
                grid,
                kv.on_cpu(),
                keys.on_cpu(),
                values.on_cpu(),
                table.on_cpu(),
                lengths.on_cpu(),
                stride,
                kv_heads,
                pages,
                width,
            )
            .checks(Checks::all())
            .run()
            .map(drop),
        }
    }

    /// What each sequence's newest token makes of those that the cache has. `q` has a token every `stride` elements.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch(
        &self,
        on: On<'_>,
        (q, stride): (&View<'_, T>, usize),
        cache: &Cache<T>,
        out: &mut ViewMut<'_, T>,
        scratch: &mut Scratch,
        sizes: Sizes,
    ) -> Result<()> {
        let (of_token, split) = (sizes.heads * Self::group() * Self::head(), Attend::<T>::SPLIT as usize);
        assert!((sizes.sequences - 1) * stride + of_token <= q.len() && sizes.sequences * of_token <= out.len());
        assert!(sizes.sequences * of_token * split <= scratch.part.len());
        cache.assert_holds(sizes);
        let [kv_heads, pages, width] = [sizes.heads, cache.pages, cache.width].map(|size| size as i32);
        let (grid, all_heads) = ((sizes.heads, sizes.sequences, split), sizes.sequences * sizes.heads * Self::group());
        let (stride, scale) = (stride as i32, (Self::head() as f32).sqrt().recip());
        let [keys, values] = [&cache.keys, &cache.values].map(Buffer::as_view);
        let [table, lengths] = [&cache.table, &cache.lengths].map(Buffer::as_view);
        {
            let [mut part, mut seen] = [&mut scratch.part, &mut scratch.seen].map(Buffer::as_view_mut);
            match on {
                On::Stream(gpu) => self.attend.on_gpu().launch(
                    &gpu.stream,
                    grid,
                    q.on_gpu(),
                    keys.on_gpu(),
                    values.on_gpu(),
                    table.on_gpu(),
                    lengths.on_gpu(),
                    part.on_gpu(),
                    seen.on_gpu(),
                    stride,
                    kv_heads,
                    pages,
                    width,
                    scale,
                )?,
                On::Graph(capture) => self.attend.on_gpu().capture(
                    capture,
                    grid,
                    q.in_graph(),
                    keys.in_graph(),
                    values.in_graph(),
                    table.in_graph(),
                    lengths.in_graph(),
                    part.in_graph(),
                    seen.in_graph(),
                    stride,
                    kv_heads,
                    pages,
                    width,
                    scale,
                )?,
                On::Cpu => Attend::interpret(
                    grid,
                    q.on_cpu(),
                    keys.on_cpu(),
                    values.on_cpu(),
                    table.on_cpu(),
                    lengths.on_cpu(),
                    part.on_cpu(),
                    seen.on_cpu(),
                    stride,
                    kv_heads,
                    pages,
                    width,
                    scale,
                )
                .checks(Checks::all())
                .run()
                .map(drop)?,
            }
        }
        let [part, seen] = [&scratch.part, &scratch.seen].map(Buffer::as_view);
        match on {
            On::Stream(gpu) => {
                self.combine.on_gpu().launch(&gpu.stream, all_heads, part.on_gpu(), seen.on_gpu(), out.on_gpu())
            }
            On::Graph(capture) => {
                self.combine.on_gpu().capture(capture, all_heads, part.in_graph(), seen.in_graph(), out.in_graph())
            }
            On::Cpu => Combine::interpret(all_heads, part.on_cpu(), seen.on_cpu(), out.on_cpu())
                .checks(Checks::all())
                .run()
                .map(drop),
        }
    }
}

/// The operation on new random numbers.
pub(crate) struct DecodeCase<T: Kernels> {
    machine: Machine,
    operation: PagedAttention<T>,
    sizes: Sizes,
    host_queries: Vec<T>,
    host: HostCache<T>,
    queries: Buffer<T>,
    cache: Cache<T>,
    out: Buffer<T>,
    scratch: Scratch,
}

impl<T: Kernels> DecodeCase<T> {
    /// All sequences have the longest's length where `even`.
    pub(crate) fn new(machine: &Machine, sizes: Sizes, even: bool) -> Result<Self> {
        let heads = sizes.sequences * sizes.heads * PagedAttention::<T>::group();
        let host = HostCache::new(sizes, even);
        // Queries that are larger than the rest make some keys matter much more than others.
        let host_queries = random(heads * PagedAttention::<T>::head(), 4.0);
        Ok(Self {
            operation: PagedAttention::load(machine)?,
            queries: machine.upload(&host_queries)?,
            cache: host.upload(machine)?,
            out: machine.upload(&vec![T::POISON; host_queries.len()])?,
            scratch: Scratch::new::<T>(machine, heads)?,
            machine: machine.clone(),
            sizes,
            host_queries,
            host,
        })
    }
}

impl<T: Kernels> Case for DecodeCase<T> {
    fn launch(&mut self) -> Result<()> {
        let stride = self.host_queries.len() / self.sizes.sequences;
        let queries = (&self.queries.as_view(), stride);
        let (on, out) = ((&self.machine).into(), &mut self.out.as_view_mut());
        self.operation.launch(on, queries, &self.cache, out, &mut self.scratch, self.sizes)
    }

    fn check(&self) -> Result<Check> {
        let (head, group) = (PagedAttention::<T>::head(), PagedAttention::<T>::group());
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, head, 6 * self.sizes.length * head, |row, at| {
            let (sequence, of_cache) = (row / (self.sizes.heads * group), row / group % self.sizes.heads);
            let lines = |numbers: &[T]| -> Vec<Vec<f64>> {
                let line = |token: usize| widened(&numbers[self.host.line(sequence, of_cache, token)]);
                (0..self.host.lengths[sequence] as usize).map(line).collect()
            };
            let [keys, values] = [lines(&self.host.keys), lines(&self.host.values)];
            let [keys, values]: [Vec<&[f64]>; 2] =
                [&keys, &values].map(|lines| lines.iter().map(Vec::as_slice).collect());
            reference(&widened(&self.host_queries[at]), &keys, &values, T::EPSILON)
        }))
    }

    fn cost(&self) -> Cost {
        let tokens: usize = self.host.lengths.iter().map(|&length| length as usize).sum();
        Cost::Bytes(2 * tokens * self.sizes.heads * PagedAttention::<T>::head() * size_of::<T>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

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
