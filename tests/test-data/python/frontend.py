"""What the programs that make TTIR for tests share: the kernels of a folder, and Triton's frontend for one of them. Neither
GPU nor torch needed.
"""

import importlib.util
import os
import sys
import tempfile

os.environ["TRITON_CACHE_DIR"] = tempfile.mkdtemp()
sys.dont_write_bytecode = True

from triton._C.libtriton import ir
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, make_backend


def functions(folder):
    """(module, name, function) of all functions with `@triton.jit` that the folder's files name."""
    for path in sorted(folder.glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, fn in vars(module).items():
            if hasattr(fn, "arg_names"):
                yield path.stem, name, fn


def ttir(fn, signature, constants, promises):
    """For sm_90, with `assert`s."""
    target = GPUTarget("cuda", 90, 32)
    backend = make_backend(target)
    options = backend.parse_options({"debug": True, "sanitize_overflow": False})
    source = ASTSource(fn, signature, constants, promises)
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    stages = {}
    backend.add_stages(stages, options, source.language)
    module = source.make_ir(target, options, backend.get_codegen_implementation(options), backend.get_module_map(),
                            context)
    return str(stages["ttir"](module, {}))
