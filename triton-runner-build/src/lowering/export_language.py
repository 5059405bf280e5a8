"""The language that a kernel is written in, and the level that its export ends at. Lies beside `export.py`.

Triton's frontend makes TTIR. Gluon's makes TTGIR, in which the kernel itself says what is where. TLX is Triton with more
operations, of fbtriton: they are of the GPU too, so its export goes on to TTGIR.
"""

import ast
import re

from triton_versions import Refusal

TTIR, TTGIR = "ttir", "ttgir"


def is_gluon(kernel):
    return any(base.__name__ == "GluonJITFunction" for base in type(kernel).__mro__)


def source_class(kernel):
    """What takes the frontend's input."""
    if is_gluon(kernel):
        from triton.experimental.gluon._runtime import GluonASTSource
        return GluonASTSource
    from triton.compiler import ASTSource
    return ASTSource


def of_gpu(text):
    """Whether it has operations, types or layouts of a GPU's dialect. `ttg.barrier` is `tl.debug_barrier` in TTIR."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', lambda quoted: quoted.group(0) if quoted.group(0).startswith('"ttg.num-warps') else
                  '""', text)
    return '"ttg.num-warps"' in bare or bool(
        re.search(r"(?<![\w.%])(ttg|triton_gpu|ttng|triton_nvidia_gpu|nvws|tlx)\.(?!barrier\b)\w", bare))


def lowered(kernel, module, stages, metadata):
    """The module at the level that is exported, and that level: what Triton's own stages make of the frontend's."""
    if is_gluon(kernel):
        return stages[TTGIR](module, metadata), TTGIR
    module = stages[TTIR](module, metadata)
    if of_gpu(str(module)):
        return stages[TTGIR](module, metadata), TTGIR
    return module, TTIR


DESCRIPTOR = re.compile(r"(tensordesc<\s*(\w+)\s*\[([\d,\s]*)\])\s*(,.*)?>")


def without_layout(kind):
    """The type of a descriptor as a build knows it: the layout is in the IR."""
    found = DESCRIPTOR.fullmatch(kind)
    return found.group(1) + ">" if found else kind


def with_layouts(kernel, arguments):
    """The arguments as Gluon wants them, whose descriptors have the layout of their blocks in shared memory; and notes on
    those that nobody gave: what Gluon itself takes for a block where it isn't told."""
    if not is_gluon(kernel):
        return arguments, []
    completed, notes = [], []
    for argument in arguments:
        found = DESCRIPTOR.fullmatch(argument["type"])
        if found and not found.group(4):
            layout = default_layout(argument["name"], found.group(2), found.group(3))
            notes.append("`%s` has the layout that Gluon takes for such blocks: %s; for another one give --arg "
                         "'%s=%s,LAYOUT>'" % (argument["name"], layout, argument["name"], found.group(1)))
            argument = dict(argument, type="%s,%s>" % (found.group(1), layout))
        completed.append(argument)
    return completed, notes


def default_layout(name, element, block):
    import triton.language as tl
    from triton.experimental.gluon import language as gl
    names = {"bf16": "bfloat16", "u1": "int1", "i1": "int1", "fp8e4nv": "float8e4nv", "fp8e5": "float8e5"}
    spelled = names.get(element) or re.sub(r"^fp", "float", re.sub(r"^i", "int", re.sub(r"^u(?=\d)", "uint", element)))
    dtype = getattr(tl, spelled, None)
    if dtype is None:
        raise Refusal("`%s` is a descriptor of `%s`, whose layout isn't known here: give it too, --arg "
                      "'%s=tensordesc<%s[%s],LAYOUT>'" % (name, element, name, element, block))
    try:
        return repr(gl.NVMMASharedLayout.get_default_for([int(one) for one in block.split(",")], dtype))
    except Exception as error:
        raise Refusal("`%s`: Gluon has no layout for blocks of [%s] of `%s` (%s): give one, --arg "
                      "'%s=tensordesc<%s[%s],LAYOUT>'" % (name, block, element, error, name, element, block))


def gluon_value(text):
    """What `gl.float16` and `gl.BlockedLayout([1], [32], [4], [0])` stand for: names of Gluon's language, called with
    literals and with each other."""
    from triton.experimental.gluon import language as gl

    def named(node):
        if isinstance(node, ast.Name) and node.id == "gl":
            return gl
        if isinstance(node, ast.Attribute):
            return getattr(named(node.value), node.attr)
        raise ValueError("it may name things of `gl`, and literals")

    def value(node):
        if isinstance(node, ast.Call):
            return named(node.func)(*map(value, node.args), **{one.arg: value(one.value) for one in node.keywords})
        if isinstance(node, (ast.List, ast.Tuple)):
            return [value(one) for one in node.elts]
        return named(node) if isinstance(node, (ast.Attribute, ast.Name)) else ast.literal_eval(node)

    try:
        return value(ast.parse(text, mode="eval").body)
    except Exception as error:
        raise Refusal("`%s` is nothing of Gluon's: %s" % (text, error))
