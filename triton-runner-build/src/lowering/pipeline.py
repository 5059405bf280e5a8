"""Triton's pipelines of MLIR passes, taken apart: which passes there are, and only those run that are asked for.

Triton builds a pipeline in Python, `passes.ttgpuir.add_pipeline(pm, 3, False)` and so on, then `pm.run(module)`. Here a
pass manager notes what is added and runs it pass by pass. The lists are those of the installed Triton; nothing of them is
written down here. Passes are called as in MLIR's pipelines, `tritongpu-pipeline`, and numbered where there are several of
a name, `canonicalize#2`, over all stages: it is the same pass wherever a file starts.
"""

import difflib
import os
import re

from triton_options import words
from triton_versions import Refusal

# The stages that are pipelines of MLIR passes, in their order. That of TTIR is behind every file.
STAGES = ("ttgir", "llir")
# A line of the log between what MLIR prints, and the file with the pass that runs.
MARK = "// -----// triton-runner: %s //----- //\n"
RUNNING = "pass"


class Planned(BaseException):
    """Ends a stage that was only asked which passes it has."""


class Stopped(BaseException):
    """Ends a stage behind the last pass that was asked for."""


class Step:
    """One call that adds to a pipeline: one pass in all versions so far."""

    def __init__(self, stage, manager, add, values):
        self.stage, self.add, self.values = stage, add, values
        self.show(described(manager, add, values))
        self.label = self.name

    def show(self, text):
        self.text = text
        self.name, _, options = text.partition("{")
        self.options = " ".join(options[:-1].split())


def described(manager, add, values):
    """The pass as MLIR writes it, `tritongpu-pipeline{num-stages=3}`, without the operations that it is anchored on. Triton
    3.2 doesn't tell; there it is called as Triton's Python calls it."""
    if not hasattr(manager.real, "get_pipeline_str"):
        return add.__name__[len("add_"):]
    alone = manager.real(manager.context)
    add(alone, *values)
    text = alone.get_pipeline_str()
    while re.fullmatch(r"[\w.]+\(.*\)", text):
        text = text[text.index("(") + 1:-1]
    return text


def number(steps):
    """Labels of passes that are there several times."""
    counts = {}
    for step in steps:
        counts[step.name] = counts.get(step.name, 0) + 1
        step.label = "%s#%d" % (step.name, counts[step.name])
    for step in steps:
        if counts[step.name] == 1:
            step.label = step.name


def find(steps, asked, version):
    """The place of a pass by its label."""
    name, _, place = asked.partition("#")
    found = [at for at, step in enumerate(steps) if step.name == name]
    if not found:
        names = sorted({step.name for step in steps})
        close = difflib.get_close_matches(name, names, 3, 0.5)
        hint = "did you mean `%s`?" % "`, `".join(close) if close else "it has: %s" % ", ".join(names)
        raise Refusal("the pipeline of Triton %s has no pass `%s` here; %s" % (version, name, hint))
    if not place and len(found) == 1:
        return found[0]
    if not place:
        raise Refusal("Triton %s runs `%s` %d times: say which, `%s#1` to `%s#%d`" %
                      (version, name, len(found), name, name, len(found)))
    if not place.isdigit() or not 1 <= int(place) <= len(found):
        times = "once" if len(found) == 1 else "%d times" % len(found)
        raise Refusal("there is no `%s`: Triton %s runs `%s` %s" % (asked, version, name, times))
    return found[int(place) - 1]


def change(step, manager, name, text, version):
    """Sets an option of a pass, where an argument of Triton's binding leads to it."""
    def options(described):
        found = re.findall(r"([\w-]+)=(\{[^}]*\}|\S+)", described.partition("{")[2].rstrip("}"))
        return dict(found)

    before, reachable = options(step.text), set()
    for at, value in enumerate(step.values):
        trials = {bool: [not value], int: [value + 1], str: []}.get(type(value), []) if value is not None else []
        wished = {"true": True, "false": False}.get(text) if isinstance(value, bool) else \
            int(text) if isinstance(value, int) and re.fullmatch(r"-?\d+", text) else \
            text if isinstance(value, str) else None
        for other in trials:
            after = options(described(manager, step.add, step.values[:at] + (other, ) + step.values[at + 1:]))
            reachable |= {one for one in after if after[one] != before.get(one)}
        if wished is None:
            continue
        values = step.values[:at] + (wished, ) + step.values[at + 1:]
        after = described(manager, step.add, values)
        changed = {one for one, new in options(after).items() if new != before.get(one)}
        if options(after).get(name) == text and changed <= {name}:
            step.values = values
            step.show(after)
            return
    can = "it can set %s" % ", ".join("`%s`" % one for one in sorted(reachable)) if reachable else "it can set none"
    if name in reachable:
        raise Refusal("the option `%s` of `%s` can't be `%s`: it is `%s`" % (name, step.label, text, before[name]))
    known = "" if name in before else ", and the pass prints none of that name"
    raise Refusal("Triton %s gives no way to set the option `%s` of `%s`: %s%s" %
                  (version, name, step.label, can, known))


