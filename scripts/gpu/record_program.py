"""Launches kernels in all the ways that a recording has to see, on a GPU, in two processes:

    cargo triton record --launches 2 -- python3 scripts/gpu/record_program.py [--compile]

An autotuner with a hook, heuristics, descriptors made on the host and on the device, a table of pointers, memory that two
arguments share, scalars of all kinds, a pointer that is None, a launch of a kernel that was compiled before, a kernel in
Gluon, and with --compile those of torch.compile.
"""

import subprocess
import sys

import torch
import triton
import triton.language as tl
from triton.tools.tensor_descriptor import TensorDescriptor


@triton.autotune([
    triton.Config({"TILE_M": 64, "TILE_N": 64}, num_warps=4, num_stages=2),
    triton.Config({"TILE_M": 128, "TILE_N": 64}, num_warps=8, num_stages=3),
], key=["m", "n", "k"])
@triton.jit
def matmul(a, b, c, m, n, k, stride_a, stride_b, stride_c, TILE_M: tl.constexpr, TILE_N: tl.constexpr,
           TILE_K: tl.constexpr):
    rows = tl.program_id(0) * TILE_M + tl.arange(0, TILE_M)
    columns = tl.program_id(1) * TILE_N + tl.arange(0, TILE_N)
    total = tl.zeros((TILE_M, TILE_N), tl.float32)
    for start in range(0, k, TILE_K):
        inner = start + tl.arange(0, TILE_K)
        left = tl.load(a + rows[:, None] * stride_a + inner[None, :], (rows[:, None] < m) & (inner[None, :] < k), 0.0)
        right = tl.load(b + inner[:, None] * stride_b + columns[None, :], (inner[:, None] < k) & (columns[None, :] < n), 0.0)
        total = tl.dot(left, right, total)
    tl.store(c + rows[:, None] * stride_c + columns[None, :], total, (rows[:, None] < m) & (columns[None, :] < n))


