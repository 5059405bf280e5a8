"""Writes the Triton IR of one Python kernel, with no GPU and no torch.

Started as `python export.py REQUEST RESULT`; both are JSON files. REQUEST: file, kernel, arguments
([{name, type, divisible_by}]), scalars (names of types), constants ({name: value}), options ({num_warps: 4, ...}),
target (90).
RESULT: {ttir, metadata} or {error, traceback}. Works with Python 3.9 and later and with every Triton in pins.toml.
"""

import importlib
import importlib.util
import inspect
import json
import os
import re
import sys
import traceback

from triton_versions import Refusal, call_supported, stand_in_for_missing_packages


# Options that decide code. Each is written into the metadata when it was given.
RECORDED = ("maxnreg", "cluster_dims", "enable_fp_fusion", "ptx_version", "ptx_options", "launch_cooperative_grid",
            "launch_pdl", "enable_reflect_ftz")


def use_offline_driver(target):
    """Stands in for the GPU driver: modules ask it at import time what the current device is."""
    from triton.runtime.driver import driver

    class OfflineDriver:

        def get_current_target(self):
            return target

        def get_current_device(self):
            return 0

        def get_device_capability(self, *_):
            return (target.arch // 10, target.arch % 10)

        def get_benchmarker(self):
            # Autotuners of Triton 3.2 and 3.3 ask for it when they are made, and call it only at a launch.
            return None

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            raise Refusal("while its module was imported, it asked for a GPU (driver.active.%s), and an export has "
                          "none: move that out of the module's top level" % name)

    driver.set_active(OfflineDriver())


def load_module(path):
    """Imports the file as what it is: a module of its package, or a lone module."""
    folder, base = os.path.split(path)
    parts = [os.path.splitext(base)[0]]
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folder, name = os.path.split(folder)
        parts.insert(0, name)
    sys.path.insert(0, folder)
    name = ".".join(parts)
    try:
        if len(parts) > 1:
            return importlib.import_module(name)
        # A lone file may be called like a module of the standard library.
        name = name if name.isidentifier() and name not in sys.modules else "_kernel_module"
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        return module
    except Refusal:
        raise
    except ModuleNotFoundError as error:
        raise Refusal("its module needs the Python package `%s`, which this interpreter does not have: name one "
                      "that has it (--python, or TRITON_RUNNER_PYTHON)" % error.name)
    except SyntaxError as error:
        raise Refusal("line %s: %s" % (error.lineno, error.msg))
    except BaseException as error:
        raise Refusal("its module cannot be imported: %s: %s%s" % (type(error).__name__, error, where(error, path)))


def where(error, path):
    """The last line of the user's file that an exception came through, as the end of a message."""
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if os.path.abspath(frame.filename) == path:
            line = frame.lineno
    return " (line %s)" % line if line else ""


def find_kernel(module, name):
    """The JITFunction under this name, and the configurations of an autotuner around it."""
    from triton.runtime.jit import JITFunction
    kernel = getattr(module, name, None)
    configs = []
    heuristics = []
    while kernel is not None and not isinstance(kernel, JITFunction) and hasattr(kernel, "fn"):
        configs = list(getattr(kernel, "configs", None) or configs)
        values = getattr(kernel, "values", None)
        if isinstance(values, dict):
            heuristics.extend(values)
        kernel = kernel.fn
    if isinstance(kernel, JITFunction):
        return kernel, configs, heuristics
    names = []
    for key, value in vars(module).items():
        inner = value
        while not isinstance(inner, JITFunction) and hasattr(inner, "fn"):
            inner = inner.fn
        if isinstance(inner, JITFunction) and inner.fn.__module__ == module.__name__:
            names.append(key)
    found = "is no function with @triton.jit" if hasattr(module, name) else "is not in the file"
    has = ", ".join(sorted(names)) or "no function with @triton.jit"
    raise Refusal("`%s` %s, which has: %s" % (name, found, has))


def constant_value(value):
    """`tl.float16` names a dtype; everything else is what JSON says."""
    if isinstance(value, str) and value.startswith("tl."):
        import triton.language as tl
        named = getattr(tl, value[3:], None)
        if isinstance(named, tl.dtype):
            return named
    return value


def constant_json(value):
    """How the metadata spells a constant; None for what JSON has no word for."""
    import triton.language as tl
    if isinstance(value, tl.constexpr):
        value = value.value
    if isinstance(value, tl.dtype):
        for name in dir(tl):
            if getattr(tl, name) is value:
                return "tl." + name
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", None) or str(value)


def type_pattern(scalars):
    """What the type of an argument looks like, with these names of scalars."""
    scalar = "(?:" + "|".join(map(re.escape, scalars)) + ")"
    return re.compile(r"(?:\*k?" + scalar + "|" + scalar + r"|nvTmaDesc|tensordesc<" + scalar + r"\[\d+(?:, ?\d+)*\]>)$")


def split_parameters(kernel, configs, heuristics, request):
    """Sorts the kernel's parameters into runtime arguments and constants; everything must be named once."""
    given = {}
    for argument in request["arguments"]:
        if argument["name"] in given:
            raise Refusal("argument `%s` is given twice" % argument["name"])
        given[argument["name"]] = argument
    constants = dict(request["constants"])
    known = [param.name for param in kernel.params]
    for name in list(given) + list(constants):
        if name not in known:
            raise Refusal("it has no parameter `%s`; it has: %s" % (name, ", ".join(known)))
    tuned = dict(configs[0].kwargs) if len(configs) == 1 else {}
    pattern = type_pattern(request["scalars"])
    arguments = []
    folded = {}
    missing = []
    for param in kernel.params:
        name = param.name
        if name in given and name in constants:
            raise Refusal("`%s` is given as an argument and as a constant: choose one" % name)
        if name in given:
            if param.is_constexpr:
                raise Refusal("`%s` is a tl.constexpr: give its value as a constant (--const %s=VALUE)" % (name, name))
            argument = given[name]
            if not pattern.match(argument["type"]):
                raise Refusal("`%s` is no type for `%s`: expected one like *fp32, i32, fp16 or "
                              "tensordesc<fp16[128, 64]>" % (argument["type"], name))
            if argument.get("divisible_by", 1) not in (1, 16):
                raise Refusal("`%s` is promised to be a multiple of %s: Triton knows only 16 (--arg %s=%s:16)" %
                              (name, argument["divisible_by"], name, argument["type"]))
            arguments.append(argument)
        elif name in constants:
            folded[name] = constant_value(constants[name])
        elif name in tuned:
            folded[name] = tuned[name]
        elif param.has_default and (param.is_constexpr or param.default is None):
            folded[name] = param.default
        else:
            missing.append(param)
    if missing:
        raise Refusal(missing_message(missing, configs, heuristics))
    return arguments, folded


def tuned_options(configs, given):
    """The options that all configurations of an autotuner agree on. Where they do not, somebody has to choose."""
    options = {}
    for name in ("num_warps", "num_stages", "num_ctas", "maxnreg"):
        values = {getattr(config, name, None) for config in configs}
        if len(values) > 1 and name not in given:
            tried = " and ".join(sorted(map(str, values)))
            flag = "--" + name.replace("_", "-") if name != "maxnreg" else "it in a --variant"
            raise Refusal("the autotuner tries %s %s: give %s" % (name, tried, flag))
        options[name] = values.pop() if values else None
    return {name: value for name, value in options.items() if value is not None}


def missing_message(missing, configs, heuristics):
    lines = []
    for param in missing:
        name = param.name
        if param.is_constexpr:
            line = "`%s` is a tl.constexpr and has no value: give --const %s=VALUE" % (name, name)
        else:
            line = "`%s` has no type: give --arg %s=TYPE (such as *fp32:16 or i32), or --const %s=VALUE to fix it" % (
                name, name, name)
        values = sorted({repr(config.kwargs[name]) for config in configs if name in config.kwargs})
        if values:
            line += " (the autotuner tries %s)" % ", ".join(values)
        elif name in heuristics:
            line += " (a heuristic computes it from the arguments of a launch)"
        lines.append(line)
    return "\n".join(lines)


def make_source(kernel, arguments, constants):
    """The frontend's input, in this Triton's form."""
    from triton.compiler import ASTSource
    names = list(kernel.arg_names)
    types = {argument["name"]: argument["type"] for argument in arguments}
    aligned = [names.index(argument["name"]) for argument in arguments if argument.get("divisible_by", 1) == 16]
    if "constants" in inspect.signature(ASTSource.__init__).parameters:  # 3.2
        from triton.backends.compiler import AttrsDescriptor
        signature = {name: types[name] for name in names if name in types}
        attrs = AttrsDescriptor.from_hints({index: 16 for index in aligned})
        return ASTSource(kernel, signature, constants, attrs)
    signature = {name: types.get(name, "constexpr") for name in names}
    constexprs = {(names.index(name), ): value for name, value in constants.items()}
    attrs = {(index, ): [["tt.divisibility", 16]] for index in aligned}
    return ASTSource(kernel, signature, constexprs, attrs)


def without_folders(text):
    """Leaves the base name of each source file that a location names."""
    return re.sub(r'"([^"\\]*[/\\])([^"\\/]*)":(\d+):(\d+)', r'"\2":\3:\4', text)


def make_ttir(kernel, arguments, constants, options, target):
    from triton._C.libtriton import ir
    from triton.compiler import make_backend
    backend = make_backend(target)
    parsed = backend.parse_options(dict(options))
    unknown = [name for name in options if name not in parsed.__dict__]
    if unknown:
        raise Refusal("this Triton has no option `%s`" % "`, `".join(unknown))
    stages = {}
    language = getattr(importlib.import_module("triton.backends.compiler"), "Language", None)
    call_supported(backend.add_stages, stages=stages, options=parsed, language=getattr(language, "TRITON", None))
    source = make_source(kernel, arguments, constants)
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    codegen = call_supported(backend.get_codegen_implementation, options=parsed)
    module = call_supported(source.make_ir, target=target, options=parsed, codegen_fns=codegen,
                            module_map=backend.get_module_map(), context=context)
    # From here on the same stage as in `triton.compile`: a `.ttir` file starts after it.
    module = stages["ttir"](module, {})
    return without_folders(str(module)), parsed


def compiler_message(error, path):
    """What the frontend says about the user's code, with its line, and without Python's frames."""
    text = str(error).strip()
    cause = error.__cause__ or error.__context__
    while cause is not None and type(cause).__name__ in ("CompilationError", "UnsupportedLanguageConstruct"):
        text = str(cause).strip()
        cause = cause.__cause__ or cause.__context__
    if cause is not None and str(cause).strip() and str(cause).strip() not in text:
        text += "\n" + str(cause).strip()
    if type(error).__name__ not in ("CompilationError", "UnsupportedLanguageConstruct", "CompileTimeAssertionFailure"):
        text = "%s: %s%s" % (type(error).__name__, text, where(error, path))
    # Triton counts lines from the function's `def`, and shows it up to the place.
    return re.sub(r"^at (\d+):(\d+):", r"line \1 of this function, column \2:", text)


def check_types(arguments, version):
    """Descriptors changed their type in 3.4."""
    for argument in arguments:
        name, kind = argument["name"], argument["type"]
        if kind.startswith("tensordesc") and version < (3, 4):
            raise Refusal("`%s` is a tensor descriptor, which Triton %d.%d does not have as an argument: use 3.4 or "
                          "later, or nvTmaDesc" % ((name, ) + version))
        if kind == "nvTmaDesc" and version >= (3, 4):
            raise Refusal("`%s` is an nvTmaDesc, which Triton %d.%d does not have any more: use tensordesc<TYPE[ROWS, "
                          "COLUMNS]>" % ((name, ) + version))


def export(request):
    stand_in_for_missing_packages()
    try:
        import triton
        from triton.backends.compiler import GPUTarget
    except ImportError as error:
        raise Refusal("Triton cannot be imported: %s" % error)
    target = GPUTarget("cuda", int(request["target"]), 32)
    use_offline_driver(target)
    path = os.path.abspath(request["file"])
    if not os.path.isfile(path):
        raise Refusal("there is no such file")
    module = load_module(path)
    kernel, configs, heuristics = find_kernel(module, request["kernel"])
    arguments, constants = split_parameters(kernel, configs, heuristics, request)
    check_types(arguments, tuple(int(part) for part in triton.__version__.split(".")[:2]))
    given = {name: value for name, value in (request.get("options") or {}).items() if value is not None}
    options = dict(tuned_options(configs, given), **given)
    try:
        text, parsed = make_ttir(kernel, arguments, constants, options, target)
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(compiler_message(error, path)) from error
    entry = re.search(r"tt\.func public @(?:\"([^\"]+)\"|([\w$.]+))\(", text)
    metadata = {
        "name": (entry.group(1) or entry.group(2)) if entry else kernel.fn.__name__,
        "num_warps": parsed.num_warps,
        "num_stages": parsed.num_stages,
        "num_ctas": parsed.num_ctas,
    }
    metadata.update({name: options[name] for name in RECORDED if name in options})
    metadata["target"] = {"backend": "cuda", "arch": target.arch, "warp_size": 32}
    metadata["triton_version"] = triton.__version__
    metadata["signature"] = [{
        "name": argument["name"],
        "type": argument["type"],
        "divisible_by": argument.get("divisible_by", 1),
    } for argument in arguments]
    metadata["constants"] = {name: constant_json(value) for name, value in constants.items()}
    return {"ttir": text, "metadata": metadata}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    try:
        result = export(request)
    except Refusal as refusal:
        result = {"error": str(refusal), "traceback": traceback.format_exc()}
    except BaseException as error:
        result = {"error": "%s: %s" % (type(error).__name__, error), "traceback": traceback.format_exc()}
    temporary = sys.argv[2] + ".part"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(temporary, sys.argv[2])


if __name__ == "__main__":
    main()
