//! The block at decode: one new token of each sequence, which attends to a paged cache. Seven launches on one stream, or in
//! one captured graph.

use triton_runner_rt::{Graph, Result};

use crate::attention;
use crate::block::few::{Few, Layer};
use crate::block::{Weights, reference};
use crate::case::{Case, Cost};
use crate::check::{self, Check};
use crate::decode::{self, Cache, HostCache, PagedAttention, Scratch};
use crate::element::{random, widened};
use crate::linear::{self, Linear};
use crate::machine::{Buffer, Gpu, Machine, On};
use crate::rotary::{self, Angles};
use crate::swiglu;

/// Sequences that are compared where it takes long.
const COMPARED: usize = 1 << 29;

/// The element types that all kernels are compiled for.
pub(crate) trait Kernels: super::few::Kernels + linear::Kernels + decode::Kernels {}

impl<T: super::few::Kernels + linear::Kernels + decode::Kernels> Kernels for T {}

/// How large it is. Four heads of queries share one of keys and values; the heads of queries make up a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) cache: decode::Sizes,
    /// Elements between the two layers of the network.
    pub(crate) inner: usize,
}

/// What the launches leave for one another. A row for each sequence.
struct Rows<A> {
    /// Queries, keys and values.
    qkv: A,
    attended: A,
    /// The sum after attention.
    middle: A,
    activated: A,
    out: A,
}

/// The block on new random numbers.
pub(crate) struct DecodeBlock<T: Kernels> {
    machine: Machine,
    sizes: Sizes,
    hidden: usize,
    few: Few<T>,
    attention: PagedAttention<T>,
    linear: Linear<T>,
    /// A row for each sequence: those of its newest token's position.
    angles: Angles,
    host_x: Vec<T>,
    host: Weights<Vec<T>>,
    host_cache: HostCache<T>,
    x: Buffer<T>,
    weights: Weights<Buffer<T>>,
    cache: Cache<T>,
    rows: Rows<Buffer<T>>,
    scratch: Scratch,
}

impl<T: Kernels> DecodeBlock<T> {
    /// Sequences of different lengths, or where `even` of the same.
    pub(crate) fn new(machine: &Machine, sizes: Sizes, even: bool) -> Result<Self> {
        let Sizes { cache: decode::Sizes { sequences, heads, .. }, inner } = sizes;
        let (head, queries) = (PagedAttention::<T>::head(), heads * PagedAttention::<T>::group());
        let hidden = queries * head;
        let width = hidden + 2 * heads * head;
        // Of such numbers, sums over `inputs` products with numbers of size one are of size one again.
        let matrix = |outputs: usize, inputs: usize| random(outputs * inputs, (3.0 / inputs as f32).sqrt());
        let host = Weights {
            first_norm: random(hidden, 1.5),
            qkv: matrix(width, hidden),
            projection: matrix(hidden, hidden),
            second_norm: random(hidden, 1.5),
            gate_up: matrix(2 * inner, hidden),
            down: matrix(hidden, inner),
        };
        let host_x = random(sequences * hidden, 1.5);
        let host_cache = HostCache::new(sizes.cache, even);
        let positions = host_cache.lengths.iter().map(|&length| length as usize - 1);
        let buffer = |columns: usize| machine.upload(&vec![T::POISON; sequences * columns]);
        Ok(Self {
            few: Few::load(machine, head)?,
            attention: PagedAttention::load(machine)?,
            linear: Linear::load(machine)?,
            angles: Angles::at(machine, positions, head)?,
            x: machine.upload(&host_x)?,
            weights: host.map(|numbers| machine.upload(numbers))?,
            cache: host_cache.upload(machine)?,
            rows: Rows {
                qkv: buffer(width)?,
                attended: buffer(hidden)?,
                middle: buffer(hidden)?,
                activated: buffer(inner)?,
                out: buffer(hidden)?,
            },
            scratch: Scratch::new::<T>(machine, sequences * queries)?,
            machine: machine.clone(),
            sizes,
            hidden,
            host_x,
            host,
            host_cache,
        })
    }

