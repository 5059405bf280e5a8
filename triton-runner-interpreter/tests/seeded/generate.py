"""Makes `kernels/`: TTIR of the kernels in `sources/`, with the types and constants of the launches in `bugs.txt`.

    PYTHONPATH=<Triton 3.6.0> python3 generate.py [NAME...]     neither GPU nor torch needed

A kernel NAME without a NAME_fixed is right with other arguments. Integers that are multiples of 16 are promised to be, as
pointers are.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests/test-data/python"))
import frontend

TYPES = {"f16": "*fp16", "bf16": "*bf16", "f32": "*fp32", "f64": "*fp64", "i8": "*i8", "i16": "*i16", "i32": "*i32",
         "i64": "*i64"}


def arguments(words):
    return dict(word.split("=", 1) for word in words if "=" in word)


def rows():
    """Name, arguments of the wrong launch, arguments of the right one, kind."""
    found = []
    for line in (HERE / "bugs.txt").read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "fixed":
            found[-1][2].update(arguments(words[1:]))
        else:
            found.append((words[1], arguments(words[3:]), arguments(words[3:]), words[0]))
    return found


def is_integer(text):
    return re.fullmatch(r"-?\d+", text) is not None


def ttir(fn, given, others):
    signature, constants, promises = {}, {}, {}
    for place, name in enumerate(fn.arg_names):
        text = given[name]
        if name.isupper():
            signature[name], constants[(place, )] = "constexpr", int(text)
        elif is_integer(text):
            signature[name] = "i32"
            if all(int(values[name]) % 16 == 0 and int(values[name]) != 0 for values in others):
                promises[(place, )] = [["tt.divisibility", 16]]
        else:
            signature[name] = TYPES[re.search(r"\b(bf16|[fi]\d+)\b", text).group(1)]
            promises[(place, )] = [["tt.divisibility", 16]]
    text = frontend.ttir(fn, signature, constants, promises)
    # Line information of Triton's own library is of no use, and its paths are this machine's.
    text = re.sub(r'"[^"]*/site(?:-packages)?/triton/', '"triton/', text)
    text = text.replace(str(HERE) + "/sources/", "")
    assert str(HERE) not in text, text
    return text


def main():
    only = sys.argv[1:]
    kernels = {}
    for _, name, fn in frontend.functions(HERE / "sources"):
        assert name not in kernels, name
        kernels[name] = fn
    for name, given, right, kind in rows():
        if only and name not in only:
            continue
        fixed = kernels.get(name + "_fixed")
        # A promise that the wrong launch breaks is another bug, unless it is the one.
        both = [given] if fixed else [right] if kind == "promise" else [given, right]
        (HERE / "kernels" / f"{name}.ttir").write_text(ttir(kernels[name], given, both))
        if fixed:
            (HERE / "kernels" / f"{name}.fixed.ttir").write_text(ttir(fixed, right, [right]))


main()
