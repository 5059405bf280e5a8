"""Compiles two kernels as a Python program does, which fills Triton's cache folder (TRITON_CACHE_DIR).

    python fill_cache.py ARCH:WARPS...
"""

import os
import sys

import triton
import triton.language as tl
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = i < n
    tl.store(out + i, tl.load(x + i, mask=inside) + tl.load(y + i, mask=inside), mask=inside)


@triton.jit
def dot(a, b, c, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    i = tl.arange(0, M)[:, None]
    j = tl.arange(0, N)[None, :]
    step = tl.arange(0, K)
    sums = tl.zeros((M, N), dtype=tl.float32)
    for start in range(0, k, K):
        left = tl.load(a + i * k + start + step[None, :])
        right = tl.load(b + (start + step[:, None]) * N + j)
        sums = tl.dot(left, right, sums)
    tl.store(c + i * N + j, sums)


KERNELS = [
    (add, {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32"}, {"BLOCK": 256}),
    (dot, {"a": "*fp16", "b": "*fp16", "c": "*fp32", "k": "i32"}, {"M": 64, "N": 64, "K": 32}),
]

for target in sys.argv[1:]:
    arch, warps = map(int, target.split(":"))
    for kernel, types, constants in KERNELS:
        names = kernel.arg_names
        signature = {**types, **{name: "constexpr" for name in constants}}
        constexprs = {(names.index(name), ): value for name, value in constants.items()}
        attrs = {(names.index(name), ): [["tt.divisibility", 16]] for name in types}
        # A process for each: in 3.3, what was compiled before changes what is compiled after.
        child = os.fork()
        if child == 0:
            source = ASTSource(kernel, signature, constexprs, attrs)
            triton.compile(source, target=GPUTarget("cuda", arch, 32), options={"num_warps": warps})
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit("no result")
