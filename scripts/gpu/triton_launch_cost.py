#!/usr/bin/env python3
"""What a launch costs the host with the installed Triton: the peer of the program `launch-cost`, measured in the same way.

    scripts/gpu/triton_launch_cost.py

Each number is the median over batches of 256 launches of a kernel with four arguments and one block. Needs torch and
triton.
"""

import statistics
import time

import torch
import triton
import triton.language as tl

LAUNCHES = 256
BATCHES = 400
N = 256


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    tl.store(out + index, tl.load(x + index, mask=inside) + tl.load(y + index, mask=inside), mask=inside)


def nanoseconds(launch):
    for _ in range(1000):
        launch()
    torch.cuda.synchronize()
    times = []
    for _ in range(BATCHES):
        start = time.perf_counter_ns()
        for _ in range(LAUNCHES):
            launch()
        times.append((time.perf_counter_ns() - start) / LAUNCHES)
        torch.cuda.synchronize()
    return statistics.median(times)


def main():
    x, y, out = (torch.randn(N, device="cuda") for _ in range(3))
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}")
    compiled = add[(1, )](x, y, out, N, BLOCK=256)
    expected = x + y
    jit = nanoseconds(lambda: add[(1, )](x, y, out, N, BLOCK=256))
    assert torch.equal(out, expected)
    once = nanoseconds(lambda: compiled[(1, 1, 1)](x, y, out, N, 256))
    assert torch.equal(out, expected)
    print("| launcher | ns |\n|---|---|")
    print(f"| kernel[grid] | {jit:.0f} |\n| compiled[grid] | {once:.0f} |")


if __name__ == "__main__":
    main()
