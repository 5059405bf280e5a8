"""What `cargo triton record` puts in front of a program's modules: Python imports it when it starts. It sees to it that
launches are written down once triton is imported, and then imports the `sitecustomize` that Python would have found
without it. Works with Python 3.9 and later.
"""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def record():
    try:
        from triton_runner_record import hook
        hook.install(os.path.dirname(HERE))
    except Exception as error:
        sys.stderr.write("cargo triton record: nothing is recorded in this process: %s: %s\n" %
                         (type(error).__name__, error))


def chain():
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec
    elsewhere = [place for place in sys.path if os.path.abspath(place or os.curdir) != HERE]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


record()
chain()
