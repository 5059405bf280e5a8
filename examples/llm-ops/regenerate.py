#!/usr/bin/env python3
"""Writes the artifacts in `kernels/` anew from the Python kernels beside them, with `cargo triton export`:

    examples/llm-ops/regenerate.py [KERNEL...]

Needs no GPU, and Triton 3.6.0 as `cargo triton setup --triton 3.6.0` installs it.
"""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
KERNELS = PACKAGE / "kernels"
TRITON = "3.6.0"

# Files that have several kernels, and kernels that are for one architecture.
FILES = {"norm_qkv": "few", "norm_swiglu": "few", "top_k": "sampling", "combine": "decode_attention", "append": "decode_attention"}
ARCHS = {"hopper_attention": "sm_90", "described_attention": "sm_90", "persistent_linear": "sm_90"}

# Rows of up to 4096 elements, and of up to 16384.
ROW_BLOCKS = {"": (4096, 1), "wide": (16384, 4)}
HALVES = ["fp16", "bf16"]
DATA = "*T:16"


def exports():
    """Variant, kernel, its element types, argument types, constants, warps and stages. `T` is the element type: of each kernel
    Rust has one struct for all of its types."""
    norm = {"rows": "i32", "columns": "i32:16", "epsilon": "fp32"}
    for variant, (block, more) in ROW_BLOCKS.items():
        types = {"x": DATA, "weight": DATA, "out": DATA} | norm
        yield variant, "rms_norm", [*HALVES, "fp32"], types, {"BLOCK": block}, 4 * more, 1
        types = {name: DATA for name in ["x", "residual", "weight", "sum", "out"]} | norm
        yield variant, "add_rms_norm", HALVES, types, {"BLOCK": block}, 4 * more, 1
        types = {"x": DATA, "weight": DATA, "bias": DATA, "out": DATA} | norm
        yield variant, "layer_norm", HALVES, types, {"BLOCK": block}, 8 * min(more, 2), 1
    for variant, columns in {"": "i32", "aligned": "i32:16"}.items():
        types = {"x": DATA, "out": DATA, "rows": "i32", "columns": columns}
        yield variant, "softmax", HALVES, types, {"BLOCK": 4096}, 8, 1
    types = {"gate": DATA, "up": DATA, "out": DATA, "rows": "i32", "columns": "i32:16", "stride": "i32:16"}
    yield "", "swiglu", HALVES, types, {"BLOCK": 2048}, 8, 1
    for head, warps in {64: 2, 128: 4}.items():
        types = {"x": DATA, "cosine": "*fp32:16", "sine": "*fp32:16", "out": DATA}
        types |= {"tokens": "i32", "length": "i32", "heads": "i32", "x_stride": "i32:16", "out_stride": "i32:16"}
        yield f"d{head}", "rotary", HALVES, types, {"HALF": head // 2, "HEADS": 32}, warps, 1
    yield from attention()
    yield from linear()
    types = {"x": DATA, "values": "*fp32:16", "places": "*i32:16", "rows": "i32", "columns": "i32"}
    for k, block, warps in [(1, 4096, 8), (64, 1024, 4)]:
        yield f"k{k}", "top_k", HALVES, types, {"K": k, "BLOCK": block}, warps, 1


def attention():
    """The same for attention."""
    for head in [64, 128]:
        for causal in [False, True]:
            types = {"q": DATA, "k": DATA, "v": DATA, "out": DATA, "batch": "i32", "heads": "i32", "length": "i32"}
            types |= {f"{one}_{part}": "i32:16" for one in ["q", "k", "v", "out"] for part in ["batch", "head", "token"]}
            types |= {"scale": "fp32"}
            # The fastest of 20 on an H100. They take at most 96 KiB of shared memory on sm_86 and sm_120, which have 99.
            stages = 4 if head == 64 and not causal else 3
            constants = {"HEAD": head, "CAUSAL": causal, "TILE_M": 128, "TILE_N": 64}
            variant = f"d{head}" + ("_causal" if causal else "")
            yield variant, "flash_attention", HALVES, types, constants, 8, stages
    for head, groups, stages, registers in [(64, 3, 3, 160), (128, 2, 2, 240)]:
        for causal in [False, True]:
            variant = f"d{head}" + ("_causal" if causal else "")
            block = lambda rows: f"tensordesc<T[1,1,{rows},{head}]>"
            sizes = {"batch": "i32", "heads": "i32", "length": "i32"}
            sizes |= {f"out_{part}": "i32:16" for part in ["batch", "head", "token"]} | {"scale": "fp32"}
            types = {"q_map": block(64), "k_map": block(128), "v_map": block(128), "out": DATA} | sizes
            constants = {"HEAD": head, "CAUSAL": causal, "GROUPS": groups, "TILE_N": 128, "STAGES": stages}
            constants |= {"BAND": 11 if head == 128 else 22, "REGISTERS": registers, "LAZY": head == 64}
            yield variant, "hopper_attention", HALVES, types, constants, 4, 3
            if head == 128:
                types |= {"q_map": block(128)}
                constants = {"HEAD": head, "CAUSAL": causal, "TILE_M": 128, "TILE_N": 128}
                yield variant, "described_attention", HALVES, types, constants, 8, 3
    cache = {"k_cache": DATA, "v_cache": DATA, "table": "*i32:16", "lengths": "*i32:16"}
    sizes = {"kv_heads": "i32", "pages": "i32", "width": "i32"}
    types = {"q": DATA} | cache | {"part": "*fp32:16", "seen": "*fp32:16", "q_stride": "i32:16"} | sizes | {"scale": "fp32"}
    constants = {"HEAD": 128, "GROUP": 4, "PAGE": 16, "TILE_N": 64, "SPLIT": 4}
    yield "", "decode_attention", HALVES, types, constants, 4, 4
    types = {"part": "*fp32:16", "seen": "*fp32:16", "out": DATA}
    yield "", "combine", HALVES, types, {"HEAD": 128, "SPLIT": 4}, 4, 1
    types = {"kv": DATA} | cache | {"kv_stride": "i32:16"} | sizes
    yield "", "append", HALVES, types, {"HEAD": 128, "PAGE": 16}, 1, 1


def linear():
    """The same for linear layers, and for those with what is around them."""
    sizes = {"m": "i32", "n": "i32:16", "k": "i32:16"}
    for residual in [False, True]:
        types = {"x": DATA, "weight": DATA, "residual": DATA, "out": DATA} | sizes
        # For few rows: many programs, each with much on its way.
        for name, tile, warps, stages in [("", (128, 128, 64), 8, 3), ("few", (16, 16, 256), 4, 4), ("some", (64, 32, 256), 4, 3)]:
            constants = dict(zip(["TILE_M", "TILE_N", "TILE_K"], tile)) | {"BAND": 8, "ADD": residual}
            variant = "_".join(filter(None, [name, "residual" if residual else ""]))
            yield variant, "linear", HALVES, types, constants, warps, stages
        constants |= {"TILE_M": 128, "TILE_N": 256, "TILE_K": 64}
        yield "residual" if residual else "", "persistent_linear", HALVES, types, constants, 8, 3
    tile = {"TILE_M": 16, "TILE_N": 16, "TILE_K": 128}
    for head in [64, 128]:
        types = {"x": DATA, "norm": DATA, "weight": DATA, "cosine": "*fp32:16", "sine": "*fp32:16", "out": DATA}
        types |= sizes | {"length": "i32", "rotated": "i32:16", "epsilon": "fp32"}
        yield f"d{head}", "norm_qkv", HALVES, types, {"HALF": head // 2} | tile, 2, 4
    types = {"x": DATA, "norm": DATA, "weight": DATA, "out": DATA} | sizes | {"epsilon": "fp32"}
    yield "", "norm_swiglu", HALVES, types, tile, 2, 4
    types = {"x": DATA, "weight": "*i8:16", "scales": "*fp32:16", "out": DATA} | sizes
    yield "", "int8_linear", HALVES, types, tile | {"TILE_N": 32, "TILE_K": 256}, 4, 4


def export(variant, kernel, elements, types, constants, warps, stages):
    file = FILES.get(kernel, kernel)
    command = ["cargo", "triton", "export", f"kernels/{file}.py::{kernel}", "--triton", TRITON]
    command += ["--name", kernel, "--dtype", f"T={','.join(elements)}"]
    command += ["--arch", ARCHS[kernel]] if kernel in ARCHS else []
    for name, type in types.items():
        command += ["--arg", f"{name}={type}"]
    for name, value in constants.items():
        command += ["--const", f"{name}={value}"]
    command += ["--num-warps", str(warps), "--num-stages", str(stages)]
    if variant:
        # All of it is said above.
        name, value = next(iter(constants.items()))
        command += ["--variant", f"{variant}:{name}={value}"]
    subprocess.run(command, cwd=PACKAGE, check=True)


def main():
    chosen = sys.argv[1:] or sorted({kernel for _, kernel, *_ in exports()})
    for kernel in chosen:
        for old in [old for ending in ["ttir", "ttgir", "json"] for old in KERNELS.glob(f"{kernel}_[bf]*.{ending}")]:
            old.unlink()
    for one in exports():
        if one[1] in chosen:
            export(*one)


if __name__ == "__main__":
    main()
