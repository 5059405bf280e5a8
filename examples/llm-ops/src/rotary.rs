//! Rotary position embedding: rotates the two halves of each head against each other, by angles that grow with the
//! token's position ("RoFormer", Su and others, 2021, arXiv:2104.09864; halves, not pairs of neighbours).

use triton_runner_rt::interpret::Checks;
use triton_runner_rt::{Graph, Result, triton_kernel};

use crate::case::{Case, Cost};
use crate::check::{self, Check, Expected};
use crate::element::{Element, random, widened};
use crate::machine::{Buffer, Loaded, Machine, On, View, ViewMut};

triton_kernel! {
    /// One program for `HEADS` heads of a token.
    #[grid(tokens, heads.div_ceil(HEADS))]
    #[chosen(HALF)]
    #[name = "Kernel"]
    pub(crate) fn rotary<T>(
        x: &[T],
        cosine: &[f32],
        sine: &[f32],
        out: &mut [T],
        tokens: i32,
        length: i32,
        heads: i32,
        x_stride: i32,
        out_stride: i32,
    );
}

/// The element types that the kernel is compiled for.
pub(crate) trait Kernels: Element + KernelElement {}

impl<T: Element + KernelElement> Kernels for T {}

/// Where tokens lie. Their heads lie one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) tokens: usize,
    /// Tokens of a sequence: positions start anew after so many.
    pub(crate) length: usize,
    pub(crate) heads: usize,
    /// Elements from one token of the input to the next.
    pub(crate) x_stride: usize,
    /// Elements from one token of the output to the next.
    pub(crate) out_stride: usize,
}

/// Cosines and sines of all angles.
pub(crate) struct Angles {
    cosine: Buffer<f32>,
    sine: Buffer<f32>,
    len: usize,
}

impl Angles {
    /// Those of `length` positions of heads of `head` elements.
    pub(crate) fn new(machine: &Machine, length: usize, head: usize) -> Result<Self> {
        Self::at(machine, 0..length, head)
    }

    /// Those of these positions, a row for each.
    pub(crate) fn at(machine: &Machine, positions: impl IntoIterator<Item = usize>, head: usize) -> Result<Self> {
        let all = positions.into_iter().flat_map(|position| (0..head / 2).map(move |pair| angle(position, pair, head)));
        let (cosine, sine): (Vec<f32>, Vec<f32>) = all.map(|angle| (angle.cos() as f32, angle.sin() as f32)).unzip();
        Ok(Self { len: cosine.len(), cosine: machine.upload(&cosine)?, sine: machine.upload(&sine)? })
    }
}

impl Angles {
    /// Cosines and sines, `length` rows of half a head.
    pub(crate) fn views(&self) -> [View<'_, f32>; 2] {
        [self.cosine.as_view(), self.sine.as_view()]
    }

    /// The same, given to a graph.
    pub(crate) fn held_by(self, graph: &mut Graph<'_>) -> Self {
        let Self { cosine, sine, len } = self;
        Self { cosine: cosine.held_by(graph), sine: sine.held_by(graph), len }
    }
}

/// By how much the coordinates `pair` and `pair + head / 2` are rotated, in radians.
fn angle(position: usize, pair: usize, head: usize) -> f64 {
    position as f64 * 10_000_f64.powf(-2.0 * pair as f64 / head as f64)
}

/// The operation on heads of one size.
pub(crate) struct Rotary<T: Kernels> {
    kernel: Loaded<Kernel<T>>,
    variant: KernelVariant,
    head: usize,
}

impl<T: Kernels> Rotary<T> {
    /// For heads of `head` elements: 64 or 128.
    pub(crate) fn load(machine: &Machine, head: usize) -> Result<Self> {
        let variant = if head == 64 { KernelVariant::D64 } else { KernelVariant::D128 };
        assert_eq!(head as i64, 2 * variant.half(), "heads have 64 or 128 elements");
        Ok(Self { kernel: machine.load(|context| Kernel::load_variant(context, variant))?, variant, head })
    }

    /// Rotates all heads of all tokens. Safe, since it knows what the kernel reads and writes.
    ///
    /// # Panics
    ///
    /// If the sizes don't fit together.
    pub(crate) fn launch<'a>(
        &self,
        on: impl Into<On<'a>>,
        x: &View<'_, T>,
        angles: &Angles,
        out: &mut ViewMut<'_, T>,
        layout: Layout,
    ) -> Result<()> {
        let Layout { tokens, length, heads, x_stride, out_stride } = layout;
        let token = heads * self.head;
        for (len, stride) in [(x.len(), x_stride), (out.len(), out_stride)] {
            assert!(token <= stride && len + stride >= tokens * stride + token, "{len} elements hold no {layout:?}");
        }
        assert_eq!(angles.len, length * self.head / 2);
        let [tokens, length, heads] = [tokens, length, heads].map(|size| size as i32);
        let [x_stride, out_stride] = [x_stride, out_stride].map(|stride| stride as i32);
        let [cosine, sine] = angles.views();
        match on.into() {
            On::Stream(gpu) => {
                let (x, cosine, sine, out) = (x.on_gpu(), cosine.on_gpu(), sine.on_gpu(), out.on_gpu());
                let (kernel, stream) = (self.kernel.on_gpu(), &gpu.stream);
                kernel.launch(stream, x, cosine, sine, out, tokens, length, heads, x_stride, out_stride)
            }
            On::Graph(capture) => {
                let (x, cosine, sine, out) = (x.in_graph(), cosine.in_graph(), sine.in_graph(), out.in_graph());
                let kernel = self.kernel.on_gpu();
                kernel.capture(capture, x, cosine, sine, out, tokens, length, heads, x_stride, out_stride)
            }
            On::Cpu => {
                let (x, cosine, sine, out) = (x.on_cpu(), cosine.on_cpu(), sine.on_cpu(), out.on_cpu());
                let (variant, checks) = (self.variant, Checks::all());
                Kernel::interpret_variant(variant, x, cosine, sine, out, tokens, length, heads, x_stride, out_stride)
                    .checks(checks)
                    .run()
                    .map(drop)
            }
        }
    }
}

