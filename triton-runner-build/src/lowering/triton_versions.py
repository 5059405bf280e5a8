"""What whoever calls Triton from outside must know of its versions, those in pins.toml. Lies beside each program that uses it."""

import importlib.metadata
import importlib.util
import inspect
import sys
import types


class Refusal(Exception):
    """A message for the person who asked; no traceback belongs to it."""


def stand_in_for_missing_packages():
    """Triton imports two packages that its wheel does not bring: neither takes part in lowering.

    3.4 finds its backends through `importlib_metadata` under Python 3.9; 3.2 builds launchers with `setuptools`.
    """
    class Selectable(dict):

        def select(self, group):
            return self.get(group, ())

    for name in ("setuptools", "importlib_metadata"):
        if importlib.util.find_spec(name) is None:
            module = types.ModuleType(name)
            module.entry_points = lambda: Selectable(importlib.metadata.entry_points())
            sys.modules[name] = module


def without_gpu(names):
    """fbtriton asks the GPU of the machine, if there is one, for the shared memory that a pass may use: what is lowered is
    not for that one. `names` are those of the backend's module."""
    if "_max_shared_mem_for_capability" not in names:
        return
    from triton.runtime.driver import driver

    class NoGpu:

        def __getattr__(self, name):
            raise RuntimeError("a build asks no GPU")

    driver.set_active(NoGpu())


def call_supported(function, **values):
    """Calls with those of the values that this version's function has parameters for."""
    names = inspect.signature(function).parameters
    return function(**{name: value for name, value in values.items() if name in names})
