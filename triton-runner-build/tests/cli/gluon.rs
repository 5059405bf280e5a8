//! Kernels in Gluon and TLX: exported as TTGIR, and built as Triton's own compiler makes them.

use std::process::Command;

use object::{Object as _, ObjectSection as _};

use crate::command::{installed, names};
use crate::package::Package;

const GLUON: &str = r#"from triton.experimental import gluon
from triton.experimental.gluon import language as gl


@gluon.jit
def row_softmax(x, out, stride, columns, BLOCK: gl.constexpr, LAYOUT: gl.constexpr):
    offsets = gl.arange(0, BLOCK, layout=LAYOUT)
    mask = offsets < columns
    row = gl.program_id(0)
    values = gl.load(x + row * stride + offsets, mask=mask, other=float("-inf"))
    values = gl.exp(values - gl.max(values, 0))
    gl.store(out + row * stride + offsets, values / gl.sum(values, 0), mask=mask)
"#;

const ARGS: [&str; 10] = [
    "export",
    "kernels/soft.py::row_softmax",
    "--arg=x=*fp32:16",
    "--arg=out=*fp32:16",
    "--arg=stride=i32:16",
    "--arg=columns=i32",
    "--const=BLOCK=1024",
    "--const=LAYOUT=gl.BlockedLayout([4], [32], [4], [0])",
    "--triton",
    "3.6.0",
];

/// What `triton.compile` of that version makes of the Python function, with no line info.
fn compiled(package: &Package, version: &str, program: &str) -> Vec<u8> {
    let toolchain = installed(version);
    package.write("compile.py", program);
    let mut python = Command::new(&toolchain.python);
    python.arg(package.path("compile.py")).arg(package.path("kernels")).arg(package.path("expected.cubin"));
    crate::command::clean(&mut python);
    python.env("PYTHONPATH", &toolchain.site).env("TRITON_CACHE_DIR", package.path("cache"));
    python.env("TRITON_DISABLE_LINE_INFO", "1").env("PYTHONDONTWRITEBYTECODE", "1");
    assert!(python.status().unwrap().success());
    package.read("expected.cubin")
}

const COMPILE: &str = r#"
import sys
sys.path.insert(0, sys.argv[1])
import triton
from triton.backends.compiler import GPUTarget
SOURCE
made = triton.compile(source, target=GPUTarget("cuda", 90, 32), options={})
open(sys.argv[2], "wb").write(made.asm["cubin"])
"#;

fn text(cubin: &[u8], kernel: &str) -> Vec<u8> {
    let file = object::File::parse(cubin).unwrap();
    file.section_by_name(&format!(".text.{kernel}")).unwrap().data().unwrap().to_vec()
}

