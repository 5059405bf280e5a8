"""One kernel for one architecture in a process of its own, as Triton's ahead-of-time tool works:
`python once.py FILE ARCH OPTIONS-JSON OUTPUT`."""

import json
import sys

import triton
from triton.backends.compiler import GPUTarget

file, arch, options, output = sys.argv[1:]
compiled = triton.compile(file, target=GPUTarget("cuda", int(arch), 32), options=json.loads(options))
with open(output, "wb") as out:
    out.write(compiled.asm["cubin"])
