"""What is written of each launch: the kernel when it is new, the grid when it is new, and the buffers if they are wanted."""

import atexit
import contextlib
import json
import os
import threading

from . import described
from .log import write_whole
from .memory import Unrecordable, Memory

# Grids of one kernel in one process: enough to see how they follow from the arguments.
MOST_GRIDS = 64


class Recorder:

    def __init__(self, spool, log):
        self.spool = spool
        self.log = log
        with open(os.path.join(spool, "settings.json"), encoding="utf-8") as file:
            settings = json.load(file)
        self.wanted = settings["launches"]
        self.memory = Memory(spool, settings["max_bytes"])
        self.kernels = {}
        # By launcher and kernel, how many launches there were that only went by.
        self.passed = {}
        self.local = threading.local()
        self.lock = threading.RLock()
        atexit.register(self.finish)

    def forked(self):
        self.log.forked()
        self.lock = threading.RLock()
        self.kernels = {}
        self.passed = {}

    @contextlib.contextmanager
    def around(self, decorator):
        """The kernel runs inside this autotuner, or these heuristics."""
        stack = self.local.__dict__.setdefault("stack", [])
        if stack and stack[-1] is decorator:
            # A method that calls the one that it overrides.
            yield
            return
        stack.append(decorator)
        try:
            yield
        finally:
            stack.pop()

    @contextlib.contextmanager
    def measured(self, _):
        """Launches are an autotuner's own."""
        depth = getattr(self.local, "depth", 0)
        self.local.depth = depth + 1
        try:
            yield
        finally:
            self.local.depth = depth

    def begin(self, launcher, grid, values):
        """Before a launch; gives what is to be called after it, if anything is."""
        try:
            return self.note(launcher, grid, values)
        except Exception as error:
            self.log.problem("a launch was not recorded", error)
            return None

    def note(self, launcher, grid, values):
        kernel = launcher.seen
        if kernel is None or self.kernels.get(kernel.hash) is not kernel:
            kernel = launcher.seen = self.known(launcher.kernel())
        if getattr(self.local, "depth", 0):
            if not kernel.tried:
                kernel.tried = True
                self.log.write(event="tried", kernel=kernel.hash)
            return None
        seen = (tuple(grid), kernel.integers(values))
        with self.lock:
            kernel.launches += 1
            count = kernel.launches
            new = seen not in kernel.grids and len(kernel.grids) < MOST_GRIDS
            if new:
                kernel.grids.add(seen)
        grid, integers = seen
        if new:
            named = dict(zip(kernel.integer_names, integers))
            self.log.write(event="grid", kernel=kernel.hash, grid=[int(size) for size in grid], integers=named)
        if count & (count - 1) == 0:
            # Whoever is killed has told how many there were, but for a factor of two.
            self.log.write(event="launches", kernel=kernel.hash, count=count)
            kernel.told = count
        if count > self.wanted:
            return None
        return self.take(kernel, grid, values)

    def passed_by(self, launcher, name):
        """A launch that isn't Triton's, of which no more is known."""
        try:
            if getattr(self.local, "depth", 0):
                return
            with self.lock:
                count = self.passed[launcher, name] = self.passed.get((launcher, name), 0) + 1
            if count & (count - 1) == 0:
                self.log.write(event="passed", launcher=launcher, name=str(name), count=count)
        except Exception as error:
            self.log.problem("launches by torch.compile were not counted", error)

    def take(self, kernel, grid, values):
        """The buffers before a launch, and then after it."""
        try:
            before = self.memory.before(kernel, values)
        except Unrecordable as reason:
            self.log.write(event="skipped", kernel=kernel.hash, reason=str(reason))
            return None

        def finish():
            try:
                buffers = self.memory.after(before)
                self.log.write(event="recorded", kernel=kernel.hash, grid=[int(size) for size in grid], args=before.arguments, bufs=buffers)
            except Unrecordable as reason:
                self.log.write(event="skipped", kernel=kernel.hash, reason=str(reason))
            except Exception as error:
                self.log.problem("the buffers after a launch were not recorded", error)

        return finish

    def known(self, compiled):
        """The kernel of this process, which is told of when it is new."""
        with self.lock:
            kernel = self.kernels.get(compiled.hash)
            if kernel is None:
                stack = list(getattr(self.local, "stack", ()))
                kernel = described.Kernel(compiled, stack)
                self.store(compiled)
                self.log.write(event="kernel", **kernel.facts)
                self.kernels[compiled.hash] = kernel
            return kernel

    def store(self, compiled):
        """As Triton's cache has it: a folder for each, which is there as a whole or not at all."""
        folder = os.path.join(self.spool, "cache", compiled.hash)
        if os.path.isdir(folder):
            return
        part = "%s.%d-%s.part" % (folder, os.getpid(), os.urandom(4).hex())
        os.makedirs(part)
        name = compiled.metadata.name
        for level in ("ttir", "ttgir"):
            if level in compiled.asm:
                write_whole(os.path.join(part, "%s.%s" % (name, level)), compiled.asm[level].encode("utf-8"))
        text = json.dumps(compiled.metadata._asdict(), default=lambda value: getattr(value, "__dict__", str(value)))
        write_whole(os.path.join(part, name + ".json"), text.encode("utf-8"))
        try:
            os.rename(part, folder)
        except OSError:
            pass  # Another process was first.

    def finish(self):
        for kernel in self.kernels.values():
            if kernel.launches > kernel.told:
                self.log.write(event="launches", kernel=kernel.hash, count=kernel.launches)
        for (launcher, name), count in self.passed.items():
            self.log.write(event="passed", launcher=launcher, name=name, count=count)
