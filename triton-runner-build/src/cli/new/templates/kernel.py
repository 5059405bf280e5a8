"""Adds two vectors. After a change, this writes `KERNEL.ttir` and `KERNEL.json` anew:

    cargo triton export KERNEL_FILE::KERNEL \
        --arg 'x=*fp32:16' --arg 'y=*fp32:16' --arg 'out=*fp32:16' --arg n=i32 \
        --const BLOCK=1024 --num-warps 4
"""

import triton
import triton.language as tl


@triton.jit
def KERNEL(x, y, out, n, BLOCK: tl.constexpr):
    """out[i] = x[i] + y[i] for i < n; program p does the elements from p * BLOCK on."""
    index = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    total = tl.load(x + index, mask=inside) + tl.load(y + index, mask=inside)
    tl.store(out + index, total, mask=inside)
