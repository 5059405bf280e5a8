//! `cargo triton export` of kernels as people write them: autotuners, heuristics, patterns, tuples, functions.

use serde_json::{Value, json};

use crate::command::{installed, names};
use crate::package::Package;

const TUNED: &str = "
import triton
import triton.language as tl

def prune(configs, args, **more):
    return [config for config in configs if config.kwargs['BLOCK'] <= args['n']]

@triton.autotune(
    configs=[triton.Config({'BLOCK': block, 'GROUP': 8}, num_warps=block // 32) for block in (64, 128, 256)],
    key=['n'], prune_configs_by={'early_config_prune': prune})
@triton.heuristics({'EVEN': lambda args: args['n'] % args['BLOCK'] == 0})
@triton.jit
def k(x, stride_x, stride_y, n, EVEN: tl.constexpr, BLOCK: tl.constexpr, GROUP: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + i * stride_x * stride_y * GROUP, 1.0, mask=None if EVEN else i < n)
";

fn package(text: &str) -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    package.write("kernels/k.py", text);
    package
}

fn export<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["export", "kernels/k.py::k", "--arg", "x=*fp32:16"], more].concat()
}

fn of(package: &Package, stem: &str) -> Value {
    serde_json::from_slice(&package.read(&format!("kernels/{stem}.json"))).unwrap()
}

#[test]
fn what_all_configurations_agree_on_is_taken_and_heuristics_are_evaluated() {
    let package = package(TUNED);
    let given = ["--arg", "stride_*=i32:16", "--arg", "n=i32", "--const", "BLOCK=128"];
    package.triton(&export(&given)).error(&[
        "`EVEN` is a tl.constexpr and has no value: give --const EVEN=VALUE (a heuristic computes it: it asks for the \
         value of `n`; give it with --value n=NUMBER)",
    ]);
    let ran = package.triton(&export(&[&given[..], &["--value", "n=1024"]].concat()));
    ran.ok();
    assert!(ran.stderr.contains("note: `EVEN` is True, as its heuristic computes it"), "{}", ran.stderr);
    let made = of(&package, "k");
    assert_eq!(made["constants"], json!({"EVEN": true, "BLOCK": 128, "GROUP": 8}));
    // The one configuration with this block says so many warps.
    assert_eq!(made["num_warps"], 4);
    let types: Vec<_> = made["signature"].as_array().unwrap().iter().map(|one| one["divisible_by"].clone()).collect();
    assert_eq!(types, [16, 16, 16, 1]);
    assert_eq!(made["exported_from"]["told"]["values"], json!({"n": 1024}));
    assert_eq!(made["exported_from"]["told"]["args"]["stride_*"], "i32:16");
    package.triton(&["export", "--check"]).ok();
    package.build();

    // None of them is left to say what all do.
    let given = ["--arg", "stride_*=i32", "--arg", "n=i32", "--const", "EVEN=False"];
    package.triton(&export(&given)).error(&[
        "`BLOCK` is a tl.constexpr and has no value",
        "the autotuner tries 128, 256, 64), or --autotune for a variant of each configuration",
    ]);
    package
        .triton(&export(&[&given[..], &["--const", "BLOCK=64", "--value", "m=1"]].concat()))
        .error(&["no parameter `m`"]);
    let wrong = [&given[..], &["--const", "BLOCK=64", "--arg", "nope*=i32"]].concat();
    package.triton(&export(&wrong)).error(&["no argument fits `nope*`"]);
    let wrong = [&given[..], &["--const", "BLOCK=64", "--arg", "*_x=i64"]].concat();
    package
        .triton(&export(&wrong))
        .error(&["`stride_x` fits the patterns `*_x` and `stride_*`, which say different things"]);
}

