"""The least that lowering with Triton can take: one import, a fork of `triton.compile` for each job, as many at once as
there are processors, and nothing else. `python floor.py`, with the jobs as `[[FILE, ARCH, OPTIONS, OUTPUT], …]` in JSON
on standard input.

`floor.py warm`: what each compile asks first, and what has the same answer for all of them (the hash of Triton's own
files, the versions of its ptxas), is asked once before the forks.
"""

import json
import os
import sys

import triton
import triton.backends.nvidia.compiler as nvidia
from triton.backends.compiler import GPUTarget
from triton.compiler.compiler import triton_key


def warm(archs):
    triton_key()
    for arch in archs:
        nvidia.get_ptxas_version(arch)


def run(file, arch, options, output):
    compiled = triton.compile(file, target=GPUTarget("cuda", arch, 32), options=options)
    with open(output, "wb") as out:
        out.write(compiled.asm["cubin"])


running = 0
failed = 0
jobs = json.load(sys.stdin)
if sys.argv[1:] == ["warm"]:
    warm({arch for _, arch, _, _ in jobs})
for job in jobs:
    if running == os.cpu_count():
        failed |= os.wait()[1]
        running -= 1
    if os.fork() == 0:
        code = 1
        try:
            run(*job)
            code = 0
        finally:
            os._exit(code)
    running += 1
for _ in range(running):
    failed |= os.wait()[1]
sys.exit(failed != 0)
