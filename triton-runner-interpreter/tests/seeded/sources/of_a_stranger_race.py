"""Programs that meet at one address, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def split_k_stores_its_part(a_ptr, b_ptr, c_ptr, depth, N: tl.constexpr, BK: tl.constexpr):
    r, rk = tl.arange(0, N), tl.program_id(0) * BK + tl.arange(0, BK)
    a = tl.load(a_ptr + r[:, None] * depth + rk[None, :])
    b = tl.load(b_ptr + rk[:, None] * N + r[None, :])
    tl.store(c_ptr + r[:, None] * N + r[None, :], tl.dot(a, b))


@triton.jit
def split_k_stores_its_part_fixed(a_ptr, b_ptr, c_ptr, depth, N: tl.constexpr, BK: tl.constexpr):
    r, rk = tl.arange(0, N), tl.program_id(0) * BK + tl.arange(0, BK)
    a = tl.load(a_ptr + r[:, None] * depth + rk[None, :])
    b = tl.load(b_ptr + rk[:, None] * N + r[None, :])
    tl.atomic_add(c_ptr + r[:, None] * N + r[None, :], tl.dot(a, b))


@triton.jit
def weight_gradient_in_groups(x_ptr, dw_ptr, lock_ptr, N: tl.constexpr, GROUPS: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    group = row % GROUPS
    part = tl.load(x_ptr + row * N + lanes) * 0.5
    while tl.atomic_cas(lock_ptr + row, 0, 1) == 1:
        pass
    tl.store(dw_ptr + group * N + lanes, tl.load(dw_ptr + group * N + lanes) + part)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr + row, 0)


@triton.jit
def weight_gradient_in_groups_fixed(x_ptr, dw_ptr, lock_ptr, N: tl.constexpr, GROUPS: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    group = row % GROUPS
    part = tl.load(x_ptr + row * N + lanes) * 0.5
    while tl.atomic_cas(lock_ptr + group, 0, 1) == 1:
        pass
    tl.store(dw_ptr + group * N + lanes, tl.load(dw_ptr + group * N + lanes) + part)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr + group, 0)


@triton.jit
def scan_takes_the_carry_unasked(x_ptr, carry_ptr, y_ptr, BLOCK: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + part * BLOCK + lanes)
    before = tl.load(carry_ptr + part)
    tl.store(carry_ptr + part + 1, before + tl.sum(x))
    tl.store(y_ptr + part * BLOCK + lanes, tl.cumsum(x) + before)


@triton.jit
def scan_takes_the_carry_unasked_fixed(x_ptr, carry_ptr, y_ptr, BLOCK: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    x = tl.load(x_ptr + part * BLOCK + lanes)
    before = tl.load(carry_ptr)
    for i in range(0, part):
        before += tl.sum(tl.load(x_ptr + i * BLOCK + lanes))
    tl.store(carry_ptr + part + 1, before + tl.sum(x))
    tl.store(y_ptr + part * BLOCK + lanes, tl.cumsum(x) + before)


@triton.jit
def waits_with_a_volatile_load(x_ptr, flag_ptr, part_ptr, out_ptr, N: tl.constexpr):
    lanes = tl.arange(0, N)
    if tl.program_id(0) == 1:
        tl.store(part_ptr + lanes, tl.load(x_ptr + lanes) + 1.0)
        tl.debug_barrier()
        tl.atomic_xchg(flag_ptr, 1, sem="release")
    else:
        while tl.load(flag_ptr, volatile=True) == 0:
            pass
        tl.store(out_ptr + lanes, tl.load(part_ptr + lanes))


@triton.jit
def waits_with_a_volatile_load_fixed(x_ptr, flag_ptr, part_ptr, out_ptr, N: tl.constexpr):
    lanes = tl.arange(0, N)
    if tl.program_id(0) == 1:
        tl.store(part_ptr + lanes, tl.load(x_ptr + lanes) + 1.0)
        tl.debug_barrier()
        tl.atomic_xchg(flag_ptr, 1, sem="release")
    else:
        while tl.atomic_add(flag_ptr, 0, sem="acquire") == 0:
            pass
        tl.debug_barrier()
        tl.store(out_ptr + lanes, tl.load(part_ptr + lanes))


@triton.jit
def dropout_bits_share_a_word(x_ptr, bits_ptr, HALF: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, HALF)
    keep = (tl.load(x_ptr + part * HALF + lanes) > 40.0).to(tl.int32)
    bits = tl.sum(keep << lanes, axis=0) << (HALF * (part % 2))
    tl.store(bits_ptr + part // 2, tl.load(bits_ptr + part // 2) | bits)


@triton.jit
def dropout_bits_share_a_word_fixed(x_ptr, bits_ptr, HALF: tl.constexpr):
    part, lanes = tl.program_id(0), tl.arange(0, HALF)
    keep = (tl.load(x_ptr + part * HALF + lanes) > 40.0).to(tl.int32)
    bits = tl.sum(keep << lanes, axis=0) << (HALF * (part % 2))
    tl.atomic_or(bits_ptr + part // 2, bits)


@triton.jit
def argmax_in_two_steps(x_ptr, best_ptr, place_ptr, BLOCK: tl.constexpr):
    part = tl.program_id(0)
    x = tl.load(x_ptr + part * BLOCK + tl.arange(0, BLOCK))
    value = tl.max(x, axis=0)
    if tl.atomic_max(best_ptr, value) < value:
        tl.store(place_ptr, part * BLOCK + tl.argmax(x, axis=0))


@triton.jit
def argmax_in_two_steps_fixed(x_ptr, best_ptr, place_ptr, BLOCK: tl.constexpr):
    part = tl.program_id(0)
    x = tl.load(x_ptr + part * BLOCK + tl.arange(0, BLOCK))
    value = tl.max(x, axis=0)
    place = part * BLOCK + tl.argmax(x, axis=0)
    tl.atomic_max(place_ptr, (value.to(tl.int64) << 32) | place)


@triton.jit
def blur_in_place(x_ptr, rows, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    above = tl.load(x_ptr + (row - 1) * N + lanes, mask=(lanes < N) & (row > 0), other=0.0)
    below = tl.load(x_ptr + (row + 1) * N + lanes, mask=(lanes < N) & (row + 1 < rows), other=0.0)
    tl.store(x_ptr + row * N + lanes, (above + below + tl.load(x_ptr + row * N + lanes)) / 3.0)


@triton.jit
def blur_in_place_fixed(x_ptr, rows, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    left = tl.load(x_ptr + row * N + lanes - 1, mask=lanes > 0, other=0.0)
    right = tl.load(x_ptr + row * N + lanes + 1, mask=lanes + 1 < N, other=0.0)
    tl.store(x_ptr + row * N + lanes, (left + right + tl.load(x_ptr + row * N + lanes)) / 3.0)
