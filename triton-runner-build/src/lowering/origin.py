"""Where a kernel's Python file comes from: which installed package, under which licence. Lies beside `export.py`."""

import importlib.metadata
import os
import re

from kernel_facts import license_of

def origin_of(path):
    """{module, package, license, copyright}, each None where it is not known; `copyright` is a line of the file that
    names a holder and no licence."""
    path = os.path.realpath(path)
    with open(path, encoding="utf-8", errors="replace") as file:
        head = [line for _, line in zip(range(60), file)]
    own = next((found.group(1) for found in (re.search(r"SPDX-License-Identifier:\s*([^#*\n]+)", line) for line in head)
                if found), None)
    holder = next((line.strip("#* \t\n\"") for line in head if re.search(r"copyright\b", line, re.IGNORECASE)), None)
    found = {"module": None, "package": None, "license": own.strip() if own else None, "copyright": None}
    distribution = distribution_of(path)
    if distribution is not None:
        base = os.path.realpath(str(distribution.locate_file("")))
        parts = os.path.splitext(os.path.relpath(path, base))[0].split(os.sep)
        found["module"] = ".".join(parts) if all(part.isidentifier() for part in parts) else None
        found["package"] = {"name": distribution.metadata["Name"], "version": distribution.version}
        found["license"] = found["license"] or license_of(distribution.metadata)
    elif not own:
        found["copyright"] = holder
    return found


def distribution_of(path):
    """The installed package that has this file."""
    for distribution in importlib.metadata.distributions():
        base = os.path.realpath(str(distribution.locate_file("")))
        if not path.startswith(os.path.join(base, "")):
            continue
        relative = os.path.relpath(path, base).replace(os.sep, "/")
        record = distribution.read_text("RECORD") or ""
        if any(line.startswith((relative + ",", '"%s",' % relative)) for line in record.splitlines()):
            return distribution
    return None
