//! What becomes of each option, with a stand-in for a Triton that nobody knows yet.

use std::fs;

use serde_json::{Map, Value, json};

use super::*;

/// Next year's options: each is read where its name says.
const NEXT_YEAR: &str = "

import dataclasses
import triton.backends
from triton.backends import driver as driver_module

@dataclasses.dataclass(frozen=True)
class Options:
    num_warps: int = 4
    num_stages: int = 3
    enable_fp_fusion: bool = False
    in_stage: int = 0
    in_callee: str = 'x'
    in_text: bool = False
    in_frontend: tuple = ('a', 'b')
    in_launch: bool = False
    by_target: int = 0
    by_choice: int = None
    launch_pdl: bool = False
    ir_override: str = None
    extern_libs: dict = None
    backend_name: str = 'cuda'

def helper(options): return options.in_callee

class Backend:
    def __init__(self, target): self.target = target
    def load_dialects(self, context): pass
    def parse_options(self, values):
        return Options(**{**{'by_target': self.target.arch}, **values})
    def make_cubin(self): pass
    def make_it(self, source, metadata, options):
        exec(source, globals())
        metadata['name'] = 'kernel'
        metadata['seen'] = [options.in_stage, helper(options), getattr(options, 'in_text'), options.by_choice]
        return source
    def add_stages(self, stages, options):
        options.in_frontend
        stages['ttir'] = lambda source, metadata: options.in_frontend
        stages['ttgir'] = lambda source, metadata: self.make_it(source, metadata, options)
        for name in ('llir', 'ptx'): stages[name] = lambda source, metadata: source
        stages['cubin'] = lambda source, metadata: b'ELF' if options.enable_fp_fusion else b'elf'

for cls in (Backend, ): cls.__module__ = 'triton.compiler.compiler'
triton.backends.backends = {'nvidia': triton.backends.Backend(Backend, driver_module.Driver)}
";

const DRIVER: &str = "class Driver:\n    def launch(self, metadata): return metadata.in_launch\n";
const BACKENDS: &str = "import collections\nBackend = collections.namedtuple('Backend', 'compiler driver')\n";

fn next_year() -> Fake {
    let fake = fake();
    let package = fake.folder.path().join("site/triton");
    let compiler = package.join("compiler/compiler.py");
    let text = fs::read_to_string(&compiler).unwrap() + NEXT_YEAR;
    fs::write(compiler, text).unwrap();
    fs::write(package.join("backends/__init__.py"), BACKENDS).unwrap();
    fs::write(package.join("backends/driver.py"), DRIVER).unwrap();
    fake
}

fn options(values: &Value) -> Options {
    let map: Map<String, Value> = values.as_object().unwrap().clone();
    Options::from_map(map).unwrap()
}

/// A job with options of its metadata, which is of `made_by` for sm_90.
fn told(values: &Value, made_by: &str) -> Job {
    Job { options: options(values), made_by: Some(made_by.to_owned()), made_for: Some(90), ..job("pass\n") }
}

/// A job with options that somebody set.
fn asked(values: &Value) -> Job {
    let asked = values.as_object().unwrap().keys().cloned().collect();
    Job { asked, ..told(values, "3.3.1") }
}

fn run(fake: &Fake, job: Job) -> Result<Value, String> {
    let mut results = lower(&fake.toolchain, &[job], &fake.limits(), &mut |_| {});
    results.remove(0).map(|lowered| lowered.metadata).map_err(|error| error.to_string())
}

#[test]
fn each_option_of_an_unknown_triton_is_passed_on() {
    let fake = next_year();
    let values = json!({"in_stage": 7, "in_callee": "y", "in_text": true, "by_choice": 5, "enable_fp_fusion": true});
    for job in [told(&values, "3.3.1"), asked(&values)] {
        let metadata = run(&fake, job).unwrap();
        assert_eq!(metadata["seen"], json!([7, "y", true, 5]));
        assert_eq!(metadata["enable_fp_fusion"], true);
    }
}

#[test]
fn what_acts_in_the_frontend_alone_is_no_matter_in_metadata_and_an_error_where_it_is_set() {
    let fake = next_year();
    let values = json!({"in_frontend": ["c"]});
    assert_eq!(run(&fake, told(&values, "3.3.1")).unwrap()["in_frontend"], json!(["c"]));
    let error = run(&fake, asked(&values)).unwrap_err();
    assert!(
        error.contains("`in_frontend` does nothing from here on") && error.contains("cargo triton export"),
        "{error}"
    );
    assert!(run(&fake, asked(&json!({"launch_pdl": true}))).is_ok());
}

