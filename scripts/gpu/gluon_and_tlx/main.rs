//! A kernel in Gluon and one in TLX, launched and held against float64. Outputs are poisoned before each launch.

use std::error::Error;
use std::sync::Arc;

use triton_runner_rt::cudarc::driver::{CudaContext, CudaSlice, CudaStream};
use triton_runner_rt::half::f16;
use triton_runner_rt::tune::Tuner;
use triton_runner_rt::{TensorMap, TensorMapMut, triton_kernel};

triton_kernel! {
    /// `c = a b`, a tile of 128 x 128 for each program.
    #[grid(m.div_ceil(128), n.div_ceil(128))]
    pub unsafe fn gluon_matmul(
        a: &TensorMap<f16, 2>,
        b: &TensorMap<f16, 2>,
        c: &mut TensorMap<f16, 2>,
        m: i32,
        n: i32,
        k: i32,
    );

    /// Attention over `length` keys, `ROWS` rows of a head for each program. `sums` are the logarithms of the weights' sums.
    #[requires(length % ROWS == 0 && length % COLUMNS == 0)]
    #[interchangeable(STAGES)]
    pub unsafe fn tlx_attention(
        queries: &TensorMap<f16, 2>,
        keys: &TensorMap<f16, 2>,
        values: &TensorMap<f16, 2>,
        out: &mut TensorMap<f16, 2>,
        sums: &mut [f32],
        scale: f32,
        #[name = "N_CTX"] length: i32,
    );
}

/// Numbers from -1 to 1, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn take(&mut self, count: usize) -> Vec<f16> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f16::from_f64((self.0 >> 33) as f64 / f64::from(1_u32 << 30) - 1.0)
        };
        (0..count).map(|_| next()).collect()
    }
}

/// The largest error, and how much of what is allowed the worst element takes.
#[derive(Default)]
struct Worst {
    error: f64,
    share: f64,
}

impl Worst {
    fn see(&mut self, found: f64, expected: f64, allowed: f64) {
        let error = (found - expected).abs();
        // What isn't a number is wrong.
        let share = if error.is_nan() { f64::INFINITY } else { error / allowed };
        self.error = if share.is_finite() { self.error.max(error) } else { f64::INFINITY };
        self.share = self.share.max(share);
    }

    fn told(&self, what: &str) -> Result<(), Box<dyn Error>> {
        println!("{what}: largest error {:.1e}, {:.0} % of what is allowed", self.error, self.share * 100.0);
        if self.share <= 1.0 { Ok(()) } else { Err(format!("{what} is wrong").into()) }
    }
}

fn product(stream: &Arc<CudaStream>, [m, n, k]: [usize; 3]) -> Result<(), Box<dyn Error>> {
    let mut numbers = Numbers((m * 7 + n) as u64);
    let (a, b) = (numbers.take(m * k), numbers.take(k * n));
    let (on_a, on_b) = (stream.clone_htod(&a)?, stream.clone_htod(&b)?);
    let mut on_c = stream.clone_htod(&vec![f16::NAN; m * n])?;
    let kernel = GluonMatmul::load(stream.context())?;
    let maps = (TensorMap::contiguous(&on_a, [m, k])?, TensorMap::contiguous(&on_b, [k, n])?);
    let mut map = TensorMapMut::contiguous(&mut on_c, [m, n])?;
    // SAFETY: the descriptors hold the shapes that the numbers say, and the kernel reads and writes through them alone.
    unsafe { kernel.launch(stream, &maps.0, &maps.1, &mut map, m as i32, n as i32, k as i32)? };
    drop(map);
    let c = stream.clone_dtoh(&on_c)?;
    let mut worst = Worst::default();
    for row in 0..m {
        for column in 0..n {
            let products = (0..k).map(|i| a[row * k + i].to_f64() * b[i * n + column].to_f64());
            let expected: f64 = products.sum();
            // Half a step of fp16, and what fp32 loses on the way.
            worst.see(c[row * n + column].to_f64(), expected, expected.abs() / 1024.0 + 1e-3);
        }
    }
    worst.told(&format!("gluon_matmul, {m} x {n} x {k}"))
}

const HEAD: usize = 128;

struct Attention {
    length: usize,
    heads: usize,
    scale: f32,
    queries: Vec<f16>,
    keys: Vec<f16>,
    values: Vec<f16>,
}

