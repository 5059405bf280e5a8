"""Makes the TTIR in `kernels/` of the Python in `sources/`; what is in `by_hand/` is written by hand.

    PYTHONPATH=<Triton 3.6.0> python3 generate.py [NAME...]     neither GPU nor torch needed

A kernel's parameters have their types as annotations: `"*fp32"`, `"i32"`, and `"i32/16"` for a promised multiple of 16.
"""

import importlib.util
import os
import pathlib
import re
import sys
import tempfile

os.environ["TRITON_CACHE_DIR"] = tempfile.mkdtemp()
sys.dont_write_bytecode = True

from triton._C.libtriton import ir
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, make_backend

HERE = pathlib.Path(__file__).resolve().parent


def ttir(fn):
    signature, constants, promises = {}, {}, {}
    for place, parameter in enumerate(fn.params):
        if parameter.is_constexpr:
            signature[parameter.name], constants[(place, )] = "constexpr", parameter.default
            continue
        kind, _, multiple = parameter.annotation.strip("'\"").partition("/")
        signature[parameter.name] = kind
        if multiple:
            promises[(place, )] = [["tt.divisibility", int(multiple)]]
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
    text = str(stages["ttir"](module, {}))
    # Where a line is from is of no use here, and has this machine's paths.
    text = re.sub(r" loc\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", "", text)
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith("#loc"))


def main():
    only = sys.argv[1:]
    made = set()
    for path in sorted((HERE / "sources").glob("*.py")):
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, fn in vars(module).items():
            if not hasattr(fn, "arg_names") or name.startswith("_") or fn.__module__ != path.stem:
                continue
            assert name not in made, name
            made.add(name)
            if not only or name in only:
                try:
                    (HERE / "kernels" / f"{name}.ttir").write_text(ttir(fn))
                except Exception as error:
                    print(f"{name}: {type(error).__name__}: {str(error)[:1500]}", file=sys.stderr)


main()
