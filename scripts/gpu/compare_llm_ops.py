#!/usr/bin/env python3
"""Times the operations of examples/llm-ops with several launchers on the same GPU, in one run; prints a Markdown table.

    scripts/gpu/compare_llm_ops.py --example target/release/llm-ops \
        --built target/release/build/llm-ops-*/out/triton-runner

For each operation: the example program (which embeds the machine code), the same Python kernel through the installed
Triton's own JIT (where it is in Triton's own language), PyTorch's operator (attention by cuDNN), where PyTorch has
none that is one kernel, the same operators through torch.compile, and of attention FlashAttention-3, where the machine has
its `flash_attn_interface` or `fa3_fwd_interface`. Needs torch and triton. Every launcher is timed in the same way as the example does it: CUDA events around
each launch, the L2 cache flushed before it, the median of many launches after a warm-up. The launchers take turns, round
by round, so that a GPU that slows down as it gets warm slows them all.

"same code" says whether the JIT's machine code is byte for byte the one that the example embeds.

Exit status: 0, or 1 where a result is wrong or the example takes longer than the JIT by more than --tolerance.
"""

import argparse
import functools
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

# Paths and lines in the JIT's machine code would make it differ from the example's, which has none.
os.environ["TRITON_DISABLE_LINE_INFO"] = "1"

import torch
import torch.nn.functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
import triton
from triton.tools.tensor_descriptor import TensorDescriptor

from launch_times import times

REPOSITORY = Path(__file__).resolve().parents[2]
CASES = [
    "rms_norm/{}/8192x4096",
    "layer_norm/{}/8192x4096",
    "add_rms_norm/{}/8192x4096",
    "softmax/{}/8192x4096",
    "swiglu/{}/8192x14336",
    "rotary/{}/4x2048x32x128",
    "rotary/{}/4x2048x64x64",
    *[
        f"{attention}/{{}}/4x32x4096x{head}{causal}"
        for head in [64, 128]
        for causal in ["", "/causal"]
        for attention in ["flash_attention", "portable_attention", "described_attention"]
        if (attention, head) != ("described_attention", 64)
    ],
    "decode_attention/{}/64x8x8192/even",
    "linear/{}/8192x4096x4096",
    "linear/{}/16x4096x4096",
    "linear/{}/64x4096x4096",
    "int8_linear/{}/16x4096x4096",
    "top_k/{}/64x128256x1",
    "top_k/{}/64x128256x64",
    "decode_block/{}/16x8x4096x14336/graph",
    "block/{}/4x2048x32x128x14336",
    "block/{}/4x2048x32x128x14336/graph",
    "block/{}/1x16x16x64x2816",
    "block/{}/1x16x16x64x2816/graph",
]
ELEMENTS = {"fp16": torch.float16, "bf16": torch.bfloat16}
EPSILON = 1e-6
RUST, JIT, TORCH, COMPILED = "triton-runner (Rust)", "Triton JIT", "PyTorch", "torch.compile"
FLASH = "FlashAttention-3"


