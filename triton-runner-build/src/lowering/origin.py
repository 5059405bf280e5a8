"""Where a kernel's Python file comes from: which installed package, under which licence. Read by an export, and by a
recording in the user's own process.
"""

import functools
import importlib.metadata
import os
import re


@functools.lru_cache(maxsize=None)
def origin_of(path):
    """{module, package, license, copyright}, each None where it is not known; `license` is an SPDX expression, `copyright`
    a line of the file that names a holder and no licence."""
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
    """The installed package that lists this file as its own."""
    path = os.path.realpath(path)
    for base, distribution in distributions():
        if not path.startswith(os.path.join(base, "")):
            continue
        relative = os.path.relpath(path, base).replace(os.sep, "/")
        record = distribution.read_text("RECORD") or ""
        if any(start in record for start in ("\n%s," % relative, '\n"%s",' % relative)) or record.startswith(relative + ","):
            return distribution
    return None


@functools.lru_cache(maxsize=None)
def distributions():
    """Each installed package with the folder that its files are in."""
    return [(os.path.realpath(str(one.locate_file(""))), one) for one in importlib.metadata.distributions()]


# Names that are no SPDX expressions and mean one.
NAMES = {
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "gnu affero general public license v3": "AGPL-3.0-only",
    "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "new bsd": "BSD-3-Clause",
    "the unlicense (unlicense)": "Unlicense",
}

EXPRESSION = re.compile(r"\(*(LicenseRef-)?[A-Za-z0-9][A-Za-z0-9.+-]*\)*( (AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*)*")


def license_of(metadata):
    """The SPDX expression that a package's metadata says, in the new way or the old ones."""
    if metadata.get("License-Expression"):
        return metadata["License-Expression"].strip()
    said = [metadata.get("License") or ""]
    said += [one.split("::")[-1] for one in metadata.get_all("Classifier") or [] if one.startswith("License ::")]
    for text in (one.strip() for one in said):
        # Some have the whole text there, under its name.
        name = re.sub(r"[ ,]+", " ", text.partition("\n")[0].strip().lower().replace(", version", " version"))
        if name in NAMES:
            return NAMES[name]
        if len(text) <= 60 and EXPRESSION.fullmatch(text) and text.upper() not in ("UNKNOWN", "OSI", "BSD", "PROPRIETARY"):
            return text
    return None
