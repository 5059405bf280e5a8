//! `cargo triton sign`: folders as Triton's cache has them, with a JSON that knows no arguments, and the Python function.

use serde_json::{Map, Value, json};

use crate::package::Package;

const PYTHON: &str = r#"import torch
import triton
import triton.language as tl
import a_package_that_nobody_has

DEVICE = triton.runtime.driver.active.get_active_torch_device()


@a_package_that_nobody_has.jit
def add_kernel(x_ptr, y_ptr, out_ptr, n: int, BLOCK: tl.constexpr = 1024):
    raise RuntimeError("nobody runs this")


def typed(first: "*fp16", second: tl.float32, third: tl.uint8, bias=None, MODE: "tl.constexpr" = "fast"):
    pass
"#;

const ARGS: [&str; 4] = ["--from", "add.py::add_kernel", "--arg=*_ptr=*fp32:16", "--arg=n=i32"];

/// Vector addition at a level below TTIR, with a JSON of Triton's keys alone.
fn lowered(level: &str) -> (Package, Vec<u8>) {
    let package = Package::add();
    let expected = package.build();
    let (_, expected) = expected.into_iter().find(|(name, _)| name.contains("sm_90")).unwrap();
    let file = format!("kernels/add_kernel.sm_90.{level}");
    package.triton(&["lower", "kernels/add_kernel.ttir", "--arch", "sm_90", "--emit", level, "-o", &file]).ok();
    for old in ["add_kernel.ttir", "add_kernel.json"] {
        std::fs::remove_file(package.path("kernels").join(old)).unwrap();
    }
    let mut json: Map<String, Value> = read(&package);
    for key in ["signature", "constants", "sha256", "exported_from"] {
        json.remove(key);
    }
    package.write("kernels/add_kernel.sm_90.json", serde_json::to_vec(&json).unwrap());
    package.write("add.py", PYTHON);
    package.write("Cargo.toml", String::from_utf8(package.read("Cargo.toml")).unwrap().replace("\"sm_80\", ", ""));
    (package, expected)
}

fn read(package: &Package) -> Map<String, Value> {
    serde_json::from_slice(&package.read("kernels/add_kernel.sm_90.json")).unwrap()
}

#[test]
fn every_level_below_ttir_gets_its_signature_from_the_functions_text() {
    for level in ["llir", "ptx", "cubin"] {
        let (package, expected) = lowered(level);
        let file = format!("kernels/add_kernel.sm_90.{level}");
        assert!(package.build_errors()[0].contains("no file says what its arguments are"));
        let ran = package.triton(&[&["sign", &file], &ARGS[..]].concat());
        assert_eq!(ran.ok(), "kernels/add_kernel.sm_90.json\n");
        let told = "(x_ptr: *fp32:16, y_ptr: *fp32:16, out_ptr: *fp32:16, n: i32)";
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        let json = read(&package);
        assert_eq!(json["constants"], json!({"BLOCK": 1024}), "{level}");
        assert_eq!(json["signature"][3], json!({"name": "n", "type": "i32", "divisible_by": 1}), "{level}");
        let [(_, built)] = &package.build()[..] else { panic!("one image") };
        assert!(*built == expected, "{level}");
    }
}

#[test]
fn what_is_missing_or_contradicts_is_said_and_nothing_is_written() {
    let (package, _) = lowered("ptx");
    let before = package.read("kernels/add_kernel.sm_90.json");
    let sign = |from: &str, args: &[&str]| {
        let from = format!("add.py::{from}");
        package.triton(&[&["sign", "kernels/add_kernel.sm_90.ptx", "--from", &from], args].concat())
    };
    sign("add_kernel", &[]).error(&["`x_ptr`, `y_ptr`, `out_ptr` have no type: give each, --arg x_ptr=TYPE"]);
    for (args, told) in [
        (&["--arg=*_ptr=*fp32", "--arg=n=i64"][..], "the kernel's parameters are not the arguments"),
        (&["--arg=*_ptr=*fp32", "--const=n=7"], "the kernel's parameters are not the arguments"),
        (&["--arg=*_ptr=*fp32", "--arg=n=i32", "--const=n=7"], "`n` is given as an argument and as a constant"),
        (&["--arg=*_ptr=*fp32", "--arg=x*=*fp16", "--arg=n=i32"], "say different things of `x_ptr`"),
        (&["--arg=z=*fp32"], "the function has no argument `z`; it has: x_ptr, y_ptr, out_ptr, n, BLOCK"),
        (&["--arg=BLOCK=i32"], "`BLOCK` is a tl.constexpr: give its value, --const BLOCK=VALUE"),
        (&["--const=SIZE=1"], "the function has no parameter `SIZE`"),
    ] {
        sign("add_kernel", args).error(&[told]);
    }
    sign("add", &[]).error(&["`add.py` has no function `add`; with decorators it has: add_kernel"]);
    assert_eq!(package.read("kernels/add_kernel.sm_90.json"), before);
}

#[test]
fn ir_beside_a_file_knows_types_and_promises() {
    let (package, _) = lowered("ptx");
    package.copy("examples/vector-add/kernels/add_kernel.ttir", "add_kernel.sm_90.ttir");
    let ran = package.triton(&["sign", "kernels/add_kernel.sm_90.ptx", "--from", "add.py::add_kernel"]);
    ran.ok();
    assert_eq!(read(&package)["signature"][0], json!({"name": "x_ptr", "type": "*fp32", "divisible_by": 16}));
    let wrong = ["sign", "kernels/add_kernel.sm_90.ptx", "--from", "add.py::add_kernel", "--arg=x_ptr=*fp16"];
    package.triton(&wrong).error(&["`x_ptr` is *fp32 in kernels/add_kernel.sm_90.ttir, and *fp16 by --arg"]);
}
