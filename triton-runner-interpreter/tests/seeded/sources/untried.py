import triton
import triton.language as tl


@triton.jit
def midpoint_of_large_numbers(x_ptr, y_ptr, low, high, steps, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    while high - low > steps:
        middle = (low + high) // 2
        if middle > 1900000000:
            high = middle
        else:
            low = middle
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) + low)


@triton.jit
def midpoint_of_large_numbers_fixed(x_ptr, y_ptr, low, high, steps, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    while high - low > steps:
        middle = low + (high - low) // 2
        if middle > 1900000000:
            high = middle
        else:
            low = middle
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes) + low)


@triton.jit
def persistent_programs_miss_the_last(x_ptr, y_ptr, n, tiles, BLOCK: tl.constexpr):
    for tile in range(tl.program_id(0), tiles - 1, tl.num_programs(0)):
        offs = tile * BLOCK + tl.arange(0, BLOCK)
        tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=offs < n, other=0.0), mask=offs < n)


@triton.jit
def persistent_programs_miss_the_last_fixed(x_ptr, y_ptr, n, tiles, BLOCK: tl.constexpr):
    for tile in range(tl.program_id(0), tiles, tl.num_programs(0)):
        offs = tile * BLOCK + tl.arange(0, BLOCK)
        tl.store(y_ptr + offs, tl.load(x_ptr + offs, mask=offs < n, other=0.0), mask=offs < n)


@triton.jit
def descriptor_adds_to_fresh(x_ptr, sum_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    sums = tl.make_tensor_descriptor(sum_ptr, [R, C], [C, 1], [R, C])
    for row in range(tl.program_id(0) * R, rows, tl.num_programs(0) * R):
        sums.atomic_add([0, 0], x.load([row, 0]))


@triton.jit
def _sum_and_best(x):
    return tl.sum(x, axis=0), tl.max(x, axis=0)


@triton.jit
def pair_of_sum_and_best(x_ptr, sum_ptr, best_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total, best = _sum_and_best(tl.load(x_ptr + lanes, mask=lanes < n))
    tl.store(sum_ptr, total)
    tl.store(best_ptr, best)


@triton.jit
def pair_of_sum_and_best_fixed(x_ptr, sum_ptr, best_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total, _ = _sum_and_best(tl.load(x_ptr + lanes, mask=lanes < n, other=0.0))
    _, best = _sum_and_best(tl.load(x_ptr + lanes, mask=lanes < n, other=-float("inf")))
    tl.store(sum_ptr, total)
    tl.store(best_ptr, best)


@triton.jit
def ticket_takes_half_a_tile(x_ptr, next_ptr, y_ptr, HALF: tl.constexpr, BLOCK: tl.constexpr):
    tile = tl.atomic_add(next_ptr, 1)
    offs = tile * HALF + tl.arange(0, BLOCK)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs) + tile)


@triton.jit
def ticket_takes_half_a_tile_fixed(x_ptr, next_ptr, y_ptr, HALF: tl.constexpr, BLOCK: tl.constexpr):
    tile = tl.atomic_add(next_ptr, 1)
    offs = tile * HALF + tl.arange(0, HALF)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs) + tile)


@triton.jit
def empty_part_never_arrives(x_ptr, length_ptr, done_ptr, y_ptr, PARTS: tl.constexpr):
    part = tl.program_id(0)
    length = tl.load(length_ptr + part)
    if length == 0:
        return
    tl.store(y_ptr + part, tl.load(x_ptr + part) * length)
    tl.atomic_add(done_ptr, 1)
    if part == PARTS - 1:
        while tl.atomic_add(done_ptr, 0) < PARTS:
            pass
        tl.store(y_ptr + PARTS, 1.0)


@triton.jit
def empty_part_never_arrives_fixed(x_ptr, length_ptr, done_ptr, y_ptr, PARTS: tl.constexpr):
    part = tl.program_id(0)
    length = tl.load(length_ptr + part)
    if length != 0:
        tl.store(y_ptr + part, tl.load(x_ptr + part) * length)
    tl.atomic_add(done_ptr, 1)
    if part == PARTS - 1:
        while tl.atomic_add(done_ptr, 0) < PARTS:
            pass
        tl.store(y_ptr + PARTS, 1.0)


@triton.jit
def chain_without_an_end(next_ptr, x_ptr, y_ptr, START: tl.constexpr):
    node, total = START, 0.0
    node = tl.load(next_ptr + node)
    while node >= 0:
        total += tl.load(x_ptr + node)
        node = tl.load(next_ptr + node)
    tl.store(y_ptr, total)


@triton.jit
def _decayed(a, x, b, y):
    return a * b, x * b + y


@triton.jit
def decayed_from_behind_the_end(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    decay = tl.full([BLOCK], 0.5, tl.float32)
    _, state = tl.associative_scan((decay, x), 0, _decayed, reverse=True)
    tl.store(y_ptr + lanes, state, mask=lanes < n)


@triton.jit
def decayed_from_behind_the_end_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=0.0)
    decay = tl.full([BLOCK], 0.5, tl.float32)
    _, state = tl.associative_scan((decay, x), 0, _decayed, reverse=True)
    tl.store(y_ptr + lanes, state, mask=lanes < n)


