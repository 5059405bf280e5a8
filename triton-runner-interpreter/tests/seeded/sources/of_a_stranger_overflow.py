"""32-bit numbers that wrap on their way to an address or a mask, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def batch_and_head_together(x_ptr, y_ptr, batch_stride, head_stride, n, D: tl.constexpr):
    batch, head, d = tl.program_id(0) // 2, tl.program_id(0) % 2, tl.arange(0, D)
    offs = batch * batch_stride + head * head_stride + d
    x = tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0)
    tl.store(y_ptr + tl.program_id(0) * D + d, x)


@triton.jit
def batch_and_head_together_fixed(x_ptr, y_ptr, batch_stride, head_stride, n, D: tl.constexpr):
    batch, head, d = tl.program_id(0).to(tl.int64) // 2, tl.program_id(0) % 2, tl.arange(0, D)
    offs = batch * batch_stride + head * head_stride + d
    x = tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0)
    tl.store(y_ptr + tl.program_id(0) * D + d, x)


@triton.jit
def count_of_a_large_matrix(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offs < rows * cols
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=mask, other=0.0) + 1.0, mask=mask)


@triton.jit
def count_of_a_large_matrix_fixed(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offs < rows.to(tl.int64) * cols
    tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=mask, other=0.0) + 1.0, mask=mask)


@triton.jit
def starts_of_long_sequences(length_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    length = tl.load(length_ptr + lanes)
    start = tl.cumsum(length, axis=0) - length
    tl.store(y_ptr + lanes, tl.load(x_ptr + start, mask=(start >= 0) & (start < n), other=0.0))


@triton.jit
def starts_of_long_sequences_fixed(length_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    length = tl.load(length_ptr + lanes).to(tl.int64)
    start = tl.cumsum(length, axis=0) - length
    tl.store(y_ptr + lanes, tl.load(x_ptr + start, mask=(start >= 0) & (start < n), other=0.0))


@triton.jit
def pointers_step_by_a_product(x_ptr, out_ptr, stride, steps, BK: tl.constexpr):
    ptrs = x_ptr + tl.arange(0, BK)
    total = tl.zeros([BK], tl.float32)
    for _ in range(0, steps):
        total += tl.load(ptrs)
        ptrs += BK * stride
    tl.store(out_ptr, tl.sum(total))