#[test]
fn each_configuration_that_the_author_leaves_is_a_variant() {
    let package = package(TUNED);
    let given = ["--arg", "stride_*=i32", "--arg", "n=i32", "--autotune"];
    package.triton(&export(&given)).error(&[
        "`prune` chooses among the autotuner's configurations: it asks for the value of `n`; give it with --value n=NUMBER",
    ]);
    let ran = package.triton(&export(&[&given[..], &["--value", "n=200"]].concat()));
    let files = ["k@block128_w4", "k@block64_w2"];
    assert_eq!(ran.ok(), files.map(|stem| format!("kernels/{stem}.ttir\nkernels/{stem}.json\n")).concat());
    assert!(ran.stderr.contains("note: `prune` leaves 2 of the autotuner's 3 configurations"), "{}", ran.stderr);
    assert_eq!((&of(&package, files[0])["num_warps"], &of(&package, files[1])["num_warps"]), (&json!(4), &json!(2)));
    assert_eq!(of(&package, files[1])["constants"], json!({"EVEN": false, "BLOCK": 64, "GROUP": 8}));
    assert_eq!(package.build().len(), 2);
    package.triton(&["export", "--check"]).ok();

    // Configurations that the author takes away go away, and new ones come.
    package.write("kernels/k.py", TUNED.replace("(64, 128, 256)", "(32, 64, 256)"));
    let check = package.triton(&["export", "--check"]);
    assert_eq!(check.code, Some(1));
    for part in ["`kernels/k@block32_w1.ttir` would be written", "`kernels/k@block128_w4.json` would be removed"] {
        assert!(check.text().contains(part), "{part} is not in {}", check.text());
    }
    package.triton(&["export", "--again", "k"]).ok();
    assert_eq!(
        names(&package.path("kernels")),
        ["k.py", "k@block32_w1.json", "k@block32_w1.ttir", "k@block64_w2.json", "k@block64_w2.ttir"]
    );
    package.write(
        "kernels/k.py",
        TUNED.replace("@triton.autotune(", "def tuned(**_):\n    return lambda f: f\n\n@tuned("),
    );
    package.triton(&["export", "--again"]).error(&["--autotune is for a kernel with @triton.autotune"]);
}

#[test]
fn promises_are_variants_of_each_configuration() {
    let package = package(TUNED);
    let given = ["--arg", "stride_*=i32", "--arg", "n=i32", "--value", "n=208", "--autotune", "--variant", "any"];
    let ran = package
        .triton(&export(&[&given[..], &["--variant", "even:stride_x=i32:16,stride_y=i32:16,n=i32:16"]].concat()));
    let files = ["k@any_block128_w4", "k@any_block64_w2", "k@even_block128_w4", "k@even_block64_w2"];
    assert_eq!(ran.ok(), files.map(|stem| format!("kernels/{stem}.ttir\nkernels/{stem}.json\n")).concat());
    for (stem, promises) in files.into_iter().zip([[16, 1, 1, 1], [16, 1, 1, 1], [16; 4], [16; 4]]) {
        let made = of(&package, stem);
        let types = made["signature"].as_array().unwrap().iter().map(|one| one["divisible_by"].as_u64().unwrap());
        assert_eq!(types.collect::<Vec<_>>(), promises, "{stem}");
    }
    package.triton(&["export", "--check"]).ok();
    let declared = package.triton(&["declare", "k"]);
    assert!(declared.ok().contains("    #[interchangeable(BLOCK)]\n    pub fn k("), "{}", declared.text());

    // All of them are one order: a configuration that goes away goes away from both.
    package.write("kernels/k.py", TUNED.replace("(64, 128, 256)", "(64, 256)"));
    assert_eq!(package.triton(&["export", "--check"]).code, Some(1));
    package.triton(&["export", "--again", "k"]).ok();
    let left = names(&package.path("kernels"));
    assert_eq!(left, ["k.py", "k@any.json", "k@any.ttir", "k@even.json", "k@even.ttir"]);

    // Another type of an argument that a pattern has typed.
    let wide = [&given[..], &["--variant", "wide:stride_x=i64"]].concat();
    package.triton(&export(&wide)).ok();
    let wide = String::from_utf8(package.read("kernels/k@wide.ttir")).unwrap();
    assert!(wide.contains("%arg1: i64"), "{wide}");
}

const TUPLE: &str = "
import triton
import triton.language as tl

@triton.jit
def twice(x):
    return x * 2

@triton.jit
def k(x, strides, n: tl.int64, ACT: tl.constexpr, DTYPE: tl.constexpr):
    value = ACT(strides[0] * n + strides[1] + strides[2])
    tl.store(x + value, value.to(DTYPE))
";