@triton.heuristics({"BLOCK": lambda given: triton.next_power_of_2(given["columns"])})
@triton.jit
def softmax(x, out, stride, columns, scale, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    row = tl.program_id(0).to(tl.int64)
    values = tl.load(x + row * stride + at, at < columns, float("-inf")) * scale
    values = tl.exp(values - tl.max(values, 0))
    tl.store(out + row * stride + at, values / tl.sum(values, 0), at < columns)


@triton.jit
def copy_tiles(source, target, factor, TILE_M: tl.constexpr, TILE_N: tl.constexpr):
    row, column = tl.program_id(0) * TILE_M, tl.program_id(1) * TILE_N
    target.store([row, column], (source.load([row, column]) * factor).to(tl.float16))


@triton.jit
def scale_tiles(x, out, rows, columns, TILE: tl.constexpr):
    source = tl.make_tensor_descriptor(x, [rows, columns], [columns, 1], [TILE, TILE])
    target = tl.make_tensor_descriptor(out, [rows, columns], [columns, 1], [TILE, TILE])
    row, column = tl.program_id(0) * TILE, tl.program_id(1) * TILE
    target.store([row, column], source.load([row, column]) * 2.0)


@triton.jit
def gather_rows(table, out, columns, BLOCK: tl.constexpr):
    at = tl.arange(0, BLOCK)
    row = tl.load(table + tl.program_id(0)).to(tl.pointer_type(tl.float32))
    tl.store(out + tl.program_id(0) * columns + at, tl.load(row + at, at < columns, 0.0), at < columns)


@triton.jit
def add_in_place(x, y, bias, n, flag, factor, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    total = tl.load(x + at, at < n, 0.0) + tl.load(y + at, at < n, 0.0) * factor
    if flag:
        total += 1.0
    if bias is not None:
        total += tl.load(bias + at, at < n, 0.0)
    tl.store(x + at, total, at < n)


def use_matmul(m, n, k):
    a = torch.randn(m, k, device="cuda", dtype=torch.float16)
    b = torch.randn(k, n, device="cuda", dtype=torch.float16)
    c = torch.empty(m, n, device="cuda", dtype=torch.float32)
    grid = lambda meta: (triton.cdiv(m, meta["TILE_M"]), triton.cdiv(n, meta["TILE_N"]))
    matmul[grid](a, b, c, m, n, k, a.stride(0), b.stride(0), c.stride(0), TILE_K=32)
    torch.testing.assert_close(c, a.float() @ b.float(), atol=1e-2, rtol=1e-2)


def use_softmax(rows, columns):
    x = torch.randn(rows, columns, device="cuda")
    out = torch.empty_like(x)
    softmax[(rows, )](x, out, x.stride(0), columns, 0.5)
    torch.testing.assert_close(out, torch.softmax(x * 0.5, 1))


def use_descriptors():
    x = torch.randn(256, 128, device="cuda", dtype=torch.float16)
    out = torch.empty_like(x)
    descriptors = [TensorDescriptor.from_tensor(tensor, [64, 32]) for tensor in (x, out)]
    copy_tiles[(4, 4)](*descriptors, 3.0, TILE_M=64, TILE_N=32)
    torch.testing.assert_close(out, x * 3)
    triton.set_allocator(lambda size, align, stream: torch.empty(size, dtype=torch.int8, device="cuda"))
    x = torch.randn(128, 128, device="cuda")
    out = torch.empty_like(x)
    scale_tiles[(4, 4)](x, out, 128, 128, TILE=32)
    torch.testing.assert_close(out, x * 2)


def use_table():
    rows = [torch.randn(100, device="cuda") for _ in range(5)]
    table = torch.tensor([row.data_ptr() for row in rows], device="cuda", dtype=torch.int64)
    out = torch.empty(5, 100, device="cuda")
    gather_rows[(5, )](table, out, 100, BLOCK=128)
    torch.testing.assert_close(out, torch.stack(rows))


def use_shared_memory():
    whole = torch.randn(3000, device="cuda")
    x, y = whole[:1000], whole[1500:2500]
    bias = torch.ones(1000, device="cuda")
    for given in (bias, None):
        expected = x + y * 0.5 + 1 + (0 if given is None else 1)
        add_in_place[lambda meta: (triton.cdiv(1000, meta["BLOCK"]), )](x, y, given, 1000, True, 0.5, BLOCK=256)
        torch.testing.assert_close(x, expected)
    # As Triton's tutorial of a persistent softmax does: compiled first, launched by hand.
    compiled = add_in_place.warmup(x, y, None, 1000, True, 0.5, BLOCK=512, grid=(1, ))
    compiled[(2, 1, 1)](x, y, None, 1000, True, 0.5, 512)


def use_gluon():
    try:
        from record_gluon import transpose
    except ImportError:  # Triton 3.3 has none.
        return
    x = torch.randn(96, 160, device="cuda")
    out = torch.empty(160, 96, device="cuda")
    transpose(x, out)
    torch.testing.assert_close(out, x.t())


def use_compile():
    """Kernels that torch.compile writes: pointwise, a reduction, and those of the backward pass."""

    @torch.compile
    def layer(x, weight):
        return torch.nn.functional.layer_norm(torch.nn.functional.gelu(x @ weight), (256, ))

    x = torch.randn(64, 128, device="cuda", requires_grad=True)
    weight = torch.randn(128, 256, device="cuda", requires_grad=True)
    towards = torch.randn(64, 256, device="cuda")
    for _ in range(2):
        layer(x, weight).backward(towards)


def main():
    torch.manual_seed(0)
    use_softmax(5, 100)
    if "--child" in sys.argv:
        use_softmax(3, 1000)
        return
    use_matmul(200, 136, 96)
    use_matmul(256, 128, 64)
    use_descriptors()
    use_table()
    use_shared_memory()
    use_gluon()
    if "--compile" in sys.argv:
        use_compile()
    subprocess.run([sys.executable, __file__, "--child"], check=True)
    torch.cuda.synchronize()
    print("every result of the program is right")


if __name__ == "__main__":
    main()
