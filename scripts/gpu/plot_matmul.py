#!/usr/bin/env python3
"""Draws docs/matmul.svg from the latest table of compare_matmul.py in docs/gpu-results.md: how fast each product is beside
cuBLAS.

    scripts/gpu/plot_matmul.py

Needs matplotlib.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DOCS = Path(__file__).resolve().parents[2] / "docs"
RUST, TABLES = "triton-runner (Rust)", "triton-runner (Rust), by the tables"
plt.rcParams.update({
    "font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": "#e5e7eb", "axes.axisbelow": True, "axes.edgecolor": "#9ca3af", "legend.frameon": False,
    # Text as text, and the same file for the same numbers.
    "svg.fonttype": "none", "svg.hashsalt": "matmul", "font.family": "sans-serif",
})


def table():
    """Share of cuBLAS's speed by product and launcher."""
    _, _, text = (DOCS / "gpu-results.md").read_text().rpartition("| product | variant | launcher |")
    shares = {}
    for line in text.split("\n\n")[0].splitlines()[2:]:
        product, _, launcher, _, _, _, share = (cell.strip() for cell in line.strip("|").split("|"))
        shares.setdefault(product, {})[launcher] = float(share)
    return shares


def main():
    shares = table()
    launchers = {RUST: "#c2410c", TABLES: "#f59e0b", "Triton": "#2563eb", "cublas": "#6b7280", "cublasLt": "#a3a3a3"}
    figure, axes = plt.subplots(figsize=(9, 3.8))
    width = 0.84 / len(launchers)
    for index, (launcher, colour) in enumerate(launchers.items()):
        found = [(place, share) for place, one in enumerate(shares.values())
                 for name, share in one.items() if name == launcher or name.startswith("Triton") and launcher == "Triton"]
        label = {"Triton": "Triton's JIT, same kernel"}.get(launcher, launcher)
        left = [place - 0.42 + (index + 0.5) * width for place, _ in found]
        drawn = axes.bar(left, [share for _, share in found], width * 0.94, color=colour, label=label)
        axes.bar_label(drawn, fmt="%.2f", fontsize=8, padding=1.5, color="#374151")
    axes.set_xticks(range(len(shares)), [product.replace(" x ", " × ") for product in shares])
    axes.tick_params(axis="x", length=0)
    axes.set_ylabel("speed, of the faster cuBLAS library")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.2), ncol=3)
    figure.tight_layout()
    figure.savefig(DOCS / "matmul.svg", facecolor="white", metadata={"Date": None})
    print(DOCS / "matmul.svg")


if __name__ == "__main__":
    main()
