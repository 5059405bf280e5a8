"""Writes the IR of one Python kernel, in Triton, Gluon or TLX, with no GPU and no torch.

Started as `python export.py REQUEST RESULT`; both are JSON files. REQUEST: file or module, shown (what messages call the
file), stand_in (packages that are not imported), kernel, arguments ([{name, type, divisible_by}]; names may be patterns),
constants ({name: value}), types (arguments as above, in place of the constants of their names unless the parameters are
constexpr), values ({name: number}: of arguments, for heuristics), options ({num_warps: 4, ...}), autotune (true: a variant for
each configuration), targets ([80, 90]), shared_memory (of a block, by target). RESULT: {origin: {file,
module, package, license, copyright}, results: [{target, variant, level, text, metadata, notes, modules}], left} or {error,
traceback}; `left` are the targets that need a process of their own. Works with Python 3.9 and later and with every Triton in pins.toml.
"""

import importlib
import inspect
import json
import os
import re
import sys
import tempfile
import traceback

import export_language
import export_notes
import export_tuning
import origin
import stand_in
from export_options import check_options, recorded, tuned_options
from export_parameters import (constant_value, element_constant, elements, flattened, given_arguments, missing_message,
                               split_parameters, split_type)
from kernel_facts import constant_json, host_work
from kernel_module import load_module, locate, shown, use_offline_driver, where
from triton_versions import Refusal, call_supported, stand_in_for_missing_packages


def unwrapped(value):
    """The JITFunction inside, if there is one: what lies around has it as `fn`."""
    from triton.runtime.jit import JITFunction
    seen = []
    while not isinstance(value, JITFunction) and hasattr(value, "fn") and not stand_in.is_stand_in(value):
        if any(value is one for one in seen):
            break
        seen.append(value)
        value = value.fn
    return value


def find_kernel(module, name):
    """The JITFunction under this name."""
    from triton.runtime.jit import JITFunction
    kernel = unwrapped(getattr(module, name, None))
    if isinstance(kernel, JITFunction):
        return kernel
    names = []
    for key, value in vars(module).items():
        inner = unwrapped(value)
        if isinstance(inner, JITFunction) and inner.fn.__module__ == module.__name__:
            names.append(key)
    found = "is no function with @triton.jit" if hasattr(module, name) else "is not in the file"
    has = ", ".join(sorted(names)) or "no function with @triton.jit"
    raise Refusal("`%s` %s, which has: %s" % (name, found, has))


def make_source(kernel, arguments, constants):
    """The frontend's input, in this Triton's form."""
    source = export_language.source_class(kernel)
    names = list(kernel.arg_names)
    types, aligned, fixed = {}, [], {}
    for argument in arguments:
        index, parts = names.index(argument["name"]), elements(argument["type"])
        if parts is None:
            types[argument["name"]] = argument["type"]
            aligned += [(index, )] if argument["divisible_by"] == 16 else []
            continue
        kinds = []
        for place, part in enumerate(parts):
            value = element_constant(part)
            kind, divisible_by = ("constexpr", 1) if value is not None else split_type(part)
            kinds.append(kind)
            aligned += [(index, place)] if divisible_by == 16 else []
            fixed.update({(index, place): value[0]} if value is not None else {})
        types[argument["name"]] = tuple(kinds)
    if "constants" in inspect.signature(source.__init__).parameters:  # 3.2
        from triton.backends.compiler import AttrsDescriptor
        signature = {name: types[name] for name in names if name in types}
        attrs = AttrsDescriptor.from_hints({index: 16 for (index, ) in aligned})
        return source(kernel, signature, constants, attrs)
    signature = {name: types.get(name, "constexpr") for name in names}
    constexprs = {(names.index(name), ): value for name, value in constants.items()}
    constexprs.update(fixed)
    attrs = {path: [["tt.divisibility", 16]] for path in aligned}
    return source(kernel, signature, constexprs, attrs)


def without_folders(text):
    """Leaves the base name of each source file that a location names."""
    return re.sub(r'"([^"\\]*[/\\])([^"\\/]*)":(\d+):(\d+)', r'"\2":\3:\4', text)


def make_ir(kernel, arguments, constants, options, target):
    """The text, its level, and the options: what the frontend took, and what the metadata has to tell a build."""
    from triton._C.libtriton import ir
    from triton.compiler import make_backend
    backend = make_backend(target)
    check_options(backend, options)
    parsed = backend.parse_options(dict(options))
    stages = {}
    language = getattr(importlib.import_module("triton.backends.compiler"), "Language", None)
    call_supported(backend.add_stages, stages=stages, options=parsed,
                   language=getattr(language, "GLUON" if export_language.is_gluon(kernel) else "TRITON", None))
    source = make_source(kernel, arguments, constants)
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    codegen = call_supported(backend.get_codegen_implementation, options=parsed)
    module = call_supported(source.make_ir, target=target, options=parsed, codegen_fns=codegen,
                            module_map=backend.get_module_map(), context=context)
    # From here on the same stages as in `triton.compile`: a file starts after the one that it is called by.
    module, level = export_language.lowered(kernel, module, stages, {})
    return without_folders(str(module)), level, parsed, recorded(backend, options, parsed)


