//! What is measured: kernels of the examples, with arguments of a useful size.

use std::hint::black_box;
use std::path::Path;

use triton_runner_interpreter::numbers::format::{Format, store_f32};
use triton_runner_interpreter::{Argument, Buffer, Checks, Launch, Options, Program};

use crate::peers;

/// A kernel with its arguments.
pub(crate) struct Case {
    pub(crate) file: &'static str,
    pub(crate) grid: [u32; 3],
    pub(crate) buffers: Vec<Vec<u8>>,
    /// Behind the buffers' pointers.
    numbers: Vec<Argument>,
}

/// Makes a kernel's launch, and what does the same by hand.
pub(crate) type MakeCase = fn() -> (Case, Box<dyn FnMut()>);

impl Case {
    pub(crate) fn text(&self) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(self.file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn program(&self) -> Program {
        Program::new(&self.text(), &Options::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn run(&self, program: &Program, buffers: &mut [Vec<u8>], threads: usize, checks: Checks) {
        let mut launch = Launch::new(program, self.grid);
        launch.threads(threads);
        launch.check(checks);
        let (last, inputs) = buffers.split_last_mut().expect("a kernel has an output");
        for (buffer, bytes) in inputs.iter().enumerate() {
            launch.buffer(Buffer::read(bytes));
            launch.argument(Argument::Pointer { buffer, offset: 0 });
        }
        launch.buffer(Buffer::write(last));
        launch.argument(Argument::Pointer { buffer: inputs.len(), offset: 0 });
        self.numbers.iter().for_each(|number| launch.argument(number.clone()));
        let report = launch.run().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(report.findings, []);
        black_box(report);
    }
}

/// Numbers between −1 and 1.
fn row(count: usize) -> Vec<f32> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn packed(format: Format, row: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; row.len() * format.bytes()];
    store_f32(format, row, &mut bytes);
    bytes
}

fn integers(values: &[i128]) -> Vec<Argument> {
    values.iter().map(|value| Argument::Integer(*value)).collect()
}

pub(crate) fn vector_add() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 1 << 24;
    let (x, y) = (row(N), row(N));
    let buffers = vec![packed(Format::F32, &x), packed(Format::F32, &y), vec![0; 4 * N]];
    let file = "vector-add/kernels/add_kernel.ttir";
    let grid = [N.div_ceil(1024) as u32, 1, 1];
    let mut out = vec![0.0; N];
    let peer = move || {
        peers::add(&x, &y, &mut out);
        black_box(&out);
    };
    (Case { file, grid, buffers, numbers: integers(&[N as i128]) }, Box::new(peer))
}

pub(crate) fn softmax() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 4096;
    let x = packed(Format::F16, &row(N * N));
    let buffers = vec![x.clone(), vec![0; x.len()]];
    let mut out = vec![0; x.len()];
    let peer = move || {
        peers::softmax(&x, &mut out, N);
        black_box(&out);
    };
    let numbers = integers(&[N as i128, N as i128]);
    (
        Case { file: "llm-ops/kernels/softmax_fp16@aligned.ttir", grid: [N as u32, 1, 1], buffers, numbers },
        Box::new(peer),
    )
}

pub(crate) fn rms_norm() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 4096;
    let x = packed(Format::F16, &row(N * N));
    let weight = packed(Format::F16, &row(N));
    let buffers = vec![x.clone(), weight.clone(), vec![0; x.len()]];
    let mut out = vec![0; x.len()];
    let peer = move || {
        peers::rms_norm(&x, &weight, &mut out, N);
        black_box(&out);
    };
    let mut numbers = integers(&[N as i128, N as i128]);
    numbers.push(Argument::Float(1e-6));
    (Case { file: "llm-ops/kernels/rms_norm_fp16.ttir", grid: [N as u32, 1, 1], buffers, numbers }, Box::new(peer))
}

pub(crate) fn layer_norm() -> (Case, Box<dyn FnMut()>) {
    const N: usize = 4096;
    let x = packed(Format::F16, &row(N * N));
    let [weight, bias] = [1, 2].map(|times| packed(Format::F16, &row(times * N)[(times - 1) * N..]));
    let buffers = vec![x.clone(), weight.clone(), bias.clone(), vec![0; x.len()]];
    let mut out = vec![0; x.len()];
    let peer = move || {
        peers::layer_norm(&x, &weight, &bias, &mut out, N);
        black_box(&out);
    };
    let mut numbers = integers(&[N as i128, N as i128]);
    numbers.push(Argument::Float(1e-5));
    (Case { file: "llm-ops/kernels/layer_norm_fp16.ttir", grid: [N as u32, 1, 1], buffers, numbers }, Box::new(peer))
}

pub(crate) fn matmul(n: usize) -> (Case, Box<dyn FnMut()>) {
    let (a, b) = (row(n * n), row(n * n));
    let buffers = vec![packed(Format::F16, &a), packed(Format::F16, &b), vec![0; 2 * n * n]];
    let grid = [(n.div_ceil(128) * n.div_ceil(128)) as u32, 1, 1];
    let n_ = n as i128;
    let numbers = integers(&[n_, n_, n_, n_, n_, n_]);
    let mut c = vec![0.0; n * n];
    let peer = move || {
        peers::sgemm(n, n, n, &a, &b, &mut c);
        black_box(&c);
    };
    (Case { file: "matmul/kernels/matmul@square.ttir", grid, buffers, numbers }, Box::new(peer))
}

pub(crate) fn attention(length: usize) -> (Case, Box<dyn FnMut()>) {
    const WIDTH: usize = 64;
    let [q, k, v] = [row(length * WIDTH), row(length * WIDTH), row(length * WIDTH)];
    let mut buffers: Vec<_> = [&q, &k, &v].map(|row| packed(Format::F16, row)).into();
    buffers.push(vec![0; 2 * length * WIDTH]);
    let (token, all) = (WIDTH as i128, (length * WIDTH) as i128);
    let mut numbers = integers(&[1, 1, length as i128]);
    (0..4).for_each(|_| numbers.extend(integers(&[all, all, token])));
    numbers.push(Argument::Float(0.125));
    let (mut scores, mut out) = (vec![0.0; length * length], vec![0.0; length * WIDTH]);
    let peer = move || {
        // Its products alone.
        peers::sgemm(length, WIDTH, length, &q, &k, &mut scores);
        peers::sgemm(length, length, WIDTH, &scores, &v, &mut out);
        black_box(&out);
    };
    let file = "llm-ops/kernels/flash_attention_fp16@d64.ttir";
    (Case { file, grid: [length.div_ceil(128) as u32, 1, 1], buffers, numbers }, Box::new(peer))
}