def flash_attention():
    """FlashAttention-3's function, of its own package or of the one with its forward pass alone; None without either."""
    for name in ["flash_attn_interface", "fa3_fwd_interface"]:
        try:
            return importlib.import_module(name).flash_attn_func
        except (ImportError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
    return None


flash_attn_func = flash_attention()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--example", type=Path, required=True, help="the example's binary")
    parser.add_argument("--built", type=Path, required=True, nargs="+",
                        help="the example's OUT_DIR/triton-runner: manifest.json and cubins (of several, the newest)")
    parser.add_argument("--only", nargs="+", default=[""], help="only operations with one of these in their name")
    parser.add_argument("--rounds", type=int, default=5, help="how often each launcher gets its turn")
    parser.add_argument("--warmup", type=int, default=25, help="milliseconds of launches before the timed ones")
    parser.add_argument("--repeat", type=int, default=100, help="milliseconds of timed launches in each round")
    parser.add_argument("--tolerance", type=float, default=0.05, help="largest relative difference to the JIT")
    return parser.parse_args()


class Example:
    """The example program, which answers each name of an operation with its time."""

    def __init__(self, options):
        command = [options.example, "--serve", "--repeat", str(options.repeat)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, name):
        print(name, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the example ended at {name}, with exit status {self.process.wait()}")
        answer = json.loads(line)
        if not answer["right"]:
            sys.exit(f"{name}: the example's numbers are wrong")
        return answer


class Embedded:
    """The machine code in the example, and the constants and options of the kernels."""

    def __init__(self, folders):
        self.folder = max(folders, key=lambda folder: (folder / "manifest.json").stat().st_mtime)
        self.kernels = json.loads((self.folder / "manifest.json").read_text())["kernels"]
        major, minor = torch.cuda.get_device_capability()
        self.capability = major * 10 + minor

    def kernel(self, name, variant):
        """The constants, the manifest's entry of the image for this GPU, and the image."""
        (kernel,) = [one for one in self.kernels if (one["name"], one.get("variant")) == (name, variant)]
        for image in kernel["images"]:
            number = int("".join(digit for digit in str(image["arch"]) if digit.isdigit()))
            if image["kind"] == "cubin" and number == self.capability:
                return kernel["constants"], image, (self.folder / image["file"]).read_bytes()
        sys.exit(f"no cubin of {name} for sm_{self.capability} in {self.folder}/manifest.json")


@functools.cache
def jit(file, name):
    path = REPOSITORY / f"examples/llm-ops/kernels/{file}.py"
    spec = importlib.util.spec_from_file_location(file, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def random(shape, element, reach=1.0):
    return torch.empty(shape, device="cuda", dtype=element).uniform_(-reach, reach)


def angles(length, half):
    """Cosines and sines, length x half."""
    exponents = torch.arange(half, device="cuda", dtype=torch.float64) / half
    all = torch.arange(length, device="cuda", dtype=torch.float64)[:, None] * 10000.0**-exponents
    return all.cos().float(), all.sin().float()


def rotate(x, cosine, sine):
    """Rotary embedding of x, batch x length x heads x head."""
    first, second = x.chunk(2, dim=-1)
    cosine, sine = cosine[None, :, None, :], sine[None, :, None, :]
    return torch.cat((first * cosine - second * sine, second * cosine + first * sine), dim=-1)


class Operation:
    """One operation on buffers of its own.

    `arguments` and `grid` are the kernel's, `out` is the buffer it writes, `torch` the operation in PyTorch's operators
    (from the arguments that `inputs` holds), `compiled` whether torch.compile has something to fuse there, `part` the
    index of a part that float64 is computed for.
    """

    def __init__(self, name):
        self.name = name
        self.operation, element, sizes, *flags = name.split("/")
        self.kernel_name = f"{self.operation}_{element}"
        self.element = ELEMENTS[element]
        self.variant, self.compiled, self.kernel, self.graph, self.file = None, False, True, False, self.operation
        self.flash = None
        getattr(self, self.operation)(*map(int, sizes.split("x")), *flags)

    def rms_norm(self, rows, columns):
        x, weight = random((rows, columns), self.element), random(columns, self.element)
        self.out = torch.empty_like(x)
        self.arguments = (x, weight, self.out, rows, columns, EPSILON)
        self.grid = lambda constants: (rows,)
        self.inputs, self.part = (x, weight), lambda x, weight: (x[:64], weight)
        self.torch = lambda x, weight: F.rms_norm(x, (columns,), weight, EPSILON)

    def layer_norm(self, rows, columns):
        x, weight, bias = random((rows, columns), self.element), *random((2, columns), self.element)
        self.out = torch.empty_like(x)
        self.arguments = (x, weight, bias, self.out, rows, columns, EPSILON)
        self.grid = lambda constants: (rows,)
        self.inputs, self.part = (x, weight, bias), lambda x, weight, bias: (x[:64], weight, bias)
        self.torch = lambda x, weight, bias: F.layer_norm(x, (columns,), weight, bias, EPSILON)

    def add_rms_norm(self, rows, columns):
        x, residual, weight = (random(shape, self.element) for shape in [(rows, columns), (rows, columns), columns])
        self.out, self.compiled = torch.empty_like(x), True
        self.arguments = (x, residual, weight, torch.empty_like(x), self.out, rows, columns, EPSILON)
        self.grid = lambda constants: (rows,)
        self.inputs = (x, residual, weight)
        self.part = lambda x, residual, weight: (x[:64], residual[:64], weight)

        def added(x, residual, weight):
            x = x + residual
            return x, F.rms_norm(x, (columns,), weight, EPSILON)

        self.torch = added

    def softmax(self, rows, columns):
        x = random((rows, columns), self.element, 8.0)
        self.out = torch.empty_like(x)
        self.arguments, self.variant = (x, self.out, rows, columns), "aligned"
        self.grid = lambda constants: (rows,)
        self.inputs, self.part = (x,), lambda x: (x[:64],)
        self.torch = lambda x: torch.softmax(x, dim=-1)

    def swiglu(self, rows, columns):
        gate, up = random((rows, columns), self.element, 4.0), random((rows, columns), self.element)
        self.out, self.compiled = torch.empty_like(gate), True
        self.arguments = (gate, up, self.out, rows, columns, columns)
        self.grid = lambda constants: (rows, triton.cdiv(columns, constants["BLOCK"]))
        self.inputs, self.part = (gate, up), lambda gate, up: (gate[:64], up[:64])
        self.torch = lambda gate, up: F.silu(gate) * up

    def rotary(self, batch, length, heads, head):
        x = random((batch, length, heads, head), self.element)
        cosine, sine = angles(length, head // 2)
        self.out, self.compiled, self.variant = torch.empty_like(x), True, f"d{head}"
        tokens = batch * length
        self.arguments = (x, cosine, sine, self.out, tokens, length, heads, heads * head, heads * head)
        self.grid = lambda constants: (tokens, triton.cdiv(heads, constants["HEADS"]))
        # In the type of x, as models have it: half the bytes of a product with fp32 numbers.
        self.inputs = (x, cosine.to(self.element), sine.to(self.element))
        self.part = lambda x, *_: (x[:1], cosine, sine)
        self.torch = rotate

    def flash_attention(self, *sizes):
        self.portable_attention(*sizes)
        # The example takes the kernel in Gluon for this GPU.
        self.kernel = False
        # Its package with the forward pass alone has bf16 alone.
        if flash_attn_func and self.element == torch.bfloat16:
            # It has heads inside of tokens.
            inputs, causal = [x.transpose(1, 2).contiguous() for x in self.inputs], len(sizes) > 4
            self.flash = lambda: flash_attn_func(*inputs, causal=causal)
            try:
                self.flash()
            except RuntimeError as error:
                print(f"{self.name}: FlashAttention-3 doesn't take it: {error}", file=sys.stderr)
                self.flash = None

    def described_attention(self, batch, heads, length, head, flag=None):
        self.portable_attention(batch, heads, length, head, flag)
        self.kernel_name, self.file = self.kernel_name.replace("flash", "described"), "described_attention"
        maps = [TensorDescriptor.from_tensor(x, [1, 1, 128, head]) for x in self.inputs]
        self.arguments = (*maps, self.out, batch, heads, length, *self.out.stride()[:3], head**-0.5)

    def portable_attention(self, batch, heads, length, head, flag=None):
        self.kernel_name, self.file = self.kernel_name.replace("portable", "flash"), "flash_attention"
        q, k, v = (random((batch, heads, length, head), self.element, reach) for reach in [4.0, 1.0, 1.0])
        self.out, self.variant = torch.empty_like(q), f"d{head}" + ("_causal" if flag else "")
        self.arguments = (q, k, v, self.out, batch, heads, length, *[*q.stride()[:3]] * 4, head**-0.5)
        self.grid = lambda constants: (triton.cdiv(length, constants["TILE_M"]), heads, batch)
        self.inputs, self.part = (q, k, v), lambda *inputs: [x[:1, :2] for x in inputs]

        def attention(q, k, v):
            # Float64, for the check, is for the slow way.
            with sdpa_kernel([SDPBackend.CUDNN_ATTENTION, SDPBackend.MATH], set_priority=True):
                return F.scaled_dot_product_attention(q, k, v, is_causal=flag is not None)

        self.torch = attention

    def decode_attention(self, sequences, heads, length, flag=None):
        # PyTorch has no pages: keys and values of a sequence lie together, and four queries' heads share one.
        q = random((sequences, 4 * heads, 1, 128), self.element, 4.0)
        k, v = (random((sequences, heads, length, 128), self.element) for _ in range(2))
        self.kernel, self.inputs = False, (q, k, v)
        self.torch = lambda q, k, v: F.scaled_dot_product_attention(q, k, v, enable_gqa=True)

    def linear(self, rows, outputs, inputs):
        x, weight = random((rows, inputs), self.element), random((outputs, inputs), self.element)
        self.out = torch.empty((rows, outputs), device="cuda", dtype=self.element)
        self.arguments = (x, weight, self.out, self.out, rows, outputs, inputs)
        tiles = lambda constants: triton.cdiv(rows, constants["TILE_M"]) * triton.cdiv(outputs, constants["TILE_N"])
        if rows > 64:
            # As many programs as there are multiprocessors.
            self.kernel_name, self.file = f"persistent_{self.kernel_name}", "persistent_linear"
            programs = torch.cuda.get_device_properties(0).multi_processor_count
            self.grid = lambda constants: (min(programs, tiles(constants)),)
        else:
            self.variant, self.grid = "few" if rows <= 16 else "some", lambda constants: (tiles(constants),)
        self.inputs, self.part = (x, weight), lambda x, weight: (x[:64], weight)
        self.torch = F.linear

    def int8_linear(self, rows, outputs, inputs):
        x, scales = random((rows, inputs), self.element), torch.rand(outputs, device="cuda") / 128
        weight = torch.randint(-127, 128, (outputs, inputs), device="cuda", dtype=torch.int8)
        self.out, self.compiled = torch.empty((rows, outputs), device="cuda", dtype=self.element), True
        self.arguments = (x, weight, scales, self.out, rows, outputs, inputs)
        self.grid = lambda constants: (triton.cdiv(outputs, constants["TILE_N"]), triton.cdiv(rows, constants["TILE_M"]))
        self.inputs, self.part = (x, weight, scales), lambda *inputs: inputs
        self.torch = lambda x, weight, scales: (F.linear(x, weight.to(x.dtype)) * scales).to(x.dtype)

    def top_k(self, rows, columns, k):
        x = random((rows, columns), self.element)
        self.out, self.variant, self.file = torch.empty((rows, k), device="cuda"), f"k{k}", "sampling"
        self.arguments = (x, self.out, torch.empty_like(self.out, dtype=torch.int32), rows, columns)
        self.grid = lambda constants: (rows,)
        self.inputs, self.part = (x,), lambda x: (x,)
        self.torch = lambda x: torch.topk(x, k, dim=-1).values

    def decode_block(self, sequences, kv_heads, length, inner, flag=None):
        head, heads = 128, 4 * kv_heads
        hidden, of_keys = heads * head, kv_heads * head
        matrix = lambda outputs, inputs: random((outputs, inputs), self.element, (3 / inputs) ** 0.5)
        norms = random((2, hidden), self.element, 1.5)
        weights = [matrix(hidden + 2 * of_keys, hidden), matrix(hidden, hidden), matrix(2 * inner, hidden), matrix(hidden, inner)]
        # The new token's position.
        cosine, sine = (table[-1:].to(self.element) for table in angles(length, head // 2))

        def block(x, keys, values):
            normed = F.rms_norm(x, (hidden,), norms[0], EPSILON)
            q, k, v = F.linear(normed, weights[0]).split([hidden, of_keys, of_keys], dim=-1)
            q, k, v = (part.view(sequences, 1, -1, head) for part in (q, k, v))
            # PyTorch has no pages: keys and values of a sequence lie together.
            keys[:, :, length - 1] = rotate(k, cosine, sine)[:, 0]
            values[:, :, length - 1] = v[:, 0]
            q = rotate(q, cosine, sine).transpose(1, 2)
            attended = F.scaled_dot_product_attention(q, keys, values, enable_gqa=True)
            x = x + F.linear(attended.reshape(sequences, hidden), weights[1])
            gate, up = F.linear(F.rms_norm(x, (hidden,), norms[1], EPSILON), weights[2]).chunk(2, dim=-1)
            return x + F.linear(F.silu(gate) * up, weights[3])

        self.kernel, self.compiled, self.graph = False, True, flag is not None
        keys, values = (random((sequences, kv_heads, length, head), self.element) for _ in range(2))
        self.inputs, self.torch = (random((sequences, hidden), self.element, 1.5), keys, values), block

    def block(self, batch, length, heads, head, inner, flag=None):
        hidden = heads * head
        matrix = lambda outputs, inputs: random((outputs, inputs), self.element, (3 / inputs) ** 0.5)
        norms = random((2, hidden), self.element, 1.5)
        weights = [matrix(3 * hidden, hidden), matrix(hidden, hidden), matrix(2 * inner, hidden), matrix(hidden, inner)]
        cosine, sine = (table.to(self.element) for table in angles(length, head // 2))

        def block(x):
            normed = F.rms_norm(x, (hidden,), norms[0], EPSILON)
            q, k, v = F.linear(normed, weights[0]).view(batch, length, 3, heads, head).unbind(2)
            q, k = rotate(q, cosine, sine), rotate(k, cosine, sine)
            q, k, v = (x.transpose(1, 2) for x in (q, k, v))
            attended = F.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + F.linear(attended.transpose(1, 2).reshape(batch, length, hidden), weights[1])
            gate, up = F.linear(F.rms_norm(x, (hidden,), norms[1], EPSILON), weights[2]).chunk(2, dim=-1)
            return x + F.linear(F.silu(gate) * up, weights[3])

        self.kernel, self.compiled, self.graph = False, True, flag is not None
        self.inputs, self.torch = (random((batch, length, hidden), self.element, 1.5),), block

    def jit(self, embedded):
        """A launch by Triton's JIT, and the machine code that should come of it."""
        constants, image, cubin = embedded.kernel(self.kernel_name, self.variant)
        kernel, grid = jit(self.file, self.kernel_name.rpartition("_")[0]), self.grid(constants)
        options = {"num_warps": image["num_warps"], "num_stages": image["num_stages"]}
        return lambda: kernel[grid](*self.arguments, **constants, **options), cubin

    def is_same_code(self, embedded):
        """Whether the JIT's machine code is the example's; it computes the right numbers, too."""
        if not self.kernel:
            return None
        launch, cubin = self.jit(embedded)
        self.out.fill_(float("nan"))
        code = launch().asm["cubin"]
        self.check()
        return code == cubin

    def launchers(self, embedded):
        """What to time, by name."""
        launchers = {}
        if self.kernel:
            launchers[JIT], _ = self.jit(embedded)
        launchers[TORCH] = lambda: self.torch(*self.inputs)
        if self.compiled:
            torch.compiler.reset()
            compiled = torch.compile(self.torch, dynamic=False)
            launchers[COMPILED] = lambda: compiled(*self.inputs)
        if self.flash:
            launchers[FLASH] = self.flash
        if not self.kernel and self.graph:
            launchers = {name: captured(launch) for name, launch in launchers.items()}
        return launchers

    def check(self):
        """Compares a part of what the JIT's kernel wrote with the same in float64."""
        expected = self.torch(*(x.double() for x in self.part(*self.inputs)))
        # Of several results, the kernel's `out` is the last.
        expected = expected[-1] if isinstance(expected, tuple) else expected
        found = self.out[tuple(slice(size) for size in expected.shape)].double()
        error = ((found - expected).norm() / expected.norm()).item()
        if not error < torch.finfo(self.element).eps:
            sys.exit(f"{self.name}: the JIT's numbers are wrong, by {error} of their size")


def captured(launch):
    """The same launches as a CUDA graph."""
    launch()
    torch.cuda.synchronize()
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        launch()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        launch()
    return graph.replay


def compare(name, same_code, options, example, embedded, flush):
    """The medians of all launchers."""
    launchers = Operation(name).launchers(embedded)
    measured = {RUST: [], **{launcher: [] for launcher in launchers}}
    for _ in range(options.rounds):
        answer = example.time(name)
        measured[RUST].append(answer["median_ms"])
        for launcher, launch in launchers.items():
            measured[launcher].append(statistics.median(times(launch, flush, options.warmup, options.repeat)))
    medians = {launcher: statistics.median(values) for launcher, values in measured.items()}
    rate = answer["rate"] * answer["median_ms"] / medians[RUST]
    return {"name": name, "ms": medians, "rate": f"{rate:.0f} {answer['unit']}", "same_code": same_code}


def row(result):
    ms = result["ms"]
    cell = lambda launcher: f"{ms[launcher]:.4f}" if launcher in ms else ""
    relative = lambda launcher: f"{ms[launcher] / ms[RUST]:.3f}" if launcher in ms else ""
    same = {True: "yes", False: "no", None: ""}[result["same_code"]]
    return (f"| {result['name']} | {cell(RUST)} | {result['rate']} | {cell(JIT)} | {relative(JIT)} | {same} "
            f"| {cell(TORCH)} | {relative(TORCH)} | {cell(COMPILED)} | {relative(COMPILED)} "
            f"| {cell(FLASH)} | {relative(FLASH)} |")


def main():
    options = arguments()
    # The kernels sum in fp32 too.
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    triton.set_allocator(lambda size, align, stream: torch.empty(size, dtype=torch.int8, device="cuda"))
    example, embedded = Example(options), Embedded(options.built)
    # Larger than any L2 cache so far.
    flush = torch.empty(256 * 2**20, dtype=torch.uint8, device="cuda")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}")
    print(f"Median of {options.rounds} rounds, each the median of {options.repeat} ms of launches.\n")
    if not flash_attn_func:
        print("FlashAttention-3 isn't installed here.\n")
    print("| operation | Rust ms | rate | JIT ms | / Rust | same code | PyTorch ms | / Rust | torch.compile ms | / Rust "
          "| FlashAttention-3 ms | / Rust |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    names = [case.format(element) for case in CASES for element in ELEMENTS]
    names = [name for name in names if any(only in name for only in options.only)]
    # Before torch.compile is used, which changes how Triton compiles later on in this process.
    same_code = {name: Operation(name).is_same_code(embedded) for name in names}
    torch.cuda.empty_cache()
    failed = False
    for name in names:
        result = compare(name, same_code[name], options, example, embedded, flush)
        print(row(result), flush=True)
        torch.cuda.empty_cache()
        if JIT in result["ms"] and result["ms"][RUST] > (1 + options.tolerance) * result["ms"][JIT]:
            failed = True
            print(f"{name}: slower than the JIT by more than {options.tolerance:.0%}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
