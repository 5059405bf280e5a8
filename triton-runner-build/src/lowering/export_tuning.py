"""What lies around a kernel in Python: configurations of an autotuner and heuristics. Lies beside `export.py`."""

from export_options import entries
from triton_versions import Refusal


class Unknown:
    """An argument whose value nobody has given: it may be passed on, and not be asked for."""

    def __init__(self, name):
        self.__dict__["_name"] = name

    def _refuse(self, *_, **__):
        name = self.__dict__["_name"]
        raise Refusal("it asks for the value of `%s`; give it with --value %s=NUMBER" % (name, name))

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        self._refuse()


for _operation in ("add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow lshift rshift and or "
                   "xor neg abs lt le gt ge eq ne bool int float index round len iter getitem call hash").split():
    setattr(Unknown, "__%s__" % _operation, Unknown._refuse)


class Pointer:
    """A tensor of which a type and a promise are known."""

    def __init__(self, argument):
        self._argument = argument

    def data_ptr(self):
        if self._argument["divisible_by"] != 16:
            raise Refusal("it asks for the address of `%s`, which nobody promises to be a multiple of 16" %
                          self._argument["name"])
        return 1 << 32

    def element_size(self):
        digits = "".join(c for c in self._argument["type"].split("e")[0] if c.isdigit())
        return max(1, int(digits or 8) // 8)

    def __getattr__(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise Refusal("it asks for `%s.%s`, and an export has types and no tensors" %
                      (self._argument["name"], attribute))


class Known(dict):
    """What a launch would be given, as far as it is known."""

    def __missing__(self, name):
        raise Refusal("it asks for `%s`, which has no value" % name)


def known(arguments, constants, values):
    """Arguments and constants by their names."""
    found = Known(constants)
    for argument in arguments:
        name = argument["name"]
        if name in values:
            found[name] = values[name]
        elif argument["type"].startswith(("*", "tensordesc", "nvTmaDesc")):
            found[name] = Pointer(argument)
        else:
            found[name] = Unknown(name)
    return found


def check_values(arguments, values, parameters):
    """Values are of arguments, and as promised."""
    by_name = {argument["name"]: argument for argument in arguments}
    for name, value in values.items():
        if name not in parameters:
            raise Refusal("it has no parameter `%s`; it has: %s" % (name, ", ".join(parameters)))
        if name not in by_name:
            raise Refusal("--value %s=%s is for an argument, and `%s` is a constant: give --const" % (name, value, name))
        if by_name[name]["divisible_by"] == 16 and isinstance(value, int) and value % 16:
            raise Refusal("`%s` is promised to be a multiple of 16, and --value says %s" % (name, value))


def heuristics(around, values):
    """For each parameter that a heuristic computes, what computes it: the innermost wins, as it runs last."""
    def of(name, function):
        def compute(arguments, constants):
            return asked(lambda: function(known(arguments, constants, values)), "--const %s=VALUE" % name)

        return compute

    found = {}
    for wrapper in around:
        functions = getattr(wrapper, "values", None)
        if isinstance(functions, dict):
            found.update((name, of(name, function)) for name, function in functions.items())
    return found


def asked(function, otherwise):
    """The result of a function of the kernel's author."""
    try:
        return function()
    except Refusal:
        raise
    except Exception as error:
        what = "%s: %s" % (type(error).__name__, error)
        raise Refusal("it fails with `%s` on what is known here; give %s" % (what, otherwise)) from error


def configurations(around):
    return [config for wrapper in around for config in list(getattr(wrapper, "configs", None) or [])]


def fitting(configs, constants, options, parameters):
    """The configurations that say what is given; all of them where none does."""
    def fits(config):
        said = entries(config, parameters)
        return all(constants.get(name, value) == value for name, value in config.kwargs.items() if name in parameters) \
            and all(said.get(name, value) == value for name, value in options.items())

    return [config for config in configs if fits(config)] or configs


def agreed(configs, parameters):
    """Parameters on whose values all configurations agree."""
    first = configs[0].kwargs if configs else {}
    same = lambda name: all(name in config.kwargs and config.kwargs[name] == first[name] for config in configs)
    return {name: value for name, value in first.items() if name in parameters and same(name)}


def pruned(around, arguments, constants, values):
    """What the author's own functions leave of the configurations, and notes on it."""
    left, notes = [], []
    for wrapper in around:
        configs = list(getattr(wrapper, "configs", None) or [])
        if not configs:
            continue
        functions = [getattr(wrapper, name, None) for name in ("early_config_prune", "perf_model")]
        names = ["`%s`" % getattr(one, "__name__", type(one).__name__) for one in functions if one]
        if not names:
            left += configs
            continue
        everything = known(arguments, constants, values)
        tuned = {name for config in configs for name in config.kwargs}
        given = {name: value for name, value in constants.items() if name not in tuned}
        if functions[1]:
            # Called with both, so no name may be in both.
            wrapper.nargs = Known({name: value for name, value in everything.items() if name not in constants})
        else:
            wrapper.nargs = everything
            given.update((name, value) for name, value in values.items())
        try:
            kept = asked(lambda: list(wrapper.prune_configs(given)), "the configurations one by one, with --variant")
        except Refusal as refusal:
            raise Refusal("%s chooses among the autotuner's configurations: %s" % (" and ".join(names), refusal))
        if not kept:
            raise Refusal("%s leaves none of the autotuner's configurations" % " and ".join(names))
        notes.append("%s leaves %d of the autotuner's %d configurations" % (" and ".join(names), len(kept), len(configs)))
        left += kept
    return left, notes


def variants(configs, parameters):
    """A name for each configuration, of all in which they differ; of several that say the same the first counts."""
    short = {"num_warps": "w", "num_stages": "s", "num_ctas": "c"}
    said = []
    for config in configs:
        one = dict({name: value for name, value in config.kwargs.items() if name in parameters},
                   **entries(config, parameters))
        if all(one != other for other, _ in said):
            said.append((one, config))
    keys = sorted({key for one, _ in said for key in one}, key=lambda key: (key in short, key.lower()))
    differ = [key for key in keys if len({repr(one.get(key)) for one, _ in said}) > 1]
    named = []
    for index, (one, config) in enumerate(said):
        parts = [short.get(key, key.lower()) + word(one[key]) for key in differ if one.get(key) is not None]
        name = "_".join(part.strip("_") for part in parts)
        if not name.isidentifier() or any(name == other for other, _ in named):
            name = "config%d" % index
        named.append((name, config))
    return named


def word(value):
    text = str(value).lower().replace("-", "minus")
    return "".join(character if character.isalnum() else "_" for character in text)
