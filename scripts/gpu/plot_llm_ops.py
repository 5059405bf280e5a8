#!/usr/bin/env python3
"""Draws docs/llm-ops-bandwidth.png, llm-ops-attention.png and llm-ops-jit.png from the tables of
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
COLOURS = {RUST: "#c2410c", JIT: "#2563eb", TORCH: "#6b7280", COMPILED: "#a3a3a3"}
plt.rcParams.update({
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": "#e5e7eb", "axes.axisbelow": True, "axes.edgecolor": "#9ca3af", "legend.frameon": False,
})


def table():
    """The latest row of each operation: name, milliseconds and rate by launcher, unit."""
    records = "".join((DOCS / name).read_text() for name in ("gpu-results-archive.md", "gpu-results.md"))
    _, *tables = records.split("| operation | Rust ms |")
    results = {}
    for line in [line for text in tables for line in text.split("\n\n")[0].splitlines()[2:]]:
        name, rust, rate, jit, _, _, torch, _, compiled, _ = (cell.strip() for cell in line.strip("|").split("|"))
        times = {RUST: rust, JIT: jit, TORCH: torch, COMPILED: compiled}
        ms = {launcher: float(time) for launcher, time in times.items() if time}
        number, unit = rate.split()
        rates = {launcher: float(number) * ms[RUST] / time for launcher, time in ms.items()}
        results[name] = {"name": name, "ms": ms, "rate": rates, "unit": unit}
    return list(results.values())


def label(name):
    """`flash_attention/fp16/4x32x4096x128/causal` in short lines."""
    operation, _, sizes, *flags = name.split("/")
    sizes = sizes.split("x")
    if operation in ("flash_attention", "portable_attention"):
        kernel = "Gluon" if operation == "flash_attention" else "Triton"
        return f"{kernel}\nhead {sizes[3]}" + ("\ncausal" if flags else "")
    if operation == "rotary":
        return f"rotary\nhead {sizes[3]}"
    return f"{operation}\n{' × '.join(sizes)}"


def bars(axes, results, launchers):
    """A group of bars for each result, a bar for each launcher that it has."""
    width = 0.84 / len(launchers)
    for index, launcher in enumerate(launchers):
        places = [place for place, result in enumerate(results) if launcher in result["rate"]]
        rates = [results[place]["rate"][launcher] for place in places]
        left = [place - 0.42 + (index + 0.5) * width for place in places]
        drawn = axes.bar(left, rates, width * 0.94, color=COLOURS[launcher], label=launcher)
        axes.bar_label(drawn, fmt="%.0f", fontsize=7.5, padding=1.5, color="#374151")
    axes.set_xticks(range(len(results)), [label(result["name"]) for result in results], fontsize=9)
    axes.tick_params(axis="x", length=0)


def of(results, element, *operations):
    return [one for one in results if one["name"].split("/")[0] in operations and one["name"].split("/")[1] == element]


def save(figure, axes, path):
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.13), ncol=4)
    figure.tight_layout()
    figure.savefig(path, dpi=130, facecolor="white")
    print(path)


def main():
    results = table()

    figure, axes = plt.subplots(figsize=(10, 4.6))
    bars(axes, of(results, "fp16", "rms_norm", "layer_norm", "softmax", "swiglu", "rotary"), [RUST, JIT, TORCH, COMPILED])
    axes.set_ylabel("GB/s of inputs and outputs, fp16")
    save(figure, axes, DOCS / "llm-ops-bandwidth.png")

    figure, axes = plt.subplots(figsize=(10, 4.6))
    attention = of(results, "bf16", "flash_attention", "portable_attention")
    attention = [one for one in attention if "/4x32x4096x" in one["name"]]
    bars(axes, sorted(attention, key=lambda one: one["name"].partition("/")[2]), [RUST, JIT, TORCH])
    axes.set_ylabel("TFLOP/s, bf16, 4 sequences of 32 heads, 4096 tokens\nPyTorch: cuDNN")
    save(figure, axes, DOCS / "llm-ops-attention.png")

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
    short = [label(name) if "attention" in name else label(name).split("\n")[0] for name in names]
    axes.set_xticks(range(len(names)), short, rotation=45, ha="right", fontsize=8)
    axes.set_ylabel("GPU time, Rust / Triton's JIT\n(grey: within 5 %)")
    save(figure, axes, DOCS / "llm-ops-jit.png")


if __name__ == "__main__":
    main()
