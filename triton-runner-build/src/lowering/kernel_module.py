"""The kernel's module, imported where there is no GPU. Lies beside `export.py`."""

import importlib
import importlib.util
import os
import re
import sys
import traceback

from triton_versions import Refusal


class Properties(dict):
    """What is known of the GPUs of an architecture, without one of them."""

    def __missing__(self, name):
        raise Refusal("it asks for the GPU's `%s`, which an export can't know: it is another one for each model" % name)


class Utilities:
    """`driver.active.utils`, as far as an architecture says it."""

    def __init__(self, driver, shared_memory):
        self.driver = driver
        self.shared_memory = shared_memory

    def get_device_properties(self, _=0):
        self.driver.asked = True
        shared = self.shared_memory.get(str(self.driver.target.arch))
        return Properties({} if shared is None else {"max_shared_mem": shared})


def use_offline_driver(target, shared_memory):
    """Stands in for the GPU driver: modules ask it at import time what the current device is. It knows whether one
    did, for then what was imported is of that device."""
    from triton.runtime.driver import driver

    class OfflineDriver:

        def __init__(self):
            self.target = target
            self.asked = False
            self.utils = Utilities(self, shared_memory)

        def get_current_target(self):
            self.asked = True
            return self.target

        def get_current_device(self):
            return 0

        def get_device_capability(self, *_):
            self.asked = True
            return (self.target.arch // 10, self.target.arch % 10)

        def get_benchmarker(self):
            # Autotuners of Triton 3.2 and 3.3 ask for it when they are made, and call it only at a launch.
            return None

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise Refusal("it asks for a GPU (driver.active.%s), and an export has none: where that is done while the "
                          "module is imported, move it out of the module's top level" % name)

    offline = OfflineDriver()
    driver.set_active(offline)
    return offline


def locate(request):
    """The file of a module that is asked for by its name: fills in `file` and `shown`."""
    name = request["module"]
    own = ("this interpreter has no module `%s`: name one whose packages have it (--python, or TRITON_RUNNER_PYTHON), or "
           "the file, FILE.py::%s" % (name, request["kernel"]))
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError as error:
        raise Refusal(own if name.startswith(error.name or "?") else lacking(error.name))
    except BaseException as error:
        raise Refusal("`%s` cannot be imported: %s: %s" % (name, type(error).__name__, error))
    if spec is None or not spec.origin:
        raise Refusal(own)
    request["file"] = spec.origin
    request["shown"] = name.replace(".", "/") + ".py"


# Parts of Triton that some versions of it don't have, and those that do.
PARTS = (("triton.experimental", "Gluon", "Triton 3.4 and later have it: --triton 3.9.0"),
         ("triton.language.extra.tlx", "TLX", "fbtriton, a fork of Triton, has it: --triton 3.7.4+fb"))


def lacking(package):
    for part, language, who in PARTS:
        if (package or "").startswith(part):
            import triton
            return ("its module needs %s, which Triton %s does not have; %s, or `triton` in the kernel's settings" %
                    (language, triton.__version__, who))
    top = (package or "").split(".")[0]
    return ("its module needs the Python package `%s`, which this interpreter does not have: name one that has it "
            "(--python, or TRITON_RUNNER_PYTHON), or, if it is only imported and the kernel needs nothing of it, let "
            "something stand in for it (--stand-in %s)" % (package, top))


def load_module(path, request):
    """Imports the file as what it is: a module of its package, or a lone module."""
    if request["module"]:
        return imported(lambda: importlib.import_module(request["module"]), path, request)
    return imported(lambda: load_file(path), path, request)


def load_file(path):
    folder, base = os.path.split(path)
    parts = [os.path.splitext(base)[0]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        parts.insert(0, name)
    sys.path.insert(0, folder)
    name = ".".join(parts)
    if len(parts) > 1:
        return importlib.import_module(name)
    # A lone file may be called like a module of the standard library.
    name = name if name.isidentifier() and name not in sys.modules else "_kernel_module"
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def imported(load, path, request):
    try:
        return load()
    except Refusal:
        raise
    except ModuleNotFoundError as error:
        raise Refusal(lacking(error.name))
    except ImportError as error:
        # `from triton.language.extra import tlx`
        missing = re.match(r"cannot import name '(\w+)'", str(error))
        name = "%s.%s" % (error.name, missing.group(1)) if missing and error.name else ""
        if any(name.startswith(part) for part, _, _ in PARTS):
            raise Refusal(lacking(name))
        raise Refusal("its module cannot be imported: ImportError: %s%s" % (error, where(error, request)))
    except SyntaxError as error:
        place = "%s:%s:%s" % (shown(error.filename or path, request), error.lineno, error.offset or 1)
        raise Refusal("%s: %s" % (place, error.msg))
    except BaseException as error:
        raise Refusal("its module cannot be imported: %s: %s%s" % (type(error).__name__, error, where(error, request)))


def shown(path, request):
    """A file as somebody would name it: the kernel's own as in the request, others from the folder that they are in."""
    path = os.path.abspath(path)
    if path == os.path.abspath(request["file"]):
        return request["shown"]
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def where(error, request):
    """The last line of the user's file that an exception came through, as the end of a message."""
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if os.path.abspath(frame.filename) == os.path.abspath(request["file"]):
            line = frame.lineno
    return " (%s:%s)" % (request["shown"], line) if line else ""
