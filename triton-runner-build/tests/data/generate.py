"""Makes the test data of one Triton version: PYTHONPATH=<Triton> python3 generate.py OUT_FOLDER

No GPU and no torch needed. Each kernel is compiled in a process of its own, so that the result is the one of a fresh
compiler. Line information is off and the IR names its source `kernels.py`, so that no path of the machine gets inside.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import traceback

os.environ["TRITON_ALWAYS_COMPILE"] = "1"
os.environ["TRITON_DISABLE_LINE_INFO"] = "1"
os.environ["TRITON_CACHE_DIR"] = tempfile.mkdtemp()

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

sys.dont_write_bytecode = True
import kernels

VERSION = tuple(int(part) for part in triton.__version__.split(".")[:2])
POINTERS = {"a": "*i8", "b": "*fp8e5", "c": "*i8", "d": "*fp8e4nv", "e": "*bf16", "f": "*fp16", "g": "*kfp16",
            "h": "*fp64"}
SCALARS = {"flag": "i1", "i8": "i8", "i16": "i16", "i32": "i32", "i64": "i64", "f16": "fp16", "bf16": "bf16",
           "f32": "fp32", "f64": "fp64"}
COPY = {"BM": 64, "BN": 64}
MATMUL = {"a_ptr": "*fp16:16", "b_ptr": "*fp16:16", "c_ptr": "*fp16:16", "m": "i32", "n": "i32", "k": "i32:16",
          "stride_a": "i32:16", "stride_b": "i32:16", "stride_c": "i32:16"}
DESCRIPTOR = "tensordesc<fp16[64, 64]>"

# name, kernel, arguments, constants, architecture, options, extensions to keep, Triton versions
JOBS = [
    ("add", "add", {"x_ptr": "*fp32:16", "y_ptr": "*fp32:16", "out_ptr": "*fp32:16", "n": "i32"}, {"BLOCK": 1024}, 80,
     {}, "ttir ttgir llir ptx cubin json", None),
    ("add", "add", {"x_ptr": "*fp32:16", "y_ptr": "*fp32:16", "out_ptr": "*fp32:16", "n": "i32"}, {"BLOCK": 1024}, 90,
     {}, "ptx cubin", None),
    ("add", "add", {"x_ptr": "*fp32:16", "y_ptr": "*fp32:16", "out_ptr": "*fp32:16", "n": "i32"}, {"BLOCK": 1024}, 100,
     {}, "cubin", (3, 3)),
    ("add", "add", {"x_ptr": "*fp32:16", "y_ptr": "*fp32:16", "out_ptr": "*fp32:16", "n": "i32"}, {"BLOCK": 1024}, 120,
     {}, "ptx cubin", (3, 3)),
    ("types", "types", {**POINTERS, **SCALARS}, {}, 90, {"num_warps": 1}, "ttir llir ptx cubin", None),
    ("matmul", "matmul", MATMUL, {"BM": 64, "BN": 64, "BK": 32}, 80, {"num_warps": 8}, "ttir ttgir", None),
    ("spill", "spill", {"a_ptr": "*fp32", "b_ptr": "*fp32", "c_ptr": "*fp32", "k": "i32"}, {"N": 8192}, 80,
     {"maxnreg": 24}, "cubin", (3, 3) if VERSION in [(3, 3), (3, 9)] else (9, 9)),
    ("calls", "calls", {"x_ptr": "*fp32", "out_ptr": "*fp32", "n": "i32"}, {}, 80, {}, "ttir ttgir llir", None),
    ("flow", "flow", {"x_ptr": "*fp32", "y_ptr": "*fp32", "z_ptr": "*fp32", "out_ptr": "*fp32", "count_ptr": "*i32",
                      "n": "i32"}, {"BLOCK": 128}, 80, {}, "ttir ttgir", None),
    ("block_pointer", "block_pointer", {"x_ptr": "*fp16", "out_ptr": "*fp16", "n": "i32"}, {"BLOCK": 128}, 80, {},
     "ttir", (3, 2, 3, 8)),
    ("cluster", "add", {"x_ptr": "*fp32:16", "y_ptr": "*fp32:16", "out_ptr": "*fp32:16", "n": "i32"}, {"BLOCK": 1024},
     90, {"num_ctas": 2}, "ttgir ptx cubin json", None),
    ("tma_device", "tma_device_old" if VERSION == (3, 3) else "tma_device", {"x_ptr": "*fp16:16", "out_ptr": "*fp16:16", "m": "i32", "n": "i32:16"}, COPY, 90, {},
     "ttir ttgir json",
     (3, 3)),
    ("tma_host", "tma_host", {"x": DESCRIPTOR, "out": DESCRIPTOR}, COPY, 90, {}, "ttir ttgir ptx cubin json", (3, 4)),
    ("tma_pointer", "tma_host", {"x": DESCRIPTOR, "out": DESCRIPTOR}, COPY, 80, {}, "ttir json", (3, 4)),
    ("tma_untyped", "tma_untyped", {"x": "nvTmaDesc", "out": "nvTmaDesc"}, COPY, 90, {}, "ttir ttgir ptx cubin",
     (3, 2, 3, 3)),
    ("outside", "outside", {"x_ptr": "*fp32", "out_ptr": "*fp32", "ptr_in_asm": "*fp32"}, {"BLOCK": 128}, 80, {},
     "ttir", None),
    ("warp_specialized", "warp_specialized", {"a_ptr": "*fp16:16", "b_ptr": "*fp16:16", "c_ptr": "*fp16:16", "m": "i32",
                                              "n": "i32:16", "k": "i32:16"}, {"BM": 128, "BN": 128, "BK": 64},
     90 if VERSION == (3, 4) else 100, {}, "ttgir json", (3, 3) if VERSION in [(3, 4), (3, 9)] else (9, 9)),
]


def source(fn, arguments, constants):
    types = {name: ty.split(":")[0] for name, ty in arguments.items()}
    aligned = [fn.arg_names.index(name) for name, ty in arguments.items() if ty.endswith(":16")]
    if VERSION == (3, 2):
        from triton.backends.compiler import AttrsDescriptor
        return ASTSource(fn, types, constants, AttrsDescriptor.from_hints({i: 16 for i in aligned}))
    attrs = {(i, ): [["tt.divisibility", 16]] for i in aligned}
    types.update({name: "constexpr" for name in constants})
    types = {name: types[name] for name in fn.arg_names}
    return ASTSource(fn, types, constants, attrs)


def run(job, out):
    name, kernel, arguments, constants, arch, options, extensions, versions = job
    fn = getattr(kernels, kernel)
    result = triton.compile(source(fn, arguments, constants), target=GPUTarget("cuda", arch, 32), options=options)
    here = os.path.dirname(os.path.abspath(kernels.__file__))
    for extension in extensions.split():
        neutral = extension == "ttir"
        path = os.path.join(out, f"{name}.{extension}" if neutral else f"{name}.sm_{arch}.{extension}")
        if extension == "json":
            metadata = result.metadata._asdict()
            metadata["target"] = metadata["target"].__dict__
            metadata.pop("hash", None)
            metadata["extern_libs"] = []
            text = json.dumps(metadata, indent=1, sort_keys=True, default=str) + "\n"
        else:
            text = result.asm[extension]
        if isinstance(text, str):
            text = text.replace(here + "/", "")
            assert here not in text
            text = text.encode()
        with open(path, "wb") as file:
            file.write(text)


# `mini.ptx` from one ptxas of each generation of cubins, with and without suffix.
PTXAS = {(3, 6): "sm_75 sm_90 sm_90a sm_100 sm_100a sm_100f", (3, 9): "sm_80 sm_90 sm_90a sm_100f sm_120a"}


def ptxas(out):
    here = os.path.dirname(os.path.abspath(kernels.__file__))
    tool = os.path.join(os.path.dirname(triton.__file__), "backends", "nvidia", "bin", "ptxas-blackwell")
    release = re.search(r"release ([\d.]+)", subprocess.check_output([tool, "--version"], text=True)).group(1)
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(here, "mini.ptx")) as file:
        text = file.read()
    for arch in PTXAS.get(VERSION, "").split():
        source = os.path.join(os.environ["TRITON_CACHE_DIR"], "mini.ptx")
        with open(source, "w") as file:
            file.write(text.replace("8.0", "8.8").replace("sm_75", arch))
        subprocess.check_call([tool, "--gpu-name", arch, source, "-o", os.path.join(out, f"{release}.{arch}.cubin")])


def main():
    if VERSION in PTXAS:
        ptxas(os.path.join(sys.argv[1], "ptxas"))
    out = os.path.join(sys.argv[1], ".".join(map(str, VERSION)))
    os.makedirs(out, exist_ok=True)
    for job in JOBS:
        versions = job[7]
        if versions and (VERSION < versions[:2] or (len(versions) == 4 and VERSION > versions[2:])):
            continue
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                run(job, out)
                status = 0
            except Exception:
                traceback.print_exc()
            finally:
                os._exit(status)
        if os.waitpid(pid, 0)[1]:
            print(f"{triton.__version__}: {job[0]} for sm_{job[4]} failed", file=sys.stderr)


main()