#[test]
fn tuples_and_functions_are_arguments_and_annotations_are_types() {
    for version in ["3.3.1", "3.6.0", "3.9.0"] {
        installed(version);
        let package = package(TUPLE);
        let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
        package.write("Cargo.toml", cargo.replace("3.3.1", version));
        let given = ["--arg", "strides=(i32:16, i32, 3)", "--const", "DTYPE=tl.float32"];
        package.triton(&export(&given)).error(&["`ACT` is a tl.constexpr and has no value"]);
        package.triton(&export(&[&given[..], &["--const", "ACT=@thrice"]].concat())).error(&[
            "`@thrice` names a function with @triton.jit, and its module knows none of that name; it knows: k, twice",
        ]);
        package.triton(&export(&[&given[..], &["--const", "ACT=@twice"]].concat())).ok();
        let made = of(&package, "k");
        let signature = json!([
            {"name": "x", "type": "*fp32", "divisible_by": 16},
            {"name": "strides_0", "type": "i32", "divisible_by": 16},
            {"name": "strides_1", "type": "i32", "divisible_by": 1},
            {"name": "n", "type": "i64", "divisible_by": 1},
        ]);
        assert_eq!(made["signature"], signature);
        assert_eq!(made["constants"], json!({"ACT": "twice", "DTYPE": "tl.float32", "strides_2": 3}));
        assert_eq!(made["exported_from"]["told"]["constants"]["ACT"], "@twice");
        package.triton(&["export", "--check"]).ok();
        assert!(package.triton(&["inspect", "k"]).ok().contains("strides_0: i32:16, strides_1: i32, n: i64"));
        assert_eq!(package.build().len(), 1, "{version}");
    }
    let package = package(TUPLE);
    package
        .triton(&export(&["--arg", "strides=(i32:16, i31)"]))
        .error(&["argument `strides`: `i31` is no argument type"]);
    package
        .triton(&export(&["--arg", "strides=(i32:8, i32)", "--const", "ACT=@twice", "--const", "DTYPE=tl.float32"]))
        .error(&["`strides` is promised to be a multiple of 8"]);
}

#[test]
fn an_error_names_file_line_and_column() {
    let package = package(&TUPLE.replace("x * 2", "x * two"));
    let given = ["--arg", "strides=(i32, i32, 3)", "--const", "DTYPE=tl.float32", "--const", "ACT=@twice"];
    package
        .triton(&export(&given))
        .error(&["`kernels/k.py::k`: kernels/k.py:7:16:\n", "called from kernels/k.py:11:13"]);
    package.write("kernels/k.py", "import triton\n\nraise ValueError('no')\n");
    package.triton(&export(&given)).error(&["ValueError: no (kernels/k.py:3)"]);
    package.write("kernels/k.py", "import triton\n\n  x = 1\n");
    package.triton(&export(&given)).error(&["kernels/k.py:3:2: unexpected indent"]);
}

