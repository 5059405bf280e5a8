"""What Python knows of a kernel and its TTIR doesn't say: what is done around a launch, and the values of constants. Read by
an export, and by a recording in the user's own process.
"""

import importlib.metadata
import math
import os
import re


def called(function):
    return getattr(function, "__name__", None) or type(function).__name__


def chosen(configs, constants):
    """The configurations that have these values; all of them where none does."""
    def is_like(config):
        return all(constants.get(name, value) == value for name, value in config.kwargs.items())

    return [config for config in configs if is_like(config)] or configs


def host_work(kernel, around, constants):
    """What Python does around a launch and no compiled kernel can: [{does, names}]."""
    work = []

    def add(does, names):
        names = sorted({str(name) for name in names})
        if names:
            work.append({"does": does, "names": names})

    hooks = list(getattr(kernel, "pre_run_hooks", None) or [])
    for wrapper in around:
        configs = chosen(list(getattr(wrapper, "configs", None) or []), constants)
        hooks += [config.pre_hook for config in configs if getattr(config, "pre_hook", None)]
        if isinstance(getattr(wrapper, "values", None), dict):
            add("heuristics", [name for name in wrapper.values if name in constants])
        add("reset_to_zero", getattr(wrapper, "reset_to_zero", None) or [])
        add("restore_value", getattr(wrapper, "restore_value", None) or [])
        own = [hook for hook in ("pre_hook", "post_hook") if getattr(wrapper, "user_defined_" + hook, False)]
        add("tuning_hook", [called(getattr(wrapper, hook)) for hook in own])
        prunes = [getattr(wrapper, name, None) for name in ("early_config_prune", "perf_model")]
        add("prune_configs", [called(prune) for prune in prunes if prune])
    add("pre_hook", [called(hook) for hook in hooks])
    return sorted(work, key=lambda item: item["does"])


def constant_json(value):
    """How the metadata spells a constant; None for what JSON has no word for."""
    import triton.language as tl
    if isinstance(value, tl.constexpr):
        value = value.value
    if isinstance(value, tl.dtype):
        for name in dir(tl):
            if getattr(tl, name) is value:
                return "tl." + name
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", None) or str(value)


PACKAGES = {}


def package_of(function):
    """The installed package that a function comes from, and its licence as SPDX has it: {name, version, license}; None
    for a file of the user's own."""
    code = getattr(function, "__code__", None)
    if code is None or not {"site-packages", "dist-packages"} & set(os.path.abspath(code.co_filename).split(os.sep)):
        return None
    top = function.__module__.split(".")[0]
    if top not in PACKAGES:
        PACKAGES[top] = find_package(top)
    return PACKAGES[top]


def find_package(top):
    names = getattr(importlib.metadata, "packages_distributions", dict)().get(top) or [top]
    for name in names:
        try:
            told = importlib.metadata.metadata(name)
        except (importlib.metadata.PackageNotFoundError, ValueError):
            continue
        return {"name": told.get("Name") or name, "version": told.get("Version"), "license": license_of(told)}
    return {"name": top, "version": None, "license": None}


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
        name = re.sub(r"[ ,]+", " ", text.lower().replace(", version", " version"))
        if name in NAMES:
            return NAMES[name]
        if len(text) <= 60 and EXPRESSION.fullmatch(text) and text.upper() not in ("UNKNOWN", "OSI", "BSD", "PROPRIETARY"):
            return text
    return None
