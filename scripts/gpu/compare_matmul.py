#!/usr/bin/env python3
"""Times one matrix product with several launchers on the same GPU, in one run, and prints a Markdown table.

    scripts/gpu/compare_matmul.py --example target/release/matmul \
        --built target/release/build/matmul-*/out/triton-runner

Rows: the example program (which embeds the cubin), the same cubin launched by CuPy, the same Python kernel built by the
installed Triton, and torch.matmul (cuBLAS). Needs numpy, cupy, torch and triton. Every launcher is timed in the same way
as the example does it: CUDA events around each launch, the L2 cache flushed before it, the median of many launches after
a warm-up. Rounds alternate between the launchers, so that a GPU that slows down as it gets warm slows them all.

Exit status: 0, or 1 where a result is wrong or CuPy and the example differ by more than --tolerance.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
from pathlib import Path

import cupy
import numpy
import torch
import triton

from launch_times import times

REPOSITORY = Path(__file__).resolve().parents[2]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--example", type=Path, required=True, help="the example's binary")
    parser.add_argument("--built", type=Path, required=True, nargs="+",
                        help="the example's OUT_DIR/triton-runner: manifest.json and cubins (of several, the newest)")
    parser.add_argument("--kernel", type=Path, default=REPOSITORY / "examples/matmul/kernels/matmul.py",
                        help="the Python kernel")
    parser.add_argument("--size", type=int, nargs="+", default=[8192], help="M = N = K, multiples of 16")
    parser.add_argument("--variant", help="the variant, as matmul@square (default: the fastest of each size)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each launcher gets its turn")
    parser.add_argument("--warmup", type=int, default=25, help="milliseconds of launches before the timed ones")
    parser.add_argument("--repeat", type=int, default=500, help="milliseconds of timed launches in each round")
    parser.add_argument("--tolerance", type=float, default=0.03, help="largest relative difference to CuPy")
    return parser.parse_args()


def embedded_image(folders, capability, variant):
    """The manifest's entry of a variant (`matmul@wide`) for this GPU, its constants, and the cubin's path."""
    folder = max(folders, key=lambda folder: (folder / "manifest.json").stat().st_mtime)
    manifest = json.loads((folder / "manifest.json").read_text())
    name, _, suffix = variant.partition("@")
    wanted = (name, suffix or None)
    (kernel,) = [kernel for kernel in manifest["kernels"] if (kernel["name"], kernel.get("variant")) == wanted]
    for image in kernel["images"]:
        number = int("".join(digit for digit in str(image["arch"]) if digit.isdigit()))
        if image["kind"] == "cubin" and number == capability:
            return image, kernel["constants"], folder / image["file"]
    sys.exit(f"no cubin for sm_{capability} in {folder}/manifest.json")


class Launchers:
    """The same product of the same buffers, by name."""

    def __init__(self, options, size, image, constants, cubin):
        generator = numpy.random.default_rng()
        shape = (size, size)
        self.size = size
        self.a = cupy.asarray(generator.uniform(-1, 1, shape).astype(numpy.float16))
        self.b = cupy.asarray(generator.uniform(-1, 1, shape).astype(numpy.float16))
        self.c = cupy.full(shape, cupy.nan, dtype=cupy.float16)
        self.torch_a, self.torch_b, self.torch_c = (torch.as_tensor(x, device="cuda") for x in (self.a, self.b, self.c))
        self.constants = constants
        self.grid = (triton.cdiv(size, constants["TILE_M"]) * triton.cdiv(size, constants["TILE_N"]),)
        self.image = image

        self.function = cupy.RawModule(path=str(cubin)).get_function(image["entry"])
        self.function.max_dynamic_shared_size_bytes = image["shared"]
        sizes = [numpy.int32(size)] * 6
        self.packed = (self.a, self.b, self.c, *sizes, *[numpy.uint64(0)] * image["hidden"])

        spec = importlib.util.spec_from_file_location("matmul_kernel", options.kernel)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.jit = module.matmul

    def cupy(self):
        self.function(self.grid, (32 * self.image["num_warps"],), self.packed, shared_mem=self.image["shared"])

    def triton(self):
        self.jit[self.grid](
            self.torch_a, self.torch_b, self.torch_c, *[self.size] * 6, **self.constants,
            num_warps=self.image["num_warps"], num_stages=self.image["num_stages"])

    def cublas(self):
        torch.matmul(self.torch_a, self.torch_b, out=self.torch_c)

    def largest_excess(self, launch):
        """Launches on a poisoned output; the largest error as a fraction of what is allowed, in sampled elements.

        One random row of each 64 rows and one random column of each 64 columns: every 64 x 64 block is sampled.
        """
        self.c.fill(cupy.nan)
        launch()
        torch.cuda.synchronize()
        generator = numpy.random.default_rng()
        starts = numpy.arange(0, self.size, 64)
        rows = starts + generator.integers(0, numpy.minimum(64, self.size - starts))
        cols = starts + generator.integers(0, numpy.minimum(64, self.size - starts))
        reference = cupy.asnumpy(self.a[rows]).astype(numpy.float64) @ cupy.asnumpy(self.b[:, cols]).astype(numpy.float64)
        error = numpy.abs(cupy.asnumpy(self.c[rows][:, cols]).astype(numpy.float64) - reference)
        # Half a unit of fp16 in the result, doubled, and the rounding of the fp32 sum.
        allowed = numpy.abs(reference) * 2**-10 + self.size * 1e-6
        excess = error / allowed
        return float("inf") if numpy.isnan(excess).any() else float(excess.max())


def run_example(options, size, variant):
    """The example's line of JSON; with None for the variant it takes the fastest and says which."""
    command = [options.example, "--json", "--size", str(size), "--repeat", str(options.repeat)]
    command += ["--variant", variant] if variant else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{options.example} failed with exit status {done.returncode}:\n{done.stdout}")
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            return json.loads(line)
    sys.exit(f"{options.example} timed nothing:\n{done.stdout}")


