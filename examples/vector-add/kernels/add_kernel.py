"""Adds two fp32 vectors.

From the repository's root, this writes `add_kernel.ttir` and `add_kernel.json` anew:

    cargo triton export examples/vector-add/kernels/add_kernel.py::add_kernel \
        --arg 'x=*fp32:16' --arg 'y=*fp32:16' --arg 'out=*fp32:16' --arg n=i32 \
        --const BLOCK=1024 --num-warps 4
"""

import triton
import triton.language as tl


@triton.jit
def add_kernel(x, y, out, n, BLOCK: tl.constexpr):
    """out[i] = x[i] + y[i] for i < n. Program p adds the elements from p * BLOCK on."""
    # 64 bits: in the last block of a vector close to 2^31 elements, an index may pass what 32 bits hold.
    index = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    total = tl.load(x + index, mask=inside) + tl.load(y + index, mask=inside)
    tl.store(out + index, total, mask=inside)
