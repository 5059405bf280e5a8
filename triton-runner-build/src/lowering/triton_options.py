"""Triton's options: which there are, what they are when nobody sets them, and where they act. Asked of the installed
Triton itself; written down here is only what it can't know: the options of other versions.

Lies beside each program that uses it.
"""

import difflib
import functools
import inspect
import types
import typing

from triton_versions import Refusal

# The newest version whose options are written down below.
NEWEST = (3, 9)

# Options that only some versions up to this one have, and the value at which they change nothing: a version without
# them does the same.
SOMETIMES = {
    "clc": False,
    "cluster_dims": (1, 1, 1),
    "ctas_per_cga": None,
    "early_tma_store_lowering": None,
    "enable_reflect_ftz": True,
    "fpsan_homomorphic_casts": False,
    "generate_subtiled_region": False,
    "instrumentation_mode": "",
    "ir_override": None,
    "launch_cluster": False,
    "launch_cooperative_grid": False,
    "launch_pdl": False,
    "maxRegAutoWS": None,
    "minRegAutoWS": 24,
    "min_shared_mem": None,
    "num_buffers_warp_spec": 0,
    "num_consumer_groups": 0,
    "pingpongAutoWS": False,
    "preferred_ctas_per_cga": None,
    "ptx_options": None,
    "reg_dec_producer": 0,
    "reg_inc_consumer": 0,
    "sched4reg": False,
    "warp_size": 32,
}

# Options that only some versions have and that act on the way from Python to TTIR, which is behind us.
SOMETIMES_IN_FRONTEND = ("arch", "deprecated_fp8_dot_operand_dtypes", "deprecated_fp8_dtypes")

# What a launch takes from the metadata, and the runtime of this project knows.
AT_LAUNCH = ("arch", "cluster_dims", "launch_cooperative_grid", "launch_pdl", "num_ctas", "num_warps", "warp_size")

# Who is lowered for is said elsewhere.
OF_TARGET = ("arch", "backend_name", "warp_size")


def plain(value):
    """A value as the options hold it: tuples for lists."""
    if isinstance(value, (list, tuple)):
        return tuple(plain(one) for one in value)
    if isinstance(value, dict):
        return plain(sorted(value.items()))
    return value


def fields_of(backend, options=None):
    """Every option of this Triton with its value; without `options` the default for the backend's architecture."""
    return {name: plain(value) for name, value in backend.parse_options(dict(options or {})).__dict__.items()}


