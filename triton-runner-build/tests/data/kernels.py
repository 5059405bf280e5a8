"""Kernels of the test data: each one is small and shows one thing that the readers have to cope with."""

import triton
import triton.language as tl


@triton.jit
def add(x_ptr, y_ptr, out_ptr, n, BLOCK: tl.constexpr):
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offsets < n
    x = tl.load(x_ptr + offsets, mask=mask)
    y = tl.load(y_ptr + offsets, mask=mask)
    tl.store(out_ptr + offsets, x + y, mask=mask)


@triton.jit
def types(a, b, c, d, e, f, g, h, flag, i8, i16, i32, i64, f16, bf16, f32, f64):
    """Every type that an argument can have; b and d are not used."""
    total = i8.to(tl.float64) + i16 + i32 + i64 + f16 + bf16 + f32 + f64
    if flag:
        tl.store(h, total)
    tl.store(a, tl.load(c))
    tl.store(e, bf16)
    tl.store(f, tl.load(g))


@triton.jit
def matmul(a_ptr, b_ptr, c_ptr, m, n, k, stride_a, stride_b, stride_c, BM: tl.constexpr, BN: tl.constexpr,
           BK: tl.constexpr):
    """Pointers that a loop carries."""
    rows = tl.program_id(0) * BM + tl.arange(0, BM)
    cols = tl.program_id(1) * BN + tl.arange(0, BN)
    inner = tl.arange(0, BK)
    a = a_ptr + rows[:, None] * stride_a + inner[None, :]
    b = b_ptr + inner[:, None] * stride_b + cols[None, :]
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for _ in range(0, k, BK):
        acc = tl.dot(tl.load(a), tl.load(b), acc)
        a += BK
        b += BK * stride_b
    c = c_ptr + rows[:, None] * stride_c + cols[None, :]
    tl.store(c, acc.to(tl.float16), mask=(rows[:, None] < m) & (cols[None, :] < n))


@triton.jit
def spill(a_ptr, b_ptr, c_ptr, k, N: tl.constexpr):
    """More values than registers (compiled with maxnreg)."""
    offsets = tl.arange(0, N)
    acc = tl.load(c_ptr + offsets)
    for i in range(k):
        a = tl.load(a_ptr + offsets)
        acc = acc * tl.load(b_ptr + i) + a
        tl.debug_barrier()
    tl.store(c_ptr + offsets, acc)


@triton.jit(noinline=True)
def put(ptr, value):
    tl.store(ptr, value)


@triton.jit(noinline=True)
def get(ptr):
    return tl.load(ptr)


@triton.jit
def calls(x_ptr, out_ptr, n):
    """Private functions."""
    pid = tl.program_id(0)
    if pid < n:
        put(out_ptr + pid, get(x_ptr + pid) * 2)


@triton.jit
def flow(x_ptr, y_ptr, z_ptr, out_ptr, count_ptr, n, BLOCK: tl.constexpr):
    """Selects, branches, while loops and atomics."""
    offsets = tl.arange(0, BLOCK)
    if n > 10:
        source = x_ptr
    else:
        source = y_ptr
    i = 0
    target = out_ptr + offsets
    while i < n:
        tl.store(target, tl.load(source + offsets) + tl.load(z_ptr + i))
        target += BLOCK
        i += 1
    tl.atomic_add(count_ptr, 1)


@triton.jit
def block_pointer(x_ptr, out_ptr, n, BLOCK: tl.constexpr):
    """tt.make_tensor_ptr and tt.advance."""
    x = tl.make_block_ptr(x_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    out = tl.make_block_ptr(out_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    for _ in range(0, n, BLOCK):
        tl.store(out, tl.load(x, boundary_check=(0, )), boundary_check=(0, ))
        x = tl.advance(x, (BLOCK, ))
        out = tl.advance(out, (BLOCK, ))


@triton.jit
def tma_device(x_ptr, out_ptr, m, n, BM: tl.constexpr, BN: tl.constexpr):
    """Descriptors made on the device."""
    x = tl.make_tensor_descriptor(x_ptr, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    out = tl.make_tensor_descriptor(out_ptr, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    out.store([row, col], x.load([row, col]))


@triton.jit
def tma_device_old(x_ptr, out_ptr, m, n, BM: tl.constexpr, BN: tl.constexpr):
    """The same in 3.3."""
    x = tl._experimental_make_tensor_descriptor(x_ptr, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    out = tl._experimental_make_tensor_descriptor(out_ptr, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    out.store([row, col], x.load([row, col]))


@triton.jit
def tma_host(x, out, BM: tl.constexpr, BN: tl.constexpr):
    """Descriptors made by the host (3.4 and later)."""
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    out.store([row, col], x.load([row, col]) + 1)


@triton.jit
def tma_untyped(x, out, BM: tl.constexpr, BN: tl.constexpr):
    """Untyped descriptors made by the host (3.2 and 3.3)."""
    row = tl.program_id(0) * BM
    col = tl.program_id(1) * BN
    block = tl._experimental_descriptor_load(x, [row, col], [BM, BN], tl.float16)
    tl._experimental_descriptor_store(out, block, [row, col])


@triton.jit
def outside(x_ptr, out_ptr, ptr_in_asm, BLOCK: tl.constexpr):
    """Inline assembly and libdevice."""
    offsets = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offsets)
    x = tl.inline_asm_elementwise("add.f32 $0, $1, $1;", "=r,r", [x], dtype=tl.float32, is_pure=True, pack=1)
    tl.inline_asm_elementwise("st.global.f32 [$1], $2; mov.u32 $0, 0;", "=r,l,r", [(ptr_in_asm + offsets).to(tl.int64), x],
                              dtype=tl.int32, is_pure=False, pack=1)
    tl.store(out_ptr + offsets, x)


@triton.jit
def warp_specialized(a_ptr, b_ptr, c_ptr, m, n, k, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    """Loads and arithmetic in warps of their own, with descriptors between them."""
    a = tl.make_tensor_descriptor(a_ptr, shape=[m, k], strides=[k, 1], block_shape=[BM, BK])
    b = tl.make_tensor_descriptor(b_ptr, shape=[n, k], strides=[k, 1], block_shape=[BN, BK])
    c = tl.make_tensor_descriptor(c_ptr, shape=[m, n], strides=[n, 1], block_shape=[BM, BN])
    for tile in tl.range(tl.program_id(0), tl.cdiv(n, BN), tl.num_programs(0), warp_specialize=True):
        acc = tl.zeros((BM, BN), dtype=tl.float32)
        for i in range(0, k, BK):
            acc = tl.dot(a.load([0, i]), b.load([tile * BN, i]).T, acc)
        c.store([0, tile * BN], acc.to(tl.float16))
