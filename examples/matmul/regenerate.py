#!/usr/bin/env python3
"""Writes the artifacts in `fast/` anew from the Python kernels beside them, with `cargo triton export`:

    examples/matmul/regenerate.py

Needs no GPU, and Triton 3.6.0 as `cargo triton setup --triton 3.6.0` installs it.
"""

import subprocess
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
KERNELS = PACKAGE / "fast"

# Variant, tile, warps and stages.
VARIANTS = [
    ("", (128, 256, 64), 8, 3, True),
    ("@square", (128, 128, 64), 4, 4, True),
    ("@whole", (128, 256, 64), 8, 3, False),
    # For few rows: about as many programs as there are multiprocessors, each with much on its way.
    ("@rows16", (16, 64, 128), 4, 5, False),
    ("@rows64", (64, 128, 64), 4, 6, False),
    ("@rows128", (128, 64, 64), 4, 6, False),
]
MATRICES = {name: "*fp16:16" for name in ["a", "b", "c"]}
STRIDES = {name: "i32:16" for name in ["lda", "ldb", "ldc"]}


def export(kernel, variant, types, constants, warps, stages, *more):
    command = ["cargo", "triton", "export", f"fast/fast_matmul.py::{kernel}", "--triton", "3.6.0"]
    command += ["--name", f"{kernel}{variant}"]
    for argument, type in types.items():
        command += ["--arg", f"{argument}={type}"]
    for constant, value in constants.items():
        command += ["--const", f"{constant}={value}"]
    subprocess.run([*command, "--num-warps", str(warps), "--num-stages", str(stages), *more], cwd=PACKAGE, check=True)


def tile(m, n, k):
    return {"TILE_M": m, "TILE_N": n, "TILE_K": k}


def main():
    for old in [*KERNELS.glob("*.ttir"), *KERNELS.glob("*.json")]:
        old.unlink()
    for variant, shape, warps, stages, persistent in VARIANTS:
        types = MATRICES | {"m": "i32", "n": "i32" if persistent else "i32:16", "k": "i32"} | STRIDES
        constants = tile(*shape) | {"BAND": 8, "PERSISTENT": int(persistent)}
        # The tiles are those of the H100.
        export("fast_matmul", variant, types, constants, warps, stages, "--arch", "sm_90")
    types = MATRICES | {"part": "*fp32:16", "arrived": "*i32:16", "m": "i32", "n": "i32:16", "k": "i32"} | STRIDES
    for variant, shape in {"": (16, 64, 128), "@rows128": (128, 64, 64)}.items():
        export("split_matmul", variant, types, tile(*shape) | {"SPLIT": 4}, 4, 4)
    blocks = {"a_tiles": "[128,64]", "b_tiles": "[64,256]", "c_tiles": "[128,256]"}
    types = {name: f"tensordesc<fp16{block}>" for name, block in blocks.items()} | {"m": "i32", "n": "i32", "k": "i32"}
    export("hosted_matmul", "", types, tile(128, 256, 64) | {"BAND": 8}, 8, 3, "--arch", "sm_90")


if __name__ == "__main__":
    main()
