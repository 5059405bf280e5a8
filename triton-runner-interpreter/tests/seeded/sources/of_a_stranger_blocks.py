"""Bugs with block pointers, descriptors and atomics."""
import triton
import triton.language as tl


@triton.jit
def block_pointer_unchecked(x_ptr, y_ptr, rows, cols, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    y = tl.make_block_ptr(y_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    tl.store(y, tl.load(x, boundary_check=(1, ), padding_option="zero") * 2.0, boundary_check=(0, 1))


@triton.jit
def block_pointer_unchecked_fixed(x_ptr, y_ptr, rows, cols, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    y = tl.make_block_ptr(y_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    tl.store(y, tl.load(x, boundary_check=(0, 1), padding_option="zero") * 2.0, boundary_check=(0, 1))


@triton.jit
def block_pointer_without_padding(x_ptr, out_ptr, rows, cols, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    most = tl.max(tl.load(x, boundary_check=(0, 1)), axis=1)
    r = tl.program_id(0) * R + tl.arange(0, R)
    tl.store(out_ptr + r, most, mask=r < rows)


@triton.jit
def block_pointer_without_padding_fixed(x_ptr, out_ptr, rows, cols, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (rows, cols), (cols, 1), (tl.program_id(0) * R, 0), (R, C), (1, 0))
    tile = tl.where(tl.arange(0, C)[None, :] < cols, tl.load(x, boundary_check=(0, 1)), -1e30)
    r = tl.program_id(0) * R + tl.arange(0, R)
    tl.store(out_ptr + r, tl.max(tile, axis=1), mask=r < rows)


@triton.jit
def block_pointer_rows_too_near(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (R, C), (C, 1), (0, 0), (R, C), (1, 0))
    y = tl.make_block_ptr(y_ptr, (R, C), (1, 1), (0, 0), (R, C), (1, 0))
    tl.store(y, tl.load(x))


@triton.jit
def block_pointer_rows_too_near_fixed(x_ptr, y_ptr, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (R, C), (C, 1), (0, 0), (R, C), (1, 0))
    y = tl.make_block_ptr(y_ptr, (C, R), (R, 1), (0, 0), (C, R), (1, 0))
    tl.store(y, tl.trans(tl.load(x)))


@triton.jit
def block_pointer_stops_a_step_early(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    y = tl.make_block_ptr(y_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    for _ in range(0, n // BLOCK):
        tl.store(y, tl.load(x, boundary_check=(0, ), padding_option="zero") + 1.0, boundary_check=(0, ))
        x, y = tl.advance(x, (BLOCK, )), tl.advance(y, (BLOCK, ))


@triton.jit
def block_pointer_stops_a_step_early_fixed(x_ptr, y_ptr, n, BLOCK: tl.constexpr):
    x = tl.make_block_ptr(x_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    y = tl.make_block_ptr(y_ptr, (n, ), (1, ), (0, ), (BLOCK, ), (0, ))
    for _ in range(0, tl.cdiv(n, BLOCK)):
        tl.store(y, tl.load(x, boundary_check=(0, ), padding_option="zero") + 1.0, boundary_check=(0, ))
        x, y = tl.advance(x, (BLOCK, )), tl.advance(y, (BLOCK, ))


@triton.jit
def descriptor_tiles_overlap(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [rows, C], [C, 1], [R, C])
    y.store([tl.program_id(0) * (R - 1), 0], x.load([tl.program_id(0) * R, 0]))


@triton.jit
def descriptor_tiles_overlap_fixed(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    y = tl.make_tensor_descriptor(y_ptr, [rows, C], [C, 1], [R, C])
    y.atomic_add([tl.program_id(0) * (R - 1), 0], x.load([tl.program_id(0) * R, 0]))


@triton.jit
def descriptor_of_fresh_scratch(x_ptr, scratch_ptr, y_ptr, C: tl.constexpr):
    rows = tl.make_tensor_descriptor(scratch_ptr, [8, C], [C, 1], [8, C])
    out = tl.make_tensor_descriptor(y_ptr, [8, C], [C, 1], [8, C])
    r, c = tl.arange(0, 4)[:, None], tl.arange(0, C)[None, :]
    tl.store(scratch_ptr + r * C + c, tl.load(x_ptr + r * C + c))
    tl.debug_barrier()
    out.store([0, 0], rows.load([0, 0]))


@triton.jit
def descriptor_of_fresh_scratch_fixed(x_ptr, scratch_ptr, y_ptr, C: tl.constexpr):
    rows = tl.make_tensor_descriptor(scratch_ptr, [4, C], [C, 1], [8, C])
    out = tl.make_tensor_descriptor(y_ptr, [8, C], [C, 1], [8, C])
    r, c = tl.arange(0, 4)[:, None], tl.arange(0, C)[None, :]
    tl.store(scratch_ptr + r * C + c, tl.load(x_ptr + r * C + c))
    tl.debug_barrier()
    out.store([0, 0], rows.load([0, 0]))


@triton.jit
def normalized_before_the_sum_is_whole(x_ptr, sum_ptr, y_ptr, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    x = tl.load(x_ptr + offs)
    tl.atomic_add(sum_ptr, tl.sum(x))
    tl.store(y_ptr + offs, x / (tl.load(sum_ptr) + 1.0))


@triton.jit
def normalized_before_the_sum_is_whole_fixed(x_ptr, sum_ptr, y_ptr, BLOCK: tl.constexpr):
    offs, lanes = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK), tl.arange(0, BLOCK)
    total = 0.0
    for i in range(0, tl.num_programs(0)):
        total += tl.sum(tl.load(x_ptr + i * BLOCK + lanes))
    tl.atomic_add(sum_ptr, total)
    tl.store(y_ptr + offs, tl.load(x_ptr + offs) / (total + 1.0))


@triton.jit
def bin_behind_the_last(x_ptr, count_ptr, width, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(count_ptr + (x + width - 1) // width, 1)


@triton.jit
def bin_behind_the_last_fixed(x_ptr, count_ptr, width, BLOCK: tl.constexpr):
    x = tl.load(x_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK))
    tl.atomic_add(count_ptr + x // width, 1)


@triton.jit
def header_of_five_bytes(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    values = (x_ptr + 5).to(tl.pointer_type(tl.float32))
    tl.store(y_ptr + lanes, tl.load(values + lanes))


@triton.jit
def header_of_five_bytes_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    values = (x_ptr + 8).to(tl.pointer_type(tl.float32))
    tl.store(y_ptr + lanes, tl.load(values + lanes))


@triton.jit
def half_of_each_number(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    halves = y_ptr.to(tl.pointer_type(tl.float16))
    tl.store(halves + lanes, tl.load(x_ptr + lanes).to(tl.float16))


@triton.jit
def half_of_each_number_fixed(x_ptr, y_ptr, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    halves = y_ptr.to(tl.pointer_type(tl.float16))
    tl.store(halves + lanes, tl.load(x_ptr + lanes).to(tl.float16))
    tl.store(halves + BLOCK + lanes, tl.zeros([BLOCK], tl.float16))


@triton.jit
def descriptor_stride_of_18_numbers(x_ptr, y_ptr, stride, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [R, C], [stride, 1], [R, C])
    row, col = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + row * C + col, x.load([0, 0]))


@triton.jit
def descriptor_of_no_rows(x_ptr, y_ptr, rows, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr, [rows, C], [C, 1], [R, C])
    row, col = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + row * C + col, x.load([0, 0]))


@triton.jit
def descriptor_behind_a_header(x_ptr, y_ptr, header, R: tl.constexpr, C: tl.constexpr):
    x = tl.make_tensor_descriptor(x_ptr + header, [R, C], [C, 1], [R, C])
    row, col = tl.arange(0, R)[:, None], tl.arange(0, C)[None, :]
    tl.store(y_ptr + row * C + col, x.load([0, 0]))
