"""32-bit numbers that wrap on their way to an address."""
import triton
import triton.language as tl


@triton.jit
def row_times_stride(x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0) * stride + tl.arange(0, BLOCK)
    tl.store(y_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK), tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def row_times_stride_fixed(x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    offs = tl.program_id(0).to(tl.int64) * stride + tl.arange(0, BLOCK)
    tl.store(y_ptr + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK), tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def back_to_the_start(x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.program_id(0) * 4 * stride + lanes
    tl.store(y_ptr + tl.program_id(0) * BLOCK + lanes, tl.load(x_ptr + place, mask=(place >= 0) & (place < n), other=0.0))


@triton.jit
def back_to_the_start_fixed(x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    place = tl.program_id(0).to(tl.int64) * 4 * stride + lanes
    tl.store(y_ptr + tl.program_id(0) * BLOCK + lanes, tl.load(x_ptr + place, mask=(place >= 0) & (place < n), other=0.0))


@triton.jit
def sum_of_offsets(x_ptr, y_ptr, start, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = start + lanes
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def sum_of_offsets_fixed(x_ptr, y_ptr, start, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = start.to(tl.int64) + lanes
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def shifted_out(x_ptr, y_ptr, page, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = (page << 16) + lanes
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def shifted_out_fixed(x_ptr, y_ptr, page, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = (page.to(tl.int64) << 16) + lanes
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=offs < n, other=0.0))


@triton.jit
def loaded_row_times_stride(index_ptr, x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = tl.load(index_ptr + lanes) * stride
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0))


@triton.jit
def loaded_row_times_stride_fixed(index_ptr, x_ptr, y_ptr, stride, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = tl.load(index_ptr + lanes).to(tl.int64) * stride
    tl.store(y_ptr + lanes, tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0))


@triton.jit
def offset_in_a_loop(x_ptr, y_ptr, stride, steps, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = lanes
    total = tl.zeros([BLOCK], tl.float32)
    for _ in range(0, steps):
        total += tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0)
        offs += stride
    tl.store(y_ptr + lanes, total)


@triton.jit
def offset_in_a_loop_fixed(x_ptr, y_ptr, stride, steps, n, BLOCK: tl.constexpr):
    lanes = tl.arange(0, BLOCK)
    offs = lanes.to(tl.int64)
    total = tl.zeros([BLOCK], tl.float32)
    for _ in range(0, steps):
        total += tl.load(x_ptr + offs, mask=(offs >= 0) & (offs < n), other=0.0)
        offs += stride
    tl.store(y_ptr + lanes, total)
