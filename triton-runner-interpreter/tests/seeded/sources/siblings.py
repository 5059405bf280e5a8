import triton
import triton.language as tl


@triton.jit
def _segment(first, a, second, b):
    return first | second, tl.where(second != 0, b, a + b)


@triton.jit
def segments_that_are_too_long(length_ptr, first_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    first = tl.load(first_ptr + lanes)
    _, end = tl.associative_scan((first, tl.load(length_ptr + lanes)), 0, _segment)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=end < n)


@triton.jit
def segments_that_are_too_long_fixed(length_ptr, first_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    first = tl.load(first_ptr + lanes)
    _, end = tl.associative_scan((first, tl.load(length_ptr + lanes).to(tl.int64)), 0, _segment)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=end < n)


@triton.jit
def bytes_that_are_doubled(index_ptr, table_ptr, y_ptr, B: tl.constexpr):
    lanes = tl.arange(0, B)
    index = tl.load(index_ptr + lanes) * 2
    tl.store(y_ptr + lanes, tl.load(table_ptr + index, mask=index >= 0, other=0.0))


@triton.jit
def bytes_that_are_doubled_fixed(index_ptr, table_ptr, y_ptr, B: tl.constexpr):
    lanes = tl.arange(0, B)
    index = tl.load(index_ptr + lanes).to(tl.int32) * 2
    tl.store(y_ptr + lanes, tl.load(table_ptr + index, mask=index >= 0, other=0.0))