def main():
    options = arguments()
    # The others sum in fp32 too.
    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False
    major, minor = torch.cuda.get_device_capability()
    # Chosen once for each size, so that all rounds and launchers time the same variant.
    variants = {size: options.variant or run_example(options, size, None)["variant"] for size in options.size}
    embedded = {size: embedded_image(options.built, major * 10 + minor, name) for size, name in variants.items()}
    written_by = ", ".join(sorted({image["triton"] for image, _, _ in embedded.values()}))
    # Larger than any L2 cache so far.
    flush = torch.empty(256 * 2**20, dtype=torch.uint8, device="cuda")
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}, "
          f"CuPy {cupy.__version__}, cubin by Triton {written_by}")
    print(f"Median of {options.rounds} rounds, each the median of {options.repeat} ms of launches.\n")
    print("| M = N = K | variant | launcher | GPU ms | TFLOP/s | relative to the example | largest error / allowed |")
    print("|---|---|---|---|---|---|---|")
    failed = False
    for size in options.size:
        launchers = Launchers(options, size, *embedded[size])
        ours = "triton-runner (Rust)"
        measured = {
            ours: [],
            "CuPy, same cubin": [],
            f"Triton {triton.__version__}, same Python kernel": [],
            "torch.matmul (cuBLAS)": [],
        }
        _, by_cupy, by_triton, by_cublas = measured
        launch = {by_cupy: launchers.cupy, by_triton: launchers.triton, by_cublas: launchers.cublas}
        excess = {name: launchers.largest_excess(run) for name, run in launch.items()}
        for _ in range(options.rounds):
            measured[ours].append(run_example(options, size, variants[size])["median_ms"])
            for name, run in launch.items():
                measured[name].append(statistics.median(times(run, flush, options.warmup, options.repeat)))
        medians = {name: statistics.median(values) for name, values in measured.items()}
        for name, median in medians.items():
            rate = 2 * size**3 / median / 1e9
            # The example checks its own numbers and fails where they are wrong.
            checked = f"{excess[name]:.2f}" if name in excess else "checked by itself"
            # cuBLAS chooses for itself.
            variant = "" if name == by_cublas else variants[size]
            print(f"| {size} | {variant} | {name} | {median:.4f} | {rate:.1f} | {median / medians[ours]:.3f} | {checked} |")
        difference = abs(medians[ours] / medians[by_cupy] - 1)
        if difference > options.tolerance:
            failed = True
            print(f"\nsize {size}: the example and CuPy differ by {difference:.1%}", file=sys.stderr)
        for name, value in excess.items():
            if not value <= 1:
                failed = True
                print(f"\nsize {size}: {name} is wrong: {value} times the allowed error", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
