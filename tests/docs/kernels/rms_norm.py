import triton
import triton.language as tl


@triton.jit
def rms_norm(x, weight, out, rows, columns, eps, BLOCK: tl.constexpr):
    """A row for each program, in one block: right for rows of up to BLOCK columns."""
    column = tl.arange(0, BLOCK)
    inside = column < columns
    start = tl.program_id(0).to(tl.int64) * columns
    value = tl.load(x + start + column, mask=inside, other=0.0).to(tl.float32)
    scale = tl.rsqrt(tl.sum(value * value, 0) / columns + eps)
    factor = tl.load(weight + column, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + start + column, value * scale * factor, mask=inside)
