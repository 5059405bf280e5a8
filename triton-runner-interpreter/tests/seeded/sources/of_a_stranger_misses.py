import triton
import triton.language as tl


@triton.jit
def atomic_of_one_block_only(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, tl.sum(x), scope="cta")


@triton.jit
def atomic_of_one_block_only_fixed(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, tl.sum(x), scope="gpu")


@triton.jit
def attention_over_padding(q_ptr, k_ptr, y_ptr, n, D: tl.constexpr, BLOCK: tl.constexpr):
    d, lanes = tl.arange(0, D), tl.arange(0, BLOCK)
    q = tl.load(q_ptr + d[:, None] * D + d[None, :])
    k = tl.load(k_ptr + lanes[None, :] * D + d[:, None], mask=lanes[None, :] < n)
    score = tl.dot(q, k) * 0.001
    p = tl.exp(score - tl.max(score, axis=1)[:, None])
    tl.store(y_ptr + d, tl.sum(p, axis=1))


@triton.jit
def attention_over_padding_fixed(q_ptr, k_ptr, y_ptr, n, D: tl.constexpr, BLOCK: tl.constexpr):
    d, lanes = tl.arange(0, D), tl.arange(0, BLOCK)
    q = tl.load(q_ptr + d[:, None] * D + d[None, :])
    k = tl.load(k_ptr + lanes[None, :] * D + d[:, None], mask=lanes[None, :] < n)
    score = tl.where(lanes[None, :] < n, tl.dot(q, k) * 0.001, -float("inf"))
    p = tl.exp(score - tl.max(score, axis=1)[:, None])
    tl.store(y_ptr + d, tl.sum(p, axis=1))


