#!/usr/bin/env python3
"""Draws docs/llm-ops-bandwidth.svg, llm-ops-attention.svg, llm-ops-blocks.svg and llm-ops-jit.svg from the tables of
compare_llm_ops.py in docs/gpu-results-archive.md and docs/gpu-results.md: of each operation the latest row.

    scripts/gpu/plot_llm_ops.py

Needs matplotlib.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUST, JIT, TORCH, COMPILED = "triton-runner (Rust)", "Triton JIT", "PyTorch", "torch.compile"
FLASH = "FlashAttention-3"
COLOURS = {RUST: "#c2410c", JIT: "#2563eb", TORCH: "#6b7280", COMPILED: "#a3a3a3", FLASH: "#0f766e"}
plt.rcParams.update({
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": "#e5e7eb", "axes.axisbelow": True, "axes.edgecolor": "#9ca3af", "legend.frameon": False,
    # Text as text, and the same file for the same numbers.
    "svg.fonttype": "none", "svg.hashsalt": "llm-ops", "font.family": "sans-serif",
})


ATTENTION = {"flash_attention": "Gluon", "portable_attention": "Triton", "described_attention": "Triton,\ndescriptors"}


def table():
    """The latest row of each operation: name, milliseconds and rate by launcher, unit."""
    records = "".join((DOCS / name).read_text() for name in ("gpu-results-archive.md", "gpu-results.md"))
    _, *tables = records.split("| operation | Rust ms |")
    results = {}
    for line in [line for text in tables for line in text.split("\n\n")[0].splitlines()[2:]]:
        name, rust, rate, jit, _, _, torch, _, compiled, _, *more = (cell.strip() for cell in line.strip("|").split("|"))
        # Older tables are without FlashAttention-3.
        times = {RUST: rust, JIT: jit, TORCH: torch, COMPILED: compiled, FLASH: more[0] if more else ""}
        ms = {launcher: float(time) for launcher, time in times.items() if time}
        number, unit = rate.split()
        rates = {launcher: float(number) * ms[RUST] / time for launcher, time in ms.items()}
        results[name] = {"name": name, "ms": ms, "rate": rates, "unit": unit}
    return list(results.values())


def label(name):
    """`flash_attention/fp16/4x32x4096x128/causal` in short lines."""
    operation, _, sizes, *flags = name.split("/")
    sizes = sizes.split("x")
    if operation.endswith("block"):
        return {"4": "block\n8192 tokens", "1": "block\n16 tokens", "16": "block at decode\n16 sequences"}[sizes[0]]
    if operation.endswith("linear"):
        return f"{operation}\n{sizes[0]} rows"
    if operation in ATTENTION:
        return f"{ATTENTION[operation]}\nhead {sizes[3]}" + ("\ncausal" if flags else "")
    if operation == "rotary":
        return f"rotary\nhead {sizes[3]}"
    return f"{operation}\n{' × '.join(sizes)}"


def bars(axes, results, launchers, form="%.0f"):
    """A group of bars for each result, a bar for each launcher that it has."""
    width = 0.84 / len(launchers)
    for index, launcher in enumerate(launchers):
        places = [place for place, result in enumerate(results) if launcher in result["rate"]]
        rates = [results[place]["rate"][launcher] for place in places]
        left = [place - 0.42 + (index + 0.5) * width for place in places]
        drawn = axes.bar(left, rates, width * 0.94, color=COLOURS[launcher], label=launcher)
        axes.bar_label(drawn, fmt=form, fontsize=7.5, padding=1.5, color="#374151")
    axes.set_xticks(range(len(results)), [label(result["name"]) for result in results], fontsize=9)
    axes.tick_params(axis="x", length=0)


def of(results, element, *operations):
    return [one for one in results if one["name"].split("/")[0] in operations and one["name"].split("/")[1] == element]


def save(figure, axes, path):
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.13), ncol=5)
    figure.tight_layout()
    figure.savefig(path, facecolor="white", metadata={"Date": None})
    print(path)


def main():
    results = table()

    figure, axes = plt.subplots(figsize=(10, 4.6))
    moved = ["rms_norm", "layer_norm", "add_rms_norm", "softmax", "swiglu", "rotary"]
    bars(axes, [one for one in of(results, "fp16", *moved) if "x64x64" not in one["name"]], [RUST, JIT, TORCH, COMPILED])
    axes.set_ylabel("GB/s of inputs and outputs, fp16")
    save(figure, axes, DOCS / "llm-ops-bandwidth.svg")

    figure, axes = plt.subplots(figsize=(10, 4.6))
    attention = of(results, "bf16", *ATTENTION)
    attention = [one for one in attention if "/4x32x4096x" in one["name"]]
    bars(axes, sorted(attention, key=lambda one: one["name"].partition("/")[2]), [RUST, JIT, TORCH, FLASH])
    axes.set_ylabel("TFLOP/s, bf16, 4 sequences of 32 heads, 4096 tokens\nPyTorch: cuDNN")
    save(figure, axes, DOCS / "llm-ops-attention.svg")

    figure, axes = plt.subplots(figsize=(10, 4.2))
    blocks = [one for one in of(results, "fp16", "linear", "int8_linear", "decode_block", "block")
              if "linear" in one["name"] or one["name"].endswith("/graph")]
    # Beside the Rust program's time, as rates of blocks and of layers have different units.
    relative = [one | {"rate": {launcher: one["ms"][RUST] / ms for launcher, ms in one["ms"].items()}} for one in blocks]
    bars(axes, relative, [RUST, TORCH, COMPILED], "%.2f")
    axes.set_ylabel("speed beside the Rust program, fp16\nblocks: in graphs")
    axes.tick_params(axis="x", labelsize=8)
    save(figure, axes, DOCS / "llm-ops-blocks.svg")

    kernels = {result["name"]: result for result in results if JIT in result["ms"]}
    # Those that were compared for both types.
    other = {"/fp16/": "/bf16/", "/bf16/": "/fp16/"}
    both = lambda name: all(name.replace(one, two) in kernels for one, two in other.items() if one in name)
    kernels = [result for name, result in kernels.items() if both(name)]
    figure, axes = plt.subplots(figsize=(10, 3.8))
    for element, marker in [("fp16", "o"), ("bf16", "s")]:
        names = [result["name"].replace("/fp16/", "/bf16/") for result in kernels if "/fp16/" in result["name"]]
        own = {result["name"].replace("/fp16/", "/bf16/"): result for result in kernels if f"/{element}/" in result["name"]}
        ratios = [own[name]["ms"][RUST] / own[name]["ms"][JIT] for name in names]
        axes.plot(range(len(names)), ratios, marker, color=COLOURS[RUST if element == "fp16" else JIT], label=element)
    axes.axhspan(0.95, 1.05, color="#f3f4f6", zorder=0)
    axes.axhline(1, color="#9ca3af", linewidth=1)
    axes.set_ylim(0.9, 1.1)
    # What the JIT compiles is in Triton's language.
    names = [name.replace("flash_attention", "portable_attention") for name in names]
    short = [label(name) if "attention" in name else label(name).split("\n")[0] for name in names]
    axes.set_xticks(range(len(names)), short, rotation=45, ha="right", fontsize=8)
    axes.set_ylabel("GPU time, Rust / Triton's JIT\n(grey: within 5 %)")
    save(figure, axes, DOCS / "llm-ops-jit.svg")


if __name__ == "__main__":
    main()
