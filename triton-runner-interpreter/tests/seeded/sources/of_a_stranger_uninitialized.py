"""Memory that is read before it was written, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def combines_splits_that_never_ran(k_ptr, part_ptr, out_ptr, length, SPLITS: tl.constexpr, CHUNK: tl.constexpr):
    lanes = tl.arange(0, CHUNK)
    for split in range(0, SPLITS):
        if split * CHUNK < length:
            offs = split * CHUNK + lanes
            tl.store(part_ptr + split, tl.sum(tl.load(k_ptr + offs, mask=offs < length, other=0.0)))
    tl.debug_barrier()
    tl.store(out_ptr, tl.sum(tl.load(part_ptr + tl.arange(0, SPLITS))))


@triton.jit
def combines_splits_that_never_ran_fixed(k_ptr, part_ptr, out_ptr, length, SPLITS: tl.constexpr, CHUNK: tl.constexpr):
    lanes = tl.arange(0, CHUNK)
    for split in range(0, SPLITS):
        offs = split * CHUNK + lanes
        tl.store(part_ptr + split, tl.sum(tl.load(k_ptr + offs, mask=offs < length, other=0.0)))
    tl.debug_barrier()
    tl.store(out_ptr, tl.sum(tl.load(part_ptr + tl.arange(0, SPLITS))))


@triton.jit
def momentum_of_the_first_step(w_ptr, g_ptr, m_ptr, step, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    g = tl.load(g_ptr + offs)
    m = tl.load(m_ptr + offs) * 0.9 + g
    tl.store(m_ptr + offs, m)
    tl.store(w_ptr + offs, tl.load(w_ptr + offs) - 0.01 * m)


@triton.jit
def momentum_of_the_first_step_fixed(w_ptr, g_ptr, m_ptr, step, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    g = tl.load(g_ptr + offs)
    m = g
    if step > 0:
        m = tl.load(m_ptr + offs) * 0.9 + g
    tl.store(m_ptr + offs, m)
    tl.store(w_ptr + offs, tl.load(w_ptr + offs) - 0.01 * m)


@triton.jit
def decode_looks_one_token_ahead(x_ptr, cache_ptr, y_ptr, steps, D: tl.constexpr, T: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)
    for step in range(0, steps):
        tl.store(cache_ptr + step * D + d, tl.load(x_ptr + step * D + d))
        tl.debug_barrier()
        seen = tl.load(cache_ptr + t * D + d[None, :], mask=(t <= step + 1) & (t < T), other=0.0)
        tl.store(y_ptr + step * D + d, tl.sum(seen, axis=0))


@triton.jit
def decode_looks_one_token_ahead_fixed(x_ptr, cache_ptr, y_ptr, steps, D: tl.constexpr, T: tl.constexpr):
    t, d = tl.arange(0, T)[:, None], tl.arange(0, D)
    for step in range(0, steps):
        tl.store(cache_ptr + step * D + d, tl.load(x_ptr + step * D + d))
        tl.debug_barrier()
        seen = tl.load(cache_ptr + t * D + d[None, :], mask=(t <= step) & (t < T), other=0.0)
        tl.store(y_ptr + step * D + d, tl.sum(seen, axis=0))


@triton.jit
def scratch_of_padded_rows(x_ptr, scratch_ptr, y_ptr, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    tl.store(scratch_ptr + r * (N + 1) + c, tl.load(x_ptr + r * N + c))
    tl.debug_barrier()
    tl.store(y_ptr + r * N + c, tl.load(scratch_ptr + c * N + r))


@triton.jit
def scratch_of_padded_rows_fixed(x_ptr, scratch_ptr, y_ptr, N: tl.constexpr):
    r, c = tl.arange(0, N)[:, None], tl.arange(0, N)[None, :]
    tl.store(scratch_ptr + r * N + c, tl.load(x_ptr + r * N + c))
    tl.debug_barrier()
    tl.store(y_ptr + r * N + c, tl.load(scratch_ptr + c * N + r))


@triton.jit
def lock_was_never_set(x_ptr, lock_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    while tl.atomic_cas(lock_ptr, 0, 1) == 1:
        pass
    tl.store(out_ptr, tl.load(out_ptr) + tl.sum(x))
    tl.debug_barrier()
    tl.atomic_xchg(lock_ptr, 0)


@triton.jit
def every_other_byte_of_a_word(x_ptr, bytes_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(bytes_ptr + lanes * 2, tl.load(x_ptr + lanes))
    tl.debug_barrier()
    words = bytes_ptr.to(tl.pointer_type(tl.int16))
    tl.store(y_ptr + lanes, tl.load(words + lanes))


@triton.jit
def every_other_byte_of_a_word_fixed(x_ptr, bytes_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(bytes_ptr + lanes * 2, tl.load(x_ptr + lanes))
    tl.store(bytes_ptr + lanes * 2 + 1, tl.zeros([BLOCK], tl.int8))
    tl.debug_barrier()
    words = bytes_ptr.to(tl.pointer_type(tl.int16))
    tl.store(y_ptr + lanes, tl.load(words + lanes))
