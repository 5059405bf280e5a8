//! `exports.toml`: what is exported, declared.

use crate::command::names;
use crate::package::Package;

const KERNELS: &str = "
import torch
import triton
import triton.language as tl

WIDE = torch.cuda.get_device_capability()[0] >= 9

@triton.jit
def add(x, y, n, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + i, tl.load(x + i, mask=i < n) + tl.load(y + i, mask=i < n), mask=i < n)

@triton.jit
def fill(x, VALUE: tl.constexpr, BLOCK: tl.constexpr):
    tl.store(x + tl.arange(0, BLOCK), VALUE)

def launch(x: torch.Tensor) -> torch.Tensor:
    return x
";

const DECLARED: &str = "
[add]
kernel = \"../python/some.py::add\"
args = { \"*\" = \"*T:16\", n = \"i32\" }
constants = { BLOCK = 1024 }
options = { num_warps = 2 }
dtypes = { T = [\"fp16\", \"fp32\"] }
stand-in = [\"torch\"]

[fill]
kernel = \"../python/some.py::fill\"
args = { x = \"*fp32\" }
constants = { VALUE = \"-inf\", BLOCK = 64 }
stand-in = [\"torch\"]
[fill.variants]
small = { BLOCK = 32, num_warps = 1 }
aligned = { x = \"*fp32:16\" }
";

fn package(declared: &str) -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\"]");
    package.write("python/some.py", KERNELS);
    package.write("kernels/exports.toml", declared);
    package
}

#[test]
fn one_command_exports_what_is_declared_and_a_change_in_it_is_noticed() {
    let package = package(DECLARED);
    package.triton(&["export"]).ok();
    let stems = ["add_fp16", "add_fp32", "fill@aligned", "fill@small"];
    let mut expected: Vec<_> = stems.iter().flat_map(|stem| [format!("{stem}.json"), format!("{stem}.ttir")]).collect();
    expected.push("exports.toml".into());
    expected.sort();
    assert_eq!(names(&package.path("kernels")), expected);
    assert_eq!(package.build().len(), 4);
    let json: serde_json::Value = serde_json::from_slice(&package.read("kernels/fill@aligned.json")).unwrap();
    assert_eq!(json["constants"], serde_json::json!({"VALUE": {"float": "-inf"}, "BLOCK": 64}));
    assert_eq!(json["signature"][0]["divisible_by"], 16);
    assert_eq!(package.triton(&["export", "--check"]).ok(), "");
    package.write("kernels/exports.toml", DECLARED.replace("BLOCK = 1024", "BLOCK = 512"));
    let check = package.triton(&["export", "--check"]);
    assert_eq!(check.code, Some(1));
    let told = "kernel `add_fp16`: `kernels/add_fp16.json` would change: `constants` is {\"BLOCK\":1024} and becomes {\"BLOCK\":512}";
    assert!(check.text().contains(told), "{}", check.text());
    assert!(!check.text().contains("fill"), "{}", check.text());
    assert_eq!(package.triton(&["export"]).stderr, "2 of 3 kernels changed\n");
    // The Python file is named from the kernels' folder, and a change in it is told with the kernel's name.
    package.write("python/some.py", KERNELS.replace("VALUE)", "VALUE + 1)"));
    let out = tempfile::tempdir().unwrap();
    let built = triton_runner_build::Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    let told = "run `cargo triton export --again fill`";
    assert!(built.warnings.iter().any(|warning| warning.ends_with(told)), "{:?}", built.warnings);
    package.triton(&["export", "--again", "fill"]).ok();
    // A variant that is declared no more goes away.
    package.write("kernels/exports.toml", DECLARED.replace("small = { BLOCK = 32, num_warps = 1 }\n", ""));
    let check = package.triton(&["export", "--check", "fill"]);
    let told = "kernel `fill`: `kernels/fill@small.json` would be removed\nkernel `fill`: `kernels/fill@small.ttir` would be removed\n";
    assert_eq!((check.code, check.text()), (Some(1), told));
    package.triton(&["export"]).ok();
    assert!(!package.path("kernels/fill@small.ttir").exists());
}

#[test]
fn what_is_wrong_in_it_is_named() {
    for (declared, parts) in [
        ("[add]\nkernel = \"some.py\"\n", &["[add]: `kernel` is \"some.py\": expected the file and the function"][..]),
        ("[add]\nkernal = \"some.py::add\"\n", &["unknown field `kernal`", "line 2"]),
        ("[\"a-b\"]\nkernel = \"some.py::add\"\n", &["`a-b` can't name a kernel's files"]),
        ("[add]\nkernel = \"some.py::add\"\nargs = { x = \"\" }\n", &["[add]: `x=` is no argument"]),
        ("[add]\nkernel = \"some.py::add\"\nvariants.\"a-b\" = {}\n", &["`a-b` can't name a variant"]),
        ("[add]\nkernel = \"some.py::add\"\n", &["kernel `add`: `kernels/some.py::add`: there is no such file"]),
    ] {
        let parts = [&["exports.toml`"][..], parts].concat();
        let parts = if declared.ends_with("add\"\n") && !declared.contains("a-b") { &parts[1..] } else { &parts };
        package(declared).triton(&["export"]).error(parts);
    }
    let none = Package::new("archs = [\"sm_80\"]");
    none.triton(&["export"])
        .error(&["there is nothing to export: name a kernel, `cargo triton export kernels/add.py::add_kernel`"]);
}

#[test]
fn torch_need_not_be_there_and_what_it_decides_is_told() {
    let package = package(DECLARED);
    let args = ["export", "python/some.py::fill", "--out", "kernels", "--arg", "x=*fp32", "--const", "VALUE=1.0"];
    let args = [&args[..], &["--const", "BLOCK=64"]].concat();
    package.triton(&args).error(&["needs the Python package `torch`", "--python", "(--stand-in torch)"]);
    let stands = [&args[..], &["--stand-in", "torch"]].concat();
    // The capability is that of the GPU that the kernel is for: nothing is guessed.
    let ran = package.triton(&stands);
    ran.ok();
    assert_eq!(ran.stderr, "");
    let guess = KERNELS.replace("torch.cuda.get_device_capability()[0] >= 9", "1 if torch.version.hip else 2");
    package.write("python/some.py", guess);
    let ran = package.triton(&stands);
    ran.ok();
    let told = "note: what stands in for `torch` is false, and something is decided by it: python/some.py:6\n";
    assert_eq!(ran.stderr, told);
    package.write(
        "python/some.py",
        KERNELS.replace(
            "x, VALUE: tl.constexpr, BLOCK: tl.constexpr",
            "x, BLOCK: tl.constexpr, VALUE: tl.constexpr = torch.pi",
        ),
    );
    let at = stands.iter().position(|text| *text == "VALUE=1.0").unwrap();
    let given = [&stands[..at - 1], &stands[at + 1..]].concat();
    package
        .triton(&given)
        .error(&["`VALUE` is something of what stands in for `torch`: give its value, --const VALUE=VALUE"]);
}
