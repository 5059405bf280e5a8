//! `cargo triton export`: what decorators, annotations and statements say holds, or is told.

use serde_json::Value;
use triton_runner_build::Builder;
use triton_runner_manifest::{Constant, HostAct, HostWork};

use crate::command::names;
use crate::package::Package;

/// A kernel `k` below these lines, with these parameters and this body.
fn package(head: &str, parameters: &str, body: &str) -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    let text = format!("import triton\nimport triton.language as tl\n\n{head}\ndef k({parameters}):\n    {body}\n");
    package.write("kernels/k.py", text);
    package
}

/// Arguments and constants of an export of `k`.
fn args<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["export", "kernels/k.py::k"], more].concat()
}

fn json(package: &Package) -> Value {
    serde_json::from_slice(&package.read("kernels/k.json")).unwrap()
}

fn ttir(package: &Package) -> String {
    String::from_utf8(package.read("kernels/k.ttir")).unwrap()
}

const ADDS: &str = "tl.atomic_add(out + tl.arange(0, BLOCK), 1.0)";

#[test]
fn what_python_does_around_a_launch_is_said_recorded_and_passed_on() {
    let head = "
def zero_out(arguments):
    arguments['out'].zero_()

def prune(configs, arguments, **more):
    return configs

@triton.autotune(
    configs=[triton.Config({'BLOCK': 64}, pre_hook=zero_out), triton.Config({'BLOCK': 128})],
    key=['n'], reset_to_zero=['out'], restore_value=['x'], prune_configs_by={'early_config_prune': prune})
@triton.heuristics({'EVEN': lambda args: args['n'] % args['BLOCK'] == 0})
@triton.jit";
    let package = package(head, "x, out, n, EVEN: tl.constexpr, BLOCK: tl.constexpr", ADDS);
    let with = |block: &'static str| {
        args(&["--arg", "x=*fp32", "--arg", "out=*fp32", "--arg", "n=i32", "--const", "EVEN=True", "--const", block])
    };
    let ran = package.triton(&with("BLOCK=64"));
    ran.ok();
    for part in [
        "in Python, before each launch it runs `zero_out` (a pre-hook)",
        "it computes `EVEN` (heuristics), which is fixed here",
        "sets to zero `out` (reset_to_zero)",
        "restores `x` (restore_value)",
        "with `prune` (prune_configs_by)",
    ] {
        assert!(ran.stderr.contains(part), "{part} is not in {}", ran.stderr);
    }
    let work = |does, name: &str| HostWork { does, names: vec![name.to_owned()] };
    let expected = [
        work(HostAct::Heuristics, "EVEN"),
        work(HostAct::PreHook, "zero_out"),
        work(HostAct::PruneConfigs, "prune"),
        work(HostAct::ResetToZero, "out"),
        work(HostAct::RestoreValue, "x"),
    ];
    assert_eq!(json(&package)["host"], serde_json::to_value(&expected).unwrap());
    let out = tempfile::tempdir().unwrap();
    let built = Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    assert_eq!(built.manifest().kernels[0].host, expected);
    let shown = package.triton(&["inspect", "k"]);
    assert!(shown.ok().contains("in Python, before each launch it runs `zero_out`"), "{}", shown.text());
    let shown: Value = serde_json::from_slice(&package.triton(&["inspect", "k", "--json"]).stdout).unwrap();
    assert_eq!(shown["kernels"][0]["host"][1], serde_json::json!({"does": "pre_hook", "names": ["zero_out"]}));

    // The other configuration has no hook.
    package.triton(&with("BLOCK=128")).ok();
    let does: Vec<_> = json(&package)["host"].as_array().unwrap().iter().map(|work| work["does"].clone()).collect();
    assert_eq!(does, ["heuristics", "prune_configs", "reset_to_zero", "restore_value"]);
}

#[test]
fn a_kernel_with_nothing_around_it_has_no_work_for_the_host() {
    let package = package("@triton.jit", "x", "tl.store(x, 1.0)");
    let ran = package.triton(&args(&["--arg", "x=*fp32"]));
    ran.ok();
    assert_eq!((ran.stderr.as_str(), &json(&package)["host"]), ("", &Value::Null));
}

const CHECKED: &str = "tl.device_assert(n > 0, 'n is not positive')\n    tl.store(x, n)";

