"""A GPU that Triton believes in: kernels are compiled for sm_90, and a launch calls a Python function in their place.
Beside it a torch with the little of it that a program with such a GPU, and a recording of it, need.
"""

import ctypes
import sys
import types

import triton
from triton.backends.compiler import GPUTarget
from triton.runtime.driver import driver

# What a launch does, by the kernel's name: called with the grid and the arguments by name.
KERNELS = {}


class Storage:

    def __init__(self, memory):
        self.memory = memory

    def data_ptr(self):
        return ctypes.addressof(self.memory)

    def nbytes(self):
        return len(self.memory)


class Copy:

    def set_(self, storage):
        self.storage = storage
        return self

    def cpu(self):
        return self

    def data_ptr(self):
        return self.storage.data_ptr()


class Type:

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return "torch." + self.name


class Tensor:
    """Numbers of type float32, at a multiple of 64 bytes."""

    device = "cuda"
    dtype = Type("float32")

    def __init__(self, values):
        size = 4 * len(values)
        self.whole = (ctypes.c_char * (size + 64))()
        start = -ctypes.addressof(self.whole) % 64
        self.memory = (ctypes.c_char * size).from_buffer(self.whole, start)
        self.numbers = (ctypes.c_float * len(values)).from_buffer(self.whole, start)
        self.numbers[:] = values

    def data_ptr(self):
        return ctypes.addressof(self.memory)

    def untyped_storage(self):
        return Storage(self.memory)


class Launcher:

    def __init__(self, source, metadata):
        self.function = source.fn
        self.name = metadata.name

    def __call__(self, x, y, z, stream, function, packed, metadata, enter, leave, *values):
        names = self.function.arg_names
        if len(values) != len(names):  # 3.2
            names = [param.name for param in self.function.params if not param.is_constexpr]
        KERNELS[self.name]((x, y, z), dict(zip(names, values)))


class Utils:

    def load_binary(self, *_):
        version = tuple(int(part) for part in triton.__version__.split(".")[:2])
        return (1, 1, 0, 0, 1024) if version >= (3, 4) else (1, 1, 0, 0)

    def get_device_properties(self, _):
        return {"max_shared_mem": 232448, "multiprocessor_count": 132}


class Driver:
    utils = Utils()
    launcher_cls = Launcher

    def get_current_target(self):
        return GPUTarget("cuda", 90, 32)

    def get_current_device(self):
        return 0

    def get_current_stream(self, _):
        return 0

    def get_benchmarker(self):
        def measure(call, quantiles):
            call()
            return 1.0, 1.0, 1.0

        return measure


torch = types.ModuleType("torch")
torch.uint8 = Type("uint8")
torch.empty = lambda *_, **__: Copy()
torch.Tensor = Tensor
torch.cuda = types.SimpleNamespace(is_available=lambda: False)
sys.modules["torch"] = torch
driver.set_active(Driver())
