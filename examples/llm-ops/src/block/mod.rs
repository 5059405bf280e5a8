//! A transformer block as in Llama: attention and a SwiGLU network, each behind a norm and around a residual. Nine
//! launches on one stream, or in one captured graph; for few tokens five.

pub(crate) mod decode;
mod few;
mod reference;
mod stages;

use triton_runner_rt::{Graph, Result};

use crate::attention::{self, Attention, Strides, Which};
use crate::block::few::{Few, Layer};
use crate::case::{Case, Cost};
use crate::check::Check;
use crate::element::random;
use crate::linear::{self, Linear};
use crate::machine::{Buffer, Gpu, Machine, On};
use crate::rms_norm::{self, RmsNorm};
use crate::rotary::{self, Angles, Layout, Rotary};
use crate::swiglu::{self, Swiglu};

/// Up to so many tokens a block waits for weights and not for tensor cores, and goes by fewer launches.
const FEW: usize = 64;

/// The whole block is computed in float64 up to this many operations.
const FULL_REFERENCE: usize = 1 << 30;

/// The element types that all kernels of the block are compiled for.
pub(crate) trait Kernels:
    rms_norm::Kernels + linear::Kernels + rotary::Kernels + attention::Kernels + swiglu::Kernels + few::Kernels
{
}

impl<T> Kernels for T where
    T: rms_norm::Kernels + linear::Kernels + rotary::Kernels + attention::Kernels + swiglu::Kernels + few::Kernels
{
}

/// How large a block is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) batch: usize,
    /// Tokens of each sequence.
    pub(crate) length: usize,
    pub(crate) heads: usize,
    /// Elements of a head.
    pub(crate) head: usize,
    /// Elements between the two layers of the network.
    pub(crate) inner: usize,
}

impl Sizes {
    /// Tokens of all sequences.
    pub(crate) fn tokens(self) -> usize {
        self.batch * self.length
    }

    /// Whether it goes by the launches for few tokens.
    fn is_few(self) -> bool {
        self.tokens() <= FEW && self.hidden().is_multiple_of(few::DEPTH)
    }

    /// Elements of a token.
    pub(crate) fn hidden(self) -> usize {
        self.heads * self.head
    }
}

/// Weights, each with a row for each output.
struct Weights<A> {
    first_norm: A,
    /// Queries, keys and values: 3 * hidden x hidden.
    qkv: A,
    /// hidden x hidden.
    projection: A,
    second_norm: A,
    /// Gate and factor: 2 * inner x hidden.
    gate_up: A,
    /// hidden x inner.
    down: A,
}

/// What the launches leave for one another. A row for each token.
struct Intermediates<A> {
    first_normed: A,
    qkv: A,
    /// Queries and keys.
    rotated: A,
    attended: A,
    /// The sum after attention.
    middle: A,
    second_normed: A,
    gate_up: A,
    activated: A,
    out: A,
}

macro_rules! each {
    ($type:ident { $($field:ident),* }) => {
        impl<A> $type<A> {
            /// The same of each.
            fn map<B, E>(&self, mut f: impl FnMut(&A) -> Result<B, E>) -> Result<$type<B>, E> {
                Ok($type { $($field: f(&self.$field)?),* })
            }

            /// The same of each, in its place.
            fn replaced<B>(self, mut f: impl FnMut(A) -> B) -> $type<B> {
                $type { $($field: f(self.$field)),* }
            }
        }
    };
}

each!(Weights { first_norm, qkv, projection, second_norm, gate_up, down });
each!(Intermediates { first_normed, qkv, rotated, attended, middle, second_normed, gate_up, activated, out });

/// The block on new random numbers.
pub(crate) struct Block<T: Kernels> {
    machine: Machine,
    sizes: Sizes,
    norm: RmsNorm<T>,
    linear: Linear<T>,
    rotary: Rotary<T>,
    attention: Attention<T>,
    swiglu: Swiglu<T>,
    few: Option<Few<T>>,
    angles: Angles,
    host_x: Vec<T>,
    host: Weights<Vec<T>>,
    x: Buffer<T>,
    weights: Weights<Buffer<T>>,
    buffers: Intermediates<Buffer<T>>,
}

