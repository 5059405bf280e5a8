"""Lowers Triton IR, one forked child for each job.

Triton is imported once. A child starts from that state and compiles once: Triton 3.2 and 3.3 leak a compiler flag from
one compile to the next, and an abort inside LLVM or MLIR ends the child only.

Standard input: one JSON object a line, a job each; the end of the input ends everything. Standard output: one JSON
object a line, `ready` or `failed` first, then an answer for each job when its child has ended. What a child makes lies
in the job's folder. Works with Python 3.9 and later and with every Triton in pins.toml.
"""

import gc
import json
import os
import re
import resource
import select
import shutil
import signal
import sys
import threading
import time
import traceback

from module_input import descriptors, empty_module, read_module
from pipeline import Pipeline, Stopped
from triton_options import check_effect, choose
from triton_versions import Refusal, call_supported, stand_in_for_missing_packages, without_gpu

# What only Triton's cache uses or what holds paths of this machine.
MACHINE_KEYS = ("hash", "extern_libs")
STAGES = ("ttir", "ttgir", "llir", "ptx", "cubin")
# As large as LLVM's recursions over the largest kernels may need, and more than a main thread has.
STACK = 64 << 20


def import_triton():
    stand_in_for_missing_packages()
    import triton
    import triton.backends.compiler
    import triton.compiler.compiler
    return triton.__version__


def kernel_call():
    """A call for a child that makes it die with its parent. A stand-in where there is no ctypes."""
    try:
        import ctypes
        prctl = ctypes.CDLL(None).prctl
    except (ImportError, OSError, AttributeError):
        return lambda: None
    die_with_parent = 1  # PR_SET_PDEATHSIG
    return lambda: prctl(die_with_parent, signal.SIGKILL, 0, 0, 0)


def addresses_are_fixed():
    """Whether this process got fixed addresses, which the programs that it starts inherit. A sandbox may forbid it."""
    try:
        with open("/proc/self/personality") as file:
            return bool(int(file.read(), 16) & 0x0040000)  # ADDR_NO_RANDOMIZE
    except (OSError, ValueError):
        return False


def backend_for(arch):
    """Triton's backend for an architecture, and the names that its code sees: 3.2 and 3.3 load the module by hand."""
    import triton.compiler.compiler as compiler
    from triton.backends.compiler import GPUTarget
    backend = compiler.make_backend(GPUTarget("cuda", arch, 32))
    return backend, type(backend).make_cubin.__globals__


def warm(arch):
    """Asks this architecture's ptxas for its version here, so that no child has to."""
    try:
        _, names = backend_for(arch)
        if "get_ptxas" in names:
            names["get_ptxas"](arch)
        else:  # 3.2
            names["_path_to_binary"]("ptxas")
    except Exception:
        pass  # The child meets the same and reports it.


class FixedNames:
    """Stands in for `tempfile` where Triton writes the input of ptxas: a name by chance may change its result."""

    # The log of ptxas, still readable when Triton has removed it.
    log = None

    @classmethod
    def NamedTemporaryFile(cls, delete, mode, suffix):
        # Both files are written first: the PTX here, the log by ptxas.
        file = open("kernel" + suffix, "w")
        if suffix == ".log":
            cls.log = open("kernel" + suffix, errors="replace")
        return file


