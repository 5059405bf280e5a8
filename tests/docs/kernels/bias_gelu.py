import torch
import triton
import triton.language as tl


@triton.autotune(
    configs=[triton.Config({"BLOCK": 1024}, num_warps=4), triton.Config({"BLOCK": 4096}, num_warps=8)],
    key=["n"],
)
@triton.heuristics({"EVEN": lambda arguments: arguments["n"] % arguments["BLOCK"] == 0})
@triton.jit
def bias_gelu(x, bias, out, n, columns, EVEN: tl.constexpr, BLOCK: tl.constexpr):
    index = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = index < n
    value = (tl.load(x + index) if EVEN else tl.load(x + index, mask=inside, other=0.0)).to(tl.float32)
    if bias is not None:
        value += tl.load(bias + index % columns, mask=inside, other=0.0).to(tl.float32)
    tl.store(out + index, value * tl.sigmoid(1.702 * value), mask=inside)


def gelu(x: torch.Tensor, bias=None) -> torch.Tensor:
    out = torch.empty_like(x)
    bias_gelu[lambda meta: (triton.cdiv(x.numel(), meta["BLOCK"]),)](x, bias, out, x.numel(), x.shape[-1])
    return out