@triton.jit
def row_of_the_least(x_ptr, table_ptr, y_ptr, n, BLOCK: tl.constexpr, C: tl.constexpr):
    lanes, c = tl.arange(0, BLOCK), tl.arange(0, C)
    _, least = tl.min(tl.load(x_ptr + lanes, mask=lanes < n), axis=0, return_indices=True)
    tl.store(y_ptr + c, tl.load(table_ptr + least * C + c))


@triton.jit
def row_of_the_least_fixed(x_ptr, table_ptr, y_ptr, n, BLOCK: tl.constexpr, C: tl.constexpr):
    lanes, c = tl.arange(0, BLOCK), tl.arange(0, C)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=float("inf"))
    _, least = tl.min(x, axis=0, return_indices=True)
    tl.store(y_ptr + c, tl.load(table_ptr + least * C + c))


@triton.jit
def rounds_of_no_size(x_ptr, y_ptr, n, size, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for _ in range(0, n // size):
        total += tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, total)


@triton.jit
def _merged(mean_a, count_a, mean_b, count_b):
    count = count_a + count_b
    return mean_a + (mean_b - mean_a) * (count_b / count), count


@triton.jit
def mean_of_merged_nothings(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=0.0)
    mean, _ = tl.reduce((x, (lanes < n).to(tl.float32)), 0, _merged)
    tl.store(y_ptr, mean)


@triton.jit
def _merged_or_nothing(mean_a, count_a, mean_b, count_b):
    count = count_a + count_b
    return mean_a + (mean_b - mean_a) * (count_b / tl.maximum(count, 1.0)), count


@triton.jit
def mean_of_merged_nothings_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n, other=0.0)
    mean, _ = tl.reduce((x, (lanes < n).to(tl.float32)), 0, _merged_or_nothing)
    tl.store(y_ptr, mean)


@triton.jit
def two_states_of_one_buffer(x_ptr, state_ptr, y_ptr, steps, N: tl.constexpr):
    lanes = tl.arange(0, N)
    step = 0
    while step < steps:
        before = tl.load(state_ptr + ((step + 1) % 2) * N + lanes)
        tl.store(state_ptr + (step % 2) * N + lanes, before * 0.5 + tl.load(x_ptr + step * N + lanes))
        tl.debug_barrier()
        step += 1
    tl.store(y_ptr + lanes, tl.load(state_ptr + ((step + 1) % 2) * N + lanes))


@triton.jit
def columns_of_two_bytes(x_ptr, y_ptr, width, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None].to(tl.int16), tl.arange(0, C)[None, :].to(tl.int16)
    place = r * width.to(tl.int16) + c
    tl.store(y_ptr + r.to(tl.int32) * C + c, tl.load(x_ptr + place, mask=place >= 0, other=0.0))


@triton.jit
def columns_of_two_bytes_fixed(x_ptr, y_ptr, width, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    place = r * width + c
    tl.store(y_ptr + r * C + c, tl.load(x_ptr + place, mask=place >= 0, other=0.0))


@triton.jit
def kept_where_nothing_was_loaded(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    kept = x > 0.0
    place = tl.cumsum(kept.to(tl.int32), axis=0) - 1
    tl.store(y_ptr + place, x, mask=kept)


@triton.jit
def kept_where_nothing_was_loaded_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    kept = (x > 0.0) & (lanes < n)
    place = tl.cumsum(kept.to(tl.int32), axis=0) - 1
    tl.store(y_ptr + place, x, mask=kept)


@triton.jit
def descriptor_store_of_a_masked_row(x_ptr, length_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    inside = c < tl.load(length_ptr + r)
    x = tl.where(inside, tl.load(x_ptr + r * C + c), -float("inf"))
    p = tl.exp(x - tl.max(x, axis=1)[:, None])
    y = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [R, C])
    y.store([0, 0], p)


@triton.jit
def persistent_tiles_by_tickets(x_ptr, next_ptr, y_ptr, tiles, BLOCK: tl.constexpr):
    tile = tl.atomic_add(next_ptr, 1)
    while tile < tiles:
        offs = tile * BLOCK + tl.arange(0, BLOCK)
        tl.store(y_ptr + offs, tl.load(x_ptr + offs))
        tile = tl.atomic_add(next_ptr, 1)


@triton.jit
def last_one_sums_up(x_ptr, part_ptr, done_ptr, y_ptr, PARTS: tl.constexpr, BLOCK: tl.constexpr):
    part = tl.program_id(0)
    tl.store(part_ptr + part, tl.sum(tl.load(x_ptr + part * BLOCK + tl.arange(0, BLOCK))))
    if tl.atomic_add(done_ptr, 1) == PARTS - 1:
        tl.store(y_ptr, tl.sum(tl.load(part_ptr + tl.arange(0, PARTS))))


@triton.jit
def two_counts_in_one_word(x_ptr, count_ptr, BLOCK: tl.constexpr):
    x = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    if tl.program_id(0) == 0:
        tl.atomic_add(count_ptr.to(tl.pointer_type(tl.int64)), x.to(tl.int64) * 4294967296)
    else:
        tl.atomic_add(count_ptr + 1, x)


@triton.jit
def two_counts_in_one_word_fixed(x_ptr, count_ptr, BLOCK: tl.constexpr):
    x = tl.sum(tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)))
    tl.atomic_add(count_ptr + 1, x)


