"""Triton's options in an export: what an autotuner's configurations say, and what the metadata has to tell a build. Lies
beside `export.py`.
"""

from triton_options import SOMETIMES, check_type, fields_of, plain, shown, unknown
from triton_versions import Refusal

# Options with a flag of their own on the command line.
FLAGS = ("num_warps", "num_stages", "num_ctas", "maxnreg", "enable_fp_fusion", "launch_pdl", "launch_cooperative_grid",
         "debug", "ptx_options", "num_consumer_groups", "num_buffers_warp_spec", "reg_dec_producer", "reg_inc_consumer",
         "clc")


def tuned_options(configs, given, kernel, target):
    """The options that all configurations of an autotuner agree on. Where they do not, somebody has to choose."""
    from triton.compiler import make_backend
    known = fields_of(make_backend(target))
    parameters = {param.name for param in kernel.params}
    said = [entries(config, parameters) for config in configs]
    options = {}
    for name in sorted({name for entry in said for name in entry}):
        values = {entry.get(name) for entry in said}
        if name not in known:
            if values <= {None, SOMETIMES.get(name)}:
                continue
            raise Refusal("its autotuner sets `%s` to %s, which is no parameter of the kernel and no option of this "
                          "Triton: take it out of the configuration" % (name, " and ".join(sorted(map(shown, values)))))
        if len(values) > 1 and name not in given:
            tried = " and ".join(sorted(map(str, values)))
            flag = "--" + name.replace("_", "-") if name in FLAGS else "--option %s=VALUE" % name
            raise Refusal("the autotuner tries %s %s: give %s" % (name, tried, flag))
        options[name] = values.pop()
    return {name: value for name, value in options.items() if value is not None}


def entries(config, parameters):
    """What a configuration says beside the values of parameters; its hook runs on the host."""
    said = {name: value for name, value in vars(config).items() if name not in ("kwargs", "pre_hook")}
    said.update((name, value) for name, value in config.kwargs.items() if name not in parameters)
    return {name: plain(value) for name, value in said.items() if value is not None}


def check_options(backend, options):
    """Holds them against what this Triton knows, and what a build can do."""
    import triton
    known = fields_of(backend)
    for name, value in options.items():
        if name not in known:
            raise unknown(triton.__version__, name, known)
        if name in ("arch", "backend_name", "extern_libs", "ir_override", "warp_size"):
            raise Refusal("the option `%s` is %s, and a build can't do that: libraries and IR of one's own start from "
                          "the `.ptx` or `.cubin` that Triton makes of them, and the GPU is said by --arch" %
                          (name, shown(value)))
        check_type(backend, name, plain(value), known[name])


def recorded(backend, options, parsed):
    """What a later lowering must be told: each option that is not Triton's default."""
    default = fields_of(backend)
    told = {name: parsed.__dict__[name] for name in options if plain(parsed.__dict__[name]) != default[name]}
    # Always, for its default is about to change.
    return dict(told, enable_fp_fusion=parsed.enable_fp_fusion)
