"""A kernel's parameters: which are arguments, of which types, and which have values. Lies beside `export.py`."""

import ast
import fnmatch
import re

from export_language import gluon_value
from triton_versions import Refusal


def constant_value(value, names):
    """`tl.float16` names a dtype, `gl.BlockedLayout([1], [32], [4], [0])` a layout of Gluon, `@relu` a function of the module, `(1, 2)` a tuple, {"float": "inf"} a number that
    JSON has no word for; the rest is what JSON says."""
    if isinstance(value, dict):
        return float(value["float"])
    if not isinstance(value, str):
        return value
    if value.startswith("tl."):
        import triton.language as tl
        named = getattr(tl, value[3:], None)
        if isinstance(named, tl.dtype):
            return named
    if value.startswith("gl."):
        return gluon_value(value)
    if value.startswith("@"):
        return function_of(names, value[1:])
    if value.startswith("(") and value.endswith(")"):
        try:
            return ast.literal_eval(value)
        except (SyntaxError, ValueError):
            pass
    return value


def function_of(names, path):
    """The function that the kernel's module knows under this name."""
    from triton.runtime.jit import JITFunction
    first, *rest = path.split(".")
    found = names.get(first)
    for name in rest:
        found = getattr(found, name, None)
    if isinstance(found, JITFunction):
        return found
    known = sorted(name for name, value in names.items() if isinstance(value, JITFunction))
    raise Refusal("`@%s` names a function with @triton.jit, and its module knows none of that name; it knows: %s" %
                  (path, ", ".join(known) or "none"))


def is_pattern(name):
    return any(character in name for character in "*?[")


def split_type(text):
    """`i32:16` as type and promise."""
    kind, colon, number = text.rpartition(":")
    return (kind.strip(), int(number)) if colon and number.strip().isdigit() else (text.strip(), 1)


def elements(kind):
    """The elements of a tuple's type, `(i32:16, *fp32, 3)`; None for any other type."""
    if not (kind.startswith("(") and kind.endswith(")")):
        return None
    parts, depth, part = [], 0, ""
    for character in kind[1:-1]:
        depth += (character in "([<") - (character in ")]>")
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    return [one.strip() for one in parts + [part] if one.strip()]


def given_arguments(kernel, request, constants):
    """The arguments of the request by the kernel's names, patterns applied; then those that an annotation fixes."""
    plain, patterns = {}, {}
    for argument in request["arguments"]:
        into = patterns if is_pattern(argument["name"]) else plain
        if argument["name"] in into:
            raise Refusal("argument `%s` is given twice" % argument["name"])
        into[argument["name"]] = argument
    known = [param.name for param in kernel.params]
    for name in list(plain) + list(constants):
        if name not in known:
            raise Refusal("it has no parameter `%s`; it has: %s" % (name, ", ".join(known)))
    for param in kernel.params:
        value = constants.get(param.name)
        if isinstance(value, str) and not param.is_constexpr and re.fullmatch(r"[iu]\d+|b?fp?\d+|fp8\w+", value):
            raise Refusal("`%s` is an argument, and `%s` would be its value: its type is given with --arg %s=%s" %
                          (param.name, value, param.name, value))
    free = [p.name for p in kernel.params if not p.is_constexpr and p.name not in plain and p.name not in constants]
    used = set()
    for name in free:
        fitting = [pattern for pattern in patterns if fnmatch.fnmatchcase(name, pattern)]
        used.update(fitting)
        kinds = {(patterns[one]["type"], patterns[one]["divisible_by"]) for one in fitting}
        if len(kinds) > 1:
            raise Refusal("`%s` fits the patterns %s, which say different things of it: give --arg %s=TYPE" %
                          (name, " and ".join("`%s`" % one for one in fitting), name))
        if fitting:
            plain[name] = dict(patterns[fitting[0]], name=name)
    # What a variant says of an argument, its type or that it is None, leaves the pattern of the others without it.
    told = [one["name"] for one in request["types"]] + list(constants)
    told = [param.name for param in kernel.params if not param.is_constexpr and param.name in told]
    for pattern in patterns:
        if pattern not in used and not any(fnmatch.fnmatchcase(name, pattern) for name in told):
            raise Refusal("no argument fits `%s`; without a type are: %s" %
                          (pattern, ", ".join(name for name in free if name not in plain) or "none"))
    for param in kernel.params:
        kind = annotated_type(param)
        if param.name in free and param.name not in plain and kind:
            plain[param.name] = {"name": param.name, "type": kind, "divisible_by": 1, "annotated": True}
    return plain


def fixed_type(param):
    """The type that an annotation fixes; None where it fixes none. Triton finds one in any word with `int` in it."""
    kind = getattr(param, "annotation_type", None) or ""
    return kind if re.fullmatch(r"[iu](1|8|16|32|64)", kind) else None


