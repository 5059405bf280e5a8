"""Programs that meet at one address."""
import triton
import triton.language as tl


@triton.jit
def histogram_without_atomic(x_ptr, count_ptr):
    bin = tl.load(x_ptr + tl.program_id(0))
    tl.store(count_ptr + bin, tl.load(count_ptr + bin) + 1)


@triton.jit
def histogram_without_atomic_fixed(x_ptr, count_ptr):
    bin = tl.load(x_ptr + tl.program_id(0))
    tl.atomic_add(count_ptr + bin, 1)


@triton.jit
def shift_in_place(x_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = offs + 1 < n
    tl.store(x_ptr + offs, tl.load(x_ptr + offs + 1, mask=mask, other=0.0), mask=mask)


@triton.jit
def shift_in_place_fixed(x_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    mask = (tl.arange(0, BLOCK) + 1 < BLOCK) & (offs + 1 < n)
    tl.store(x_ptr + offs, tl.load(x_ptr + offs + 1, mask=mask, other=0.0), mask=mask)


@triton.jit
def blocks_overlap(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + lanes)
    tl.store(y_ptr + tl.program_id(0) * (BLOCK - 1) + lanes, x)


@triton.jit
def blocks_overlap_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + lanes)
    tl.store(y_ptr + tl.program_id(0) * BLOCK + lanes, x)


@triton.jit
def sum_without_atomic(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.store(out_ptr, tl.sum(x))


@triton.jit
def sum_without_atomic_fixed(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, tl.sum(x))


@triton.jit
def transpose_in_place(x_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    across = tl.load(x_ptr + row * N + lanes)
    tl.store(x_ptr + lanes * N + row, across)


@triton.jit
def transpose_in_place_fixed(x_ptr, N: tl.constexpr):
    rows, lanes = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    base = x_ptr + tl.program_id(0) * N * N
    x = tl.load(base + rows * N + lanes)
    tl.store(base + lanes * N + rows, x)


@triton.jit
def unlocked_sum(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + lanes)
    before = tl.load(out_ptr + lanes)
    while tl.atomic_cas(lock_ptr, 0, 1) == 1:
        pass
    tl.store(out_ptr + lanes, before + x)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0)


@triton.jit
def unlocked_sum_fixed(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + lanes)
    while tl.atomic_cas(lock_ptr, 0, 1) == 1:
        pass
    tl.store(out_ptr + lanes, tl.load(out_ptr + lanes) + x)
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0)


@triton.jit
def last_one_reads_too_early(x_ptr, parts_ptr, done_ptr, out_ptr, P: tl.constexpr):
    part = tl.program_id(0)
    ticket = tl.atomic_add(done_ptr, 1)
    tl.store(parts_ptr + part, tl.load(x_ptr + part) * 2.0)
    if ticket == P - 1:
        tl.store(out_ptr, tl.sum(tl.load(parts_ptr + tl.arange(0, P))))


@triton.jit
def last_one_reads_too_early_fixed(x_ptr, parts_ptr, done_ptr, out_ptr, P: tl.constexpr):
    part = tl.program_id(0)
    tl.store(parts_ptr + part, tl.load(x_ptr + part) * 2.0)
    tl.debug_barrier()
    ticket = tl.atomic_add(done_ptr, 1)
    if ticket == P - 1:
        tl.store(out_ptr, tl.sum(tl.load(parts_ptr + tl.arange(0, P))))


@triton.jit
def column_sums_in_rows(x_ptr, out_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    tl.store(out_ptr + lanes, tl.load(out_ptr + lanes) + x)


@triton.jit
def column_sums_in_rows_fixed(x_ptr, out_ptr, N: tl.constexpr):
    column, lanes = tl.program_id(0), tl.arange(0, N)
    tl.store(out_ptr + column, tl.sum(tl.load(x_ptr + lanes * N + column)))


@triton.jit
def relaxed_flag(x_ptr, flag_ptr, data_ptr, out_ptr):
    if tl.program_id(0) == 0:
        tl.store(data_ptr, tl.load(x_ptr) + 1.0)
        tl.atomic_xchg(flag_ptr, 1, sem="relaxed")
    else:
        while tl.atomic_add(flag_ptr, 0, sem="relaxed") == 0:
            pass
        tl.store(out_ptr, tl.load(data_ptr))


@triton.jit
def relaxed_flag_fixed(x_ptr, flag_ptr, data_ptr, out_ptr):
    if tl.program_id(0) == 0:
        tl.store(data_ptr, tl.load(x_ptr) + 1.0)
        tl.atomic_xchg(flag_ptr, 1, sem="release")
    else:
        while tl.atomic_add(flag_ptr, 0, sem="acquire") == 0:
            pass
        tl.store(out_ptr, tl.load(data_ptr))