    /// All launches, one after the other.
    fn launch_on(&mut self, on: On<'_>) -> Result<()> {
        let Self { sizes: Sizes { cache: of_cache, inner }, hidden, weights, cache, rows, .. } = self;
        let (hidden, inner, tokens) = (*hidden, *inner, of_cache.sequences);
        let of_keys = of_cache.heads * PagedAttention::<T>::head();
        let width = hidden + 2 * of_keys;

        let layer = Layer {
            x: self.x.as_view(),
            norm: weights.first_norm.as_view(),
            weight: weights.qkv.as_view(),
            out: rows.qkv.as_view_mut(),
            sizes: [tokens, width, hidden],
        };
        // Each row is a position of its own.
        self.few.norm_qkv(on, layer, self.angles.views(), tokens, hidden + of_keys)?;
        self.attention.append(on, (&rows.qkv.slice(hidden..), width), cache, *of_cache)?;
        let (queries, attended) = ((&rows.qkv.as_view(), width), &mut rows.attended.as_view_mut());
        self.attention.launch(on, queries, cache, attended, &mut self.scratch, *of_cache)?;

        let (x, sizes) = (self.x.as_view(), [tokens, hidden, hidden]);
        let (attended, projection) = (rows.attended.as_view(), weights.projection.as_view());
        self.linear.launch(on, &attended, &projection, Some(&x), &mut rows.middle.as_view_mut(), sizes)?;
        let layer = Layer {
            x: rows.middle.as_view(),
            norm: weights.second_norm.as_view(),
            weight: weights.gate_up.as_view(),
            out: rows.activated.as_view_mut(),
            sizes: [tokens, inner, hidden],
        };
        self.few.norm_swiglu(on, layer)?;
        let (middle, sizes) = (rows.middle.as_view(), [tokens, hidden, inner]);
        let (activated, down) = (rows.activated.as_view(), weights.down.as_view());
        self.linear.launch(on, &activated, &down, Some(&middle), &mut rows.out.as_view_mut(), sizes)
    }

    /// The same block, whose memory a graph holds.
    fn held_by(self, graph: &mut Graph<'_>) -> Self {
        let Rows { qkv, attended, middle, activated, out } = self.rows;
        let [qkv, attended, middle, activated, out] =
            [qkv, attended, middle, activated, out].map(|buffer| buffer.held_by(graph));
        Self {
            angles: self.angles.held_by(graph),
            x: self.x.held_by(graph),
            weights: self.weights.replaced(|buffer| buffer.held_by(graph)),
            cache: self.cache.held_by(graph),
            rows: Rows { qkv, attended, middle, activated, out },
            scratch: self.scratch.held_by(graph),
            ..self
        }
    }

    /// The output, compared with the same in float64: of each sequence, or of a sample.
    fn compared(&self, found: &[T]) -> Check {
        let (hidden, sequences) = (self.hidden, self.sizes.cache.sequences);
        let Ok(weights) = self.host.map(|numbers| Ok::<_, std::convert::Infallible>(widened(numbers)));
        let each = self.operations() / sequences;
        let rows = check::rows(sequences, each);
        let rows = &rows[..rows.len().min((COMPARED / each).max(2))];
        let mut check = Check::default();
        for &row in rows {
            let of_row = row * hidden..(row + 1) * hidden;
            let expected = self.expected(row, &widened(&self.host_x[of_row.clone()]), &weights);
            check.row(row, &found[of_row], &reference::rounded::<T>(&expected));
        }
        check
    }

    /// One sequence in float64.
    fn expected(&self, sequence: usize, x: &[f64], weights: &Weights<Vec<f64>>) -> Vec<f64> {
        let (head, group) = (PagedAttention::<T>::head(), PagedAttention::<T>::group());
        let last = self.host_cache.lengths[sequence] as usize - 1;
        let mut qkv = reference::product(&crate::rms_norm::reference(x, &weights.first_norm), &weights.qkv);
        let of_keys = self.sizes.cache.heads * head;
        for one in qkv[..self.hidden + of_keys].chunks_mut(head) {
            let rotated = rotary::reference(one, last);
            one.copy_from_slice(&reference::values(&rotated));
        }
        let mut attended = Vec::new();
        for of_cache in 0..self.sizes.cache.heads {
            let lines = |numbers: &[T], part: usize| -> Vec<Vec<f64>> {
                let line = |token: usize| widened(&numbers[self.host_cache.line(sequence, of_cache, token)]);
                let new = self.hidden + part * of_keys + of_cache * head;
                (0..last).map(line).chain([qkv[new..new + head].to_vec()]).collect()
            };
            let [keys, values] = [lines(&self.host_cache.keys, 0), lines(&self.host_cache.values, 1)];
            let [keys, values]: [Vec<&[f64]>; 2] = [&keys, &values].map(|all| all.iter().map(Vec::as_slice).collect());
            for query in qkv[of_cache * group * head..(of_cache + 1) * group * head].chunks(head) {
                attended.extend(reference::values(&attention::reference(query, &keys, &values, 0.0)));
            }
        }
        let middle = reference::sum(x, &reference::product(&attended, &weights.projection));
        let gate_up = reference::product(&crate::rms_norm::reference(&middle, &weights.second_norm), &weights.gate_up);
        let (gate, up) = gate_up.split_at(self.sizes.inner);
        let activated: Vec<f64> = gate.iter().zip(up).map(|(&gate, &up)| swiglu::reference(gate, up)).collect();
        reference::sum(&middle, &reference::product(&activated, &weights.down))
    }

