"""What `triton.compile` itself makes of a file: `python reference.py FILE ARCH OPTIONS-JSON OUTPUT`."""

import json
import sys
import types

try:
    import setuptools  # Triton 3.2 needs it for its launchers and does not bring it.
except ImportError:
    sys.modules["setuptools"] = types.ModuleType("setuptools")

import triton
from triton.backends.compiler import GPUTarget

path, arch, options, output = sys.argv[1:]
compiled = triton.compile(path, target=GPUTarget("cuda", int(arch), 32), options=json.loads(options))
with open(output, "wb") as file:
    file.write(compiled.asm["cubin"])
with open(output + ".json", "w") as file:
    json.dump(compiled.metadata._asdict(), file, default=lambda value: getattr(value, "__dict__", None) or str(value))