def annotated_type(param):
    """The same, or the type that Triton gives a Python number that is annotated as one."""
    python = {"float": "fp32", "int": "i32"}
    return fixed_type(param) or python.get(getattr(param, "annotation", None))


def check_promises(arguments):
    for argument in arguments:
        parts = elements(argument["type"])
        promises = [argument["divisible_by"]] if parts is None else [split_type(part)[1] for part in parts]
        for promise in promises:
            if promise not in (1, 16):
                raise Refusal("`%s` is promised to be a multiple of %s: Triton knows only 16 (--arg %s=%s:16)" %
                              (argument["name"], promise, argument["name"], argument["type"].split(":")[0]))


def split_parameters(kernel, given, constants, tuned, computed):
    """Sorts the kernel's parameters into runtime arguments and constants; everything must be named once.

    `tuned` is what a configuration says, `computed` gives the value that a heuristic computes, where there is one.
    Returns arguments, constants and the parameters for which nothing is known, each with a reason or None.
    """
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
            arguments.append(given[name])
        elif name in constants:
            folded[name] = constants[name]
        elif name in tuned:
            folded[name] = tuned[name]
        elif name not in computed and param.has_default and (param.is_constexpr or param.default is None):
            folded[name] = param.default
        elif name not in computed:
            missing.append((param, None))
    check_promises(arguments)
    for name, heuristic in computed.items():
        if name in folded or name in given:
            continue
        try:
            folded[name] = heuristic(arguments, folded)
        except Refusal as refusal:
            param = next((param for param in kernel.params if param.name == name), None)
            if param is not None:
                missing.append((param, str(refusal)))
    # In the kernel's order.
    return arguments, {param.name: folded[param.name] for param in kernel.params if param.name in folded}, missing


def missing_message(missing, configs):
    untyped = [param.name for param, _ in missing if not param.is_constexpr]
    plain = [param for param, reason in missing if param.is_constexpr and not reason and
             not any(param.name in config.kwargs for config in configs)]
    lines = []
    for param, reason in missing:
        name = param.name
        if param.is_constexpr and param in plain and len(plain) > 2:
            continue
        if not param.is_constexpr and len(untyped) > 2:
            continue
        if param.is_constexpr:
            line = "`%s` is a tl.constexpr and has no value: give --const %s=VALUE" % (name, name)
        else:
            line = "`%s` has no type: give --arg %s=TYPE (such as *fp32:16 or i32), or --const %s=VALUE to fix it" % (
                name, name, name)
        values = sorted({repr(config.kwargs[name]) for config in configs if name in config.kwargs})
        if values:
            line += " (the autotuner tries %s), or --autotune for a variant of each configuration" % ", ".join(values)
        elif reason:
            line += " (a heuristic computes it: %s)" % reason
        lines.append(line)
    if len(plain) > 2:
        lines.insert(0, "`%s` are tl.constexpr and have no value: give each, --const %s=VALUE" %
                     ("`, `".join(param.name for param in plain), plain[0].name))
    if len(untyped) > 2:
        lines.insert(0, "`%s` have no type: give each, --arg %s=TYPE (such as *fp32:16 or i32)%s, or --const %s=VALUE to fix it"
                     % ("`, `".join(untyped), untyped[0], pattern_for(untyped), untyped[0]))
    return "\n".join(lines)


def pattern_for(names):
    """A pattern for several of them, as the middle of a message."""
    parts = [(name.rsplit("_", 1)[-1], "*_%s") for name in names if "_" in name.strip("_")]
    parts += [(name.split("_", 1)[0], "%s_*") for name in names if "_" in name.strip("_")]
    counted = sorted({(parts.count(part), part[1] % part[0]) for part in parts if parts.count(part) > 1}, reverse=True)
    return ", for several --arg '%s=TYPE'" % counted[0][1] if counted else ""


def flattened(arguments):
    """Arguments as a launch has them: a tuple is each of its elements that stays one, `strides_0`. Also the constants
    in tuples."""
    flat, constants = [], {}
    names = {argument["name"] for argument in arguments}
    for argument in arguments:
        parts = elements(argument["type"])
        if parts is None:
            flat.append(argument)
            continue
        for index, part in enumerate(parts):
            name = "%s_%d" % (argument["name"], index)
            if name in names:
                raise Refusal("element %d of the tuple `%s` would be called `%s`, as another argument is" %
                              (index, argument["name"], name))
            value = element_constant(part)
            if value is not None:
                constants[name] = value[0]
            else:
                kind, divisible_by = split_type(part)
                flat.append({"name": name, "type": kind, "divisible_by": divisible_by})
    return flat, constants


def element_constant(part):
    """The value of a tuple's element that is fixed, in a list; None where it is an argument."""
    if re.fullmatch(r"-?\d+|True|False|None|-?\d*\.\d+", part):
        return [ast.literal_eval(part)]
    return None