@triton.jit
def _product(a, b):
    return a * b


@triton.jit
def strides_of_a_large_shape(shape_ptr, x_ptr, y_ptr, AXES: tl.constexpr):
    axes = tl.arange(0, AXES)
    stride = tl.associative_scan(tl.load(shape_ptr + axes), 0, _product, reverse=True)
    tl.store(y_ptr + axes, tl.load(x_ptr + (stride & 7), mask=stride > 0, other=0.0))


@triton.jit
def strides_of_a_large_shape_fixed(shape_ptr, x_ptr, y_ptr, AXES: tl.constexpr):
    axes = tl.arange(0, AXES)
    stride = tl.associative_scan(tl.load(shape_ptr + axes).to(tl.int64), 0, _product, reverse=True)
    tl.store(y_ptr + axes, tl.load(x_ptr + (stride & 7), mask=stride > 0, other=0.0))


@triton.jit
def block_of_a_descriptor_far_away(x_ptr, y_ptr, rows, batch, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [R, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [R, C])
    y.store([0, 0], x.load([batch * rows, 0]))


@triton.jit
def block_of_a_descriptor_far_away_fixed(x_ptr, y_ptr, rows, batch, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [R, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [R, C])
    if batch.to(tl.int64) * rows < R:
        y.store([0, 0], x.load([batch * rows, 0]))


@triton.jit
def size_of_a_fresh_descriptor(x_ptr, y_ptr, rows, cols, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows * cols], [1], [C])
    y = tl.make_tensor_descriptor(y_ptr, [C], [1], [C])
    y.store([0], x.load([0]))


@triton.jit
def size_of_a_fresh_descriptor_fixed(x_ptr, y_ptr, rows, cols, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [C], [1], [C])
    y = tl.make_tensor_descriptor(y_ptr, [C], [1], [C])
    y.store([0], x.load([0]))


@triton.jit
def halves_packed_and_compared(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    even, odd = tl.split(tl.reshape(x, [BLOCK // 2, 2]))
    best = tl.where(even > odd, even, odd)
    tl.store(y_ptr + tl.arange(0, BLOCK // 2), best, mask=tl.arange(0, BLOCK // 2) * 2 < n)


@triton.jit
def halves_packed_and_compared_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes, mask=lanes < n)
    even, odd = tl.split(tl.reshape(x, [BLOCK // 2, 2]))
    best = tl.where(even > odd, even, odd)
    tl.store(y_ptr + tl.arange(0, BLOCK // 2), best, mask=tl.arange(0, BLOCK // 2) * 2 + 1 < n)


@triton.jit
def mean_of_rows_that_are_not_there(x_ptr, mean_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.program_id(0) * R + tl.arange(0, R), tl.arange(0, C)
    mean = tl.zeros([R], tl.float32)
    for start in range(0, 2):
        x = tl.load(x_ptr + r[:, None] * 2 * C + start * C + c[None, :], mask=r[:, None] < rows)
        mean += tl.sum(x, axis=1)
    tl.store(mean_ptr + r, mean / (2 * C))


@triton.jit
def mean_of_rows_that_are_not_there_fixed(x_ptr, mean_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.program_id(0) * R + tl.arange(0, R), tl.arange(0, C)
    mean = tl.zeros([R], tl.float32)
    for start in range(0, 2):
        x = tl.load(x_ptr + r[:, None] * 2 * C + start * C + c[None, :], mask=r[:, None] < rows)
        mean += tl.sum(x, axis=1)
    tl.store(mean_ptr + r, mean / (2 * C), mask=r < rows)


@triton.jit
def tail_of_a_product_without_other(a_ptr, b_ptr, c_ptr, depth, N: tl.constexpr, BK: tl.constexpr):
    n, k = tl.arange(0, N), tl.arange(0, BK)
    acc = tl.zeros([N, N], tl.float32)
    for start in range(0, depth, BK):
        inside = start + k < depth
        a = tl.load(a_ptr + n[:, None] * depth + start + k[None, :], mask=inside[None, :], other=0.0)
        b = tl.load(b_ptr + (start + k[:, None]) * N + n[None, :], mask=inside[:, None], other=0.0)
        acc = tl.dot(a, b, acc)
    tl.store(c_ptr + n[:, None] * N + n[None, :], acc)
