"""Kernels of the GPU tests. `regenerate.sh` writes their artifacts anew."""

import triton
import triton.language as tl


@triton.jit
def add(x, y, out, n, BLOCK: tl.constexpr):
    """out = x + y"""
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask) + tl.load(y + offsets, mask), mask)


@triton.jit
def axpb(x, out, scale, bias, n, BLOCK: tl.constexpr):
    """out = x * scale + bias"""
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    tl.store(out + offsets, tl.load(x + offsets, mask) * scale + bias, mask)


@triton.jit
def tile(x, out, rows, columns, scale, BLOCK: tl.constexpr):
    """out = x * scale, through tensor descriptors that each program makes in scratch memory"""
    source = tl._experimental_make_tensor_descriptor(x, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    target = tl._experimental_make_tensor_descriptor(out, [rows, columns], [columns, 1], [BLOCK, BLOCK])
    row, column = tl.program_id(0) * BLOCK, tl.program_id(1) * BLOCK
    target.store([row, column], source.load([row, column]) * scale)


@triton.jit
def scalars(out, flag, a, b, c, d, e, f, g, h):
    """One number of each type, each in an element of its own."""
    tl.store(out, flag.to(tl.float64))
    tl.store(out + 1, a.to(tl.float64))
    tl.store(out + 2, b.to(tl.float64))
    tl.store(out + 3, c.to(tl.float64))
    tl.store(out + 4, d.to(tl.float64))
    tl.store(out + 5, e.to(tl.float64))
    tl.store(out + 6, f.to(tl.float64))
    tl.store(out + 7, g.to(tl.float64))
    tl.store(out + 8, h.to(tl.float64))


@triton.jit
def dot(a, b, c, k, M: tl.constexpr, N: tl.constexpr, K: tl.constexpr):
    """C = A * B of one tile: A is M x k, B is k x N, both row-major, k a multiple of K."""
    row, column, depth = tl.arange(0, M), tl.arange(0, N), tl.arange(0, K)
    sum = tl.zeros((M, N), dtype=tl.float32)
    for start in range(0, k, K):
        left = tl.load(a + row[:, None] * k + (start + depth)[None, :])
        right = tl.load(b + (start + depth)[:, None] * N + column[None, :])
        sum = tl.dot(left, right, sum)
    tl.store(c + row[:, None] * N + column[None, :], sum)


@triton.jit
def softmax(x, out, columns, BLOCK: tl.constexpr):
    """A row for each program; with two CTAs to a cluster, its sums go through both."""
    offsets = tl.arange(0, BLOCK)
    row = tl.program_id(0) * columns
    value = tl.load(x + row + offsets, offsets < columns, float("-inf"))
    value = tl.exp(value - tl.max(value, axis=0))
    tl.store(out + row + offsets, value / tl.sum(value, axis=0), offsets < columns)


@triton.jit
def gather(x, out, arrived, programs, BLOCK: tl.constexpr):
    """Sums what every program wrote, once all have: all must run at the same time."""
    program = tl.program_id(0)
    tl.store(x + program, program + 1)
    tl.debug_barrier()
    tl.atomic_add(arrived, 1, sem="acq_rel", scope="gpu")
    while tl.atomic_add(arrived, 0, sem="acq_rel", scope="gpu") < programs:
        pass
    offsets = tl.arange(0, BLOCK)
    values = tl.load(x + offsets, offsets < programs, 0, volatile=True)
    tl.store(out + program, tl.sum(values, axis=0))


@triton.jit
def described(source, out, BLOCK: tl.constexpr):
    """Copies blocks of BLOCK rows and the first BLOCK columns of a tensor that comes as a descriptor."""
    rows = source.load([tl.program_id(0) * BLOCK, 0])
    offsets = tl.arange(0, BLOCK)
    tl.store(out + tl.program_id(0) * BLOCK * BLOCK + offsets[:, None] * BLOCK + offsets[None, :], rows)


@triton.jit
def stored(x, target, BLOCK: tl.constexpr):
    """Stores blocks through a descriptor; what lies outside of the tensor is left alone."""
    offsets = tl.arange(0, BLOCK)
    base = tl.program_id(0) * BLOCK * BLOCK
    values = tl.load(x + base + offsets[:, None] * BLOCK + offsets[None, :])
    target.store([tl.program_id(0) * BLOCK, 0], values)


@triton.jit
def step(x, BLOCK: tl.constexpr):
    """x = x * 2 + 1 in place, after the kernel ahead of it has ended."""
    tl.extra.cuda.gdc_wait()
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + offsets)
    tl.extra.cuda.gdc_launch_dependents()
    tl.store(x + offsets, value * 2 + 1)
