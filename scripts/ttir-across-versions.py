#!/usr/bin/env python3
"""ttir-across-versions.py FOLDER [--arch sm_90] [--jobs 1] [--only REGEX] [--details]

Which Triton lowers the TTIR of which other. FOLDER has a folder for each version, with NAME.ttir and NAME.json in it; each
file is lowered by every one of these versions, with `cargo triton lower`, and a table says how many of them work. The
compilers must be there (`cargo triton setup --triton X`); the command is `cargo-triton`, or what CARGO_TRITON names.
With --details, what the compiler says of those that don't, each reason with its number.

Kernels that their own Triton refuses for the architecture are left out: that is no matter of versions.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def lower(file, arch, triton):
    """Nothing if it works, else the compiler's first words."""
    program = os.environ.get("CARGO_TRITON", "cargo-triton")
    command = [program, "triton", "lower", str(file), "--arch", arch, "--triton", triton]
    with tempfile.TemporaryDirectory() as folder:
        ran = subprocess.run(command + ["-o", os.path.join(folder, "out.cubin")], capture_output=True, text=True)
    if ran.returncode == 0:
        return None
    lines = [line.strip() for line in ran.stderr.split("error: ", 1)[-1].splitlines() if line.strip()]
    # The first names kernel and file, and ends with a colon where the compiler's own words follow.
    said = [line for line in lines if not line.endswith(":") and not line.startswith("PassManager")] or lines or ["nothing"]
    words = next((line for line in said if "error: " in line or "Assertion" in line or "LLVM ERROR" in line), said[0])
    return re.sub(r"^.*?error: |^.*?\.(?:cpp|h):\d+: ", "", words)[:120]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--details", action="store_true")
    arguments = parser.parse_args()
    versions = sorted((path.name for path in arguments.folder.iterdir() if re.fullmatch(r"\d+\.\d+\.\d+", path.name)),
                      key=lambda name: [int(part) for part in name.split(".")])
    if not versions:
        sys.exit("%s has no folder named by a version, such as 3.3.1" % arguments.folder)
    rows, reasons = [], collections.Counter()
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for made in versions:
            files = sorted((arguments.folder / made).glob("*.ttir"))
            files = [file for file in files if re.search(arguments.only, file.stem)]
            own = pool.map(lambda file: lower(file, arguments.arch, made), files)
            files = [file for file, error in zip(files, own) if error is None]
            row = [made, str(len(files))]
            for triton in versions:
                if triton == made:
                    row.append("all")
                    continue
                errors = list(pool.map(lambda file: lower(file, arguments.arch, triton), files))
                for file, error in zip(files, errors):
                    if error is not None:
                        reasons[(made, triton, error)] += 1
                        print("%s of %s by %s: %s" % (file.stem, made, triton, error), file=sys.stderr, flush=True)
                row.append("all" if not any(errors) else str(errors.count(None)))
            rows.append(row)
            print("%s is done" % made, file=sys.stderr, flush=True)
    print("| TTIR of | kernels | by %s |" % " | by ".join(versions))
    print("|---|---|%s" % ("---|" * len(versions)))
    for row in rows:
        print("| %s |" % " | ".join(row))
    if arguments.details and reasons:
        print("\n| TTIR of | by | kernels | what the compiler says |\n|---|---|---|---|")
        for (made, triton, error), number in sorted(reasons.items(), key=lambda item: (item[0][:2], -item[1])):
            print("| %s | %s | %d | `%s` |" % (made, triton, number, error.replace("|", "\\|")))


if __name__ == "__main__":
    main()