#[test]
fn a_kernel_in_gluon_is_exported_as_ttgir_and_built_as_triton_compiles_it() {
    installed("3.6.0");
    let package = Package::new("archs = [\"sm_90\"]");
    package.write("kernels/soft.py", GLUON);
    let ran = package.triton(&ARGS);
    assert_eq!(ran.ok(), "kernels/row_softmax.sm_90.ttgir\nkernels/row_softmax.sm_90.json\n");
    let json: serde_json::Value = serde_json::from_slice(&package.read("kernels/row_softmax.sm_90.json")).unwrap();
    assert_eq!((&json["triton_version"], &json["target"]["arch"]), (&"3.6.0".into(), &90.into()));
    assert!(json["constants"]["LAYOUT"].as_str().unwrap().starts_with("BlockedLayout(size_per_thread=[4]"), "{json}");
    assert!(json.get("targets").is_none());
    let [(_, built)] = &package.build()[..] else { panic!("one image") };
    let source = "
import soft
from triton.experimental.gluon import language as gl
from triton.experimental.gluon._runtime import GluonASTSource
signature = {\"x\": \"*fp32\", \"out\": \"*fp32\", \"stride\": \"i32\", \"columns\": \"i32\", \"BLOCK\": \"constexpr\", \"LAYOUT\": \"constexpr\"}
constants = {(4,): 1024, (5,): gl.BlockedLayout([4], [32], [4], [0])}
promised = {(place,): [[\"tt.divisibility\", 16]] for place in (0, 1, 2)}
source = GluonASTSource(soft.row_softmax, signature, constants, promised)
";
    let expected = compiled(&package, "3.6.0", &COMPILE.replace("SOURCE", source));
    assert!(text(built, "row_softmax") == text(&expected, "row_softmax"));

    assert_eq!(package.triton(&["export", "--check"]).ok(), "");
    package.write("kernels/soft.py", GLUON.replace("gl.exp(", "gl.exp2("));
    let ran = package.triton(&["export", "--check"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("1 of 1 exported kernels are not what Python gives now"), "{}", ran.stderr);
    package.triton(&["export", "--again"]).ok();
    assert!(String::from_utf8(package.read("kernels/row_softmax.sm_90.ttgir")).unwrap().contains("math.exp2"));
}

#[test]
fn an_export_in_another_language_takes_the_place_of_the_files_before() {
    installed("3.6.0");
    let package = Package::new("archs = [\"sm_90\"]");
    package.write("kernels/soft.py", GLUON);
    let plain = "import triton\nimport triton.language as tl\n\n\n@triton.jit\ndef row_softmax(x, out, stride, columns, BLOCK: tl.constexpr, LAYOUT: tl.constexpr):\n    tl.store(out, tl.load(x))\n";
    package.triton(&ARGS).ok();
    package.write("kernels/soft.py", plain);
    package.triton(&ARGS).ok();
    assert_eq!(names(&package.path("kernels")), ["row_softmax.json", "row_softmax.ttir", "soft.py"]);
    package.write("kernels/soft.py", GLUON);
    package.triton(&ARGS).ok();
    assert_eq!(names(&package.path("kernels")), ["row_softmax.sm_90.json", "row_softmax.sm_90.ttgir", "soft.py"]);
    assert_eq!(package.build().len(), 1);
}

#[test]
fn what_a_triton_lacks_is_said_with_who_has_it() {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_90\"]");
    package.write("kernels/soft.py", GLUON);
    let ran = package.triton(&ARGS[..8]);
    ran.error(&[
        "its module needs Gluon, which Triton 3.3.1 does not have; Triton 3.4 and later have it: --triton 3.9.0",
    ]);
    for import in ["import triton.language.extra.tlx as tlx", "from triton.language.extra import tlx"] {
        package.write("kernels/a.py", format!("{import}\n"));
        let ran = package.triton(&["export", "kernels/a.py::a"]);
        ran.error(&["its module needs TLX, which Triton 3.3.1 does not have; fbtriton, a fork of Triton, has it: --triton 3.7.4+fb"]);
    }
    package
        .triton(&["setup", "--triton", "fbtriton-3.7.4"])
        .usage(&["fbtriton's is written as it calls itself, 3.7.4+fb"]);
}

#[test]
fn a_layout_is_of_gluons_names_and_literals_alone() {
    installed("3.6.0");
    let package = Package::new("archs = [\"sm_90\"]");
    package.write("kernels/soft.py", GLUON);
    for (layout, told) in [
        ("gl.NoLayout([4])", "has no attribute 'NoLayout'"),
        ("gl.BlockedLayout(open('x'))", "it may name things of `gl`, and literals"),
        ("gl.BlockedLayout([4]", "is nothing of Gluon's"),
    ] {
        let given = format!("--const=LAYOUT={layout}");
        let ran = package.triton(&[&ARGS[..7], &[given.as_str(), "--triton", "3.6.0"]].concat());
        ran.error(&[layout, told]);
    }
}

#[test]
fn ttgir_of_another_triton_is_an_error_until_the_kernel_says_so() {
    installed("3.6.0");
    let package = Package::add();
    package.write("kernels/soft.py", GLUON);
    let ran = package.triton(&[&ARGS[..], &["--arch", "sm_90"]].concat());
    ran.ok();
    let told = "set `triton = \"3.6.0\"` in [package.metadata.triton-runner.kernel.row_softmax]";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    let archs = "\n[package.metadata.triton-runner.kernel.row_softmax]\narchs = [\"sm_90\"]\n";
    package.write("Cargo.toml", format!("{cargo}{archs}"));
    let errors = package.build_errors();
    let [error] = &errors[..] else { panic!("{errors:?}") };
    assert!(error.contains("it was made by Triton 3.6.0, but Triton 3.3.1 lowers here"), "{error}");
    package.write("Cargo.toml", format!("{cargo}{archs}triton = \"3.6.0\"\n"));
    assert_eq!(package.build().len(), 3);
    // The setting holds for exports too.
    package.triton(&["export", "--check", "row_softmax"]).ok();
}

const TLX: &str = r#"import triton
import triton.language as tl
import triton.language.extra.tlx as tlx


@triton.jit
def scaled(x, out, factor, BLOCK: tl.constexpr):
    tiles = tlx.local_alloc((BLOCK,), tl.float32, 1)
    offsets = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tlx.local_store(tiles[0], tl.load(x + offsets))
    tl.store(out + offsets, tlx.local_load(tiles[0]) * factor)
"#;

#[test]
#[ignore = "installs fbtriton 3.7.4"]
fn a_kernel_in_tlx_is_exported_and_built_beside_others_as_fbtriton_compiles_it() {
    installed("3.7.4+fb");
    let package = Package::add();
    package.write("kernels/scaled.py", TLX);
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package
        .write("Cargo.toml", format!("{cargo}\n[package.metadata.triton-runner.kernel.scaled]\narchs = [\"sm_90\"]\n"));
    let args =
        ["export", "kernels/scaled.py::scaled", "--triton", "3.7.4+fb", "--arg=x=*fp32:16", "--arg=out=*fp32:16"];
    package.triton(&[&args[..], &["--arg=factor=fp32", "--const=BLOCK=256"]].concat()).ok();
    let built = package.build();
    let (_, image) = built.iter().find(|(name, _)| name.starts_with("scaled")).unwrap();
    let source = "
import scaled
from triton.compiler import ASTSource
signature = {\"x\": \"*fp32\", \"out\": \"*fp32\", \"factor\": \"fp32\", \"BLOCK\": \"constexpr\"}
promised = {(place,): [[\"tt.divisibility\", 16]] for place in (0, 1)}
source = ASTSource(scaled.scaled, signature, {(3,): 256}, promised)
";
    let expected = compiled(&package, "3.7.4+fb", &COMPILE.replace("SOURCE", source));
    assert!(text(image, "scaled") == text(&expected, "scaled"));

    // Its cache has TTIR with operations of a GPU's dialect, and a signature of its own.
    let of_cache = Package::new("triton = \"3.3.1\"\narchs = [\"sm_90\"]");
    let cache = package.path("cache");
    let python = package.path("kernels/scaled.py");
    let from = format!("{}::scaled", python.display());
    for level in ["ttir", "ttgir", "ptx"] {
        let take = ["export", "--from-cache", cache.to_str().unwrap(), "--level", level, "--out", "kernels"];
        let unnamed = of_cache.triton(&take);
        unnamed.ok();
        assert!(unnamed.stderr.contains("parameter 4 is 256"), "{}", unnamed.stderr);
        of_cache.triton(&[&take[..], &["--from", &from]].concat()).ok();
        let json = if level == "ttir" { "scaled.json" } else { "scaled.sm_90.json" };
        let json: serde_json::Value = serde_json::from_slice(&of_cache.read(&format!("kernels/{json}"))).unwrap();
        assert_eq!(json["constants"], serde_json::json!({"BLOCK": 256}), "{level}");
        assert_eq!(
            json["signature"][0],
            serde_json::json!({"name": "x", "type": "*fp32", "divisible_by": 16}),
            "{level}"
        );
        let [(_, image)] = &of_cache.build()[..] else { panic!("one image") };
        assert!(text(image, "scaled") == text(&expected, "scaled"), "{level}");
        for file in names(&of_cache.path("kernels")) {
            std::fs::remove_file(of_cache.path("kernels").join(file)).unwrap();
        }
    }

    // Nobody else lowers that TTIR.
    let take = ["export", "--from-cache", cache.to_str().unwrap(), "--level", "ttir", "--out", "kernels"];
    of_cache.triton(&take).ok();
    let cargo = String::from_utf8(of_cache.read("Cargo.toml")).unwrap();
    of_cache
        .write("Cargo.toml", format!("{cargo}\n[package.metadata.triton-runner.kernel.scaled]\ntriton = \"3.3.1\"\n"));
    let errors = of_cache.build_errors();
    assert!(errors[0].contains("it holds operations of a GPU's dialect, as TTIR of TLX does"), "{errors:?}");
}
