//! `cargo triton export` for several GPUs: one text is one file, several are a file for each.

use serde_json::Value;
use triton_runner_build::Builder;

use crate::command::{Ran, installed, names};
use crate::package::Package;

const SCALE: &str = "
import triton
import triton.language as tl

@triton.jit
def scale(x, n, factor, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    tl.store(x + i, tl.load(x + i, mask=i < n) * factor, mask=i < n)
";

/// The GPU decides while the module is imported.
const BRANCH_AT_IMPORT: &str = "
import triton
import triton.language as tl

HOPPER = tl.constexpr(triton.runtime.driver.active.get_current_target().arch >= 90)

@triton.jit
def scale(x, n, factor, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if HOPPER:
        factor *= 2
    tl.store(x + i, tl.load(x + i, mask=i < n) * factor, mask=i < n)
";

/// The GPU decides while the kernel is compiled.
const BRANCH: &str = "
import triton
import triton.language as tl

@triton.jit
def scale(x, n, factor, BLOCK: tl.constexpr):
    i = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    if tl.target_info.cuda_capability_geq(9, 0):
        factor *= 2
    tl.store(x + i, tl.load(x + i, mask=i < n) * factor, mask=i < n)
";

const FP8: &str = "
import triton
import triton.language as tl

@triton.jit
def product(a, b, c, N: tl.constexpr):
    i = tl.arange(0, N)[:, None] * N + tl.arange(0, N)[None, :]
    tl.store(c + i, tl.dot(tl.load(a + i), tl.load(b + i)))
";

const DESCRIPTOR: &str = "
import triton
import triton.language as tl

@triton.jit
def copy(x, out, rows, columns, B: tl.constexpr):
    source = tl.make_tensor_descriptor(x, shape=[rows, columns], strides=[columns, 1], block_shape=[B, B])
    target = tl.make_tensor_descriptor(out, shape=[rows, columns], strides=[columns, 1], block_shape=[B, B])
    row = tl.program_id(0) * B
    target.store([row, 0], source.load([row, 0]))
";

const SCALE_ARGS: [&str; 10] = [
    "export",
    "kernels/scale.py::scale",
    "--arg",
    "x=*fp32:16",
    "--arg",
    "n=i32",
    "--arg",
    "factor=fp32",
    "--const",
    "BLOCK=64",
];

fn package(archs: &str, file: &str, text: &str) -> Package {
    let package = Package::new(&format!("triton = \"3.3.1\"\narchs = [{archs}]"));
    package.write(file, text);
    package
}

fn json(package: &Package, name: &str) -> Value {
    serde_json::from_slice(&package.read(&format!("kernels/{name}.json"))).unwrap()
}

fn text(package: &Package, name: &str) -> String {
    String::from_utf8(package.read(&format!("kernels/{name}.ttir"))).unwrap()
}

#[test]
fn one_text_is_one_file_and_its_json_lists_the_packages_gpus() {
    let package = package("\"sm_120\", \"sm_80\", \"sm_90\"", "kernels/scale.py", SCALE);
    let ran = package.triton(&SCALE_ARGS);
    assert_eq!((ran.ok(), ran.stderr.as_str()), ("kernels/scale.ttir\nkernels/scale.json\n", ""));
    assert_eq!(json(&package, "scale")["targets"], serde_json::json!(["sm_80", "sm_90", "sm_120"]));
    assert_eq!(package.build().len(), 3);

    // For another one nothing is known, until it is exported again.
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("\"sm_120\"", "\"sm_86\""));
    let errors = package.build_errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    for part in [
        "kernel `scale`, `kernels/scale.json` for sm_86: `targets` lists sm_80, sm_90, sm_120, and not sm_86",
        "export again with `--arch sm_86` beside the others",
    ] {
        assert!(errors[0].contains(part), "{part} is not in {}", errors[0]);
    }
    package.triton(&["lock"]).error(&["and not sm_86"]);
    assert!(package.triton(&["doctor"]).text().contains("and not sm_86"));
    assert!(package.triton(&["inspect", "scale"]).stderr.contains("and not sm_86"));
    let lower = ["lower", "kernels/scale.ttir", "--arch", "sm_75", "-o", "out.cubin"];
    package.triton(&lower).error(&["and not sm_75"]);
    package.triton(&SCALE_ARGS).ok();
    assert_eq!(package.build().len(), 3);

    // Named ones are in place of the package's, each once and in order.
    package.triton(&[&SCALE_ARGS[..], &["--arch", "sm_90", "--arch", "sm_75", "--arch", "sm_90"]].concat()).ok();
    assert_eq!(json(&package, "scale")["targets"], serde_json::json!(["sm_75", "sm_90"]));
}

#[test]
fn a_kernel_for_some_gpus_only_is_exported_for_those() {
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", SCALE);
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo + "ptx = [\"sm_75\"]\nkernel.scale = { archs = [\"sm_90\"] }\n");
    package.triton(&SCALE_ARGS).ok();
    assert_eq!(json(&package, "scale")["targets"], serde_json::json!(["sm_75", "sm_90"]));
}

