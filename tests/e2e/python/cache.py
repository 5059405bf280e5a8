"""Compiles a Python kernel as a program with a GPU would, into Triton's cache: `python cache.py FILE.py ARCH`."""

import importlib.util
import sys

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

path, arch = sys.argv[1:]
spec = importlib.util.spec_from_file_location("kernels", path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
types = {"x": "*fp32", "y": "*fp32", "out": "*fp32", "n": "i32", "BLOCK": "constexpr"}
aligned = {(index, ): [["tt.divisibility", 16]] for index in range(3)}
source = ASTSource(module.add_kernel, types, {(4, ): 1024}, aligned)
triton.compile(source, target=GPUTarget("cuda", int(arch), 32), options={"num_warps": 8})