impl<T: Kernels> Block<T> {
    /// A causal block.
    pub(crate) fn new(machine: &Machine, sizes: Sizes) -> Result<Self> {
        let (tokens, hidden, inner) = (sizes.tokens(), sizes.hidden(), sizes.inner);
        // Of such numbers, sums over `inputs` products with numbers of size one are of size one again.
        let matrix = |outputs: usize, inputs: usize| random(outputs * inputs, (3.0 / inputs as f32).sqrt());
        let host = Weights {
            first_norm: random(hidden, 1.5),
            qkv: matrix(3 * hidden, hidden),
            projection: matrix(hidden, hidden),
            second_norm: random(hidden, 1.5),
            gate_up: matrix(2 * inner, hidden),
            down: matrix(hidden, inner),
        };
        let host_x = random(tokens * hidden, 1.5);
        let buffer = |columns: usize| machine.upload(&vec![T::POISON; tokens * columns]);
        Ok(Self {
            norm: RmsNorm::load(machine, hidden)?,
            linear: Linear::load(machine)?,
            rotary: Rotary::load(machine, sizes.head)?,
            attention: Attention::load(machine, sizes.head, true, Which::Fastest)?,
            swiglu: Swiglu::load(machine)?,
            few: if sizes.is_few() { Some(Few::load(machine, sizes.head)?) } else { None },
            angles: Angles::new(machine, sizes.length, sizes.head)?,
            x: machine.upload(&host_x)?,
            weights: host.map(|numbers| machine.upload(numbers))?,
            buffers: Intermediates {
                first_normed: buffer(hidden)?,
                qkv: buffer(3 * hidden)?,
                rotated: buffer(2 * hidden)?,
                attended: buffer(hidden)?,
                middle: buffer(hidden)?,
                second_normed: buffer(hidden)?,
                gate_up: buffer(2 * inner)?,
                activated: buffer(inner)?,
                out: buffer(hidden)?,
            },
            host_x,
            host,
            sizes,
            machine: machine.clone(),
        })
    }

    /// The output, as bits.
    pub(crate) fn output(&self) -> Result<Vec<T>> {
        self.machine.download(&self.buffers.out)
    }

    /// Fills the output with NaN.
    pub(crate) fn poison(&mut self) -> Result<()> {
        self.buffers.out = self.machine.upload(&vec![T::POISON; self.buffers.out.len()])?;
        Ok(())
    }

    /// What the launches left, compared with the references.
    fn compared(&self, left: &Intermediates<Vec<T>>) -> Check {
        let mut check = Check::default();
        if self.few.is_none() {
            stages::check(&mut check, self.sizes, &self.host_x, &self.host, left);
        }
        if let Cost::Operations(..FULL_REFERENCE) = self.cost() {
            reference::check(&mut check, self.sizes, &self.host_x, &self.host, &left.out);
        }
        check
    }

    /// The same block, whose memory a graph holds.
    fn held_by(self, graph: &mut Graph<'_>) -> Self {
        Self {
            angles: self.angles.held_by(graph),
            x: self.x.held_by(graph),
            weights: self.weights.replaced(|buffer| buffer.held_by(graph)),
            buffers: self.buffers.replaced(|buffer| buffer.held_by(graph)),
            ..self
        }
    }

    /// All launches, one after the other.
    fn launch_on(&mut self, on: On<'_>) -> Result<()> {
        if self.few.is_some() { self.launch_five(on) } else { self.launch_nine(on) }
    }

