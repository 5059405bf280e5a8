"""What a kernel's decorators, annotations and statements say that its TTIR doesn't. Lies beside `export.py`."""

import contextlib
import io
import os
import sys
import sysconfig

from export_parameters import fixed_type
from kernel_facts import called
from triton_versions import Refusal


def decorators(module, name):
    """What lies around the JITFunction of this name, the outermost first."""
    found = []
    kernel = getattr(module, name, None)
    while kernel not in found and (hasattr(kernel, "configs") or isinstance(getattr(kernel, "values", None), dict)):
        found.append(kernel)
        kernel = kernel.fn
    return found


def plain(kind):
    """One spelling for each type."""
    kind = kind.replace("*k", "*")
    return {"f16": "fp16", "f32": "fp32", "f64": "fp64", "i1": "u1"}.get(kind, kind)


def check_annotations(kernel, arguments):
    """What an annotation fixes is what the argument must be."""
    annotated = {param.name: fixed_type(param) for param in kernel.params}
    for argument in arguments:
        name, kind = argument["name"], argument["type"]
        wanted = annotated.get(name)
        if wanted and plain(wanted) != plain(kind):
            raise Refusal("`%s` is %s by its annotation in the kernel, and %s by --arg: Triton goes by the annotation; "
                          "give --arg %s=%s, or change the annotation" % (name, wanted, kind, name, wanted))


def unspecialized(kernel, arguments, constants):
    """Notes on parameters that the decorator keeps from being specialized."""
    notes = []
    promised = {argument["name"] for argument in arguments if argument.get("divisible_by", 1) > 1}
    for param in kernel.params:
        name = param.name
        general = getattr(param, "do_not_specialize", False)
        on_alignment = getattr(param, "do_not_specialize_on_alignment", False)
        if name in promised and (general or on_alignment):
            which = "do_not_specialize" if general else "do_not_specialize_on_alignment"
            notes.append("`%s` is in the kernel's %s, and `:16` specializes it all the same" % (name, which))
        if name in constants and general and not param.is_constexpr:
            notes.append("`%s` is in the kernel's do_not_specialize, and --const fixes its value all the same" % name)
    return notes


def taken(given, tuned, computed, constants):
    """Notes on constants that nobody gave: the autotuner's and those of heuristics; and on those that a heuristic gives
    another value."""
    notes = []
    for name, value in constants.items():
        if name in given:
            continue
        if name in tuned:
            notes.append("`%s` is %s, as all configurations of the autotuner say" % (name, called_or_shown(value)))
        elif name in computed:
            notes.append("`%s` is %s, as its heuristic computes it" % (name, called_or_shown(value)))
    return notes


def called_or_shown(value):
    return repr(value) if isinstance(value, (bool, int, float, str, type(None))) else called(value)


def taken_from_annotations(kernel, arguments):
    """A note on arguments that are 32 bits wide because Python only says `int`."""
    of_int = {param.name for param in kernel.params if getattr(param, "annotation", None) == "int"}
    wide = [one["name"] for one in arguments if one["name"] in of_int and one.get("annotated")]
    if not wide:
        return []
    return ["annotated as int, and taken as i32: `%s`; for 64 bits, or to promise a multiple of 16, give --arg %s=i64 or "
            "--arg %s=i32:16" % ("`, `".join(wide), wide[0], wide[0])]


class Frontend:
    """What the frontend says and leaves out while it runs: the text of static_print, and asserts."""

    def __init__(self):
        self.printed = io.StringIO()
        self.asserts = 0

    @contextlib.contextmanager
    def watched(self):
        from triton.language import semantic
        owner = getattr(semantic, "TritonSemantic", semantic)
        original = owner.device_assert

        def device_assert(*args, **kwargs):
            texts = [text for text in list(args) + list(kwargs.values()) if isinstance(text, str)]
            # The checks for overflow that the frontend itself adds in debug mode.
            if not any("overflow detected for operation" in text for text in texts):
                self.asserts += 1
            return original(*args, **kwargs)

        owner.device_assert = device_assert
        try:
            with contextlib.redirect_stdout(self.printed):
                yield
        finally:
            owner.device_assert = original

    def notes(self, kernel, debug):
        notes = ["static_print: " + line for line in self.printed.getvalue().splitlines()]
        if self.asserts and not debug:
            way = ": @triton.jit(debug=True) keeps them" if hasattr(kernel, "debug") else ""
            notes.append("its asserts are left out, as Triton leaves them out" + way)
        return notes


def imported_files():
    """The Python files of all modules but Python's own and installed packages'."""
    places = {sysconfig.get_paths().get(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    places |= {os.path.dirname(os.path.abspath(__file__))}
    triton = getattr(sys.modules.get("triton"), "__file__", None)
    if triton:
        places.add(os.path.dirname(os.path.dirname(os.path.abspath(triton))))
    places = [os.path.join(os.path.realpath(place), "") for place in places if place]
    files = set()
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py"):
            continue
        file = os.path.realpath(file)
        installed = {"site-packages", "dist-packages"} & set(file.split(os.sep))
        if not installed and not any(file.startswith(place) for place in places):
            files.add(file)
    return sorted(files)
