"""What Python knows of a compiled kernel and its artifacts don't say."""

import os
import re

from . import kernel_facts, origin


class Kernel:
    """One specialization, in one process."""

    def __init__(self, compiled, stack):
        self.hash = compiled.hash
        self.launches = 0
        self.told = 0
        self.tried = False
        self.grids = set()
        source = compiled.src
        # IR that was compiled from a file has no Python.
        function = getattr(source, "fn", None)
        self.names = list(getattr(function, "arg_names", None) or [])
        arguments, constants = arguments_of(source, self.names)
        self.types = {one["name"]: one["type"] for one in arguments}
        self.integer_names = [name for name in self.names if self.types.get(name, "")[:1] in ("i", "u")]
        parameters = getattr(function, "params", None) or []
        self.runtime = [param.name for param in parameters if not param.is_constexpr]
        # Triton 3.2 passes its launcher no constants, later ones pass every parameter.
        self.places = {len(names): names for names in (self.names, self.runtime)}
        self.integer_places = {count: [names.index(name) for name in self.integer_names]
                               for count, names in self.places.items()}
        # Gluon's first level is TTGIR.
        ir = next((compiled.asm[level] for level in ("ttir", "ttgir") if level in compiled.asm), "")
        self.makes_pointers = "tt.int_to_ptr" in ir
        metadata = compiled.metadata
        file, line = place_of(function, ir)
        where = whence(file)
        self.facts = {
            "kernel": compiled.hash,
            "name": metadata.name,
            "function": getattr(getattr(function, "fn", None), "__qualname__", None),
            "module": getattr(getattr(function, "fn", None), "__module__", None),
            "file": os.path.abspath(file) if file else None,
            "line": line,
            "triton": triton_version(),
            "arguments": arguments if function is not None else None,
            "constants": {name: kernel_facts.constant_json(value) for name, value in constants.items()},
            "options": options_of(metadata),
            "tuned": tuned(stack),
            "host": kernel_facts.host_work(function, stack, constants) if function is not None else [],
            "package": where["package"],
            "license": where["license"],
            "copyright": where["copyright"],
        }

    def named(self, values):
        """The launcher's values by the names of parameters."""
        names = self.places.get(len(values))
        return dict(zip(names, values)) if names else {}

    def integers(self, values):
        """Of the launcher's values those that are integers, each launch anew: this is on the way of every one."""
        places = self.integer_places.get(len(values), ())
        return tuple([values[place] if type(values[place]) is int else None for place in places])


def place_of(function, ir):
    """The function's file and line."""
    code = getattr(getattr(function, "fn", None), "__code__", None)
    if code is not None:
        return code.co_filename, code.co_firstlineno
    # torch.compile brings kernels from the processes that compile them, and leaves their code there.
    found = re.search(r'^#loc\d* = loc\("([^"]+\.py)":(\d+):\d+\)', ir, re.MULTILINE) if function else None
    return (found.group(1), int(found.group(2))) if found else (None, None)


UNKNOWN = {"package": None, "license": None, "copyright": None}


def whence(file):
    """The installed package of a file, and its licence."""
    try:
        return origin.origin_of(os.path.abspath(file)) if file else UNKNOWN
    except OSError:  # It is gone, or never was one.
        return UNKNOWN


def triton_version():
    import triton
    return triton.__version__


def arguments_of(source, names):
    """What stays an argument, [{name, type, divisible_by}], and what is compiled in, {name: value}."""
    folded = {path_of(key, names): value for key, value in dict(getattr(source, "constants", None) or {}).items()}
    divisible = divisible_paths(getattr(source, "attrs", None))
    arguments = []
    constants = {}

    def walk(name, path, kind):
        if isinstance(kind, (tuple, list)):
            fields = getattr(kind, "_fields", range(len(kind)))
            for index, (field, inner) in enumerate(zip(fields, kind)):
                walk("%s_%s" % (name, field), path + (index, ), inner)
        elif path in folded or kind == "constexpr":
            constants[name] = folded.get(path)
        else:
            arguments.append({"name": name, "type": kind, "divisible_by": 16 if path in divisible else 1})

    signature = dict(getattr(source, "signature", None) or {})
    for index, name in enumerate(names):
        walk(name, (index, ), signature.get(name, "constexpr"))
    return arguments, constants


def path_of(key, names):
    """3.2 names parameters or counts them, later ones have paths into tuples."""
    if isinstance(key, str):
        return (names.index(key), )
    return key if isinstance(key, tuple) else (key, )


def divisible_paths(attrs):
    properties = getattr(attrs, "arg_properties", None)
    if properties is not None:  # 3.2
        return {(index, ) for index in properties.get("tt.divisibility", ())}
    of_arguments = dict(attrs or {})
    return {path for path, list in of_arguments.items() if any(pair[0] == "tt.divisibility" for pair in list)}


# What the compiler finds out, and what is said elsewhere: by the GPU, and of every kernel.
NOT_TOLD = ("arch", "backend_name", "cluster_dims", "extern_libs", "ir_override", "num_ctas", "num_stages", "num_warps",
            "warp_size")


def options_of(metadata):
    """What Triton was told that is not its default, as an export notes it."""
    from triton.compiler import make_backend
    usual = vars(make_backend(metadata.target).parse_options({}))
    told = {name: getattr(metadata, name, value) for name, value in usual.items() if name not in NOT_TOLD}
    told = {name: value for name, value in told.items() if plain(value) != plain(usual[name])}
    # Always, for its default is about to change.
    return dict(told, enable_fp_fusion=metadata.enable_fp_fusion)


def plain(value):
    return tuple(plain(one) for one in value) if isinstance(value, (list, tuple)) else value


def tuned(stack):
    """Names of what an autotuner's configurations differ in; all of them are right."""
    names = set()
    for decorator in stack:
        configs = list(getattr(decorator, "configs", None) or [])
        # torch.compile's autotuner keeps them with what it compiled.
        configs = configs or [made.config for made in getattr(decorator, "compile_results", None) or []]
        configs = [config.all_kwargs() for config in configs]
        for name in {name for config in configs for name in config}:
            if len({repr(config.get(name)) for config in configs}) > 1:
                names.add(name)
    return sorted(names)
