# What this interpreter is, in one JSON line. Runs under any Python, also one too old to be used.
import json
import os
import platform
import re
import sys
import sysconfig


def has(name):
    try:
        import importlib.util
        return importlib.util.find_spec(name) is not None
    except Exception:
        return False


def triton():
    """Where an import would find Triton, without importing it, and the version it calls itself."""
    try:
        import importlib.util
        spec = importlib.util.find_spec("triton")
        text = open(spec.origin).read()
        version = re.search(r"^__version__\s*=\s*['\"]([^'\"]+)['\"]", text, re.M)
        return {"version": version.group(1), "package": os.path.dirname(spec.origin)}
    except Exception:
        return None


tag = "cp%d%d" % sys.version_info[:2]
if sysconfig.get_config_var("Py_GIL_DISABLED"):
    tag += "t"
print(json.dumps({
    "executable": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "implementation": platform.python_implementation(),
    "tag": tag,
    "platform": sysconfig.get_platform(),
    "libc": platform.libc_ver()[0],
    "pip": has("pip"),
    "triton": triton(),
}))
