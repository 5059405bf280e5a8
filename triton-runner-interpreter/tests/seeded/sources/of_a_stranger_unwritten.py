"""Outputs that are not written as a whole, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def persistent_tiles_rounded_down(x_ptr, y_ptr, rows, cols, BM: tl.constexpr, BN: tl.constexpr):
    across = tl.cdiv(cols, BN)
    for tile in range(tl.program_id(0), (rows // BM) * across, tl.num_programs(0)):
        r = (tile // across) * BM + tl.arange(0, BM)[:, None]
        c = (tile % across) * BN + tl.arange(0, BN)[None, :]
        mask = (r < rows) & (c < cols)
        tl.store(y_ptr + r * cols + c, tl.load(x_ptr + r * cols + c, mask=mask, other=0.0) * 2.0, mask=mask)


@triton.jit
def persistent_tiles_rounded_down_fixed(x_ptr, y_ptr, rows, cols, BM: tl.constexpr, BN: tl.constexpr):
    across = tl.cdiv(cols, BN)
    for tile in range(tl.program_id(0), tl.cdiv(rows, BM) * across, tl.num_programs(0)):
        r = (tile // across) * BM + tl.arange(0, BM)[:, None]
        c = (tile % across) * BN + tl.arange(0, BN)[None, :]
        mask = (r < rows) & (c < cols)
        tl.store(y_ptr + r * cols + c, tl.load(x_ptr + r * cols + c, mask=mask, other=0.0) * 2.0, mask=mask)


@triton.jit
def one_query_head_of_a_group(q_ptr, k_ptr, y_ptr, GROUP: tl.constexpr, D: tl.constexpr):
    kv, d = tl.program_id(0), tl.arange(0, D)
    k = tl.load(k_ptr + kv * D + d)
    q = tl.load(q_ptr + kv * GROUP * D + d)
    tl.store(y_ptr + kv * GROUP * D + d, q * k)


@triton.jit
def one_query_head_of_a_group_fixed(q_ptr, k_ptr, y_ptr, GROUP: tl.constexpr, D: tl.constexpr):
    kv, d = tl.program_id(0), tl.arange(0, D)
    k = tl.load(k_ptr + kv * D + d)
    for g in tl.static_range(GROUP):
        q = tl.load(q_ptr + (kv * GROUP + g) * D + d)
        tl.store(y_ptr + (kv * GROUP + g) * D + d, q * k)


@triton.jit
def rest_after_the_kept_ones(x_ptr, y_ptr, limit, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    keep = x >= limit
    tl.store(y_ptr + tl.cumsum(keep.to(tl.int32), axis=0) - 1, x, mask=keep)


@triton.jit
def rest_after_the_kept_ones_fixed(x_ptr, y_ptr, limit, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes)
    keep = x >= limit
    one = keep.to(tl.int32)
    tl.store(y_ptr + tl.cumsum(one, axis=0) - 1, x, mask=keep)
    tl.store(y_ptr + lanes, tl.full([BLOCK], -1, tl.int32), mask=lanes >= tl.sum(one, axis=0))


@triton.jit
def rotary_halves_at_one_place(x_ptr, cos_ptr, sin_ptr, y_ptr, HALF: tl.constexpr):
    lanes = tl.arange(0, HALF)
    base = tl.program_id(0) * HALF * 2
    x, z = tl.load(x_ptr + base + lanes), tl.load(x_ptr + base + HALF + lanes)
    cos, sin = tl.load(cos_ptr + lanes), tl.load(sin_ptr + lanes)
    tl.store(y_ptr + base + lanes, x * cos - z * sin)
    tl.store(y_ptr + base + lanes, z * cos + x * sin)


@triton.jit
def rotary_halves_at_one_place_fixed(x_ptr, cos_ptr, sin_ptr, y_ptr, HALF: tl.constexpr):
    lanes = tl.arange(0, HALF)
    base = tl.program_id(0) * HALF * 2
    x, z = tl.load(x_ptr + base + lanes), tl.load(x_ptr + base + HALF + lanes)
    cos, sin = tl.load(cos_ptr + lanes), tl.load(sin_ptr + lanes)
    tl.store(y_ptr + base + lanes, x * cos - z * sin)
    tl.store(y_ptr + base + HALF + lanes, z * cos + x * sin)


@triton.jit
def descriptor_of_too_few_columns(x_ptr, y_ptr, rows, cols, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [rows, cols], [C, 1], [R, C])
    y.store([tl.program_id(0) * R, 0], x.load([tl.program_id(0) * R, 0]) * 2.0)


@triton.jit
def causal_blocks_left_out(q_ptr, k_ptr, y_ptr, N: tl.constexpr, B: tl.constexpr):
    block, lanes = tl.program_id(0), tl.arange(0, B)
    r = block * B + lanes[:, None]
    q = tl.load(q_ptr + block * B + lanes)
    for start in range(0, (block + 1) * B, B):
        c = start + lanes[None, :]
        score = q[:, None] * tl.load(k_ptr + c)
        tl.store(y_ptr + r * N + c, tl.where(r >= c, score, -1.0))


@triton.jit
def causal_blocks_left_out_fixed(q_ptr, k_ptr, y_ptr, N: tl.constexpr, B: tl.constexpr):
    block, lanes = tl.program_id(0), tl.arange(0, B)
    r = block * B + lanes[:, None]
    q = tl.load(q_ptr + block * B + lanes)
    for start in range(0, N, B):
        c = start + lanes[None, :]
        score = q[:, None] * tl.load(k_ptr + c)
        tl.store(y_ptr + r * N + c, tl.where(r >= c, score, -1.0))