#[test]
fn where_no_package_names_a_gpu_it_is_said_which_one_it_is() {
    let package = Package::new("");
    package.write("kernels/scale.py", SCALE);
    let ran = package.triton(&SCALE_ARGS);
    ran.ok();
    assert!(ran.stderr.contains("it is exported for sm_90; name other GPUs with `--arch`"), "{}", ran.stderr);
    assert_eq!(json(&package, "scale")["targets"], serde_json::json!(["sm_90"]));
}

/// A file for each, of which a build takes the right one.
#[track_caller]
fn a_file_for_each(package: &Package, ran: &Ran, stem: &str, archs: [&str; 2], only_in_second: &str) {
    let expected: String =
        archs.map(|arch| format!("kernels/{stem}.{arch}.ttir\nkernels/{stem}.{arch}.json\n")).concat();
    assert_eq!(ran.ok(), expected);
    for (arch, has) in archs.into_iter().zip([false, true]) {
        assert_eq!(json(package, &format!("{stem}.{arch}"))["targets"], serde_json::json!([arch]));
        assert_eq!(text(package, &format!("{stem}.{arch}")).contains(only_in_second), has, "{arch}");
    }
    let out = tempfile::tempdir().unwrap();
    let built = Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap();
    assert_eq!(built.warnings, [""; 0]);
    let images = &built.manifest().kernels[0].images;
    let sources: Vec<_> = images.iter().map(|image| image.source.as_str()).collect();
    assert_eq!(sources, archs.map(|arch| format!("kernels/{stem}.{arch}.ttir")));
}

#[test]
fn a_module_that_asks_for_the_gpu_while_it_is_imported_is_imported_for_each() {
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", BRANCH_AT_IMPORT);
    let ran = package.triton(&SCALE_ARGS);
    a_file_for_each(&package, &ran, "scale", ["sm_80", "sm_90"], "2.000000e+00");
}

#[test]
fn a_kernel_that_asks_for_the_gpu_gets_a_file_for_each() {
    installed("3.6.0");
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", BRANCH);
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("3.3.1", "3.6.0"));
    let ran = package.triton(&[&SCALE_ARGS[..], &["--triton", "3.6.0"]].concat());
    a_file_for_each(&package, &ran, "scale", ["sm_80", "sm_90"], "2.000000e+00");
}

#[test]
fn a_product_of_fp8_gets_a_file_for_each() {
    let package = package("\"sm_89\", \"sm_90\"", "kernels/product.py", FP8);
    let args = ["--arg", "a=*fp8e4nv:16", "--arg", "b=*fp8e4nv:16", "--arg", "c=*fp32:16", "--const", "N=64"];
    let ran = package.triton(&[&["export", "kernels/product.py::product"], &args[..]].concat());
    a_file_for_each(&package, &ran, "product", ["sm_89", "sm_90"], "maxNumImpreciseAcc");

    // The same text with nothing but Triton's own JSON, for the other GPU: it is known to be another one there.
    std::fs::rename(package.path("kernels/product.sm_89.ttir"), package.path("kernels/product.ttir")).unwrap();
    let target = serde_json::json!({"backend": "cuda", "arch": 89, "warp_size": 32});
    let own = serde_json::json!({"name": "product", "num_warps": 4, "num_stages": 3, "num_ctas": 1,
        "target": target, "triton_version": "3.3.1"});
    package.write("kernels/product.json", own.to_string());
    for name in ["product.sm_89.json", "product.sm_90.ttir", "product.sm_90.json"] {
        std::fs::remove_file(package.path(&format!("kernels/{name}"))).unwrap();
    }
    let errors = package.build_errors().concat();
    assert!(errors.contains("Triton's frontend made `kernels/product.ttir` for sm_89, and for sm_90"), "{errors}");
    assert!(errors.contains("`maxNumImpreciseAcc`"), "{errors}");
}