@triton.jit
def position_that_was_a_float(at_ptr, table_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    place = tl.load(at_ptr + lanes).to(tl.int32) & 15
    tl.store(y_ptr + lanes, tl.load(table_ptr + place, mask=place < n, other=0.0))


@triton.jit
def position_that_was_a_float_fixed(at_ptr, table_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    place = tl.load(at_ptr + lanes).to(tl.int64) & 15
    tl.store(y_ptr + lanes, tl.load(table_ptr + place, mask=place < n, other=0.0))


@triton.jit
def waits_for_a_wrapped_number(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    left = (rows * cols) >> 24
    total = tl.zeros([BLOCK], tl.float32)
    while left > 0:
        total += tl.load(x_ptr + lanes)
        left -= 1
    tl.store(y_ptr + lanes, total)


@triton.jit
def waits_for_a_wrapped_number_fixed(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    left = (rows.to(tl.int64) * cols) >> 24
    total = tl.zeros([BLOCK], tl.float32)
    while left > 0:
        total += tl.load(x_ptr + lanes)
        left -= 1
    tl.store(y_ptr + lanes, total)


@triton.jit
def leaves_if_it_is_too_large(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    if rows * cols > 1000000:
        return
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes))


@triton.jit
def leaves_if_it_is_too_large_fixed(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    if rows.to(tl.int64) * cols > 1000000:
        return
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes))


@triton.jit
def shuffled_rows_far_away(x_ptr, y_ptr, row, stride, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = (row * stride + lanes) ^ (row & 7)
    tl.store(y_ptr + lanes, tl.load(x_ptr + place, mask=place < BLOCK, other=0.0))


@triton.jit
def shuffled_rows_far_away_fixed(x_ptr, y_ptr, row, stride, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = (row.to(tl.int64) * stride + lanes) ^ (row & 7)
    tl.store(y_ptr + lanes, tl.load(x_ptr + place, mask=place < BLOCK, other=0.0))


@triton.jit
def picked_by_a_wrapped_number(x_ptr, y_ptr, a, b, SIZE: tl.constexpr):
    lanes = tl.arange(0, SIZE)
    pick = tl.minimum(lanes + a * b, SIZE - 1)
    tl.store(y_ptr + lanes, tl.gather(tl.load(x_ptr + lanes), pick, axis=0))


@triton.jit
def picked_by_a_wrapped_number_fixed(x_ptr, y_ptr, a, b, SIZE: tl.constexpr):
    lanes = tl.arange(0, SIZE)
    pick = tl.minimum(lanes + a.to(tl.int64) * b, SIZE - 1).to(tl.int32)
    tl.store(y_ptr + lanes, tl.gather(tl.load(x_ptr + lanes), pick, axis=0))


@triton.jit
def picked_outside(x_ptr, pick_ptr, y_ptr, SIZE: tl.constexpr):
    lanes = tl.arange(0, SIZE)
    tl.store(y_ptr + lanes, tl.gather(tl.load(x_ptr + lanes), tl.load(pick_ptr + lanes), axis=0))


@triton.jit
def slot_that_was_not_asked_for(slot_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    seen = tl.atomic_or(slot_ptr + lanes, 1, mask=lanes < n)
    tl.store(y_ptr + lanes, seen + 1)


@triton.jit
def slot_that_was_not_asked_for_fixed(slot_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    seen = tl.atomic_or(slot_ptr + lanes, 1, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.where(lanes < n, seen + 1, 0))


@triton.jit
def best_of_one_block_only(x_ptr, best_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_max(best_ptr, tl.max(x), sem="relaxed", scope="cta")


@triton.jit
def best_of_one_block_only_fixed(x_ptr, best_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_max(best_ptr, tl.max(x), sem="relaxed", scope="sys")


@triton.jit
def rows_scattered_to_one(x_ptr, row_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R), tl.arange(0, C)
    y = tl.make_tensor_descriptor(y_ptr, [R, C], [C, 1], [1, C])
    y.scatter(tl.load(x_ptr + r[:, None] * C + c[None, :]), tl.load(row_ptr + r), 0)


@triton.jit
def bias_added_to_itself(x_ptr, out_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R), tl.arange(0, C)
    x = tl.load(x_ptr + r[:, None] * C + c[None, :]) * 1000.0
    tl.atomic_add(out_ptr + c[None, :] + r[:, None] * 0, x.to(tl.float16))


@triton.jit
def bias_added_to_itself_fixed(x_ptr, out_ptr, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R), tl.arange(0, C)
    x = tl.load(x_ptr + r[:, None] * C + c[None, :])
    tl.atomic_add(out_ptr + c[None, :] + r[:, None] * 0, x.to(tl.float16))


@triton.jit
def murmur_of_a_place(table_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    k = lanes.to(tl.uint32) * 0xCC9E2D51
    k = ((k << 15) | (k >> 17)) * 0x1B873593
    h = k ^ 0x9747B28C
    h = ((h << 13) | (h >> 19)) * 5 + 0xE6546B64
    h = (h ^ (h >> 16)) * 0x85EBCA6B
    h = (h ^ (h >> 13)) * 0xC2B2AE35
    tl.store(y_ptr + lanes, tl.load(table_ptr + h % 16))


@triton.jit
def numbers_of_a_linear_generator(table_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    state = lanes * 1103515245 + 12345
    state = state * 1103515245 + 12345
    tl.store(y_ptr + lanes, tl.load(table_ptr + ((state >> 16) & 15)))


@triton.jit
def bytes_in_a_hash(x_ptr, table_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.load(x_ptr + lanes).to(tl.uint32)
    h = tl.full([BLOCK], 2166136261, tl.uint32)
    for place in tl.static_range(4):
        h = (h ^ ((x >> (8 * place)) & 255)) * 16777619
    tl.store(y_ptr + lanes, tl.load(table_ptr + (h & 15)))


@triton.jit
def sizes_without_a_sign(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    count = (rows.to(tl.uint32) * cols.to(tl.uint32)).to(tl.int64)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < count)


@triton.jit
def random_rows(table_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    tl.store(y_ptr + lanes, tl.load(table_ptr + tl.randint(7, lanes).to(tl.uint32) % 16))


@triton.jit
def sorted_lanes_of_padding(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.sort(tl.load(x_ptr + lanes, mask=lanes < n, other=float("inf")))
    tl.store(y_ptr + lanes, x, mask=lanes < n)


@triton.jit
def flipped_rows(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    x = tl.load(x_ptr + r * C + c, mask=r < rows)
    tl.store(y_ptr + r * C + c, tl.flip(x, dim=1), mask=r < rows)