class Pipeline:
    """What a job asks of the pipelines. `install` puts it in the place of Triton's pass manager."""

    def __init__(self, asked, printing, version):
        self.asked, self.printing, self.version = asked, printing, version
        self.steps, self.first, self.last, self.skipped = [], 0, None, set()
        self.stage, self.ran, self.planned, self.result = None, False, None, None

    def install(self, ir, roots):
        pipeline = self

        class Manager(ir.pass_manager):
            """Triton's own, which gets nothing to run: what is added is noted, and run in managers of one pass each."""
            real = ir.pass_manager

            def __init__(self, context):
                super().__init__(context)
                self.context, self.added, self.prints = context, [], False
                self.empty = self.text()

            def text(self):
                return self.get_pipeline_str() if hasattr(self.real, "get_pipeline_str") else ""

            def enable_debug(self):
                self.prints = True
                return super().enable_debug()

            def run(self, module, *rest):
                if self.text() != self.empty:
                    raise Refusal("Triton %s adds passes in a way that this triton-runner can't see, so it can't run some of "
                                  "them alone" % pipeline.version)
                pipeline.run(self, module, rest)

        def noted(add):
            def note(manager, *values):
                if isinstance(manager, Manager):
                    manager.added.append((add, values))
                else:
                    add(manager, *values)
            return note

        for root in roots:
            for group in vars(root).values():
                for name, add in list(vars(group).items()) if type(group) is type(root) else []:
                    if name.startswith("add_"):
                        setattr(group, name, noted(add))
        ir.pass_manager = Manager

    def plan(self, stages, module, metadata):
        """Asks the stages for their passes, with a module that has nothing in it, and finds those that are meant."""
        self.steps = self.passes(stages, module, metadata)
        if self.asked["after"]:
            self.first = find(self.steps, self.asked["after"], self.version) + 1
        if self.asked["stop_after"]:
            self.last = self.ahead(self.asked["stop_after"], "stop after")
        self.skipped = {self.ahead(name, "skip") for name in self.asked["skip"]}
        for name, option, value in self.asked["options"]:
            step = self.steps[self.ahead(name, "change")]
            change(step, self.manager, option, value, self.version)

    def passes(self, stages, module, metadata):
        steps = []
        for self.stage in STAGES:
            self.planned = []
            try:
                stages[self.stage](module, dict(metadata))
            except Planned:
                steps += self.planned
        self.planned = None
        number(steps)
        return steps

    def ahead(self, name, what):
        at = find(self.steps, name, self.version)
        if at < self.first:
            raise Refusal("can't %s `%s`: the file stands after `%s`, which comes later" %
                          (what, name, self.steps[self.first - 1].label))
        return at

    def start(self):
        """The stage that the next pass is of; the one behind the last has none left to run."""
        return self.steps[self.first].stage if self.first < len(self.steps) else STAGES[-1]

    def check_effect(self, backend, stages, others, asked):
        """Refuses an option that somebody sets for passes that are over. `others` gives the stages without it."""
        later = words(backend, [stage for name, stage in stages.items() if name not in STAGES[:1]])
        for name in asked:
            if self.start() != STAGES[0] or name in later:
                continue
            without = self.passes(*others(name))
            if [step.text for step in without[self.first:]] == [step.text for step in self.steps[self.first:]]:
                raise Refusal("the option `%s` does nothing after the pass `%s`: none of those that follow has it" %
                              (name, self.asked["after"]))

    def enter(self, stage):
        self.stage, self.ran = stage, False

    def run(self, manager, module, rest):
        self.manager = manager
        added = [Step(self.stage, manager, add, values) for add, values in manager.added]
        if self.planned is not None:
            self.planned = added
            raise Planned()
        here = [at for at, step in enumerate(self.steps) if step.stage == self.stage]
        if self.ran or [step.name for step in added] != [self.steps[at].name for at in here]:
            raise Refusal("Triton %s runs other passes than it said that it would" % self.version)
        self.ran = True
        for at in here:
            if at >= self.first and at not in self.skipped and (self.last is None or at <= self.last):
                self.run_one(self.steps[at], manager, module, rest)
        if self.last in here:
            self.result = str(module)
            # The end of the first stage says how clusters are laid out, but can't take descriptors without a layout; that of
            # the second takes LLVM's dialect alone.
            if self.stage != STAGES[0] or "tensordesc" in self.result:
                raise Stopped()
        if self.printing:
            self.mark("end of %s" % self.stage)
            os.write(2, ("%s\n" % module).encode())

    def run_one(self, step, manager, module, rest):
        with open(RUNNING, "w") as file:
            file.write(step.label)
        if self.printing:
            self.mark("pass %s {%s}" % (step.label, step.options))
        alone = manager.real(manager.context)
        if manager.prints:
            alone.enable_debug()
        step.add(alone, *step.values)
        alone.run(module, *rest)
        os.remove(RUNNING)

    def mark(self, text):
        os.write(2, (MARK % text).encode())
