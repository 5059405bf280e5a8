#!/usr/bin/env python3
"""Builds the artifact folders of the Python project triton_runner, of a checkout of it, as they are: LLVM IR, PTX and machine
code, each with the JSON and the Python file beside it. Nothing is edited: where the JSON has no `kernel_signature`, `cargo
triton sign` writes the signature, by the types that the project's programs pass.

    scripts/sign-python-project.py CHECKOUT COMMAND         COMMAND: target/debug/cargo-triton

The folders are copied first. Needs the Tritons that the LLVM IR is of (`cargo triton setup`); those that this project doesn't
know are listed. Prints one line for each folder that fails, and how many are built.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

# By the name of the Python file: what its launches pass, and what Triton made constants of.
ARGUMENTS = {
    "matmul.py": ["--arg=?_ptr=*fp32:16", "--arg=[MNK]=i32:16", "--arg=stride_*=i32:16", "--const=BLOCK_SIZE_M=16",
                  "--const=BLOCK_SIZE_N=16"],
    "matmul-with-dot-v2.py": ["--arg=c_ptr=*fp32:16", "--arg=a_ptr=*fp16:16", "--arg=b_ptr=*fp16:16", "--arg=[MNK]=i32:16",
                              "--arg=stride_*=i32:16"],
    "matmul-with-tma-v3.py": ["--arg=c_ptr=*fp16:16", "--arg=a_ptr=*fp8e5:16", "--arg=b_ptr=*fp8e5:16", "--arg=[MNK]=i32:16"],
    "hopper-fa-ws-pipelined-pingpong.py": [
        "--arg=sm_scale=fp32", "--arg=M=*fp32:16", "--arg=[ZH]=i32", "--arg=desc_q=tensordesc<fp16[64, 128]>",
        "--arg=desc_[kv]=tensordesc<fp16[128, 128]>", "--arg=desc_o=tensordesc<fp16[64, 128]>", "--arg=N_CTX=i32:16",
        # Of the fork's main branch after 3.4, with the hidden parameters of 3.5.
        "--triton=3.5.0"],
}
# Strides that are 1, which no launch passes, by the file that the folder's Python file is a copy of.
ONES = {
    "matmul.py": [["stride_ak", "stride_bn", "stride_cn"], ["stride_an", "stride_bk", "stride_ck"]],
    "matmul-with-dot-v2.py": [["stride_an", "stride_bk", "stride_ck"], ["stride_ak", "stride_bn", "stride_cn"]],
}


# One whose JSON is of another Triton than the file.
OF_TRITON = {"old_ptx": ["--triton=3.2.0"]}


def run(command, *arguments):
    done = subprocess.run([command, "triton", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return None if done.returncode == 0 else done.stderr


def signed(command, file, python, kernel):
    """The error of the last try, if none did."""
    error = None
    for ones in ONES.get(python.name, [[]]):
        arguments = ARGUMENTS[python.name] + OF_TRITON.get(file.parent.name, [])
        error = run(command, "sign", file, "--from", "%s::%s" % (python, kernel), *arguments,
                    *("--const=%s=1" % name for name in ones))
        if error is None:
            return None
    return error


def main():
    checkout, command = sys.argv[1:]
    folder = pathlib.Path(tempfile.mkdtemp())
    shutil.copytree(pathlib.Path(checkout) / "examples/runner", folder / "runner")
    built, with_own, unknown, failed = 0, 0, [], []
    for path in sorted(folder.rglob("*.json")):
        level = next((level for level in ("llir", "ptx", "cubin") if path.with_suffix("." + level).is_file()), None)
        name = path.parent.relative_to(folder / "runner")
        if level is None or "amd" in name.parts:
            continue
        metadata = json.loads(path.read_text())
        version = metadata.get("triton_version") or "3.2.0"
        if "v3.1.0" in name.parts:
            unknown.append(str(name))
            continue
        file, error = path.with_suffix("." + level), None
        if str(metadata.get("kernel_signature")) != "None":
            with_own += 1
        else:
            python = next(found for place in path.parents for found in place.glob("*.py"))
            error = signed(command, file, python, path.stem)
        if error is None and level == "llir":
            arch = "sm_%d" % metadata["target"]["arch"]
            wanted = ["--triton", version] if "triton_version" not in metadata else []
            error = run(command, "lower", file, "--arch", arch, *wanted, "-o", file.with_suffix(".cubin"))
        elif error is None:
            error = run(command, "inspect", file)
        if error is None:
            built += 1
        else:
            failed.append("%s: %s" % (name, error.strip().splitlines()[0][:300]))
    shutil.rmtree(folder)
    for line in failed:
        print(line)
    print("%d built, %d of them by their own signature; %d failed; %d of a Triton that isn't known here (%s)" %
          (built, with_own, len(failed), len(unknown), ", ".join(unknown)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