#[test]
fn what_acts_at_a_launch_in_a_way_unknown_here_is_an_error() {
    let fake = next_year();
    let error = run(&fake, told(&json!({"in_launch": true}), "3.3.1")).unwrap_err();
    assert!(error.contains("`in_launch` is true") && error.contains("acts on it when it launches"), "{error}");
    assert!(run(&fake, told(&json!({"in_launch": false}), "3.3.1")).is_ok());
}

#[test]
fn a_default_of_the_architecture_that_the_metadata_is_for_gives_way() {
    let fake = next_year();
    let lowered = |value: u32, target: u16| {
        let job = Job { target, ..told(&json!({"by_target": value}), "3.3.1") };
        run(&fake, job).unwrap()["by_target"].clone()
    };
    assert_eq!(lowered(90, 80), 80, "nobody set it");
    assert_eq!(lowered(7, 80), 7, "somebody did");
}

#[test]
fn an_option_that_is_set_and_unknown_is_an_error_with_names_that_are_close() {
    let fake = next_year();
    let error = run(&fake, asked(&json!({"in_stge": 1}))).unwrap_err();
    assert!(error.starts_with("Triton 3.3.1 has no option `in_stge`; did you mean `in_stage`"), "{error}");
    let error = run(&fake, asked(&json!({"zzzzzz": 1}))).unwrap_err();
    assert!(error.contains("it has: backend_name, by_choice"), "{error}");
}

#[test]
fn keys_that_are_options_of_another_triton_are_errors_unless_they_do_nothing() {
    let fake = next_year();
    for (values, made_by) in [
        (json!({"comment": "mine", "num_consumer_groups": 0, "clc": false, "enable_reflect_ftz": true}), "3.3.1"),
        (json!({"deprecated_fp8_dtypes": ["fp8e4b15"], "cluster_dims": [1, 1, 1]}), "3.2.0"),
    ] {
        assert!(run(&fake, told(&values, made_by)).is_ok(), "{values}");
    }
    let error = run(&fake, told(&json!({"num_consumer_groups": 2}), "3.2.0")).unwrap_err();
    let parts = ["made by Triton 3.2.0", "`num_consumer_groups` is 2", "Triton 3.3.1 does not have", "set `triton`"];
    assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    // Nobody but a person can have put it there.
    let error = run(&fake, told(&json!({"clc": true}), "3.3.1")).unwrap_err();
    let parts = ["made by Triton 3.3.1", "`clc` is true", "this Triton does not have", "take it out"];
    assert!(parts.iter().all(|part| error.contains(part)) && !error.contains("that made it"), "{error}");
    // Of a version that nobody knows yet, any key may be one.
    let error = run(&fake, told(&json!({"turbo": true}), "9.0.0")).unwrap_err();
    assert!(error.contains("made by Triton 9.0.0") && error.contains("`turbo` is true"), "{error}");
}

#[test]
fn values_have_the_type_that_triton_expects() {
    let fake = next_year();
    for (values, part) in [
        (json!({"in_text": 1}), "`in_text` is 1, and Triton expects true or false"),
        (json!({"in_stage": true}), "`in_stage` is true, and Triton expects a whole number"),
        (json!({"in_callee": 1}), "expects a string"),
        (json!({"in_frontend": "a"}), "expects a list"),
        (json!({"by_choice": "5"}), "`by_choice` is \"5\", and Triton expects a whole number"),
    ] {
        for job in [told(&values, "3.3.1"), asked(&values)] {
            let error = run(&fake, job).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}

#[test]
fn what_cannot_be_passed_on_is_refused() {
    let fake = next_year();
    for (values, part) in [
        (json!({"ir_override": "mine.ttgir"}), "check in that file and start from it"),
        (json!({"extern_libs": [["mine", "/opt/mine.bc"]]}), "start from the `.ptx` or `.cubin`"),
        (json!({"backend_name": "hip"}), "what is lowered for is said by `archs`"),
    ] {
        let error = run(&fake, told(&values, "3.3.1")).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
    assert!(run(&fake, told(&json!({"ir_override": null, "backend_name": "cuda"}), "3.3.1")).is_ok());
}
