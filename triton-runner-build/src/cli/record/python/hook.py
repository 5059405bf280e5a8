"""Gets between a compiled kernel and the function that launches it, when triton is imported. Nothing of Triton's files or
the user's is changed, and a process that doesn't import triton does nothing here. For every Triton in pins.toml.
"""

import functools
import importlib.abc
import os
import sys
import weakref

from .log import Log
from .recorder import Recorder


def install(spool):
    log = Log(spool)
    log.started()
    recorder = Recorder(spool, log)
    patches = {
        "triton.compiler.compiler": lambda module: watch_launches(module, recorder),
        "triton.runtime.autotuner": lambda module: watch_tuning(module, recorder),
        "torch._inductor.runtime.triton_heuristics": lambda module: watch_inductor(module, recorder),
        # Up to torch 2.9, and since.
        "torch._inductor.runtime.static_cuda_launcher": lambda module: watch_static_launches(module, recorder),
        "torch._inductor.runtime.static_triton_launcher": lambda module: watch_static_launches(module, recorder),
    }
    sys.meta_path.insert(0, Finder(patches, log))
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=recorder.forked)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules that are patched where Python finds them."""

    def __init__(self, patches, log):
        self.patches = patches
        self.log = log

    def find_spec(self, name, path=None, target=None):
        patch = self.patches.get(name)
        if patch is None:
            return None
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = find(name, path, target) if find and finder is not self else None
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = Loader(spec.loader, patch, self.log)
                return spec
        return None


class Loader(importlib.abc.Loader):

    def __init__(self, loader, patch, log):
        self.loader = loader
        self.patch = patch
        self.log = log

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        # Whoever asks for the module's source gets it as ever.
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        try:
            self.patch(module)
        except Exception as error:
            self.log.problem("`%s` is not as in any Triton that is known here" % module.__name__, error)


def watch_launches(module, recorder):
    """Each compiled kernel gets its launcher when it is loaded."""
    kernel_class = module.CompiledKernel
    original = kernel_class._init_handles

    @functools.wraps(original)
    def _init_handles(self):
        result = original(self)
        own = self.__dict__
        name = "_run" if "_run" in own else "run"
        launcher = own.get(name)
        if launcher is not None and type(launcher) is not Launcher:
            own[name] = Launcher(self, launcher, recorder)
        return result

    kernel_class._init_handles = _init_handles


class Launcher:
    """Triton's launcher of one kernel, and what is written down around each call."""

    def __init__(self, kernel, launcher, recorder):
        self.kernel = weakref.ref(kernel)
        self.launcher = launcher
        self.recorder = recorder
        self.seen = None

    def __getattr__(self, name):
        return getattr(self.launcher, name)

    def __call__(self, *args, **kwargs):
        # The grid, stream, function, packed metadata, launch metadata, two hooks, and the kernel's arguments.
        finish = self.recorder.begin(self, args[:3], args[9:])
        result = self.launcher(*args, **kwargs)
        if finish is not None:
            finish()
        return result


def watch_tuning(module, recorder):
    """What lies around a launch, and which launches are an autotuner's own."""
    for owner in (module.Autotuner, module.Heuristics):
        patch_method(owner, "run", recorder.around)
    patch_method(module.Autotuner, "_bench", recorder.measured)

    def of_subclass(cls, **kwargs):
        super(module.Autotuner, cls).__init_subclass__(**kwargs)
        for name, context in (("run", recorder.around), ("_bench", recorder.measured)):
            if name in vars(cls):
                patch_method(cls, name, context)

    # Packages have autotuners of their own, made of Triton's.
    module.Autotuner.__init_subclass__ = classmethod(of_subclass)


def watch_inductor(module, recorder):
    """torch.compile's autotuner, and kernels that it gives to C++ which it writes."""
    owner = module.CachingAutotuner
    patch_method(owner, "run", recorder.around)
    patch_method(owner, "bench", recorder.measured)
    for name in ("save_gpu_kernel", "save_cuda_kernel"):
        if name in vars(owner):
            patch_call(owner, name, lambda self: recorder.passed_by("cpp_wrapper", getattr(self.fn, "__name__", None)))


def watch_static_launches(module, recorder):
    """Launches of a cubin that torch.compile makes without Triton: they can be counted."""
    for owner in list(vars(module).values()):
        if isinstance(owner, type) and "run" in vars(owner) and hasattr(owner, "load_kernel"):
            patch_call(owner, "run", lambda self: recorder.passed_by("static_launcher", getattr(self, "name", None)))


def patch_call(owner, name, before):
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        before(self)
        return original(self, *args, **kwargs)

    setattr(owner, name, method)


def patch_method(owner, name, context):
    original = getattr(owner, name)

    @functools.wraps(original)
    def method(self, *args, **kwargs):
        with context(self):
            return original(self, *args, **kwargs)

    setattr(owner, name, method)
