"""What Python knows of a kernel and its TTIR doesn't say: what is done around a launch, and the values of constants. Read by
an export, and by a recording in the user's own process.
"""

import math


def called(function):
    return getattr(function, "__name__", None) or type(function).__name__


def chosen(configs, constants):
    """The configurations that have these values; all of them where none does."""
    def is_like(config):
        return all(constants.get(name, value) == value for name, value in config.kwargs.items())

    return [config for config in configs if is_like(config)] or configs


def host_work(kernel, around, constants):
    """What Python does around a launch and no compiled kernel can: [{does, names}]."""
    work = []

    def add(does, names):
        names = sorted({str(name) for name in names})
        if names:
            work.append({"does": does, "names": names})

    hooks = list(getattr(kernel, "pre_run_hooks", None) or [])
    for wrapper in around:
        configs = chosen(list(getattr(wrapper, "configs", None) or []), constants)
        hooks += [config.pre_hook for config in configs if getattr(config, "pre_hook", None)]
        if isinstance(getattr(wrapper, "values", None), dict):
            add("heuristics", [name for name in wrapper.values if name in constants])
        add("reset_to_zero", getattr(wrapper, "reset_to_zero", None) or [])
        add("restore_value", getattr(wrapper, "restore_value", None) or [])
        own = [hook for hook in ("pre_hook", "post_hook") if getattr(wrapper, "user_defined_" + hook, False)]
        add("tuning_hook", [called(getattr(wrapper, hook)) for hook in own])
        prunes = [getattr(wrapper, name, None) for name in ("early_config_prune", "perf_model")]
        add("prune_configs", [called(prune) for prune in prunes if prune])
    add("pre_hook", [called(hook) for hook in hooks])
    return sorted(work, key=lambda item: item["does"])


def constant_json(value):
    """How the metadata spells a constant; None for what JSON has no word for."""
    import triton.language as tl
    if isinstance(value, tl.constexpr):
        value = value.value
    if isinstance(value, tl.dtype):
        for name in dir(tl):
            if getattr(tl, name) is value:
                return "tl." + name
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__name__", None) or str(value)
