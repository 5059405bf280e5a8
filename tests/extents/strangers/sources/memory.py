"""Kinds of access: atomic, by descriptor, by block, by a pointer of another kind."""

import triton
import triton.language as tl


@triton.jit
def slot_of_counter(p: "*i32", q: "*fp32", n: "i32"):
    at = tl.atomic_add(p, 1)
    tl.store(q + at, 1.0)


@triton.jit
def slot_of_counter_checked(p: "*i32", q: "*fp32", n: "i32"):
    # What was there before may be negative.
    at = tl.atomic_add(p, 1)
    if at < n:
        tl.store(q + at, 1.0)


@triton.jit
def swapped_index(p: "*i32", q: "*fp32", n: "i32"):
    at = tl.atomic_cas(p, 0, n)
    tl.store(q + at, 1.0, mask=at >= 0)


@triton.jit
def exchanged_bounded(p: "*i32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    at = tl.atomic_xchg(p + tl.arange(0, B), 3)
    tl.store(q + (at & 31), 1.0, mask=at < n)


@triton.jit
def atomic_by_wrong_mask(p: "*fp32", n: "i32", m: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.atomic_add(p + i * m, 1.0, mask=i < n)


@triton.jit
def atomic_of_halves(p: "*fp16", n: "i32", B: tl.constexpr = 16):
    i = n - tl.arange(0, B)
    tl.atomic_add(p + i, tl.full((B, ), 1.0, tl.float16), mask=i <= n - 3)


@triton.jit
def atomic_maximum_of_floats(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.atomic_max(p + i, 1.0, mask=i < n)
    tl.atomic_min(p + i, 1.0, mask=i > n)


@triton.jit
def lock_and_store(lock: "*i32", p: "*fp32", n: "i32", B: tl.constexpr = 16):
    while tl.atomic_cas(lock + n, 0, 1) == 1:
        pass
    tl.store(p + tl.arange(0, B), 1.0)
    tl.atomic_xchg(lock + n, 0)


@triton.jit
def descriptor_of_scalars(p: "*fp32", q: "*fp32", m: "i32", n: "i32", x: "i32", y: "i32", B: tl.constexpr = 8):
    d = tl.make_tensor_descriptor(p, shape=[m, n], strides=[n, 1], block_shape=[B, B])
    tile = d.load([x, y])
    e = tl.make_tensor_descriptor(q, shape=[m, n], strides=[n, 1], block_shape=[B, B])
    e.store([y, x], tile)


@triton.jit
def descriptor_of_more(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    # One row too many.
    d = tl.make_tensor_descriptor(p, shape=[m + 1, n], strides=[n, 1], block_shape=[B, B])
    d.store([tl.program_id(0) * B, tl.program_id(1) * B], tl.full((B, B), 1.0, tl.float32))


@triton.jit
def descriptor_of_own_stride(p: "*fp32", m: "i32", n: "i32", stride: "i64", B: tl.constexpr = 8):
    d = tl.make_tensor_descriptor(p, shape=[m, n], strides=[stride, 1], block_shape=[B, B])
    d.store([tl.program_id(0) * B, 0], tl.full((B, B), 1.0, tl.float32))


@triton.jit
def descriptor_behind_start(p: "*fp32", m: "i32", n: "i32", o: "i32", B: tl.constexpr = 8):
    d = tl.make_tensor_descriptor(p + o, shape=[m, n], strides=[n, 1], block_shape=[B, B])
    d.atomic_add([0, 0], tl.full((B, B), 1.0, tl.float32))


@triton.jit
def descriptor_of_one_axis(p: "*fp32", n: "i32", o: "i32", B: tl.constexpr = 16):
    d = tl.make_tensor_descriptor(p, shape=[n], strides=[1], block_shape=[B])
    d.store([o + tl.program_id(0) * B], tl.full((B, ), 1.0, tl.float32))


@triton.jit
def descriptor_gathers(p: "*fp32", q: "*i32", r: "*fp32", m: "i32", n: "i32", y: "i32", B: tl.constexpr = 8):
    d = tl.make_tensor_descriptor(p, shape=[m, n], strides=[n, 1], block_shape=[1, B])
    rows = tl.load(q + tl.arange(0, B))
    tile = d.gather(rows, y)
    i = tl.arange(0, B)
    tl.store(r + i[:, None] * B + i[None, :], tile)


@triton.jit
def descriptor_scatters(p: "*fp32", q: "*i32", m: "i32", n: "i32", stride: "i32", y: "i32", B: tl.constexpr = 8):
    d = tl.make_tensor_descriptor(p, shape=[m, n], strides=[stride, 1], block_shape=[1, B])
    rows = tl.load(q + tl.arange(0, B))
    d.scatter(tl.full((B, B), 1.0, tl.float32), rows, y)


@triton.jit
def descriptor_in_loop(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    for k in range(0, m):
        d = tl.make_tensor_descriptor(p + k * n, shape=[m, n], strides=[n, 1], block_shape=[B, B])
        d.store([0, 0], tl.full((B, B), 1.0, tl.float32))


@triton.jit
def descriptor_by_branch(p: "*fp32", q: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    if n > m:
        d = tl.make_tensor_descriptor(p, shape=[m, n], strides=[n, 1], block_shape=[B, B])
    else:
        d = tl.make_tensor_descriptor(q, shape=[n, m], strides=[n, 1], block_shape=[B, B])
    d.store([0, 0], tl.full((B, B), 1.0, tl.float32))


@triton.jit
def block_unchecked(p: "*fp32", m: "i32", n: "i32", B: tl.constexpr = 8):
    # Only the rows are checked.
    b = tl.make_block_ptr(p, (m, n), (n, 1), (tl.program_id(0) * B, 0), (B, B), (1, 0))
    tl.store(b, tl.full((B, B), 1.0, tl.float32), boundary_check=(0, ))


@triton.jit
def block_advanced(p: "*fp32", q: "*fp32", m: "i32", n: "i32", by: "i32", B: tl.constexpr = 8):
    b = tl.make_block_ptr(p, (m, n), (n, 1), (0, 0), (B, B), (1, 0))
    sum = tl.zeros((B, B), tl.float32)
    for _ in range(0, n, B):
        sum += tl.load(b, boundary_check=(0, 1))
        b = tl.advance(b, (by, B))
    c = tl.make_block_ptr(q, (m, n), (m, 1), (0, 0), (B, B), (1, 0))
    tl.store(c, sum, boundary_check=(0, 1))


@triton.jit
def wider_elements(p: "*i8", n: "i32", B: tl.constexpr = 16):
    # Elements of 8 bytes behind a pointer to bytes.
    q = p.to(tl.pointer_type(tl.int64))
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(q + i, i.to(tl.int64), mask=i * 8 <= n)


@triton.jit
def narrower_elements(p: "*i64", n: "i32", B: tl.constexpr = 16):
    q = p.to(tl.pointer_type(tl.int8)) - n
    i = tl.program_id(0) * B + tl.arange(0, B)
    tl.store(q + i * n, i.to(tl.int8), mask=i < n)


@triton.jit
def pointer_as_number(p: "*i8", n: "i64", B: tl.constexpr = 16):
    at = p.to(tl.int64) + n
    q = at.to(tl.pointer_type(tl.int8))
    tl.store(q + tl.arange(0, B), 1)


@triton.jit
def table_of_pointers(p: "*i64", n: "i32", B: tl.constexpr = 16):
    q = tl.load(p + n).to(tl.pointer_type(tl.float32))
    tl.store(q + tl.arange(0, B), 1.0)


@triton.jit
def volatile_loads(p: "*fp32", q: "*fp32", n: "i32", B: tl.constexpr = 16):
    i = n - 1 - tl.arange(0, B)
    x = tl.load(p + i, mask=i >= -1, other=0.0, volatile=True)
    y = tl.load(p + i + 1, mask=i >= 0, other=0.0, cache_modifier=".cg", eviction_policy="evict_last")
    tl.store(q + i, x + y, mask=i > 0, cache_modifier=".wb", eviction_policy="evict_first")


@triton.jit
def single_elements(p: "*fp32", n: "i32", m: "i32"):
    x = tl.load(p + n, mask=n < m, other=0.0)
    tl.store(p + n - m, x, mask=n >= m)


@triton.jit
def unused_load(p: "*fp32", n: "i32", B: tl.constexpr = 16):
    # Nothing uses what is loaded, but it may be loaded all the same.
    tl.load(p + n + tl.arange(0, B), volatile=True)


@triton.jit
def rows_by_stride_of_other(p: "*fp32", q: "*fp32", m: "i32", n: "i32", sp: "i32", sq: "i32", B: tl.constexpr = 16):
    r = tl.program_id(0)
    c = tl.arange(0, B)
    if r < m:
        x = tl.load(p + r * sp + c, mask=c < n, other=0.0)
        tl.store(q + r.to(tl.int64) * sq - c, x, mask=c < n)