def compiler_message(error, kernel, request):
    """What the frontend says about the user's code, with its place, and without Python's frames."""
    told, callers = error, []
    text = str(error).strip()
    cause = error.__cause__ or error.__context__
    while cause is not None and type(cause).__name__ in ("CompilationError", "UnsupportedLanguageConstruct"):
        callers.insert(0, told)
        told = cause
        text = str(cause).strip()
        cause = cause.__cause__ or cause.__context__
    if cause is not None and str(cause).strip() and str(cause).strip() not in text:
        text += "\n" + str(cause).strip()
    if type(error).__name__ not in ("CompilationError", "UnsupportedLanguageConstruct", "CompileTimeAssertionFailure"):
        text = "%s: %s%s" % (type(error).__name__, text, where(error, request))
    # Triton counts lines from the function's `def`, and shows it up to the place.
    place = place_of(told, kernel, request)
    for caller in (place_of(one, kernel, request) for one in callers):
        text += "\ncalled from %s" % caller if caller not in (None, place) else ""
    return re.sub(r"^at \d+:\d+:", lambda _: place + ":", text) if place else \
        re.sub(r"^at (\d+):(\d+):", r"line \1 of this function, column \2:", text)


def place_of(error, kernel, request):
    """`file.py:14:5` for an error of the frontend; None where it doesn't say."""
    from triton.runtime.jit import JITFunction
    node, source = getattr(error, "node", None), getattr(error, "src", None)
    if not hasattr(node, "lineno") or source is None:
        return None
    modules = [module for name, module in list(sys.modules.items()) if not name.startswith("triton.")]
    functions = [one for module in modules for one in list(vars(module).values()) if isinstance(one, JITFunction)]
    function = next((one for one in [kernel] + functions if one.src == source), None)
    if function is None:
        return None
    lines, begin = inspect.getsourcelines(function.fn)
    offset = next((index for index, line in enumerate(lines) if line.strip().startswith("def ")), 0)
    indented = len(lines[offset]) - len(lines[offset].lstrip())
    name = shown(inspect.getsourcefile(function.fn), request)
    return "%s:%d:%d" % (name, begin + offset + node.lineno - 1, node.col_offset + indented + 1)


def check_types(arguments, version):
    """Descriptors changed their type in 3.4."""
    for argument in arguments:
        name, kind = argument["name"], argument["type"]
        if elements(kind) is not None and version < (3, 3):
            raise Refusal("`%s` is a tuple, which Triton %d.%d does not have as an argument: use 3.3 or later" %
                          ((name, ) + version))
        if kind.startswith("tensordesc") and version < (3, 4):
            raise Refusal("`%s` is a tensor descriptor, which Triton %d.%d does not have as an argument: use 3.4 or "
                          "later, or nvTmaDesc" % ((name, ) + version))
        if kind == "nvTmaDesc" and version >= (3, 4):
            raise Refusal("`%s` is an nvTmaDesc, which Triton %d.%d does not have any more: use tensordesc<TYPE[ROWS, "
                          "COLUMNS]>" % ((name, ) + version))