@triton.jit
def bucket_of_the_least_number(hash_ptr, table_ptr, y_ptr, buckets, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    bucket = tl.abs(tl.load(hash_ptr + lanes)) % buckets
    tl.store(y_ptr + lanes, tl.load(table_ptr + bucket, mask=bucket >= 0, other=0.0))


@triton.jit
def bucket_of_the_least_number_fixed(hash_ptr, table_ptr, y_ptr, buckets, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    bucket = (tl.load(hash_ptr + lanes) & 0x7FFFFFFF) % buckets
    tl.store(y_ptr + lanes, tl.load(table_ptr + bucket, mask=bucket >= 0, other=0.0))


@triton.jit
def codebook_gathered_past_its_end(book_ptr, code_ptr, y_ptr, n, SIZE: tl.constexpr):
    lanes = tl.arange(0, SIZE)
    book = tl.load(book_ptr + lanes, mask=lanes < n)
    tl.store(y_ptr + lanes, tl.gather(book, tl.load(code_ptr + lanes), axis=0))


@triton.jit
def descriptor_rows_overlap(x_ptr, y_ptr, stride, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [R, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [R, C], [stride, 1], [R, C])
    y.store([0, 0], x.load([0, 0]))


@triton.jit
def dropout_at_a_wrapped_place(x_ptr, y_ptr, seed, first_row, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = first_row * cols + lanes
    keep = tl.rand(seed, lanes) > 0.5
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=keep & (place >= 0))


@triton.jit
def dropout_at_a_wrapped_place_fixed(x_ptr, y_ptr, seed, first_row, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = first_row.to(tl.int64) * cols + lanes
    keep = tl.rand(seed, lanes) > 0.5
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=keep & (place >= 0))


@triton.jit
def ends_of_long_sequences(length_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    end = tl.cumsum(tl.load(length_ptr + lanes), axis=0)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=end < n)


@triton.jit
def ends_of_long_sequences_fixed(length_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    end = tl.cumsum(tl.load(length_ptr + lanes).to(tl.int64), axis=0)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=end < n)


@triton.jit
def flipped_with_the_old_mask(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.flip(tl.load(x_ptr + lanes, mask=lanes < n), dim=0)
    tl.store(y_ptr + lanes, x, mask=lanes < n)


@triton.jit
def flipped_with_the_old_mask_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    x = tl.flip(tl.load(x_ptr + lanes, mask=lanes < n), dim=0)
    tl.store(y_ptr + lanes, x, mask=BLOCK - 1 - lanes < n)


@triton.jit
def hash_of_a_place(x_ptr, table_ptr, y_ptr, row, stride, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    key = (lanes.to(tl.uint32) * 2654435761) >> 28
    place = row * stride
    x = tl.load(x_ptr + lanes, mask=place + lanes > 0, other=0.0)
    tl.store(y_ptr + lanes, x + tl.load(table_ptr + key))


@triton.jit
def hash_of_a_place_fixed(x_ptr, table_ptr, y_ptr, row, stride, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    key = (lanes.to(tl.uint32) * 2654435761) >> 28
    place = row.to(tl.int64) * stride
    x = tl.load(x_ptr + lanes, mask=place + lanes > 0, other=0.0)
    tl.store(y_ptr + lanes, x + tl.load(table_ptr + key))


@triton.jit
def padding_is_counted(x_ptr, count_ptr, n, BLOCK: tl.constexpr, BINS: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n)
    tl.atomic_add(count_ptr + tl.arange(0, BINS), tl.histogram(x, BINS))


@triton.jit
def padding_is_counted_fixed(x_ptr, count_ptr, n, BLOCK: tl.constexpr, BINS: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs, mask=offs < n)
    tl.atomic_add(count_ptr + tl.arange(0, BINS), tl.histogram(x, BINS, mask=offs < n))


@triton.jit
def place_cut_to_32_bits(x_ptr, y_ptr, row, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    start = (row.to(tl.int64) * stride).to(tl.int32)
    tl.store(y_ptr + lanes, tl.load(x_ptr + start + lanes, mask=start + lanes < n, other=0.0))


@triton.jit
def place_cut_to_32_bits_fixed(x_ptr, y_ptr, row, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    start = row.to(tl.int64) * stride
    tl.store(y_ptr + lanes, tl.load(x_ptr + start + lanes, mask=start + lanes < n, other=0.0))


@triton.jit
def rounds_that_never_come(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for _ in range(0, (rows * cols) >> 20):
        total += tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, total)


@triton.jit
def rounds_that_never_come_fixed(x_ptr, y_ptr, rows, cols, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    total = tl.zeros([BLOCK], tl.float32)
    for _ in range(0, ((rows.to(tl.int64) * cols) >> 20).to(tl.int32)):
        total += tl.load(x_ptr + lanes)
    tl.store(y_ptr + lanes, total)


@triton.jit
def starts_that_come_out_right(length_ptr, x_ptr, y_ptr, n, B: tl.constexpr):
    lanes = tl.arange(0, B)
    length = tl.load(length_ptr + lanes)
    start = tl.cumsum(length, axis=0) - length
    tl.store(y_ptr + lanes, tl.load(x_ptr + start, mask=start < n, other=0.0))


@triton.jit
def sum_in_half(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, tl.sum(x).to(tl.float16))


@triton.jit
def sum_in_half_fixed(x_ptr, out_ptr, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(out_ptr, (tl.sum(x) / 1024.0).to(tl.float16))


@triton.jit
def tickets_of_masked_lanes(x_ptr, next_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    ticket = tl.atomic_add(next_ptr + offs * 0, 1, mask=offs < n)
    tl.store(y_ptr + (ticket & 63), tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def tickets_of_masked_lanes_fixed(x_ptr, next_ptr, y_ptr, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    ticket = tl.atomic_add(next_ptr + offs * 0, 1, mask=offs < n)
    tl.store(y_ptr + (ticket & 63), tl.load(x_ptr + offs, mask=offs < n, other=0.0), mask=offs < n)


@triton.jit
def total_of_all_lengths(length_ptr, x_ptr, y_ptr, B: tl.constexpr):
    lanes = tl.arange(0, B)
    total = tl.sum(tl.load(length_ptr + lanes), axis=0)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < total)


@triton.jit
def total_of_all_lengths_fixed(length_ptr, x_ptr, y_ptr, B: tl.constexpr):
    lanes = tl.arange(0, B)
    total = tl.sum(tl.load(length_ptr + lanes).to(tl.int64), axis=0)
    tl.store(y_ptr + lanes, tl.load(x_ptr + lanes), mask=lanes < total)


@triton.jit
def whole_rows_of_nothing(x_ptr, out_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R), tl.arange(0, C)
    x = tl.load(x_ptr + r[:, None] * C + c[None, :], mask=r[:, None] < rows)
    tl.store(out_ptr, tl.sum(tl.exp(tl.sum(x, axis=1)), axis=0))


@triton.jit
def sum_down_then_max(x_ptr, out_ptr, cols, R: tl.constexpr, C: tl.constexpr):
    r, c = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    x = tl.load(x_ptr + r * cols + c, mask=(r < R) & (c < cols))
    tl.store(out_ptr, tl.max(tl.sum(x, axis=0), axis=0))