/// One head in float64.
pub(crate) fn reference(head: &[f64], position: usize) -> Vec<Expected> {
    let (first, second) = head.split_at(head.len() / 2);
    let rotated = |sign: f64, one: &[f64], other: &[f64]| -> Vec<Expected> {
        let pairs = one.iter().zip(other).enumerate().map(|(pair, (x, y))| {
            let (sine, cosine) = angle(position, pair, head.len()).sin_cos();
            let (a, b) = (x * cosine, sign * y * sine);
            // fp32's rounding, where the two cancel out.
            Expected { value: a + b, noise: 1e-6 * (x.abs() + y.abs()) }
        });
        pairs.collect()
    };
    [rotated(-1.0, first, second), rotated(1.0, second, first)].concat()
}

/// The operation on new random numbers.
pub(crate) struct RotaryCase<T: Kernels> {
    machine: Machine,
    operation: Rotary<T>,
    layout: Layout,
    host: Vec<T>,
    x: Buffer<T>,
    angles: Angles,
    out: Buffer<T>,
}

impl<T: Kernels> RotaryCase<T> {
    /// Sequences of `length` tokens without gaps, in `heads` heads of `head` elements.
    pub(crate) fn new(machine: &Machine, [batch, length, heads, head]: [usize; 4]) -> Result<Self> {
        let (tokens, token) = (batch * length, heads * head);
        let host = random(tokens * token, 1.0);
        Ok(Self {
            operation: Rotary::load(machine, head)?,
            layout: Layout { tokens, length, heads, x_stride: token, out_stride: token },
            x: machine.upload(&host)?,
            angles: Angles::new(machine, length, head)?,
            out: machine.upload(&vec![T::POISON; tokens * token])?,
            host,
            machine: machine.clone(),
        })
    }
}

impl<T: Kernels> Case for RotaryCase<T> {
    fn launch(&mut self) -> Result<()> {
        let Self { machine, operation, layout, x, angles, out, .. } = self;
        operation.launch(&*machine, &x.as_view(), angles, &mut out.as_view_mut(), *layout)
    }

    fn check(&self) -> Result<Check> {
        let Layout { length, heads, .. } = self.layout;
        let head = self.operation.head;
        let out = self.machine.download(&self.out)?;
        Ok(check::by_rows(&out, head, 50 * head, |row, at| reference(&widened(&self.host[at]), row / heads % length)))
    }

    fn cost(&self) -> Cost {
        Cost::Bytes((self.x.len() + self.out.len()) * size_of::<T>() + 2 * self.angles.len * size_of::<f32>())
    }
}

#[cfg(test)]
mod tests {
    use triton_runner_rt::half::{bf16, f16};

    use super::*;
    use crate::case::run;

    fn product(q: &[Expected], k: &[Expected]) -> f64 {
        q.iter().zip(k).map(|(q, k)| q.value * k.value).sum()
    }

    #[test]
    fn the_product_of_two_rotated_heads_depends_on_their_distance_alone() {
        let [q, k] = [(); 2].map(|()| widened(&random::<f16>(64, 1.0)));
        let near = product(&reference(&q, 7), &reference(&k, 3));
        let far = product(&reference(&q, 1007), &reference(&k, 1003));
        let other = product(&reference(&q, 8), &reference(&k, 3));
        assert!((near - far).abs() < 1e-9, "{near} {far}");
        assert!((near - other).abs() > 1e-6);
        assert!(reference(&q, 0).iter().zip(&q).all(|(rotated, q)| rotated.value == *q));
    }

    #[test]
    fn the_kernel_is_right_for_heads_of_both_sizes() {
        let machine = Machine::of_test("rotary");
        for sizes in machine.sizes(
            &[[1, 1, 1, 64], [2, 5, 33, 64], [3, 100, 3, 128], [1, 40, 64, 128]],
            &[[1, 1, 1, 64], [2, 5, 33, 64], [3, 10, 3, 128]],
        ) {
            for check in [
                run(&mut RotaryCase::<f16>::new(&machine, sizes).unwrap()).unwrap(),
                run(&mut RotaryCase::<bf16>::new(&machine, sizes).unwrap()).unwrap(),
            ] {
                assert!(check.passed(), "{sizes:?}: {check}");
            }
        }
    }
}