def lower(job):
    """Runs Triton's own stages after the source's level. Gives {stage: text or bytes} and the metadata."""
    import triton
    from triton._C.libtriton import ir, llvm, nvidia
    backend, names = backend_for(job["target"])
    without_gpu(names)
    version = tuple(int(part) for part in triton.__version__.split(".")[:2])
    own_backend, _ = backend_for(job["made_for"] or job["target"])
    options = choose(backend, job, triton.__version__, own_backend)
    chosen = dict(options)
    level = job["level"]
    context = ir.context()
    if hasattr(context, "disable_multithreading"):
        # Threads take memory in an order of their own, and the order of addresses gets into the result.
        context.disable_multithreading()
    from_mlir = level in ("ttir", "ttgir")
    if from_mlir:
        module = read_module(job, backend, context, options, version)
    else:
        with open(job["source"], encoding="utf-8") as file:
            module = file.read()
        # All warps of a block, those of warp specialization too; it is in the LLVM IR.
        options.pop("num_warps", None)
        llvm.init_targets()
        if hasattr(nvidia, "set_short_ptr"):
            nvidia.set_short_ptr()
    parsed = backend.parse_options(options)
    metadata = {"target": backend.target, "arch": "sm%d" % job["target"]}
    if from_mlir:
        metadata.update({name: value for name, value in parsed.__dict__.items() if name not in MACHINE_KEYS})
    metadata["triton_version"] = triton.__version__
    if not addresses_are_fixed():
        metadata["addresses"] = "random"
    names["tempfile"] = FixedNames
    language = getattr(getattr(triton.backends.compiler, "Language", None), "TRITON", None)

    def stages_with(parsed):
        stages = {}
        call_supported(backend.add_stages, stages=stages, options=parsed, language=language)
        return stages

    stages = stages_with(parsed)
    to_come = STAGES[STAGES.index(level) + 1:]
    pipeline = None
    if from_mlir and (job["print_passes"] or any(job["pipeline"].values())):
        from triton._C.libtriton import passes
        pipeline = Pipeline(job["pipeline"], job["print_passes"], triton.__version__)
        pipeline.install(ir, (passes, nvidia.passes))
        empty = empty_module(context)
        pipeline.plan(stages, empty, metadata)
        if job["pipeline"]["after"]:
            to_come = STAGES[STAGES.index(pipeline.start()):]
            def without(name):
                rest = {other: value for other, value in options.items() if other != name}
                return stages_with(backend.parse_options(rest)), empty, metadata

            pipeline.check_effect(backend, stages, without, job["asked"])
    if level == "ttgir" and to_come[0] != "ttgir":
        metadata.update(descriptors(job, module))
    check_effect(backend, [stages[stage] for stage in to_come], chosen, job["asked"], triton.__version__)
    if job["emit"] not in to_come:
        raise Refusal("it stands after `%s`, and no pass of the way to %s follows: ask for a later level" %
                      (job["pipeline"]["after"], job["emit"]))
    results = {}
    for stage in to_come[:to_come.index(job["emit"]) + 1]:
        if pipeline:
            pipeline.enter(stage)
        try:
            module = stages[stage](module, metadata)
        except Stopped:
            pass
        if pipeline and pipeline.result:
            return {job["emit"]: pipeline.result}, metadata
        if stage in job["keep"]:
            results[stage] = module if isinstance(module, (str, bytes)) else str(module)
    return results, metadata


def describe(error):
    """A sentence for an exception that Triton raised; what the compiler printed is in the log."""
    text = str(error).strip()
    if isinstance(error, Refusal):
        return "refused", text
    if isinstance(error, MemoryError):
        return "memory", "out of memory"
    if type(error).__name__ == "PTXASError":
        return "ptxas", text
    if not text:
        frames = traceback.extract_tb(error.__traceback__)
        text = "%s at `%s`" % (type(error).__name__, frames[-1].line if frames else "?")
    return "compiler", text


def write(name, content):
    with open(name, "wb") as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def run_job(job):
    """The child's life. Its folder is the current one, so that the source's path is its plain name.

    Passes of Triton's order things by their addresses: the warp specialization of 3.6 to 3.9 two barriers, ptxas registers
    for sm_100. So the result is the same only where memory is taken from the same places. Fixed addresses are not
    enough, for what this process has allocated and freed before, by the lengths of paths and the jobs so far, decides
    where the next piece comes from. A new thread has memory of its own, with no past; GLIBC_TUNABLES keeps pieces of the
    old from getting into it.
    """
    code = []
    threading.stack_size(STACK)
    thread = threading.Thread(target=lambda: code.append(compile_once(job)))
    thread.start()
    thread.join()
    return code[0] if code else 1


def compile_once(job):
    try:
        results, metadata = lower(job)
        for stage, content in results.items():
            write("out." + stage, content)
        if FixedNames.log is not None:
            write("ptxas.log", FixedNames.log.read())
        write("metadata.json", json.dumps(metadata, default=vars))
        return 0
    except BaseException as error:
        kind, message = describe(error)
        write("error.json", json.dumps({"kind": kind, "message": message, "traceback": traceback.format_exc()}))
        return 1