    fn operations(&self) -> usize {
        let (hidden, decode::Sizes { sequences, heads, length }) = (self.hidden, self.sizes.cache);
        let of_keys = heads * PagedAttention::<T>::head();
        let weights = 2 * hidden * (hidden + of_keys) + 3 * hidden * self.sizes.inner;
        2 * sequences * (weights + 2 * length * hidden)
    }
}

impl<T: Kernels> Case for DecodeBlock<T> {
    fn launch(&mut self) -> Result<()> {
        let machine = self.machine.clone();
        self.launch_on((&machine).into())
    }

    fn check(&self) -> Result<Check> {
        Ok(self.compared(&self.machine.download(&self.rows.out)?))
    }

    fn cost(&self) -> Cost {
        let (hidden, decode::Sizes { heads, .. }) = (self.hidden, self.sizes.cache);
        let of_keys = heads * PagedAttention::<T>::head();
        let tokens: usize = self.host_cache.lengths.iter().map(|&length| length as usize).sum();
        let weights = 2 * hidden * (hidden + of_keys) + 3 * hidden * self.sizes.inner;
        Cost::Bytes((weights + 2 * tokens * of_keys) * size_of::<T>())
    }
}

/// The block as a captured graph, which holds its memory.
pub(crate) struct Replayed<T: Kernels> {
    gpu: Gpu,
    graph: Graph<'static>,
    block: DecodeBlock<T>,
}

impl<T: Kernels> Replayed<T> {
    /// Captures a block of this GPU.
    pub(crate) fn new(gpu: &Gpu, block: DecodeBlock<T>) -> Result<Self> {
        let mut graph = Graph::new(&gpu.context);
        let mut block = block.held_by(&mut graph);
        graph.capture(|capture| block.launch_on(On::Graph(capture)))?;
        Ok(Self { gpu: gpu.clone(), graph, block })
    }
}

impl<T: Kernels> Case for Replayed<T> {
    fn launch(&mut self) -> Result<()> {
        self.graph.launch(&self.gpu.stream)
    }

    fn check(&self) -> Result<Check> {
        let out = self.gpu.stream.clone_dtoh(self.graph.get(self.block.rows.out.in_graph())?)?;
        Ok(self.block.compared(&out))
    }

    fn cost(&self) -> Cost {
        self.block.cost()
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn sequences_of_every_length_go_on_as_in_float64() {
        let machine = Machine::of_test("decode_block");
        for ([sequences, heads, length], inner) in
            machine.sizes(&[([1, 1, 1], 128), ([5, 2, 300], 384), ([33, 1, 97], 256)], &[([2, 1, 33], 128)])
        {
            let sizes = Sizes { cache: decode::Sizes { sequences, heads, length }, inner };
            for check in [
                run(&mut DecodeBlock::<f16>::new(&machine, sizes, false).unwrap()).unwrap(),
                run(&mut DecodeBlock::<bf16>::new(&machine, sizes, false).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{sizes:?}: {check}");
            }
            let Machine::Gpu(gpu) = &machine else { continue };
            let block = DecodeBlock::<f16>::new(&machine, sizes, false).unwrap();
            let check = run(&mut Replayed::new(gpu, block).unwrap()).unwrap();
            assert!(check.passed(), "{sizes:?} in a graph: {check}");
        }
    }
}
