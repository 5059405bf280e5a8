"""The buffers of a launch: every storage that an argument points into, and what tables of addresses in them point to."""

import bisect
import ctypes
import fcntl
import hashlib
import math
import os
import struct
import sys

from .log import write_whole


class Unrecordable(Exception):
    """Why the buffers of a launch aren't recorded."""


class Taken:
    """A launch, and its buffers as they were before it."""

    def __init__(self):
        self.arguments = []
        self.storages = []
        self.before = []


class Storage:

    def __init__(self, address, bytes, read, dtype=None):
        self.address = address
        self.bytes = bytes
        self.read = read
        self.dtype = dtype
        # [place in bytes, buffer, offset in bytes] of each address in it.
        self.pointers = []


class Memory:

    def __init__(self, spool, most):
        self.folder = os.path.join(spool, "buffers")
        self.budget = os.path.join(spool, "budget")
        self.most = most

    def before(self, kernel, values):
        torch = sys.modules.get("torch")
        if torch is None:
            raise Unrecordable("the program doesn't use torch")
        self.wait(torch)
        named = kernel.named(values)
        if not named:
            raise Unrecordable("its launcher takes %d values, which are not its parameters" % len(values))
        taken = Taken()
        for name, value in flat(named, kernel.types):
            taken.arguments.append(dict(self.argument(torch, taken, name, value), name=name))
        if kernel.makes_pointers:
            self.follow_tables(torch, taken)
        total = sum(storage.bytes for storage in taken.storages)
        if total > self.most:
            raise Unrecordable("its buffers have %d bytes, and --max-bytes is %d" % (total, self.most))
        taken.before = [self.keep(storage) for storage in taken.storages]
        return taken

    def after(self, taken):
        self.wait(sys.modules["torch"])
        buffers = []
        for storage, before in zip(taken.storages, taken.before):
            buffer = {"bytes": storage.bytes, "before": before, "after": self.keep(storage), "dtype": storage.dtype}
            if storage.pointers:
                buffer["pointers"] = storage.pointers
            buffers.append(buffer)
        return buffers

    def wait(self, torch):
        cuda = torch.cuda
        if cuda.is_available():
            if cuda.is_current_stream_capturing():
                raise Unrecordable("it is captured into a CUDA graph, which runs later")
            cuda.synchronize()

    def argument(self, torch, taken, name, value):
        if value is None:
            return {"kind": "none"}
        if isinstance(value, (bool, int)):
            return {"kind": "num", "value": value}
        if isinstance(value, float):
            return {"kind": "num", "value": value if math.isfinite(value) else str(value)}
        if hasattr(value, "block_shape") and hasattr(value, "base"):
            buffer, offset = self.place(torch, taken, name, value.base)
            return {"kind": "desc", "buf": buffer, "off": offset, "dtype": str(value.base.dtype),
                    "shape": list(value.shape), "strides": list(value.strides), "block": list(value.block_shape),
                    "padding": str(getattr(value, "padding", "zero")),
                    "round_to_tf32": bool(getattr(value, "round_f32_to_tf32", False))}
        if hasattr(value, "data_ptr"):
            buffer, offset = self.place(torch, taken, name, value)
            return {"kind": "ptr", "buf": buffer, "off": offset, "dtype": str(value.dtype)}
        raise Unrecordable("argument `%s` is a %s" % (name, type(value).__name__))

    def place(self, torch, taken, name, tensor):
        """The buffer that a tensor lies in, and how many bytes behind its start."""
        base = tensor
        while not hasattr(base, "untyped_storage"):
            base = getattr(base, "base", None)  # Of a `triton.reinterpret`.
            if base is None:
                raise Unrecordable("argument `%s` is a %s, whose memory torch doesn't know" %
                                   (name, type(tensor).__name__))
        storage = base.untyped_storage()
        address, size = storage.data_ptr(), storage.nbytes()
        for index, known in enumerate(taken.storages):
            if known.address == address and known.bytes == size:
                return index, tensor.data_ptr() - address

        def read():
            if size == 0:
                return b""
            copy = torch.empty(0, dtype=torch.uint8, device=base.device).set_(storage).cpu()
            return ctypes.string_at(copy.data_ptr(), size)

        dtype = str(base.dtype).split(".")[-1]
        taken.storages.append(Storage(address, size, read, dtype))
        return len(taken.storages) - 1, tensor.data_ptr() - address

    def follow_tables(self, torch, taken):
        """Where all 64-bit integers of a buffer are addresses of torch's memory, it is a table of pointers."""
        blocks = sorted(allocated(torch))
        starts = [start for start, _ in blocks]
        for storage in list(taken.storages):
            if storage.dtype not in ("int64", "uint64") or not blocks:
                continue
            words = struct.unpack("<%dQ" % (storage.bytes // 8), storage.read()[:storage.bytes // 8 * 8])
            found = []
            for place, word in enumerate(words):
                index = bisect.bisect_right(starts, word) - 1
                if word and (index < 0 or word >= blocks[index][0] + blocks[index][1]):
                    found = []
                    break
                if word:
                    found.append((place * 8, word, blocks[index]))
            for place, word, (start, size) in found:
                storage.pointers.append([place, self.block(torch, taken, start, size, word), 0])
                storage.pointers[-1][2] = word - taken.storages[storage.pointers[-1][1]].address

    def block(self, torch, taken, start, size, word):
        for index, known in enumerate(taken.storages):
            if known.address <= word < known.address + known.bytes:
                return index

        class Bytes:
            __cuda_array_interface__ = {"shape": (size, ), "typestr": "|u1", "data": (start, False), "version": 3}

        def read():
            copy = torch.as_tensor(Bytes(), device="cuda").cpu()
            return ctypes.string_at(copy.data_ptr(), size)

        taken.storages.append(Storage(start, size, read))
        return len(taken.storages) - 1

    def keep(self, storage):
        """Writes the bytes, unless they were there before in any process; gives their name."""
        content = storage.read()
        name = hashlib.sha256(content).hexdigest()
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            self.reserve(len(content))
            write_whole(path, content)
        return name

    def reserve(self, size):
        """Of what all processes may write together."""
        handle = os.open(self.budget, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            used = int(os.read(handle, 32) or b"0")
            if used + size > self.most:
                raise Unrecordable("%d bytes more would be above --max-bytes, %d, of which %d are used" %
                                   (size, self.most, used))
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, b"%d" % (used + size))
        finally:
            os.close(handle)


def flat(named, types):
    """The values that stay arguments, tuples taken apart as their names are."""
    def walk(name, value):
        if isinstance(value, (tuple, list)):
            for field, inner in zip(getattr(value, "_fields", range(len(value))), value):
                yield from walk("%s_%s" % (name, field), inner)
        elif name in types:
            yield name, value

    for name, value in named.items():
        yield from walk(name, value)


def allocated(torch):
    """Address and size of each piece of memory that torch has given out."""
    snapshot = getattr(torch.cuda, "memory_snapshot", None)
    for segment in snapshot() if snapshot else ():
        address = segment["address"]
        for block in segment["blocks"]:
            if block["state"] == "active_allocated":
                yield address, block.get("requested_size") or block["size"]
            address += block["size"]