#[test]
fn asserts_are_kept_where_the_decorator_says_so_and_are_told_where_they_are_left_out() {
    let debug = package("@triton.jit(debug=True)", "x, n", CHECKED);
    let given = args(&["--arg", "x=*i32", "--arg", "n=i32"]);
    let ran = debug.triton(&given);
    ran.ok();
    assert_eq!((ran.stderr.as_str(), &json(&debug)["debug"]), ("", &Value::Bool(true)));
    assert!(ttir(&debug).contains("tt.assert") && ttir(&debug).contains("n is not positive"));
    debug.build();

    let plain = package("@triton.jit", "x, n", CHECKED);
    let ran = plain.triton(&given);
    ran.ok();
    assert!(!ttir(&plain).contains("tt.assert"));
    assert!(ran.stderr.contains("its asserts are left out") && ran.stderr.contains("debug=True"), "{}", ran.stderr);
    let none = package("@triton.jit", "x, n", "tl.store(x, n + n)");
    let ran = none.triton(&given);
    ran.ok();
    assert_eq!(ran.stderr, "");
}

#[test]
fn what_the_kernel_prints_while_it_is_compiled_is_shown_and_what_it_prints_on_the_gpu_is_kept() {
    let body = "tl.static_print('block of', BLOCK)\n    tl.device_print('value', n)\n    tl.store(x, n)";
    let package = package("@triton.jit", "x, n, BLOCK: tl.constexpr", body);
    let ran = package.triton(&args(&[
        "--arg", "x=*i32", "--arg", "n=i32", "--const", "BLOCK=64", "--arch", "sm_80", "--arch", "sm_90",
    ]));
    assert_eq!(ran.ok(), "kernels/k.ttir\nkernels/k.json\n");
    assert!(ran.stderr.starts_with("note: static_print: block of") && ran.stderr.contains("64"), "{}", ran.stderr);
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    assert!(ttir(&package).contains("tt.print"));
}

#[test]
fn an_annotation_fixes_a_type() {
    let package = package("@triton.jit", "x, n: tl.int64, m: tl.uint32", "tl.store(x, n + m)");
    let with = |n: &'static str, m: &'static str| args(&["--arg", "x=*i64", "--arg", n, "--arg", m]);
    package.triton(&with("n=i32", "m=u32")).error(&[
        "`n` is i64 by its annotation in the kernel, and i32 by --arg",
        "give --arg n=i64, or change the annotation",
    ]);
    package.triton(&with("n=i64", "m=i32")).error(&["`m` is u32 by its annotation"]);
    assert_eq!(names(&package.path("kernels")), ["k.py"]);
    package.triton(&with("n=i64", "m=u32")).ok();
}

