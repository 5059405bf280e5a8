"""Memory that is read before it was written."""
import triton
import triton.language as tl


@triton.jit
def atomic_into_fresh(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, tl.sum(x))


@triton.jit
def accumulates_into_fresh(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(out_ptr + offs) + tl.load(x_ptr + offs))


@triton.jit
def accumulates_into_fresh_fixed(x_ptr, out_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(out_ptr + offs, tl.load(x_ptr + offs))


@triton.jit
def scratch_read_too_far(x_ptr, scratch_ptr, out_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(scratch_ptr + lanes, tl.load(x_ptr + lanes, mask=lanes < n, other=0.0), mask=lanes < n)
    tl.debug_barrier()
    tl.store(out_ptr + lanes, tl.load(scratch_ptr + BLOCK - 1 - lanes))


@triton.jit
def scratch_read_too_far_fixed(x_ptr, scratch_ptr, out_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(scratch_ptr + lanes, tl.load(x_ptr + lanes, mask=lanes < n, other=0.0))
    tl.debug_barrier()
    tl.store(out_ptr + lanes, tl.load(scratch_ptr + BLOCK - 1 - lanes))


@triton.jit
def max_into_fresh(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_max(out_ptr, tl.max(x))


@triton.jit
def first_step_is_no_other(x_ptr, state_ptr, steps, N: tl.constexpr):
    lanes = tl.arange(0, N)
    for step in range(0, steps):
        before = tl.load(state_ptr + lanes)
        tl.store(state_ptr + lanes, before * 0.5 + tl.load(x_ptr + step * N + lanes))
        tl.debug_barrier()


@triton.jit
def first_step_is_no_other_fixed(x_ptr, state_ptr, steps, N: tl.constexpr):
    lanes = tl.arange(0, N)
    tl.store(state_ptr + lanes, tl.zeros([N], tl.float32))
    for step in range(0, steps):
        tl.debug_barrier()
        before = tl.load(state_ptr + lanes)
        tl.store(state_ptr + lanes, before * 0.5 + tl.load(x_ptr + step * N + lanes))