    /// Those for few tokens. Queries and keys are rotated where they are made.
    fn launch_five(&mut self, on: On<'_>) -> Result<()> {
        let Self { sizes, linear, attention, few: Some(few), angles, weights, .. } = self else { return Ok(()) };
        let Sizes { batch, length, heads, head, inner } = *sizes;
        let (tokens, hidden) = (sizes.tokens(), sizes.hidden());
        let Intermediates { qkv, attended, middle, activated, out, .. } = &mut self.buffers;

        let layer = Layer {
            x: self.x.as_view(),
            norm: weights.first_norm.as_view(),
            weight: weights.qkv.as_view(),
            out: qkv.as_view_mut(),
            sizes: [tokens, 3 * hidden, hidden],
        };
        few.norm_qkv(on, layer, angles.views(), length, 2 * hidden)?;

        let strides = |token: usize| Strides { batch: length * token, head, token };
        let parts = [0, 1, 2].map(|part| qkv.slice(part * hidden..));
        let inputs = parts.each_ref().map(|part| (part, strides(3 * hidden)));
        let result = (&mut attended.as_view_mut(), strides(hidden));
        attention.launch(on, inputs, result, attention::Sizes { batch, heads, length, head })?;

        let (x, sizes) = (self.x.as_view(), [tokens, hidden, hidden]);
        let projection = weights.projection.as_view();
        linear.launch(on, &attended.as_view(), &projection, Some(&x), &mut middle.as_view_mut(), sizes)?;

        let layer = Layer {
            x: middle.as_view(),
            norm: weights.second_norm.as_view(),
            weight: weights.gate_up.as_view(),
            out: activated.as_view_mut(),
            sizes: [tokens, inner, hidden],
        };
        few.norm_swiglu(on, layer)?;
        let (middle, sizes) = (middle.as_view(), [tokens, hidden, inner]);
        linear.launch(on, &activated.as_view(), &weights.down.as_view(), Some(&middle), &mut out.as_view_mut(), sizes)
    }

    /// Those for many.
    fn launch_nine(&mut self, on: On<'_>) -> Result<()> {
        let Self { sizes, norm, linear, rotary, attention, swiglu, angles, .. } = self;
        let Sizes { batch, length, heads, head, inner } = *sizes;
        let (tokens, hidden) = (sizes.tokens(), sizes.hidden());
        let (x, weights) = (self.x.as_view(), &self.weights);
        let Intermediates { first_normed, qkv, rotated, attended, middle, second_normed, gate_up, activated, out } =
            &mut self.buffers;

        norm.launch(on, &x, &weights.first_norm.as_view(), &mut first_normed.as_view_mut())?;
        let sizes = [tokens, 3 * hidden, hidden];
        linear.launch(on, &first_normed.as_view(), &weights.qkv.as_view(), None, &mut qkv.as_view_mut(), sizes)?;

        let layout = Layout { tokens, length, heads: 2 * heads, x_stride: 3 * hidden, out_stride: 2 * hidden };
        rotary.launch(on, &qkv.as_view(), angles, &mut rotated.as_view_mut(), layout)?;

        let strides = |token: usize| Strides { batch: length * token, head, token };
        let [q, k] = [(&rotated.as_view(), strides(2 * hidden)), (&rotated.slice(hidden..), strides(2 * hidden))];
        let v = (&qkv.slice(2 * hidden..), strides(3 * hidden));
        let result = (&mut attended.as_view_mut(), strides(hidden));
        attention.launch(on, [q, k, v], result, attention::Sizes { batch, heads, length, head })?;
        let (attended, sizes) = (attended.as_view(), [tokens, hidden, hidden]);
        linear.launch(on, &attended, &weights.projection.as_view(), Some(&x), &mut middle.as_view_mut(), sizes)?;

        let middle = middle.as_view();
        norm.launch(on, &middle, &weights.second_norm.as_view(), &mut second_normed.as_view_mut())?;
        let sizes = [tokens, 2 * inner, hidden];
        linear.launch(
            on,
            &second_normed.as_view(),
            &weights.gate_up.as_view(),
            None,
            &mut gate_up.as_view_mut(),
            sizes,
        )?;
        let halves = [&gate_up.as_view(), &gate_up.slice(inner..)];
        swiglu.launch(on, halves, &mut activated.as_view_mut(), [inner, 2 * inner])?;
        let sizes = [tokens, hidden, inner];
        linear.launch(on, &activated.as_view(), &weights.down.as_view(), Some(&middle), &mut out.as_view_mut(), sizes)
    }
}

