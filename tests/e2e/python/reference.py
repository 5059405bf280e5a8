"""What Triton itself makes of a file, in a fresh process: `python reference.py FILE ARCH OPTIONS-JSON FOLDER`.

TTIR and TTGIR go through `triton.compile`. Triton has no such way in for LLVM IR and PTX: there its own stages are
called one after another. The results are `FOLDER/cubin` and `FOLDER/ptx`.
"""

import json
import sys
from pathlib import Path

import triton
from triton._C.libtriton import llvm, nvidia
from triton.backends.compiler import GPUTarget
from triton.compiler.compiler import make_backend

path, arch, options, folder = sys.argv[1:]
arch = int(arch)
options = json.loads(options)
target = GPUTarget("cuda", arch, 32)
level = Path(path).suffix[1:]
if level in ("ttir", "ttgir"):
    compiled = triton.compile(path, target=target, options=options)
    ptx, cubin = compiled.asm["ptx"], compiled.asm["cubin"]
else:
    backend = make_backend(target)
    parsed = backend.parse_options(options)
    ptx = Path(path).read_text()
    if level == "llir":
        llvm.init_targets()
        if hasattr(nvidia, "set_short_ptr"):
            nvidia.set_short_ptr()
        ptx = backend.make_ptx(ptx, {}, parsed, arch)
    cubin = backend.make_cubin(ptx, {}, parsed, arch)
Path(folder, "ptx").write_text(ptx)
Path(folder, "cubin").write_bytes(cubin)