def compile_kernel(kernel, request, arguments, constants, options, target):
    """The IR for one target, with its metadata and what is to be said of it."""
    import triton
    frontend = export_notes.Frontend()
    complete, notes = export_language.with_layouts(kernel, arguments)
    try:
        with frontend.watched():
            text, level, parsed, told = make_ir(kernel, complete, constants, options, target)
    except Refusal:
        raise
    except Exception as error:
        raise Refusal(compiler_message(error, kernel, request)) from error
    entry = re.search(r"tt\.func public @(?:\"([^\"]+)\"|([\w$.]+))\(", text)
    metadata = {
        "name": (entry.group(1) or entry.group(2)) if entry else kernel.fn.__name__,
        "num_warps": parsed.num_warps,
        "num_stages": parsed.num_stages,
        "num_ctas": parsed.num_ctas,
    }
    metadata.update((name, value) for name, value in told.items() if name not in metadata)
    metadata["triton_version"] = triton.__version__
    flat, fixed = flattened(arguments)
    metadata["signature"] = [{
        "name": argument["name"],
        "type": export_language.without_layout(argument["type"]),
        "divisible_by": argument["divisible_by"],
    } for argument in flat]
    metadata["constants"] = {name: constant_json(value) for name, value in dict(constants, **fixed).items()}
    return {"target": target.arch, "level": level, "text": text, "metadata": metadata,
            "notes": notes + frontend.notes(kernel, bool(options.get("debug"))),
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


def tell_types_from_constants(kernel, request):
    runtime = {param.name for param in kernel.params if not param.is_constexpr}
    for argument in request["types"]:
        if argument["name"] in runtime:
            del request["constants"][argument["name"]]
            request["arguments"].append(argument)


def given_constants(kernel, request):
    return {name: constant_value(value, kernel.fn.__globals__) for name, value in request["constants"].items()}


class Specialization:
    """One way to compile the kernel: arguments, constants and options; a variant's name where there are several."""

    def __init__(self, kernel, around, request, configs, target, name=None):
        self.name = name
        parameters = [param.name for param in kernel.params]
        constants = given_constants(kernel, request)
        options = {name: value for name, value in (request.get("options") or {}).items() if value is not None}
        given = given_arguments(kernel, request, constants)
        computed = export_tuning.heuristics(around, request["values"])
        fitting = export_tuning.fitting(configs, constants, options, parameters)
        tuned = export_tuning.agreed(fitting, parameters)
        self.arguments, self.constants, missing = split_parameters(kernel, given, constants, tuned, computed)
        if missing:
            raise Refusal(missing_message(missing, fitting))
        for name, value in self.constants.items():
            if stand_in.is_stand_in(value):
                raise Refusal("`%s` is something of what stands in for `%s`: give its value, --const %s=VALUE" %
                              (name, "`, `".join(request["stand_in"]), name))
        export_tuning.check_values(self.arguments, request["values"], parameters)
        export_notes.check_annotations(kernel, self.arguments)
        self.options = dict(tuned_options(fitting, options, kernel, target), **options)
        # Triton 3.2 forgets it.
        if getattr(kernel, "debug", False):
            self.options.setdefault("debug", True)
        self.notes = export_notes.unspecialized(kernel, self.arguments, self.constants)
        self.notes += export_notes.taken_from_annotations(kernel, self.arguments)
        several = tuned if len(fitting) > 1 else {}
        self.notes += export_notes.taken(constants, several, computed, self.constants)


def specializations(kernel, around, request, target):
    """What is to be compiled, and notes on how it was chosen."""
    configs = export_tuning.configurations(around)
    if not request["autotune"]:
        return [Specialization(kernel, around, request, configs, target)], []
    if not configs:
        raise Refusal("--autotune is for a kernel with @triton.autotune, and it has none around it")
    parameters = [param.name for param in kernel.params]
    constants = given_constants(kernel, request)
    given = list(given_arguments(kernel, request, constants).values())
    left, notes = export_tuning.pruned(around, given, constants, request["values"])
    options = {name: value for name, value in (request.get("options") or {}).items() if value is not None}
    left = export_tuning.fitting(left, constants, options, parameters)
    named = export_tuning.variants(left, parameters)
    return [Specialization(kernel, around, request, [config], target, name if len(named) > 1 else None)
            for name, config in named], notes


def export(request):
    stand_in_for_missing_packages()
    try:
        import triton
        from triton.backends.compiler import GPUTarget
    except ImportError as error:
        raise Refusal("Triton cannot be imported: %s" % error)
    targets = [GPUTarget("cuda", int(number), 32) for number in request["targets"]]
    driver = use_offline_driver(targets[0], request["shared_memory"])
    stand_in.stand_in_for(request["stand_in"], driver)
    request.setdefault("module", None)
    if request["module"]:
        locate(request)
    path = os.path.abspath(request["file"])
    if not os.path.isfile(path):
        raise Refusal("there is no such file")
    module = load_module(path, request)
    kernel = find_kernel(module, request["kernel"])
    around = export_notes.decorators(module, request["kernel"])
    tell_types_from_constants(kernel, request)
    version = tuple(int(part) for part in triton.__version__.split(".")[:2])
    # What a module asked at import time is decided: each other target needs an import of its own.
    now = targets[:1] if driver.asked else targets
    results = []
    for target in now:
        driver.target = target
        chosen, notes = specializations(kernel, around, request, target)
        for one in chosen:
            check_types(one.arguments, version)
            result = in_child(compile_kernel, kernel, request, one.arguments, one.constants, one.options, target)
            if "error" in result:
                return dict(result, target=target.arch)
            host = host_work(kernel, around, one.constants)
            if host:
                result["metadata"]["host"] = host
            results.append(dict(result, notes=notes + one.notes + result["notes"], variant=one.name))
    if stand_in.decided:
        results[0]["notes"].append("what stands in for `%s` is false, and something is decided by it: %s" %
                                   ("`, `".join(request["stand_in"]), stand_in.places(lambda file: shown(file, request))))
    return {"origin": dict(origin.origin_of(path), file=path), "results": results,
            "left": [target.arch for target in targets[len(now):]]}


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
