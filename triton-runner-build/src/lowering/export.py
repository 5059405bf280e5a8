"""Writes the Triton IR of one Python kernel, with no GPU and no torch.

Started as `python export.py REQUEST RESULT`; both are JSON files. REQUEST: file, kernel, arguments
([{name, type, divisible_by}]), constants ({name: value}), options ({num_warps: 4, ...}), targets ([80, 90]).
RESULT: {results: [{target, ttir, metadata, notes, modules}], left} or {error, traceback}; `left` are the targets that
need a process of their own. Works with Python 3.9 and later and with every Triton in pins.toml.
"""

import importlib
import inspect
import json
import os
import re
import sys
import tempfile
import traceback

import export_notes
from export_options import check_options, recorded, tuned_options
from kernel_facts import constant_json, host_work, package_of
from kernel_module import load_module, use_offline_driver, where
from triton_versions import Refusal, call_supported, stand_in_for_missing_packages


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
    """`tl.float16` names a dtype, {"float": "inf"} a number that JSON has no word for; the rest is what JSON says."""
    if isinstance(value, dict):
        return float(value["float"])
    if isinstance(value, str) and value.startswith("tl."):
        import triton.language as tl
        named = getattr(tl, value[3:], None)
        if isinstance(named, tl.dtype):
            return named
    return value


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
    check_options(backend, options)
    parsed = backend.parse_options(dict(options))
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
    return without_folders(str(module)), parsed, recorded(backend, options, parsed)


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


def compile_kernel(kernel, path, arguments, constants, options, target, debug):
    """The TTIR for one target, with its metadata and what is to be said of it."""
    import triton
    frontend = export_notes.Frontend()
    try:
        with frontend.watched():
            text, parsed, told = make_ttir(kernel, arguments, constants, options, target)
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
    metadata.update((name, value) for name, value in told.items() if name not in metadata)
    metadata["triton_version"] = triton.__version__
    metadata["signature"] = [{
        "name": argument["name"],
        "type": argument["type"],
        "divisible_by": argument.get("divisible_by", 1),
    } for argument in arguments]
    metadata["constants"] = {name: constant_json(value) for name, value in constants.items()}
    return {"target": target.arch, "ttir": text, "metadata": metadata, "notes": frontend.notes(kernel, debug),
            "modules": export_notes.imported_files()}


def in_child(function, *args):
    """The function's result, from a process of its own: what it leaves behind must not reach the next target."""
    handle, path = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(sys.argv[2])))
    os.close(handle)
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        try:
            result = answer(function, *args)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(result, file)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        # Whoever started this process tells what the compiler said before it ended.
        os.kill(os.getpid(), os.WTERMSIG(status))
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def export(request):
    stand_in_for_missing_packages()
    try:
        import triton
        from triton.backends.compiler import GPUTarget
    except ImportError as error:
        raise Refusal("Triton cannot be imported: %s" % error)
    targets = [GPUTarget("cuda", int(number), 32) for number in request["targets"]]
    driver = use_offline_driver(targets[0])
    path = os.path.abspath(request["file"])
    if not os.path.isfile(path):
        raise Refusal("there is no such file")
    module = load_module(path)
    kernel, configs, heuristics = find_kernel(module, request["kernel"])
    arguments, constants = split_parameters(kernel, configs, heuristics, request)
    check_types(arguments, tuple(int(part) for part in triton.__version__.split(".")[:2]))
    export_notes.check_annotations(kernel, arguments)
    given = {name: value for name, value in (request.get("options") or {}).items() if value is not None}
    options = dict(tuned_options(configs, given, kernel, targets[0]), **given)
    # Triton 3.2 forgets it.
    if getattr(kernel, "debug", False):
        options.setdefault("debug", True)
    debug = bool(options.get("debug"))
    host = host_work(kernel, export_notes.decorators(module, request["kernel"]), constants)
    notes = export_notes.unspecialized(kernel, arguments, constants)
    package = package_of(kernel.fn)
    if package and not package["license"]:
        notes.append("the package `%s` names no license: find out before you pass the kernel on" % package["name"])
    # What a module asked at import time is decided: each other target needs an import of its own.
    now = targets[:1] if driver.asked else targets
    results = []
    for target in now:
        driver.target = target
        result = in_child(compile_kernel, kernel, path, arguments, constants, options, target, debug)
        if "error" in result:
            return dict(result, target=target.arch)
        if host:
            result["metadata"]["host"] = host
        if package:
            result["metadata"]["package"] = package
        result["notes"] = notes + result["notes"]
        results.append(result)
    return {"results": results, "left": [target.arch for target in targets[len(now):]]}


def answer(function, *args):
    """The function's result, or its error."""
    try:
        return function(*args)
    except Refusal as refusal:
        return {"error": str(refusal), "traceback": traceback.format_exc()}
    except BaseException as error:
        return {"error": "%s: %s" % (type(error).__name__, error), "traceback": traceback.format_exc()}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        request = json.load(file)
    result = answer(export, request)
    temporary = sys.argv[2] + ".part"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(temporary, sys.argv[2])


if __name__ == "__main__":
    main()