def shown(value):
    return {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else \
        '"%s"' % value if isinstance(value, str) else str(list(value) if isinstance(value, tuple) else value)


def unknown(version, name, known):
    """For an option that somebody has set and that this Triton does not have."""
    close = difflib.get_close_matches(name.replace("-", "_").lower(), known, 3, 0.6)
    hint = "did you mean `%s`?" % "`, `".join(close) if close else "it has: %s" % ", ".join(sorted(known))
    return Refusal("Triton %s has no option `%s`; %s" % (version, name, hint))


def check_type(backend, name, value, default):
    """Triton takes any value, and an option of the wrong type acts in any way."""
    field = getattr(type(backend.parse_options({})), "__dataclass_fields__", {}).get(name)
    expected = type(default)
    if default is None:
        annotated = getattr(field, "type", None)
        choices = [one for one in typing.get_args(annotated) or (annotated, ) if one is not type(None)]
        if len(choices) != 1 or choices[0] not in (int, str, bool):
            return
        expected = choices[0]
    if type(value) is not expected and not (expected is float and type(value) is int):
        words = {bool: "true or false", int: "a whole number", str: "a string", tuple: "a list"}
        raise Refusal("the option `%s` is %s, and Triton expects %s there" %
                      (name, shown(value), words.get(expected, expected.__name__)))


def choose(backend, job, version, own_backend):
    """What `parse_options` is given, of a job's options.

    `own_backend` is that of the architecture which the job's metadata is for: a value that is the default there was set
    by nobody, and gives way to the default of the architecture that is lowered for.
    """
    known, own = fields_of(backend), fields_of(own_backend)
    chosen = {}
    for name, value in job["options"].items():
        value = plain(value)
        asked = name in job["asked"]
        if name not in known:
            if asked:
                raise unknown(version, name, known)
            check_foreign(name, value, version, job.get("made_by"))
            continue
        if name in OF_TARGET or name in ("extern_libs", "ir_override"):
            if value is not None and (name == "extern_libs" or value != own[name]):
                raise Refusal(CANNOT[name] % {"name": name, "value": shown(value)})
            continue
        check_type(backend, name, value, known[name])
        if asked or value != own[name]:
            chosen[name] = value
    return chosen


OTHER_TARGET = "the option `%(name)s` is %(value)s: what is lowered for is said by `archs`, or `--arch`, alone"
CANNOT = {
    "arch": OTHER_TARGET,
    "backend_name": OTHER_TARGET,
    "warp_size": OTHER_TARGET,
    "extern_libs": "the option `%(name)s` names libraries of one's own, by paths of the machine that made the JSON, and "
                   "they can't be linked here: start from the `.ptx` or `.cubin` that Triton made",
    "ir_override": "the option `%(name)s` is %(value)s, a file that Triton takes in place of its own IR: check in that "
                   "file and start from it",
}


def check_foreign(name, value, version, made_by):
    """For a key of the JSON that is no option of this Triton: is it one of another?"""
    if name in SOMETIMES_IN_FRONTEND or (name in SOMETIMES and value == SOMETIMES[name]):
        return
    maker = "Triton %s" % made_by if made_by else "another Triton"
    newer = made_by is not None and tuple(int(part) for part in made_by.split(".")[:2]) > NEWEST
    if name in SOMETIMES and made_by == version:
        raise Refusal("its JSON, made by %s, says `%s` is %s, an option that this Triton does not have, so it was added "
                      "by hand: take it out, or export the kernel with a Triton that has it, and set `triton` to that" %
                      (maker, name, shown(value)))
    if name in SOMETIMES or (newer and made_by != version):
        what = "an option that Triton %s does not have" if name in SOMETIMES else \
            "which may be an option that Triton %s does not have"
        raise Refusal("its JSON, made by %s, says `%s` is %s, %s: set `triton` to the version that made it, or export "
                      "it again; a key that is no option may go" % (maker, name, shown(value), what % version))


def check_effect(backend, stages, chosen, asked, version):
    """Refuses what would be lost without a word."""
    if all(name in AT_LAUNCH for name in chosen):
        return
    effective = words(backend, stages)
    at_launch = None
    for name in chosen:
        if name in effective or name in AT_LAUNCH:
            continue
        if name in asked:
            raise Refusal("the option `%s` does nothing from here on: Triton %s reads it in none of the steps that "
                          "follow; if it acts on the Python function, give it to `cargo triton export`" %
                          (name, version))
        at_launch = words(backend, launcher(backend)) if at_launch is None else at_launch
        if name in at_launch:
            raise Refusal("the option `%s` is %s, and Triton %s acts on it when it launches a kernel, in a way that "
                          "this triton-runner does not know: take it out, or use a triton-runner that knows it" %
                          (name, shown(chosen[name]), version))


def launcher(backend):
    """The functions with which this Triton launches."""
    import triton.backends
    functions = [type(backend).pack_metadata] if hasattr(type(backend), "pack_metadata") else []
    for parts in triton.backends.backends.values():
        if parts.compiler is not type(backend):
            continue
        methods = [unbound(one) for one in vars(parts.driver).values()]
        module = next((one.__globals__ for one in methods if isinstance(one, types.FunctionType)), {})
        for one in list(module.values()):
            if getattr(one, "__module__", None) == parts.driver.__module__:
                functions.extend(vars(one).values() if isinstance(one, type) else [one])
    return functions


def words(backend, functions):
    """Every name and string in the code of functions, and of those of Triton's that they call."""
    # 3.2 and 3.3 load the backend under a name of its own.
    roots = {"triton", type(backend).__module__.split(".")[0]}
    found, seen, pending = set(), set(), list(functions)
    while pending:
        function = inspect.unwrap(unbound(pending.pop()))
        if not isinstance(function, types.FunctionType) or function in seen or \
                str(function.__module__).split(".")[0] not in roots:
            continue
        seen.add(function)
        codes, own = [function.__code__], set()
        while codes:
            code = codes.pop()
            own.update(code.co_names)
            own.update(one for one in code.co_consts if isinstance(one, str))
            codes.extend(one for one in code.co_consts if isinstance(one, types.CodeType))
        found |= own
        closure = inspect.getclosurevars(function)
        pending.extend(closure.globals.values())
        pending.extend(closure.nonlocals.values())
        # `self.make_ttgir` of a stage, and what that calls of the same class.
        pending.extend(vars(type(backend))[name] for name in own if name in vars(type(backend)))
    return found


def unbound(function):
    while isinstance(function, (staticmethod, classmethod, functools.partial, types.MethodType)):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    return function
