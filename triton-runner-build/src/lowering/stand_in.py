"""Stands in for packages that a module only wants to import: every name in one, and every module below it, is something
that can be called, subclassed, used as a decorator or a context, and is false. Of torch, what asks for the GPU is answered
for the one that the kernel is for. Lies beside `export.py`.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import sysconfig
import types

# Where something was decided by a stand-in: files and lines, the first first.
decided = {}
_PYTHON = sysconfig.get_paths()["stdlib"]


def is_pythons(file):
    """Whether it is Python's own, or this one; packages may be installed below Python's own folder."""
    installed = {"site-packages", "dist-packages"} & set(file.split(os.sep))
    return file == __file__ or (file.startswith(os.path.join(_PYTHON, "")) and not installed)


def decides(result):
    """Notes the line that asks."""
    frame = sys._getframe(1)
    while frame is not None and is_pythons(frame.f_code.co_filename):
        frame = frame.f_back
    if frame is not None and not frame.f_code.co_filename.startswith("<"):
        decided[(os.path.abspath(frame.f_code.co_filename), frame.f_lineno)] = True
    return result


class Meta(type):

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything

    def __call__(cls, *args, **kwargs):
        # A decorator gives back what it decorates.
        if cls is Anything and len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        return super().__call__(*args, **kwargs)

    def __bool__(cls):
        return decides(False) if cls is Anything else True

    def __eq__(cls, other):
        return decides(cls is other) if cls is Anything and not isinstance(other, type) else cls is other

    __hash__ = type.__hash__

    def __getitem__(cls, _):
        return Anything

    def __or__(cls, _):
        return Anything

    def __ror__(cls, _):
        return Anything


class Anything(metaclass=Meta):

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args, **kwargs):
        return Anything(*args, **kwargs)

    def __getitem__(self, _):
        return Anything()

    def __iter__(self):
        return iter(())

    def __contains__(self, _):
        return decides(False)

    def __eq__(self, other):
        return decides(self is other)

    __hash__ = object.__hash__

    def __bool__(self):
        return decides(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def _less(self, _):
        return decides(False)

    __lt__ = __le__ = __gt__ = __ge__ = _less

    def _result(self, *_):
        return Anything()

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __floordiv__ = __mod__ = __or__ = _result


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):

    def __init__(self, names, driver):
        self.names = names
        self.gpu = {
            "device_count": lambda: 1,
            "get_device_capability": driver.get_device_capability,
            "is_available": lambda: True,
        }

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__getattr__ = attribute
        module.__version__ = "2.9.0"
        if module.__name__ == "torch.cuda":
            vars(module).update(self.gpu)
        if module.__name__ == "torch":
            # As `import torch` has it.
            module.cuda = importlib.import_module("torch.cuda")


def attribute(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything


def stand_in_for(names, driver):
    if names:
        sys.meta_path.insert(0, Finder(frozenset(names), driver))


def places(shown):
    """Where something was decided, in words."""
    most = 6
    told = ["%s:%d" % (shown(file), line) for file, line in decided]
    return ", ".join(told[:most]) + (" and %d more" % (len(told) - most) if len(told) > most else "")


def is_stand_in(value):
    return value is Anything or isinstance(value, Anything)
