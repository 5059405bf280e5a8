"""What a kernel promises the compiler and doesn't hold, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def page_starts_loaded(start_ptr, x_ptr, y_ptr, PAGE: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, PAGE)
    start = tl.multiple_of(tl.load(start_ptr + row), PAGE)
    tl.store(y_ptr + row * PAGE + lanes, tl.load(x_ptr + start + lanes))


@triton.jit
def matmul_rows_wrapped(a_ptr, b_ptr, c_ptr, rows, BM: tl.constexpr, N: tl.constexpr):
    rm = tl.program_id(0) * BM + tl.arange(0, BM)
    ram = tl.max_contiguous(tl.multiple_of(rm % rows, BM), BM)
    n = tl.arange(0, N)
    a = tl.load(a_ptr + ram[None, :] + n[:, None] * rows)
    b = tl.load(b_ptr + n[:, None] * N + n[None, :])
    tl.store(c_ptr + rm[:, None] * N + n[None, :], tl.dot(tl.trans(a), b), mask=rm[:, None] < rows)


@triton.jit
def stride_of_a_flipped_row(x_ptr, y_ptr, start, stride, N: tl.constexpr):
    tl.assume(stride > 0)
    lanes = tl.arange(0, N)
    tl.store(y_ptr + lanes, tl.load(x_ptr + start + lanes * stride))


@triton.jit
def stride_compiled_as_sixteens(x_ptr, y_ptr, stride, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    tl.store(y_ptr + row * N + lanes, tl.load(x_ptr + row * stride + lanes))


@triton.jit
def expert_that_isnt_here(expert_ptr, w_ptr, y_ptr, experts, D: tl.constexpr):
    token, d = tl.program_id(0), tl.arange(0, D)
    expert = tl.load(expert_ptr + token)
    tl.assume(expert < experts)
    tl.store(y_ptr + token * D + d, tl.load(w_ptr + expert * D + d))


@triton.jit
def heads_in_smaller_groups(k_ptr, y_ptr, group, HEADS: tl.constexpr):
    heads = tl.arange(0, HEADS)
    kv = tl.max_constancy(heads // group, [4])
    tl.store(y_ptr + heads, tl.load(k_ptr + kv))


@triton.jit
def last_block_isnt_whole(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for start in range(0, n, BLOCK):
        tl.assume(start + BLOCK <= n)
        total += tl.load(x_ptr + start + lanes, mask=start + lanes < n, other=0.0)
    tl.store(out_ptr, tl.sum(total))
