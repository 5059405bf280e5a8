"""Launches a kernel as torch.compile does, by Triton or by itself."""

import os
import sys

from fake_gpu import KERNELS, Tensor, torch

import triton
import triton.language as tl

torch.__path__ = [os.path.join(os.path.dirname(__file__), "torch")]
from torch._inductor.runtime import static_triton_launcher, triton_heuristics


@triton.jit
def triton_poi_0(x, out, xnumel, XBLOCK: tl.constexpr):
    i = tl.program_id(0) * XBLOCK + tl.arange(0, XBLOCK)
    tl.store(out + i, tl.load(x + i, i < xnumel) + 1.0, i < xnumel)


KERNELS["triton_poi_0"] = lambda grid, given: None
if sys.argv[1] == "by itself":
    kernel = static_triton_launcher.StaticallyLaunchedCudaKernel()
    for _ in range(3):
        kernel.run(4, 1, 1, 0)
    sys.exit()
assert os.environ["TORCHINDUCTOR_USE_STATIC_CUDA_LAUNCHER"] == "0"
x, out = Tensor([1.0] * 200), Tensor([0.0] * 200)
autotuner = triton_heuristics.CachingAutotuner(triton_poi_0, triton_poi_0.warmup(x, out, 200, 64, grid=(1, )))
for _ in range(2):
    autotuner.run((4, 1, 1), x, out, 200, 64)
autotuner.fn.__name__ = "cpp_kernel"
autotuner.save_gpu_kernel(0, None)
