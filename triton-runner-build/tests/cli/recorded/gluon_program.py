"""Launches a kernel in Gluon."""

from fake_gpu import KERNELS, Tensor

import triton
from triton.experimental import gluon
from triton.experimental.gluon import language as gl


@gluon.jit
def scale_in_gluon(x, out, n, factor, BLOCK: gl.constexpr, LAYOUT: gl.constexpr):
    at = gl.program_id(0) * BLOCK + gl.arange(0, BLOCK, layout=LAYOUT)
    gl.store(out + at, gl.load(x + at, mask=at < n) * factor, mask=at < n)


def scale(grid, given):
    for i in range(given["n"]):
        given["out"].numbers[i] = given["x"].numbers[i] * given["factor"]


KERNELS["scale_in_gluon"] = scale
for n in (300, 77):
    x, out = Tensor([float(i) for i in range(n)]), Tensor([0.0] * n)
    scale_in_gluon[(triton.cdiv(n, 128), )](x, out, n, 2.0, 128, gl.BlockedLayout([1], [32], [4], [0]))
