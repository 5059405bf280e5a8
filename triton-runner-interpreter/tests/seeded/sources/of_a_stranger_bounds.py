"""Accesses outside an argument's memory, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def conv_mask_of_the_output(x_ptr, w_ptr, y_ptr, n, K: tl.constexpr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for k in tl.static_range(K):
        total += tl.load(x_ptr + offs + k, mask=offs < n, other=0.0) * tl.load(w_ptr + k)
    tl.store(y_ptr + offs, total, mask=offs < n)


@triton.jit
def conv_mask_of_the_output_fixed(x_ptr, w_ptr, y_ptr, n, K: tl.constexpr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for k in tl.static_range(K):
        total += tl.load(x_ptr + offs + k, mask=offs + k < n, other=0.0) * tl.load(w_ptr + k)
    tl.store(y_ptr + offs, total, mask=offs < n)


@triton.jit
def matmul_tail_of_k(a_ptr, b_ptr, c_ptr, rows, cols, depth, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    blocks = tl.cdiv(cols, BN)
    rm = (tl.program_id(0) // blocks) * BM + tl.arange(0, BM)
    rn = (tl.program_id(0) % blocks) * BN + tl.arange(0, BN)
    rk = tl.arange(0, BK)
    a_ptrs = a_ptr + rm[:, None] * depth + rk[None, :]
    b_ptrs = b_ptr + rk[:, None] * cols + rn[None, :]
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(depth, BK)):
        a = tl.load(a_ptrs, mask=(rm[:, None] < rows) & (rk[None, :] < depth - k * BK), other=0.0)
        b = tl.load(b_ptrs, mask=rn[None, :] < cols, other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK
        b_ptrs += BK * cols
    tl.store(c_ptr + rm[:, None] * cols + rn[None, :], acc, mask=(rm[:, None] < rows) & (rn[None, :] < cols))


@triton.jit
def matmul_tail_of_k_fixed(a_ptr, b_ptr, c_ptr, rows, cols, depth, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    blocks = tl.cdiv(cols, BN)
    rm = (tl.program_id(0) // blocks) * BM + tl.arange(0, BM)
    rn = (tl.program_id(0) % blocks) * BN + tl.arange(0, BN)
    rk = tl.arange(0, BK)
    a_ptrs = a_ptr + rm[:, None] * depth + rk[None, :]
    b_ptrs = b_ptr + rk[:, None] * cols + rn[None, :]
    acc = tl.zeros([BM, BN], tl.float32)
    for k in range(0, tl.cdiv(depth, BK)):
        a = tl.load(a_ptrs, mask=(rm[:, None] < rows) & (rk[None, :] < depth - k * BK), other=0.0)
        b = tl.load(b_ptrs, mask=(rk[:, None] < depth - k * BK) & (rn[None, :] < cols), other=0.0)
        acc = tl.dot(a, b, acc)
        a_ptrs += BK
        b_ptrs += BK * cols
    tl.store(c_ptr + rm[:, None] * cols + rn[None, :], acc, mask=(rm[:, None] < rows) & (rn[None, :] < cols))


@triton.jit
def cache_one_page_more(pages_ptr, length_ptr, cache_ptr, out_ptr, MAX_PAGES: tl.constexpr, PAGE: tl.constexpr):
    sequence = tl.program_id(0)
    length = tl.load(length_ptr + sequence)
    lanes = tl.arange(0, PAGE)
    total = tl.zeros([PAGE], tl.float32)
    for i in range(0, length // PAGE + 1):
        page = tl.load(pages_ptr + sequence * MAX_PAGES + i)
        total += tl.load(cache_ptr + page * PAGE + lanes, mask=i * PAGE + lanes < length, other=0.0)
    tl.store(out_ptr + sequence, tl.sum(total))


@triton.jit
def cache_one_page_more_fixed(pages_ptr, length_ptr, cache_ptr, out_ptr, MAX_PAGES: tl.constexpr, PAGE: tl.constexpr):
    sequence = tl.program_id(0)
    length = tl.load(length_ptr + sequence)
    lanes = tl.arange(0, PAGE)
    total = tl.zeros([PAGE], tl.float32)
    for i in range(0, tl.cdiv(length, PAGE)):
        page = tl.load(pages_ptr + sequence * MAX_PAGES + i)
        total += tl.load(cache_ptr + page * PAGE + lanes, mask=i * PAGE + lanes < length, other=0.0)
    tl.store(out_ptr + sequence, tl.sum(total))


@triton.jit
def descriptor_of_too_many_rows(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [rows, C], [C, 1], [R, C])
    y.store([tl.program_id(0) * R, 0], x.load([tl.program_id(0) * R, 0]) + 1.0)


@triton.jit
def padding_token_unmasked(token_ptr, table_ptr, y_ptr, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T), tl.arange(0, D)
    token = tl.load(token_ptr + t)
    row = tl.load(table_ptr + token[:, None] * D + d[None, :])
    tl.store(y_ptr + t[:, None] * D + d[None, :], tl.where(token[:, None] >= 0, row, 0.0))


@triton.jit
def padding_token_unmasked_fixed(token_ptr, table_ptr, y_ptr, T: tl.constexpr, D: tl.constexpr):
    t, d = tl.arange(0, T), tl.arange(0, D)
    token = tl.load(token_ptr + t)
    row = tl.load(table_ptr + token[:, None] * D + d[None, :], mask=token[:, None] >= 0, other=0.0)
    tl.store(y_ptr + t[:, None] * D + d[None, :], row)


@triton.jit
def rotary_partner_of_the_second_half(x_ptr, y_ptr, dim, BLOCK: tl.constexpr):
    lanes, half = tl.arange(0, BLOCK), dim // 2
    base = tl.program_id(0) * dim
    x = tl.load(x_ptr + base + lanes, mask=lanes < dim, other=0.0)
    partner = tl.load(x_ptr + base + lanes + half, mask=lanes < dim, other=0.0)
    tl.store(y_ptr + base + lanes, x * 0.5 - partner, mask=lanes < half)


@triton.jit
def rotary_partner_of_the_second_half_fixed(x_ptr, y_ptr, dim, BLOCK: tl.constexpr):
    lanes, half = tl.arange(0, BLOCK), dim // 2
    base = tl.program_id(0) * dim
    x = tl.load(x_ptr + base + lanes, mask=lanes < dim, other=0.0)
    partner = tl.load(x_ptr + base + lanes + half, mask=lanes < half, other=0.0)
    tl.store(y_ptr + base + lanes, x * 0.5 - partner, mask=lanes < half)


@triton.jit
def nibbles_taken_for_bytes(packed_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    byte = tl.load(packed_ptr + offs, mask=offs < n, other=0)
    tl.store(y_ptr + offs, ((byte >> ((offs & 1) * 4).to(tl.int8)) & 15).to(tl.float32) - 8.0, mask=offs < n)


@triton.jit
def nibbles_taken_for_bytes_fixed(packed_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    byte = tl.load(packed_ptr + offs // 2, mask=offs < n, other=0)
    tl.store(y_ptr + offs, ((byte >> ((offs & 1) * 4).to(tl.int8)) & 15).to(tl.float32) - 8.0, mask=offs < n)