/// Its memory on the device, with outputs that are poisoned.
struct OnDevice {
    queries: CudaSlice<f16>,
    keys: CudaSlice<f16>,
    values: CudaSlice<f16>,
    out: CudaSlice<f16>,
    sums: CudaSlice<f32>,
}

impl Attention {
    fn new(length: usize, heads: usize) -> Self {
        let mut numbers = Numbers(length as u64);
        let size = length * heads * HEAD;
        let scale = 1.0 / (HEAD as f32).sqrt();
        Self { length, heads, scale, queries: numbers.take(size), keys: numbers.take(size), values: numbers.take(size) }
    }

    fn on(&self, stream: &Arc<CudaStream>) -> Result<OnDevice, Box<dyn Error>> {
        let rows = self.length * self.heads;
        Ok(OnDevice {
            queries: stream.clone_htod(&self.queries)?,
            keys: stream.clone_htod(&self.keys)?,
            values: stream.clone_htod(&self.values)?,
            out: stream.clone_htod(&vec![f16::NAN; rows * HEAD])?,
            sums: stream.clone_htod(&vec![f32::NAN; rows])?,
        })
    }

    fn launch(
        &self,
        stream: &Arc<CudaStream>,
        memory: &mut OnDevice,
        variant: TlxAttentionVariant,
    ) -> triton_runner_rt::Result<()> {
        let kernel = TlxAttention::load_variant(stream.context(), variant)?;
        let shape = [self.length * self.heads, HEAD];
        let maps = [&memory.queries, &memory.keys, &memory.values].map(|memory| TensorMap::contiguous(memory, shape));
        let [queries, keys, values] = maps;
        let mut out = TensorMapMut::contiguous(&mut memory.out, shape)?;
        let grid = ((self.length / 128) as u32, self.heads as u32);
        let (scale, length) = (self.scale, self.length as i32);
        // SAFETY: the descriptors hold all rows of all heads, `sums` one number for each row, and the grid covers them once.
        unsafe {
            kernel.launch(stream, |_| grid, &queries?, &keys?, &values?, &mut out, &mut memory.sums, scale, length)
        }
    }

    fn check(&self, out: &[f16], sums: &[f32], what: &str) -> Result<(), Box<dyn Error>> {
        let (mut worst, mut worst_sum) = (Worst::default(), Worst::default());
        for head in 0..self.heads {
            let first = head * self.length;
            for row in first..first + self.length {
                let at = |values: &[f16], row: usize, i: usize| values[row * HEAD + i].to_f64();
                let score = |key: usize| {
                    let products = (0..HEAD).map(|i| at(&self.queries, row, i) * at(&self.keys, key, i));
                    products.sum::<f64>() * f64::from(self.scale)
                };
                let weights: Vec<f64> = (first..first + self.length).map(|key| score(key).exp()).collect();
                let total: f64 = weights.iter().sum();
                worst_sum.see(f64::from(sums[row]), total.log2(), 1e-3);
                for i in 0..HEAD {
                    let products = weights.iter().zip(first..).map(|(weight, key)| weight * at(&self.values, key, i));
                    worst.see(at(out, row, i), products.sum::<f64>() / total, 1e-3);
                }
            }
        }
        worst.told(what)?;
        worst_sum.told(&format!("{what}, its sums"))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let context = CudaContext::new(0)?;
    println!("{}", context.name()?);
    let stream = context.default_stream();
    for shape in [[128, 128, 64], [512, 768, 1024], [300, 200, 136], [1, 8, 8]] {
        product(&stream, shape)?;
    }
    for (length, heads) in [(128, 3), (640, 4)] {
        let attention = Attention::new(length, heads);
        for variant in TlxAttentionVariant::ALL {
            let mut memory = attention.on(&stream)?;
            attention.launch(&stream, &mut memory, *variant)?;
            let (out, sums) = (stream.clone_dtoh(&memory.out)?, stream.clone_dtoh(&memory.sums)?);
            attention.check(&out, &sums, &format!("{variant}, {heads} heads of {length}"))?;
        }
    }
    let large = Attention::new(4096, 16);
    let mut memory = large.on(&stream)?;
    let best = Tuner::new().best(&stream, "tlx_attention", 4096, TlxAttentionVariant::ALL, |variant| {
        large.launch(&stream, &mut memory, variant)
    })?;
    println!("the tuner chooses {best}");
    Ok(())
}