#[test]
fn what_is_not_to_be_specialized_and_is_all_the_same_is_told() {
    let package = package("@triton.jit(do_not_specialize=['n', 'm'])", "x, n, m", "tl.store(x, n + m)");
    let ran = package.triton(&args(&["--arg", "x=*i32:16", "--arg", "n=i32:16", "--const", "m=3"]));
    ran.ok();
    assert!(
        ran.stderr.contains("`n` is in the kernel's do_not_specialize, and `:16` specializes it"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("`m` is in the kernel's do_not_specialize, and --const fixes"), "{}", ran.stderr);
    let ran = package.triton(&args(&["--arg", "x=*i32:16", "--arg", "n=i32", "--arg", "m=i32"]));
    ran.ok();
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_function_that_is_not_to_be_inlined_is_a_function_in_the_ir() {
    let head = "@triton.jit(noinline=True)\ndef put(x, value):\n    tl.store(x, value)\n\n@triton.jit";
    let package = package(head, "x, n", "put(x, n)");
    package.triton(&args(&["--arg", "x=*i32", "--arg", "n=i32"])).ok();
    assert!(ttir(&package).contains("tt.call @") && ttir(&package).contains("noinline = true"));
    package.build();
}

#[test]
fn infinite_constants_and_none_at_all_go_all_the_way() {
    let parameters = "x, LOW: tl.constexpr, ODD: tl.constexpr, HIGH: tl.constexpr = float('inf')";
    let package =
        package("@triton.jit", parameters, "tl.store(x, LOW)\n    tl.store(x + 1, HIGH)\n    tl.store(x + 2, ODD)");
    package.triton(&args(&["--arg", "x=*fp32", "--const", "LOW=-inf", "--const", "ODD=float('nan')"])).ok();
    let expected = serde_json::json!({"LOW": {"float": "-inf"}, "ODD": {"float": "nan"}, "HIGH": {"float": "inf"}});
    assert_eq!(json(&package)["constants"], expected);
    assert!(ttir(&package).contains("0xFF800000"), "{}", ttir(&package));
    let out = tempfile::tempdir().unwrap();
    let built = Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    let constants = &built.manifest().kernels[0].constants;
    assert_eq!(constants["LOW"], Constant::Float(f64::NEG_INFINITY));
    assert_eq!(constants["HIGH"], Constant::Float(f64::INFINITY));
    assert_eq!(constants["ODD"], Constant::Float(f64::NAN));
    assert!(package.triton(&["inspect", "k"]).ok().contains("LOW = -inf"));
}

#[test]
fn what_a_build_refuses_is_refused_by_the_export() {
    let plain = package("@triton.jit", "x", "tl.store(x, 1.0)");
    plain.triton(&args(&["--arg", "x=*fp31"])).error(&["argument `x`: `*fp31` is no argument type: expected one like"]);
    plain.triton(&args(&["--arg", "x=*fp32", "--name", "add-kernel"])).error(&["`add-kernel` can't name a kernel"]);
    let two = package("@triton.jit", "x, y", "tl.store(x, 1.0)");
    let descriptors = ["--arg", "x=tensordesc<fp32[16, 16]>", "--arg", "y=tensordesc<fp32[16, 16]>"];
    two.triton(&args(&descriptors)).error(&[
        "`kernels/k.py::k`: the kernel takes tensor descriptors (`x`, `y`), which sm_80 has no hardware for",
        "they need sm_90",
    ]);
    assert_eq!(names(&plain.path("kernels")), ["k.py"]);
}

#[test]
fn a_type_that_an_export_takes_is_one_that_a_build_takes() {
    for ty in ["x=*fp8e4b15", "x=*u8", "x=*bf16:16"] {
        let package = package("@triton.jit", "x", "tl.store(x, tl.load(x))");
        package.triton(&args(&["--arg", ty])).ok();
        assert_eq!(package.build().len(), 1, "{ty}");
    }
}

#[test]
fn each_imported_file_of_the_package_counts() {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    let helper = "import triton\n\n@triton.jit\ndef twice(x):\n    return x * 2\n";
    package.write("python/deep/helper.py", helper);
    package.write("python/deep/__init__.py", "");
    package.write("python/other.py", "");
    let kernel = "import os\nimport sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), '../python'))\n\
                  import triton\nimport triton.language as tl\nfrom deep.helper import twice\n\n\
                  @triton.jit\ndef k(x):\n    tl.store(x, twice(tl.load(x)))\n";
    package.write("kernels/k.py", kernel);
    package.triton(&args(&["--arg", "x=*fp32"])).ok();
    let noted = &json(&package)["exported_from"];
    assert_eq!(noted["file"], "k.py");
    let modules: Vec<_> = noted["modules"].as_array().unwrap().iter().map(|module| module["file"].clone()).collect();
    assert_eq!(modules, ["../python/deep/__init__.py", "../python/deep/helper.py"]);
    let out = tempfile::tempdir().unwrap();
    let warnings = || Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap().warnings;
    assert_eq!(warnings(), [""; 0]);
    package.write("python/other.py", "x = 1\n");
    assert_eq!(warnings(), [""; 0]);
    package.write("python/deep/helper.py", helper.replace("* 2", "* 3"));
    let told = warnings();
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = "kernel `k`: `python/deep/helper.py`, which its Python file imports, has changed since the export";
    assert!(told[0].starts_with(expected), "{told:?}");
    std::fs::remove_file(package.path("python/deep/helper.py")).unwrap();
    let told = warnings();
    assert!(
        told.len() == 1 && told[0].contains("`python/deep/helper.py`, which its Python file imports, is not there"),
        "{told:?}"
    );
    package.write("python/deep/helper.py", helper);
    assert_eq!(warnings(), [""; 0]);
}
