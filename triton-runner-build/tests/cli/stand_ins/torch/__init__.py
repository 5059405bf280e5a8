"""Stands in for torch where a module only wants to be imported: every name in it, and every module below it, is
something that can be called, subclassed, used as a decorator or a context, and is false.
"""

import importlib.abc
import importlib.machinery
import sys
import types


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


class Anything(metaclass=Meta):

    def __init__(self, *_, **__):
        pass

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __call__(self, *args, **kwargs):
        return Anything(*args, **kwargs)

    def __bool__(self):
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):

    def find_spec(self, name, path=None, target=None):
        if name.startswith(__name__ + "."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__getattr__ = attribute


def attribute(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Anything


sys.meta_path.insert(0, Finder())
__version__ = "2.9.0"
__getattr__ = attribute
