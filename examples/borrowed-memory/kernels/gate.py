"""Scales each row of a matrix by a sigmoid of a vector.

From the repository's root, this writes `gate.ttir` and `gate.json` anew:

    cargo triton export examples/borrowed-memory/kernels/gate.py::gate \
        --arg 'x=*fp32' --arg x_stride=i32 --arg 'by=*fp32' --arg 'out=*fp32:16' --arg columns=i32 \
        --const BLOCK=256 --num-warps 4
"""

import triton
import triton.language as tl


@triton.jit
def gate(x, x_stride, by, out, columns, BLOCK: tl.constexpr):
    """out[r, c] = x[r, c] * sigmoid(by[c]). Program (r, b) does BLOCK columns of row r from b * BLOCK on.

    The rows of `x` begin `x_stride` elements apart, those of `out` `columns`.
    """
    # 64 bits: an element of a large matrix may lie further from its start than 32 bits can say.
    row = tl.program_id(0).to(tl.int64)
    column = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = column < columns
    value = tl.load(x + row * x_stride + column, mask=inside)
    weight = tl.sigmoid(tl.load(by + column, mask=inside))
    tl.store(out + row * columns + column, value * weight, mask=inside)