#[test]
fn a_family_is_a_kernel_for_each_type() {
    let package = package(&TUPLE.replace("strides[0] * n + strides[1] + strides[2]", "n"));
    let given = ["export", "kernels/k.py::k", "--arg", "x=*T:16", "--const", "strides=None", "--const", "ACT=@twice"];
    let family = [&given[..], &["--const", "DTYPE=tl.T", "--dtype", "T=fp16,bf16"]].concat();
    let ran = package.triton(&family);
    let files = ["k_fp16", "k_bf16"];
    assert_eq!(ran.ok(), files.map(|stem| format!("kernels/{stem}.ttir\nkernels/{stem}.json\n")).concat());
    let made = of(&package, "k_bf16");
    assert_eq!(made["family"], json!({"name": "k", "types": {"T": "bf16"}}));
    assert_eq!((&made["signature"][0]["type"], &made["constants"]["DTYPE"]), (&json!("*bf16"), &json!("tl.bfloat16")));
    package.triton(&["export", "--check"]).ok();
    assert_eq!(package.triton(&["export", "--again", "k_bf16"]).stderr, "0 of 1 kernels changed\n");
    assert_eq!(package.build().len(), 2);
    // One declaration is of both, and each can be declared alone.
    let declared = package.triton(&["declare"]);
    assert!(declared.ok().contains("fn k<T>(x: &mut [T], n: i64);"), "{}", declared.text());
    assert!(!declared.ok().contains("k_bf16"), "{}", declared.text());
    assert_eq!(package.triton(&["declare", "k"]).ok(), declared.ok());
    assert!(package.triton(&["declare", "k_bf16"]).ok().contains("fn k_bf16(x: &mut [bf16], n: i64);"));
    let shown = package.triton(&["inspect", "--json"]);
    let shown: Value = serde_json::from_str(shown.ok()).unwrap();
    assert_eq!(shown["kernels"][0]["family"], json!({"name": "k", "types": {"T": "bf16"}}));
    assert!(package.triton(&["inspect"]).ok().contains(", of the family `k` (T = bf16)"));
    // A file that says something else of the family is of another export.
    let text = String::from_utf8(package.read("kernels/k_bf16.json")).unwrap();
    package.write("kernels/k_bf16.sm_80.json", text.replace("\"T\": \"bf16\"", "\"U\": \"bf16\""));
    let ran = package.triton(&["inspect"]);
    let told = "it is of the family `k` (U = bf16) here, but of the family `k` (T = bf16) in `kernels/k_bf16.json`";
    assert!(ran.code == Some(1) && ran.stderr.contains(told), "{}", ran.stderr);
    std::fs::remove_file(package.path("kernels/k_bf16.sm_80.json")).unwrap();
    package
        .triton(&[&given[..], &["--const", "DTYPE=tl.T", "--dtype", "T=fp16,fp17"]].concat())
        .error(&["--dtype T: `fp17` is no argument type"]);
    package
        .triton(&[&given[..], &["--const", "DTYPE=tl.T", "--dtype", "U=fp16"]].concat())
        .error(&["nothing is of the type `U` that --dtype names"]);
    package.triton(&[&given[..], &["--dtype", "fp16"]].concat()).usage(&["names no types: expected NAME=TYPE"]);
}

#[test]
fn annotations_of_python_are_types_too_and_many_that_lack_one_are_one_message() {
    let package = package(
        "import triton\nimport triton.language as tl\n\n@triton.jit\ndef k(x_ptr: tl.tensor, y_ptr: tl.tensor, n: int, f: float, \
         low, high, A: tl.constexpr, B: tl.constexpr, C: tl.constexpr):\n    tl.store(x_ptr, f * n)\n",
    );
    package.triton(&["export", "kernels/k.py::k"]).error(&[
        "`x_ptr`, `y_ptr`, `low`, `high` have no type: give each, --arg x_ptr=TYPE (such as *fp32:16 or i32), for \
         several --arg '*_ptr=TYPE', or --const x_ptr=VALUE to fix it\n",
        "`A`, `B`, `C` are tl.constexpr and have no value: give each, --const A=VALUE",
    ]);
    let given = ["--const", "A=1", "--const", "B=1", "--const", "C=1", "--const", "low=0", "--const", "high=1"];
    let ran = package.triton(&[&["export", "kernels/k.py::k", "--arg", "*_ptr=*fp32"], &given[..]].concat());
    ran.ok();
    let told =
        "note: annotated as int, and taken as i32: `n`; for 64 bits, or to promise a multiple of 16, give --arg n=i64";
    assert!(ran.stderr.starts_with(told), "{}", ran.stderr);
    let types: Vec<_> =
        of(&package, "k")["signature"].as_array().unwrap().iter().map(|one| one["type"].clone()).collect();
    assert_eq!(types, ["*fp32", "*fp32", "i32", "fp32"]);
    package.triton(&["export", "--check"]).ok();
}

#[test]
fn who_prunes_is_told_what_is_known_of_the_gpu_and_no_more() {
    let text = TUNED.replace(
        "return [",
        "memory = triton.runtime.driver.active.utils.get_device_properties(0)['max_shared_mem']\n    return [",
    );
    let package = package(&text.replace("<= args['n']", "< memory // 1000"));
    let given = ["--arg", "stride_*=i32", "--arg", "n=i32", "--value", "n=64", "--autotune"];
    // 163 KB of sm_80 are for all of them but the largest.
    assert_eq!(package.triton(&export(&given)).ok().lines().count(), 4);
    let package = self::package(&text.replace("max_shared_mem", "multiprocessor_count"));
    package
        .triton(&export(&given))
        .error(&["`prune` chooses among the autotuner's configurations: it asks for the GPU's \
                                             `multiprocessor_count`, which an export can't know"]);
}
