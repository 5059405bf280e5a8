"""Makes the TTIR in `kernels/` of the Python in `sources/`; what is in `by_hand/` is written by hand.

    PYTHONPATH=<Triton 3.6.0> python3 generate.py [NAME...]     neither GPU nor torch needed

A kernel's parameters have their types as annotations: `"*fp32"`, `"i32"`, and `"i32/16"` for a promised multiple of 16.
"""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "tests/test-data/python"))
import frontend


def ttir(fn):
    signature, constants, promises = {}, {}, {}
    for place, parameter in enumerate(fn.params):
        if parameter.is_constexpr:
            signature[parameter.name], constants[(place, )] = "constexpr", parameter.default
            continue
        kind, _, multiple = parameter.annotation.strip("'\"").partition("/")
        signature[parameter.name] = kind
        if multiple:
            promises[(place, )] = [["tt.divisibility", int(multiple)]]
    text = frontend.ttir(fn, signature, constants, promises)
    # Where a line is from is of no use here, and has this machine's paths.
    text = re.sub(r" loc\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", "", text)
    return "".join(line + "\n" for line in text.splitlines() if not line.startswith("#loc"))


def main():
    only = sys.argv[1:]
    made = set()
    for module, name, fn in frontend.functions(HERE / "sources"):
        if name.startswith("_") or fn.__module__ != module:
            continue
        assert name not in made, name
        made.add(name)
        if not only or name in only:
            try:
                (HERE / "kernels" / f"{name}.ttir").write_text(ttir(fn))
            except Exception as error:
                print(f"{name}: {type(error).__name__}: {str(error)[:1500]}", file=sys.stderr)


main()
