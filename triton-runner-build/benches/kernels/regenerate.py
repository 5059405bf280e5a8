#!/usr/bin/env python3
"""Writes each kernel's TTIR and JSON anew: `python3 triton-runner-build/benches/kernels/regenerate.py`"""

import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROW = {"columns": "i32", "stride": "i32:16"}
MATRICES = {"m": "i32", "n": "i32", "k": "i32:16", "lda": "i32:16", "ldb": "i32:16", "ldc": "i32:16"}
TILES = {"M": 128, "N": 128, "K": 32}
ARCHS = [80, 86, 89, 90, 120]


def pointers(**types):
    return {name: f"*{element}:16" for name, element in types.items()}


# Arguments, constants, warps.
KERNELS = {
    "add": ({**pointers(x="fp32", y="fp32", out="fp32"), "n": "i32"}, {"BLOCK": 1024}, 4),
    "gelu": ({**pointers(x="fp16", out="fp16"), "n": "i32"}, {"BLOCK": 1024}, 4),
    "silu_mul": ({**pointers(gate="bf16", up="bf16", out="bf16"), "n": "i32"}, {"BLOCK": 2048}, 8),
    "dropout": ({**pointers(x="fp32", out="fp32"), "n": "i32", "seed": "i32", "keep": "fp32"}, {"BLOCK": 1024}, 4),
    "softmax": ({**pointers(x="fp16", out="fp16"), **ROW}, {"BLOCK": 4096}, 8),
    "layer_norm": ({**pointers(x="fp16", weight="fp16", bias="fp16", out="fp16"), **ROW, "epsilon": "fp32"},
                   {"BLOCK": 4096}, 8),
    "rms_norm": ({**pointers(x="bf16", weight="bf16", out="bf16"), **ROW, "epsilon": "fp32"}, {"BLOCK": 1024}, 4),
    "rope": ({**pointers(x="fp16", cosine="fp32", sine="fp32", out="fp16"), "half": "i32:16", "stride": "i32:16"},
             {"BLOCK": 128}, 4),
    "transpose": ({**pointers(x="fp16", out="fp16"), "rows": "i32:16", "columns": "i32:16"}, {"TILE": 64}, 4),
    "cumulative_sum": ({**pointers(x="fp32", out="fp32"), **ROW}, {"BLOCK": 2048}, 4),
    "histogram": ({**pointers(x="i32", counts="i32"), "n": "i32"}, {"BLOCK": 2048, "BINS": 256}, 4),
    "matmul": ({**pointers(a="fp16", b="fp16", c="fp32"), **MATRICES}, TILES, 8),
    "linear": ({**pointers(a="bf16", b="bf16", bias="bf16", c="bf16"), **MATRICES}, TILES, 4),
    "attention": ({**pointers(q="fp16", k="fp16", v="fp16", out="fp16"), "scale": "fp32", "length": "i32",
                   "stride_head": "i32:16", "stride_row": "i32:16"}, {"M": 128, "N": 64, "D": 64}, 4),
}

for name, (arguments, constants, warps) in KERNELS.items():
    command = ["cargo", "triton", "export", f"{FOLDER}/kernels.py::{name}", "--num-warps", str(warps)]
    for argument, type in arguments.items():
        command += ["--arg", f"{argument}={type}"]
    for constant, value in constants.items():
        command += ["--const", f"{constant}={value}"]
    for arch in ARCHS:
        command += ["--arch", f"sm_{arch}"]
    subprocess.run(command, cwd=FOLDER, check=True)
