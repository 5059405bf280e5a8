"""The module that a job starts from, and what only its text says. Lies beside `worker.py`."""

import os
import re

from triton_versions import Refusal, call_supported


def ttgir_ctas(text):
    found = re.search(r'"?(?:ttg|triton_gpu)\.num-ctas"?\s*=\s*(\d+)', text)
    return int(found.group(1)) if found else 1


def check_clusters(options, text, version):
    """Before Triton 3.6 the shape of a cluster is chosen on the way to TTGIR and is not written there."""
    ctas = ttgir_ctas(text)
    given = options.get("num_ctas")
    if given is not None and given != ctas:
        raise Refusal("num_ctas is %s in the settings and %s in the TTGIR" % (given, ctas))
    options["num_ctas"] = ctas
    if ctas == 1 or version >= (3, 6):
        return
    dims = options.get("cluster_dims")
    if not dims:
        raise Refusal("the TTGIR is for clusters of %d CTAs, and Triton %d.%d does not write there how they are laid "
                      "out: add `cluster_dims` from Triton's own metadata to the kernel's JSON" % ((ctas, ) + version))
    if dims[0] * dims[1] * dims[2] != ctas:
        raise Refusal("cluster_dims %s makes %d CTAs, the TTGIR is for %d" %
                      (dims, dims[0] * dims[1] * dims[2], ctas))


def read_module(job, backend, context, options, version):
    """The IR file as Triton itself reads it, and what it takes from the file."""
    import triton.compiler.compiler as compiler
    from triton._C.libtriton import ir
    ir.load_dialects(context)
    backend.load_dialects(context)
    if job["pipeline"]["after"]:
        module = read_between(job, context, options, version)
    else:
        source = call_supported(compiler.IRSource, path=job["source"], context=context, backend=backend)
        module = call_supported(source.make_ir, target=backend.target, options=None, codegen_fns=None, module_map=None,
                                context=context)
        if job["level"] == "ttgir":
            check_clusters(options, source.src, version)
        options.update(source.parse_options())
    # With line info, ptxas writes the time of a source file that it finds into the cubin.
    os.remove(job["source"])
    return module


def read_between(job, context, options, version):
    """IR from between two passes, maybe in LLVM's dialect, of which Triton reads no file by itself."""
    module = parse(job["source"], context)
    with open(job["source"], encoding="utf-8") as file:
        check_clusters(options, file.read(), version)
    warps = [module.get_int_attr(dialect + ".num-warps") for dialect in ("ttg", "triton_gpu")]
    if warps == [None, None]:
        raise Refusal("its module has no attribute `ttg.num-warps`, which there is after each pass of the pipeline")
    options["num_warps"] = next(one for one in warps if one is not None)
    return module


def parse(path, context):
    from triton._C.libtriton import ir
    module = ir.parse_mlir_module(path, context)
    # As `make_ir` does: the stages take it from there.
    module.context = context
    return module


def empty_module(context):
    """For stages that are only asked which passes they have."""
    with open("empty.mlir", "w") as file:
        file.write("module {}\n")
    return parse("empty.mlir", context)


def descriptors(job, module):
    """What Triton writes down of tensor descriptors on the way to TTGIR only."""
    if not hasattr(module, "get_tensordesc_metadata"):
        return {}
    # In LLVM's dialect the module knows nothing of them any more, and the file's JSON does.
    known = not job["pipeline"]["after"] or "tt.func" in str(module)
    return {"tensordesc_meta": module.get_tensordesc_metadata() if known else job["tensordesc_meta"] or []}
