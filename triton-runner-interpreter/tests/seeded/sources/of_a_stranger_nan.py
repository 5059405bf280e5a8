"""Numbers that stop to be any, in shapes of real kernels."""
import triton
import triton.language as tl


@triton.jit
def loss_of_an_impossible_target(x_ptr, target_ptr, loss_ptr, V: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, V)
    x = tl.load(x_ptr + row * V + lanes) * 4.0
    e = tl.exp(x - tl.max(x, axis=0))
    p = tl.sum(tl.where(lanes == tl.load(target_ptr + row), e, 0.0), axis=0) / tl.sum(e, axis=0)
    tl.store(loss_ptr + row, -tl.log(p))


@triton.jit
def loss_of_an_impossible_target_fixed(x_ptr, target_ptr, loss_ptr, V: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, V)
    x = tl.load(x_ptr + row * V + lanes) * 4.0
    m = tl.max(x, axis=0)
    t = tl.sum(tl.where(lanes == tl.load(target_ptr + row), x, 0.0), axis=0)
    tl.store(loss_ptr + row, m + tl.log(tl.sum(tl.exp(x - m), axis=0)) - t)


@triton.jit
def scale_of_a_row_of_zeros(x_ptr, q_ptr, scale_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    inverse = 127.0 / tl.max(tl.abs(x), axis=0)
    tl.store(scale_ptr + row, inverse)
    tl.store(q_ptr + row * N + lanes, (x * inverse).to(tl.int8))


@triton.jit
def scale_of_a_row_of_zeros_fixed(x_ptr, q_ptr, scale_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    most = tl.max(tl.abs(x), axis=0)
    inverse = tl.where(most == 0.0, 1.0, 127.0 / most)
    tl.store(scale_ptr + row, inverse)
    tl.store(q_ptr + row * N + lanes, (x * inverse).to(tl.int8))


@triton.jit
def bytes_of_a_row_of_zeros(x_ptr, q_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    scale = tl.max(tl.abs(x), axis=0) / 127.0
    tl.store(q_ptr + row * N + lanes, (x / scale).to(tl.int8))


@triton.jit
def bytes_of_a_row_of_zeros_fixed(x_ptr, q_ptr, N: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, N)
    x = tl.load(x_ptr + row * N + lanes)
    scale = tl.maximum(tl.max(tl.abs(x), axis=0) / 127.0, 1e-8)
    tl.store(q_ptr + row * N + lanes, (x / scale).to(tl.int8))


@triton.jit
def window_begins_in_a_later_block(q_ptr, k_ptr, y_ptr, first, n, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    q = tl.load(q_ptr + row)
    m, total, acc = -float("inf"), 0.0, 0.0
    for start in range(0, n, BLOCK):
        offs = start + lanes
        k = tl.load(k_ptr + offs, mask=offs < n, other=0.0)
        score = tl.where((offs >= first) & (offs < n), q * k * 0.01, -float("inf"))
        top = tl.maximum(m, tl.max(score, axis=0))
        p = tl.exp(score - top)
        alpha = tl.exp(m - top)
        total = total * alpha + tl.sum(p, axis=0)
        acc = acc * alpha + tl.sum(p * k, axis=0)
        m = top
    tl.store(y_ptr + row, acc / total)


@triton.jit
def window_begins_in_a_later_block_fixed(q_ptr, k_ptr, y_ptr, first, n, BLOCK: tl.constexpr):
    row, lanes = tl.program_id(0), tl.arange(0, BLOCK)
    q = tl.load(q_ptr + row)
    m, total, acc = -float("inf"), 0.0, 0.0
    for start in range(0, n, BLOCK):
        offs = start + lanes
        k = tl.load(k_ptr + offs, mask=offs < n, other=0.0)
        score = tl.where((offs >= first) & (offs < n), q * k * 0.01, -float("inf"))
        top = tl.maximum(m, tl.max(score, axis=0))
        safe = tl.where(top == -float("inf"), 0.0, top)
        p = tl.exp(score - safe)
        alpha = tl.exp(m - safe)
        total = total * alpha + tl.sum(p, axis=0)
        acc = acc * alpha + tl.sum(p * k, axis=0)
        m = top
    tl.store(y_ptr + row, acc / total)


@triton.jit
def softplus_of_a_large_number(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes) * 2.0
    tl.store(y_ptr + lanes, tl.log(1.0 + tl.exp(x)))


@triton.jit
def softplus_of_a_large_number_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes) * 2.0
    tl.store(y_ptr + lanes, tl.where(x > 20.0, x, tl.log(1.0 + tl.exp(x))))


@triton.jit
def certain_and_wrong(x_ptr, loss_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    p = tl.sigmoid(tl.load(x_ptr + offs))
    tl.atomic_add(loss_ptr, -tl.sum(tl.log(1.0 - p), axis=0))


@triton.jit
def certain_and_wrong_fixed(x_ptr, loss_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    p = tl.sigmoid(tl.load(x_ptr + offs))
    tl.atomic_add(loss_ptr, -tl.sum(tl.log(tl.maximum(1.0 - p, 1e-7)), axis=0))


@triton.jit
def tanh_by_exponentials(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    x_tile = tl.make_tensor_descriptor(x_ptr, [R, C], [C, 1], [R, C])
    y_tile = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [R, C])
    e = tl.exp(x_tile.load([0, 0]) * 2.0)
    y_tile.store([0, 0], (e - 1.0) / (e + 1.0))


@triton.jit
def tanh_by_exponentials_fixed(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    x_tile = tl.make_tensor_descriptor(x_ptr, [R, C], [C, 1], [R, C])
    y_tile = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [R, C])
    e = tl.exp(x_tile.load([0, 0]) * 2.0)
    y_tile.store([0, 0], 1.0 - 2.0 / (e + 1.0))
