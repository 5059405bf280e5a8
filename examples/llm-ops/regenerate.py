#!/usr/bin/env python3
"""Writes the artifacts in `kernels/` anew from the Python kernels beside them, with `cargo triton export`:

    examples/llm-ops/regenerate.py

Needs no GPU, and Triton 3.6.0 as `cargo triton setup --triton 3.6.0` installs it.
"""

import subprocess
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
KERNELS = PACKAGE / "kernels"
TRITON = "3.6.0"

# Files that have several kernels, and kernels that are for one architecture.
FILES = {"norm_qkv": "few", "norm_swiglu": "few", "top_k": "sampling", "combine": "decode_attention"}
ARCHS = {"hopper_attention": "sm_90", "persistent_linear": "sm_90"}

# Rows of up to 4096 elements, and of up to 16384.
ROW_BLOCKS = {"": (4096, 1), "@wide": (16384, 4)}


def exports(element):
    """Name after the kernel's, kernel, argument types, constants, warps and stages, for one element type."""
    data = f"*{element}:16"
    for variant, (block, more) in ROW_BLOCKS.items():
        types = {"x": data, "weight": data, "out": data, "rows": "i32", "columns": "i32:16", "epsilon": "fp32"}
        names = {name: data for name in ["x", "residual", "weight", "sum"]}
        yield variant, "add_rms_norm", names | types, {"BLOCK": block}, 4 * more, 1
        types = {"x": data, "weight": data, "bias": data, "out": data, "rows": "i32", "columns": "i32:16"}
        types |= {"epsilon": "fp32"}
        yield variant, "layer_norm", types, {"BLOCK": block}, 8 * min(more, 2), 1
    for variant, columns in {"": "i32", "@aligned": "i32:16"}.items():
        types = {"x": data, "out": data, "rows": "i32", "columns": columns}
        yield variant, "softmax", types, {"BLOCK": 4096}, 8, 1
    types = {"gate": data, "up": data, "out": data, "rows": "i32", "columns": "i32:16", "stride": "i32:16"}
    yield "", "swiglu", types, {"BLOCK": 2048}, 8, 1
    for head, warps in {64: 2, 128: 4}.items():
        types = {"x": data, "cosine": "*fp32:16", "sine": "*fp32:16", "out": data}
        types |= {"tokens": "i32", "length": "i32", "heads": "i32", "x_stride": "i32:16", "out_stride": "i32:16"}
        yield f"@d{head}", "rotary", types, {"HALF": head // 2, "HEADS": 32}, warps, 1
    for head in [64, 128]:
        for causal in [False, True]:
            types = {"q": data, "k": data, "v": data, "out": data, "batch": "i32", "heads": "i32", "length": "i32"}
            types |= {f"{one}_{part}": "i32:16" for one in ["q", "k", "v", "out"] for part in ["batch", "head", "token"]}
            types |= {"scale": "fp32"}
            # The fastest of 15 on an H100. They take at most 96 KiB of shared memory on sm_86 and sm_120, which have 99.
            tile, warps = (64, 4) if head == 64 and causal else (128, 8)
            constants = {"HEAD": head, "CAUSAL": causal, "TILE_M": tile, "TILE_N": 64}
            yield f"@d{head}" + ("_causal" if causal else ""), "flash_attention", types, constants, warps, 3
    for variant, add in {"": False, "@residual": True}.items():
        types = {"x": data, "weight": data, "residual": data, "out": data, "m": "i32", "n": "i32:16", "k": "i32:16"}
        constants = {"TILE_M": 128, "TILE_N": 128, "TILE_K": 64, "BAND": 8, "ADD": add}
        yield variant, "linear", types, constants, 8, 3
        # For few rows: many programs, each with much on its way.
        constants |= {"TILE_M": 16, "TILE_N": 16, "TILE_K": 256}
        yield "@few" + variant.replace("@", "_"), "linear", types, constants, 4, 4
        constants |= {"TILE_M": 64, "TILE_N": 32}
        yield "@some" + variant.replace("@", "_"), "linear", types, constants, 4, 3
        yield variant, "persistent_linear", types, constants | {"TILE_M": 128, "TILE_N": 256, "TILE_K": 64}, 8, 3
    sizes = {"m": "i32", "n": "i32:16", "k": "i32:16"}
    tile = {"TILE_M": 16, "TILE_N": 16, "TILE_K": 128}
    for head in [64, 128]:
        types = {"x": data, "norm": data, "weight": data, "cosine": "*fp32:16", "sine": "*fp32:16", "out": data}
        types |= sizes | {"length": "i32", "rotated": "i32:16", "epsilon": "fp32"}
        yield f"@d{head}", "norm_qkv", types, {"HALF": head // 2} | tile, 2, 4
    types = {"x": data, "norm": data, "weight": data, "out": data} | sizes | {"epsilon": "fp32"}
    yield "", "norm_swiglu", types, tile, 2, 4
    types = {"x": data, "weight": "*i8:16", "scales": "*fp32:16", "out": data} | sizes
    yield "", "int8_linear", types, tile | {"TILE_N": 32, "TILE_K": 256}, 4, 4
    types = {"x": data, "values": "*fp32:16", "places": "*i32:16", "rows": "i32", "columns": "i32"}
    for k, block, warps in [(1, 4096, 8), (64, 1024, 4)]:
        yield f"@k{k}", "top_k", types, {"K": k, "BLOCK": block}, warps, 1
    types = {"q": data, "k_cache": data, "v_cache": data, "table": "*i32:16", "lengths": "*i32:16", "part": "*fp32:16"}
    types |= {"seen": "*fp32:16", "kv_heads": "i32", "pages": "i32", "width": "i32", "scale": "fp32"}
    constants = {"HEAD": 128, "GROUP": 4, "PAGE": 16, "TILE_N": 64, "SPLIT": 4}
    yield "", "decode_attention", types, constants, 4, 4
    types = {"part": "*fp32:16", "seen": "*fp32:16", "out": data}
    yield "", "combine", types, {"HEAD": 128, "SPLIT": 4}, 4, 1
    for head, groups, registers in [(64, 3, 160), (128, 2, 240)]:
        for causal in [False, True]:
            block = lambda rows: f"tensordesc<{element}[1,1,{rows},{head}]>"
            types = {"q_map": block(64), "k_map": block(128), "v_map": block(128), "out": data, "batch": "i32"}
            types |= {"heads": "i32", "length": "i32"}
            types |= {f"out_{part}": "i32:16" for part in ["batch", "head", "token"]} | {"scale": "fp32"}
            constants = {"HEAD": head, "CAUSAL": causal, "GROUPS": groups, "TILE_N": 128}
            constants |= {"STAGES": 2 if head == 128 else 3, "BAND": 22, "REGISTERS": registers}
            yield f"@d{head}" + ("_causal" if causal else ""), "hopper_attention", types, constants, 4, 3


def families():
    """The same for kernels of which Rust has one struct, `T` being their element type, and what is written of them: the
    kernels, or a variant of each."""
    types = {"x": "*T:16", "weight": "*T:16", "out": "*T:16", "rows": "i32", "columns": "i32:16", "epsilon": "fp32"}
    for variant in [[], ["--variant", "wide:BLOCK=16384,num_warps=16"]]:
        yield variant, "rms_norm", types, {"BLOCK": 4096}, 4, 1


def export(kernel, types, constants, warps, stages, more):
    file = FILES.get(kernel, kernel)
    command = ["cargo", "triton", "export", f"kernels/{file}.py::{kernel}", "--triton", TRITON]
    command += ["--arch", ARCHS[kernel]] if kernel in ARCHS else []
    for name, type in types.items():
        command += ["--arg", f"{name}={type}"]
    for name, value in constants.items():
        command += ["--const", f"{name}={value}"]
    command += ["--num-warps", str(warps), "--num-stages", str(stages)]
    subprocess.run([*command, *more], cwd=PACKAGE, check=True)


def main():
    for old in [*KERNELS.glob("*.ttir"), *KERNELS.glob("*.ttgir"), *KERNELS.glob("*.json")]:
        old.unlink()
    for variant, kernel, *rest in families():
        export(kernel, *rest, ["--name", kernel, "--dtype", "T=fp16,bf16,fp32", *variant])
    for element in ["fp16", "bf16"]:
        for variant, kernel, *rest in exports(element):
            export(kernel, *rest, ["--name", f"{kernel}_{element}{variant}"])
        # On sm_120, ptxas spills two registers of this one with three stages, and none with two.
        for_all = KERNELS / f"flash_attention_{element}@d64_causal.json"
        for_all.with_suffix(".sm_120.json").write_text(
            for_all.read_text().replace('"num_stages": 3', '"num_stages": 2'))


if __name__ == "__main__":
    main()