impl<T: Kernels> Case for Block<T> {
    fn launch(&mut self) -> Result<()> {
        let machine = self.machine.clone();
        self.launch_on((&machine).into())
    }

    fn check(&self) -> Result<Check> {
        Ok(self.compared(&self.buffers.map(|buffer| self.machine.download(buffer))?))
    }

    fn cost(&self) -> Cost {
        let (sizes, hidden) = (self.sizes, self.sizes.hidden());
        let weights = 4 * hidden * hidden + 3 * hidden * sizes.inner;
        Cost::Operations(2 * sizes.tokens() * (weights + sizes.length * hidden))
    }
}

/// The block as a captured graph, which holds its memory.
pub(crate) struct Replayed<T: Kernels> {
    gpu: Gpu,
    graph: Graph<'static>,
    block: Block<T>,
}

impl<T: Kernels> Replayed<T> {
    /// Captures a block of this GPU.
    pub(crate) fn new(gpu: &Gpu, block: Block<T>) -> Result<Self> {
        let mut graph = Graph::new(&gpu.context);
        let mut block = block.held_by(&mut graph);
        graph.capture(|capture| block.launch_on(On::Graph(capture)))?;
        Ok(Self { gpu: gpu.clone(), graph, block })
    }

    fn download(&self, buffer: &Buffer<T>) -> Result<Vec<T>> {
        Ok(self.gpu.stream.clone_dtoh(self.graph.get(buffer.in_graph())?)?)
    }
}

impl<T: Kernels> Case for Replayed<T> {
    fn launch(&mut self) -> Result<()> {
        self.graph.launch(&self.gpu.stream)
    }

    fn check(&self) -> Result<Check> {
        Ok(self.block.compared(&self.block.buffers.map(|buffer| self.download(buffer))?))
    }

    fn cost(&self) -> Cost {
        self.block.cost()
    }
}

/// Whether a replayed graph writes the same bytes as launches on the stream.
pub(crate) fn replay_is_the_same<T: Kernels>(gpu: &Gpu, sizes: Sizes) -> Result<bool> {
    let mut block = Block::<T>::new(&Machine::Gpu(gpu.clone()), sizes)?;
    block.launch()?;
    let launched = block.output()?;
    block.poison()?;
    let mut replayed = Replayed::new(gpu, block)?;
    replayed.launch()?;
    Ok(replayed.download(&replayed.block.buffers.out)? == launched)
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    #[test]
    fn stream_and_graph_match_the_reference_and_each_other() {
        let machine = Machine::of_test("block");
        let all = [
            Sizes { batch: 2, length: 65, heads: 3, head: 64, inner: 320 },
            Sizes { batch: 1, length: 100, heads: 2, head: 128, inner: 512 },
            Sizes { batch: 2, length: 17, heads: 2, head: 128, inner: 192 },
            Sizes { batch: 1, length: 16, heads: 16, head: 64, inner: 2816 },
        ];
        let small = Sizes { batch: 2, length: 17, heads: 3, head: 64, inner: 192 };
        for sizes in machine.sizes(&all, &[small, Sizes { heads: 2, ..small }]) {
            for check in [
                run(&mut Block::<f16>::new(&machine, sizes).unwrap()).unwrap(),
                run(&mut Block::<bf16>::new(&machine, sizes).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{sizes:?}: {check}");
            }
            let Machine::Gpu(gpu) = &machine else { continue };
            for check in [
                run(&mut Replayed::new(gpu, Block::<f16>::new(&machine, sizes).unwrap()).unwrap()).unwrap(),
                run(&mut Replayed::new(gpu, Block::<bf16>::new(&machine, sizes).unwrap()).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{sizes:?}: {check}");
            }
            assert!(replay_is_the_same::<f16>(gpu, sizes).unwrap());
            assert!(replay_is_the_same::<bf16>(gpu, sizes).unwrap());
        }
    }
}