#[test]
fn descriptors_that_the_kernel_makes_get_a_file_for_each() {
    installed("3.6.0");
    let package = package("\"sm_80\", \"sm_90\"", "kernels/copy.py", DESCRIPTOR);
    let cargo = String::from_utf8(package.read("Cargo.toml")).unwrap();
    package.write("Cargo.toml", cargo.replace("3.3.1", "3.6.0"));
    let args = ["--arg", "x=*fp16:16", "--arg", "out=*fp16:16", "--arg", "rows=i32", "--arg", "columns=i32:16"];
    let ran = package
        .triton(&[&["export", "kernels/copy.py::copy", "--triton", "3.6.0", "--const", "B=64"], &args[..]].concat());
    a_file_for_each(&package, &ran, "copy", ["sm_80", "sm_90"], "tt.make_tensor_descriptor");
}

#[test]
fn files_of_an_earlier_export_that_would_win_are_replaced() {
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", BRANCH_AT_IMPORT);
    package.triton(&SCALE_ARGS).ok();
    package.write("kernels/scale.py", SCALE);
    let ran = package.triton(&SCALE_ARGS);
    ran.ok();
    assert_eq!(names(&package.path("kernels")), ["scale.json", "scale.py", "scale.ttir"]);
    assert_eq!(ran.stderr.matches("note: removed `kernels/scale.sm_").count(), 4, "{}", ran.stderr);
    package.write("kernels/scale.py", BRANCH_AT_IMPORT);
    package.triton(&SCALE_ARGS).ok();
    let both = ["scale.py", "scale.sm_80.json", "scale.sm_80.ttir", "scale.sm_90.json", "scale.sm_90.ttir"];
    assert_eq!(names(&package.path("kernels")), both);

    // One that somebody has changed, or made, is theirs.
    package.write("kernels/scale.sm_90.ttir", text(&package, "scale.sm_90") + "// mine\n");
    package.write("kernels/scale.py", SCALE);
    package.triton(&SCALE_ARGS).error(&["`kernels/scale.sm_90.ttir` is there, and a build for sm_90 takes it"]);
    assert_eq!(names(&package.path("kernels")), both);
}

#[test]
fn an_error_for_one_of_several_gpus_names_it() {
    let text = SCALE.replace("    i = tl", "    tl.static_assert(HOPPER)\n    i = tl");
    let text = text.replace(
        "@triton",
        "HOPPER = tl.constexpr(triton.runtime.driver.active.get_current_target().arch >= 90)\n@triton",
    );
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", &text);
    package.triton(&SCALE_ARGS).error(&["`kernels/scale.py::scale` for sm_80: "]);
    assert_eq!(names(&package.path("kernels")), ["scale.py"]);
}

#[test]
fn tritons_own_json_names_one_gpu_and_for_others_that_is_said() {
    let package = package("\"sm_80\", \"sm_90\"", "kernels/scale.py", SCALE);
    package.triton(&[&SCALE_ARGS[..], &["--arch", "sm_90"]].concat()).ok();
    let target = serde_json::json!({"backend": "cuda", "arch": 90, "warp_size": 32});
    let own = serde_json::json!({"name": "scale", "num_warps": 4, "num_stages": 3, "num_ctas": 1,
        "target": target, "triton_version": "3.3.1"});
    package.write("kernels/scale.json", own.to_string());
    let out = tempfile::tempdir().unwrap();
    let warnings = || Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap().warnings;
    let told = warnings();
    assert_eq!(told.len(), 1, "{told:?}");
    for part in [
        "kernel `scale`, `kernels/scale.json`: Triton's frontend ran for sm_90, and nothing says that its TTIR is the same for sm_80",
        "`--arch sm_90 --arch sm_80`",
        "add \"targets\" to the JSON",
    ] {
        assert!(told[0].contains(part), "{part} is not in {}", told[0]);
    }
    assert!(package.triton(&["lock"]).stderr.contains("Triton's frontend ran for sm_90"));
    let lower = |arch| package.triton(&["lower", "kernels/scale.ttir", "--arch", arch, "-o", "made/scale.cubin"]);
    assert!(lower("sm_80").stderr.contains("warning: kernel `scale`, `kernels/scale.json`: Triton's frontend ran for"));
    assert!(!lower("sm_90").stderr.contains("warning"));
    let mut stated = own;
    stated["targets"] = serde_json::json!(["sm_80", "sm_90"]);
    package.write("kernels/scale.json", stated.to_string());
    package.triton(&["lock"]).ok();
    assert_eq!(warnings(), [""; 0]);
}
