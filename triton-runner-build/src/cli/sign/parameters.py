"""The parameters of a function, read from a Python file's text: nothing is imported, and no decorator is run.

Started as `python parameters.py FILE FUNCTION ARGUMENT...`, where an ARGUMENT is a name or a pattern of names. Writes {parameters:
[{name, constexpr, type, default, given}]} or {error}; `type` is that of the annotation, `default` in a list of one, and `given` the
indices of the ARGUMENTs that fit. Works with Python 3.9 and later.
"""

import ast
import fnmatch
import json
import re
import sys

PLAIN = {"int": "i32", "float": "fp32", "bool": "i1"}
SCALARS = {"int": "i", "uint": "u", "float": "fp"}


class Wrong(Exception):
    pass


def functions(tree):
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def find(tree, name):
    found = [node for node in functions(tree) if node.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise Wrong("has several functions `%s`, in lines %s" % (name, ", ".join(str(one.lineno) for one in found)))
    kernels = sorted({one.name for one in functions(tree) if one.decorator_list})
    raise Wrong("has no function `%s`; with decorators it has: %s" % (name, ", ".join(kernels) or "none"))


def annotated(node):
    """Whether it is a constexpr, and the type that an annotation fixes."""
    if node is None:
        return False, None
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ast.unparse(node)
    last = text.split(".")[-1].split("[")[0].strip()
    if last == "constexpr":
        return True, None
    if text.startswith("*"):
        return False, text
    found = re.fullmatch(r"(int|uint|float)(\d+)", last)
    if found:
        return False, SCALARS[found.group(1)] + found.group(2)
    if re.fullmatch(r"[iu](1|8|16|32|64)|fp(16|32|64)|bf16", last):
        return False, last
    return False, "bf16" if last == "bfloat16" else PLAIN.get(text)


def default_of(node):
    """A list with the value; an empty one for something that is no literal."""
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return []
    return [value] if value is None or isinstance(value, (bool, int, float, str)) else []


def parameters(function, given):
    arguments = function.args
    if arguments.vararg or arguments.kwarg:
        raise Wrong("has `*%s`, which no kernel has" % (arguments.vararg or arguments.kwarg).arg)
    plain = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults) + list(arguments.kw_defaults)
    found = []
    for node, default in zip(plain + arguments.kwonlyargs, defaults):
        constexpr, kind = annotated(node.annotation)
        exact = [index for index, name in enumerate(given) if name == node.arg]
        fitting = [index for index, name in enumerate(given) if fnmatch.fnmatchcase(node.arg, name)]
        found.append({
            "name": node.arg,
            "constexpr": constexpr,
            "type": kind,
            "default": None if default is None else default_of(default),
            "given": [] if constexpr else exact or fitting,
        })
    return found


def main():
    path, name, *given = sys.argv[1:]
    try:
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        return {"parameters": parameters(find(tree, name), given)}
    except SyntaxError as error:
        return {"error": "is no Python that %s reads: line %s: %s" % (sys.version.split()[0], error.lineno, error.msg)}
    except (OSError, UnicodeDecodeError) as error:
        return {"error": "can't be read: %s" % error}
    except Wrong as wrong:
        return {"error": str(wrong)}


print(json.dumps(main()))
