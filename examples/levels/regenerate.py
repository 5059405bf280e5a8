#!/usr/bin/env python3
"""Writes everything below `kernels/` anew from scalar.py, dot.py and tma.py: each kernel at each level.

    PYTHONPATH=FOLDER python3 examples/levels/regenerate.py

FOLDER holds Triton 3.3.1, such as the one that `cargo triton setup` installed. TTIR comes from `cargo triton export`;
the levels below are what `triton.compile` makes of it in a fresh process, without line info, and their JSON is the one
that Triton writes, without the two keys that hold paths or hashes of this machine, and with ours.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
KERNELS = PACKAGE / "kernels"
LEVELS = ["ttgir", "llir", "ptx", "cubin"]
VERSION = "3.3.1"
OPTIONS = {"num_warps": 4, "num_stages": 3}


def arguments(element, result, *sizes):
    types = {"a": f"*{element}:16", "b": f"*{element}:16", "c": f"*{result}:16"}
    return {**types, **{size: "i32:16" for size in sizes}}


# Arguments, constants, and the architectures of the levels below TTIR.
PROGRAMS = {
    "scalar": (
        arguments("fp32", "fp32", "m", "n", "k", "lda", "ldb", "ldc"),
        {"TILE_M": 16, "TILE_N": 16},
        [75],
    ),
    "dot": (
        arguments("fp16", "fp32", "m", "n", "k", "lda", "ldb", "ldc"),
        {"TILE_M": 128, "TILE_N": 64, "TILE_K": 64},
        [80, 86],
    ),
    "tma": (
        arguments("fp8e5", "fp16", "m", "n", "k"),
        {"TILE_M": 128, "TILE_N": 64, "TILE_K": 64},
        [90, 120],
    ),
}


def export(program, arch, folder, name):
    """`cargo triton export`: NAME.ttir and NAME.json in the folder, for one architecture or for all of the package's."""
    types, constants, _ = PROGRAMS[program]
    command = ["cargo", "triton", "export", f"{KERNELS / program}.py::{program}_matmul", "--triton", VERSION]
    for argument, type in types.items():
        command += ["--arg", f"{argument}={type}"]
    for constant, value in constants.items():
        command += ["--const", f"{constant}={value}"]
    for option, value in OPTIONS.items():
        command += [f"--{option.replace('_', '-')}", str(value)]
    if arch is not None:
        command += ["--arch", f"sm_{arch}"]
    command += ["--out", folder, "--name", name]
    # The command needs none of the Triton that the levels below are made with.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, cwd=PACKAGE, env=environment, check=True)


def compile(ttir, arch, result):
    """The child process: `triton.compile` for one architecture, its stages and metadata as files in `result`."""
    import triton
    from triton.backends.compiler import GPUTarget

    if triton.__version__ != VERSION:
        sys.exit(f"this is Triton {triton.__version__}: put {VERSION} into PYTHONPATH")
    compiled = triton.compile(ttir, target=GPUTarget("cuda", int(arch), 32), options=OPTIONS)
    for level in LEVELS:
        content = compiled.asm[level]
        (Path(result) / level).write_bytes(content if isinstance(content, bytes) else content.encode())
    cached = Path(os.environ["TRITON_CACHE_DIR"]).glob("*/*.json")
    (metadata,) = [path for path in cached if not path.name.startswith("__grp__")]
    (Path(result) / "json").write_bytes(metadata.read_bytes())


def to_text(metadata):
    """JSON with a line for each key and for each argument."""
    lines = []
    for key, value in metadata.items():
        text = json.dumps(value)
        if key == "signature":
            text = "[\n" + ",\n".join(f"    {json.dumps(argument)}" for argument in value) + "\n  ]"
        lines.append(f"  {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    for level in LEVELS:
        for file in (KERNELS / level).glob("*"):
            file.unlink()
        (KERNELS / level).mkdir(exist_ok=True)
    export("scalar", None, KERNELS / "ttir", "scalar_ttir")
    for program, (_, _, archs) in PROGRAMS.items():
        for arch in archs:
            with tempfile.TemporaryDirectory() as folder:
                export(program, arch, folder, "kernel")
                # A relative path, so that none of this machine gets into the IR.
                subprocess.run(
                    [sys.executable, __file__, "kernel.ttir", str(arch), folder],
                    cwd=folder,
                    env={**os.environ, "TRITON_CACHE_DIR": f"{folder}/cache", "TRITON_DISABLE_LINE_INFO": "1"},
                    check=True,
                )
                ours = json.loads((Path(folder) / "kernel.json").read_text())
                metadata = json.loads((Path(folder) / "json").read_text())
                for key in ["hash", "extern_libs"]:
                    del metadata[key]
                metadata.update({key: ours[key] for key in ["signature", "constants"]})
                for level in LEVELS:
                    stem = KERNELS / level / f"{program}_{level}_sm{arch}.sm_{arch}"
                    Path(f"{stem}.{level}").write_bytes((Path(folder) / level).read_bytes())
                    Path(f"{stem}.json").write_text(to_text(metadata))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        compile(*sys.argv[1:])
