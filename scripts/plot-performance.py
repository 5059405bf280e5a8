#!/usr/bin/env python3
"""Draws docs/performance-*.png from the tables of docs/gpu-results-archive.md and docs/performance.md.

Needs matplotlib: pip install matplotlib. Run it after the tables have changed.
"""

import re
import statistics
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).resolve().parent.parent / "docs"

OURS, OTHERS, DOTS, TEXT = "#2a6f97", "#b8c4cc", "#1b1b1b", "#333333"


def table(document, heading, first):
    """The rows of the first table below `heading` whose header starts with `first`, as {first cell: other cells}."""
    text = (DOCS / document).read_text(encoding="utf-8")
    below = text.split(f"{heading}\n", 1)[1]
    lines = below.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {first} |"))
    rows = {}
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            break
        name, *cells = [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]
        rows.setdefault(name, []).append(cells)
    return rows


def number(cell):
    """The number that a cell starts with: `4300 (1.013 × C)`."""
    return float(re.match(r"[\d,.]+", cell).group().replace(",", ""))


def seconds(cell):
    """`3.25 s` or `4.5 ms` as seconds."""
    value, unit = re.match(r"([\d.]+) (s|ms)", cell).groups()
    return float(value) * {"s": 1.0, "ms": 1e-3}[unit]


def bars(axes, title, unit, rows, label, log=False):
    """Horizontal bars of medians, a small dot for each run. `rows`: (name, whether it is ours, runs)."""
    for place, (name, ours, runs) in enumerate(reversed(rows)):
        median = statistics.median(runs)
        if log:
            # A bar has no length on a logarithmic axis.
            axes.scatter([median], [place], s=90, color=OURS if ours else OTHERS, zorder=2, linewidths=0)
        else:
            axes.barh(place, median, color=OURS if ours else OTHERS, height=0.62, zorder=2)
        axes.scatter(runs, [place] * len(runs), s=9, color=DOTS, zorder=3, linewidths=0)
        axes.annotate(label(name, median), (max(runs), place), xytext=(6, 0), textcoords="offset points",
                      va="center", fontsize=8.5, color=TEXT)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in reversed(rows)], fontsize=9, color=TEXT)
    axes.set_title(title, fontsize=10.5, loc="left", color=TEXT)
    axes.set_xlabel(unit, fontsize=9, color=TEXT)
    if log:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}" if value >= 1 else f"{value:.3f}".rstrip("0"))
        axes.minorticks_off()
        axes.set_ylim(-0.6, len(rows) - 0.4)
    else:
        axes.set_xlim(0, max(max(runs) for _, _, runs in rows) * 1.28)
    axes.grid(axis="x", color="#e3e3e3", zorder=0)
    axes.tick_params(axis="both", length=0, labelcolor=TEXT, labelsize=9)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def save(figure, name):
    figure.savefig(DOCS / name, dpi=144, facecolor="white", bbox_inches="tight", metadata={"Software": None})
    print(f"docs/{name}")


def launch():
    rows = table("gpu-results-archive.md", "## 2026-11-22: what a launch costs the host", "launcher")
    shown = {
        "C, cuLaunchKernel": "C, cuLaunchKernel",
        "triton-runner, typed, stream tracking inactive": "triton-runner",
        "cudarc launch_builder, stream tracking inactive": "cudarc launch_builder",
        "triton-runner, typed, stream tracking active": "triton-runner, tracking active",
        "cudarc launch_builder, stream tracking active": "cudarc, tracking active",
        "Triton 3.6 compiled[grid]": "Triton 3.6, compiled[grid]",
        "Triton 3.6 kernel[grid]": "Triton 3.6, kernel[grid]",
    }
    runs = {short: [number(cell) / 1e3 for cell in rows[name][0]] for name, short in shown.items()}
    peer = runs["C, cuLaunchKernel"]

    def label(name, median):
        # A ratio holds within a run.
        ratio = statistics.median(own / c for own, c in zip(runs[name], peer))
        return f"{median:.1f} µs" if runs[name] is peer else f"{median:.1f} µs, {ratio:.2f} × C"

    first = table("gpu-results-archive.md", "## 2026-11-22: from the start of a process to its first result", "program")
    starts = [
        (short, short != "C", [number(cell) for cell in first[name][0]])
        for name, short in [
            ("C", "C"),
            ("triton-runner, the same calls for memory", "triton-runner, same memory calls"),
            ("triton-runner, cudarc's slices", "triton-runner, cudarc's slices"),
        ]
    ]
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(8.2, 5.6), height_ratios=[7, 3], layout="constrained")
    ours = [(name, name.startswith("triton-runner"), times) for name, times in runs.items()]
    bars(upper, "What a launch costs the host: 4 arguments, NVIDIA H100", "host time of one launch in µs: median of three runs (dots)", ours, label)
    bars(lower, "From the start of a process to its first result, NVIDIA H100", "time in ms: median of three runs (dots)",
         starts, lambda _, median: f"{median:.0f} ms")
    save(figure, "performance-launch.png")


def builds():
    text = (DOCS / "performance.md").read_text(encoding="utf-8")
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 5 and re.match(r"[\d.]+ m?s", cells[2]):
            found[cells[0], cells[1]] = [seconds(cell.strip()) for cell in cells[3].split(",")]
    small, large = "cold, 14 kernels × 3 architectures", "100 kernels × 5 architectures"
    cold = [
        ("triton-runner", True, found[small, "this crate"]),
        ("one import, forks, no cache key", False, found[small, "the floor, with what all compiles ask Triton asked once"]),
        ("one import, forks of triton.compile", False, found[small, "(b) floor: one import, forks"]),
        ("a Python process for each", False, found[small, "(a) a process for each, in turn"]),
    ]
    again = [
        ("cold", True, found[large, "cold"]),
        ("one kernel changed", True, found[large, "one changed"]),
        ("one changed, already in the cache", True, found[large, "one changed, but for the lowering"]),
        ("nothing changed", True, found[large, "nothing changed"]),
    ]
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(8.2, 4.8), layout="constrained")
    bars(upper, "14 kernels × 3 architectures, nothing cached, 2 processors", "time until all is lowered in s: median of three runs (dots)", cold,
         lambda _, median: f"{median:.2f} s")
    bars(lower, "100 kernels × 5 architectures, built again by triton-runner", "time of the build script in s, logarithmic: median (large) of the runs (small dots)",
         again, lambda _, median: f"{median:.1f} s" if median >= 10 else f"{median * 1e3:.0f} ms" if median >= 0.01
         else f"{median * 1e3:.1f} ms", log=True)
    lower.set_xlim(1e-3, 400)
    save(figure, "performance-builds.png")


launch()
builds()
