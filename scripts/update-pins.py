#!/usr/bin/env python3
"""Writes triton-runner-build/src/toolchain/pins.toml: file name, SHA-256 and size of each wheel of Triton, and of fbtriton.

Asks the package index that pip is configured with, one query for each version, Python and machine. Run it after a
release of Triton, with the new version added below, and read the difference before it is committed: a line that
changed for an old version means that the index serves another file than before.
"""

import json
import pathlib
import subprocess
import sys
import urllib.request

VERSIONS = ["3.2.0", "3.3.0", "3.3.1", "3.4.0", "3.5.0", "3.5.1", "3.6.0", "3.7.0", "3.7.1", "3.7.4+fb", "3.8.0",
            "3.9.0"]
PYTHONS = ["39", "310", "311", "312", "313", "313t", "314", "314t", "315", "315t"]
MACHINES = ["x86_64", "aarch64"]
GLIBC = ["manylinux_2_17", "manylinux2014", "manylinux_2_27", "manylinux_2_28", "manylinux_2_34", "manylinux_2_35"]
TABLE = pathlib.Path(__file__).parent.parent / "triton-runner-build/src/toolchain/pins.toml"


def requirement(version):
    """What pip calls it: fbtriton is a fork that installs the package `triton`, and calls itself 3.7.4+fb."""
    number, _, fork = version.partition("+")
    return fork + "triton==" + number


def ask(version, python, machine):
    """What pip would download there: (file name, sha256, address), or None where there is no wheel."""
    digits = python.rstrip("t")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"]
    command += ["--only-binary", ":all:", "--target", "unused", "--report", "-"]
    command += ["--implementation", "cp", "--python-version", digits[0] + "." + digits[1:], "--abi", "cp" + python]
    if not python.endswith("t"):
        command += ["--abi", "abi3"]
    for glibc in GLIBC:
        command += ["--platform", glibc + "_" + machine]
    done = subprocess.run(command + [requirement(version)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        if "No matching distribution" in done.stderr:
            return None
        sys.exit("pip failed:\n" + done.stderr)
    item = json.loads(done.stdout)["install"][0]["download_info"]
    if python.endswith("t") and "-abi3-" in item["url"]:
        return None  # The stable ABI is not that of free-threaded Pythons, whatever pip's cross query says.
    return item["url"].rsplit("/", 1)[1], item["archive_info"]["hashes"]["sha256"], item["url"]


def size(address):
    with urllib.request.urlopen(urllib.request.Request(address, method="HEAD")) as answer:
        return int(answer.headers["Content-Length"])


def main():
    lines = ["# Written by scripts/update-pins.py. Wheels of Triton and fbtriton: for each version, CPython and machine.", ""]
    sizes = {}
    for version in VERSIONS:
        lines.append('["%s"]' % version)
        for machine in MACHINES:
            for python in PYTHONS:
                answer = ask(version, python, machine)
                if answer is None:
                    continue
                name, sha256, address = answer
                if name not in sizes:
                    sizes[name] = size(address)
                lines.append('cp%s-%s = { file = "%s", sha256 = "%s", size = %d }' %
                             (python, machine, name, sha256, sizes[name]))
                print(version, python, machine, name, file=sys.stderr)
        lines.append("")
    TABLE.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
