#!/usr/bin/env python3
"""Times matrix products with the example, with cuBLAS and with Triton's JIT on the same GPU, in one run, and prints a
Markdown table.

    scripts/gpu/compare_matmul.py --example target/release/matmul

The example takes its fastest variant for each size, and in another row the one that its tables say. cuBLAS is what torch.mm calls, the faster one of the libraries cublas
and cublasLt by their own heuristics. The JIT has the same Python kernel in the same variant. Every launcher is timed in
the same way as the example does it: CUDA events around each launch, the L2 cache flushed before it, the median of many
launches after a warm-up, on normal random numbers. Rounds alternate between the launchers, so that a GPU that slows down
as it gets warm slows them all. Needs torch and triton.

Exit status: 0, or 1 where a result is wrong.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

import torch
import triton

from launch_times import times

PACKAGE = Path(__file__).resolve().parents[2] / "examples/matmul"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--example", type=Path, required=True, help="the example's binary")
    parser.add_argument("--rows", type=int, nargs="+", default=[8192, 4096, 16, 128], help="rows of the first matrix")
    parser.add_argument("--sizes", type=int, nargs="+", default=[8192, 4096, 8192, 8192], help="for each, all else")
    parser.add_argument("--rounds", type=int, default=5, help="how often each launcher gets its turn")
    parser.add_argument("--warmup", type=int, default=50, help="milliseconds of launches before the timed ones")
    parser.add_argument("--repeat", type=int, default=200, help="milliseconds of timed launches in each round")
    parser.add_argument("--json", type=Path, help="a file for the numbers")
    return parser.parse_args()


class Example:
    """The example, which times what it is asked for."""

    def __init__(self, options):
        command = [options.example, "--serve", "--repeat", str(options.repeat)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def time(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"the example timed nothing for {words}")
        return json.loads(line)


def jit(variant, a, b, c):
    """A launch of the same Python kernel by Triton's JIT; None for kernels with other arguments."""
    name = variant.partition("@")[0]
    folder = {"matmul": "kernels", "fast_matmul": "fast"}.get(name)
    if folder is None:
        return None
    metadata = json.loads((PACKAGE / folder / f"{variant}.json").read_text())
    spec = importlib.util.spec_from_file_location(name, PACKAGE / folder / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    constants = metadata["constants"]
    (m, k), n = a.shape, b.shape[1]
    programs = triton.cdiv(m, constants["TILE_M"]) * triton.cdiv(n, constants["TILE_N"])
    if constants.get("PERSISTENT"):
        programs = min(programs, torch.cuda.get_device_properties(0).multi_processor_count)
    options = {key: metadata[key] for key in ["num_warps", "num_stages"]}
    return lambda: getattr(module, name)[(programs,)](a, b, c, m, n, k, k, n, n, **constants, **options)


def blas(library, a, b, c):
    def launch():
        torch.backends.cuda.preferred_blas_library(library)
        torch.mm(a, b, out=c)
    return launch


def excess(launch, a, b, c):
    """Launches on a poisoned output; the largest error of sampled rows as a fraction of what is allowed."""
    c.fill_(float("nan"))
    launch()
    rows = torch.randint(0, a.shape[0], (64,), device="cuda")
    reference = a[rows].double() @ b.double()
    # Half a unit of fp16 in the result, doubled, and the rounding of the fp32 sum.
    share = (c[rows].double() - reference).abs() / (reference.abs() * 2**-10 + a.shape[1] * 1e-6)
    return float("inf") if share.isnan().any() else share.max().item()


def main():
    options = arguments()
    # The others sum in fp32 too.
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    triton.set_allocator(lambda size, align, stream: torch.empty(size, dtype=torch.int8, device="cuda"))
    # Larger than any L2 cache so far.
    flush = torch.empty(256 * 2**20, dtype=torch.uint8, device="cuda")
    example = Example(options)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}")
    print(f"Median of {options.rounds} rounds, each the median of {options.repeat} ms of launches.\n")
    print("| product | variant | launcher | GPU ms | TFLOP/s | GB/s | of cuBLAS |")
    print("|---|---|---|---|---|---|---|")
    failed, found = False, []
    for rows, size in zip(options.rows, options.sizes, strict=True):
        a, b = (torch.randn(shape, device="cuda", dtype=torch.float16) for shape in [(rows, size), (size, size)])
        c = torch.empty((rows, size), device="cuda", dtype=torch.float16)
        # Chosen once, so that all rounds and launchers time the same variant.
        variant = example.time(rows, size)["variant"]
        by_jit = f"Triton {triton.__version__}, same Python kernel"
        launch = {"cublas": blas("cublas", a, b, c), "cublasLt": blas("cublaslt", a, b, c), by_jit: jit(variant, a, b, c)}
        launch = {name: run for name, run in launch.items() if run}
        for name, run in launch.items():
            share = excess(run, a, b, c)
            if not share <= 1:
                failed = True
                print(f"\n{rows} x {size}: {name} is wrong: {share} times the allowed error", file=sys.stderr)
        own = {"triton-runner (Rust)": variant, "triton-runner (Rust), by the tables": "table"}
        measured = {name: [] for name in [*own, *launch]}
        for _ in range(options.rounds):
            # It checks its own numbers and fails where they are wrong.
            for name, asked in own.items():
                measured[name].append(example.time(rows, size, asked)["median_ms"])
            for name, run in launch.items():
                measured[name].append(statistics.median(times(run, flush, options.warmup, options.repeat)))
        medians = {name: statistics.median(values) for name, values in measured.items()}
        best = min(medians["cublas"], medians["cublasLt"])
        moved = 2 * (2 * rows * size + size * size)
        for name, median in medians.items():
            shown = "" if name in ("cublas", "cublasLt") else own.get(name, variant)
            print(f"| {rows} x {size} x {size} | {shown} | {name} | {median:.4f} | {2 * rows * size**2 / median / 1e9:.1f} | "
                  f"{moved / median / 1e6:.0f} | {best / median:.3f} |", flush=True)
        found.append({"rows": rows, "size": size, "variant": variant, "ms": medians, "of_cublas": best / medians["triton-runner (Rust)"]})
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