def become_child(job, kernel, parent, inherited):
    """Everything that belongs to the worker alone is let go."""
    kernel()
    if os.getppid() != parent:
        os._exit(1)
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.chdir(job["folder"])
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    for descriptor in inherited:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        # Where memory ends, this child ends and not the build.
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:
        pass
    os.environ["TMPDIR"] = os.getcwd()
    os.environ.pop("GLIBC_TUNABLES", None)  # For this process, and not for ptxas.
    if job["print_passes"]:
        os.environ["MLIR_ENABLE_DUMP"] = "1"
    if job["print_llvm_passes"]:
        os.environ["LLVM_IR_ENABLE_DUMP"] = "1"
    if job["line_info"]:
        os.environ.pop("TRITON_DISABLE_LINE_INFO", None)
    else:
        os.environ["TRITON_DISABLE_LINE_INFO"] = "1"


class Worker:

    def __init__(self, answers):
        self.answers = answers
        self.children = {}
        self.kernel = kernel_call()
        self.wake_read, self.wake_write = os.pipe()
        for descriptor in (self.wake_read, self.wake_write):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wake_write)

    def answer(self, **values):
        os.write(self.answers, (json.dumps(values) + "\n").encode())

    def start(self, job):
        warm(job["target"])
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            self.answer(id=job["id"], fork=str(error))
            return
        if pid == 0:
            code = 1
            try:
                become_child(job, self.kernel, parent, (self.answers, self.wake_read, self.wake_write))
                code = run_job(job)
            finally:
                # No clean-up: destructors of compiler objects have crashed here, after the result was written.
                os._exit(code)
        try:
            os.setpgid(pid, pid)
        except OSError:
            pass  # The child did it, or has ended.
        self.children[pid] = (job["id"], time.monotonic() + job["time_limit"])

    def kill_group(self, pid):
        try:
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            pass

    def reap(self):
        now = time.monotonic()
        for pid, (identity, deadline) in list(self.children.items()):
            late = now >= deadline
            if late:
                self.kill_group(pid)
            ended, status = os.waitpid(pid, 0 if late else os.WNOHANG)
            if ended == 0:
                continue
            del self.children[pid]
            # Its ptxas may outlive it.
            self.kill_group(pid)
            if os.WIFSIGNALED(status):
                self.answer(id=identity, signal=os.WTERMSIG(status), late=late)
            else:
                self.answer(id=identity, exit=os.WEXITSTATUS(status), late=False)

    def serve(self):
        pending = b""
        while True:
            deadlines = [deadline for _, deadline in self.children.values()]
            timeout = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
            readable, _, _ = select.select([0, self.wake_read], [], [], timeout)
            if self.wake_read in readable:
                try:
                    os.read(self.wake_read, 4096)
                except BlockingIOError:
                    pass
            self.reap()
            if 0 not in readable:
                continue
            data = os.read(0, 65536)
            if not data:
                break
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                self.start(json.loads(line))

    def close(self):
        for pid in self.children:
            self.kill_group(pid)


def stop(number, _):
    raise SystemExit(128 + number)


def main():
    answers = os.dup(1)
    # The keyboard's interrupt goes to the parent as well, and its end is what counts here.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    os.dup2(2, 1)  # What a module prints while it is imported is no answer.
    try:
        version = import_triton()
    except BaseException as error:
        message = "%s: %s" % (type(error).__name__, error)
        os.write(answers, (json.dumps({"failed": message, "traceback": traceback.format_exc()}) + "\n").encode())
        return 1
    gc.collect()
    gc.freeze()
    worker = Worker(answers)
    worker.answer(ready=version)
    try:
        worker.serve()
    except SystemExit as end:
        return end.code
    finally:
        worker.close()
        if len(sys.argv) > 1:
            # The parent removes its folder, unless it was killed.
            shutil.rmtree(sys.argv[1], ignore_errors=True)
    return 0


if __name__ == "__main__":
    status = main()
    sys.stderr.flush()
    os._exit(status)  # The bindings of Triton 3.9 report leaks when the interpreter is taken down.
