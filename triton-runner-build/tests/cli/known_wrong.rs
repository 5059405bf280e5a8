//! Kernels that a Triton is known to compile wrongly: said by export, build, lock and doctor, and of no others.

use triton_runner_build::Builder;

use crate::command::installed;
use crate::package::Package;

/// A kernel of this name for two GPUs, with Triton 3.6.0; what the export says.
fn exported(name: &str) -> (Package, String) {
    installed("3.6.0");
    let package = Package::new("triton = \"3.6.0\"\narchs = [\"sm_80\", \"sm_90\"]");
    let text =
        format!("import triton\nimport triton.language as tl\n\n@triton.jit\ndef {name}(x):\n    tl.store(x, 1.0)\n");
    package.write("kernels/k.py", text);
    let kernel = format!("kernels/k.py::{name}");
    let ran = package.triton(&["export", &kernel, "--arg", "x=*fp32", "--name", "backward", "--triton", "3.6.0"]);
    ran.ok();
    (package, ran.stderr)
}

fn warnings(package: &Package) -> Vec<String> {
    let out = tempfile::tempdir().unwrap();
    Builder::new().package(package.folder()).out_dir(out.path()).compile().unwrap().warnings
}

#[test]
fn a_kernel_of_the_table_is_told_of_wherever_it_is_made() {
    let (package, said) = exported("chunk_bwd_kernel_dqkwg");
    let wrong = "wrong gradients in the gated backward pass: known of Triton 3.4.0 and later, right in 3.7.1 (flash-linear-attention";
    assert!(
        said.contains(&format!("note: Triton 3.6.0 compiles `chunk_bwd_kernel_dqkwg` wrongly for sm_90: {wrong}")),
        "{said}"
    );
    let told = warnings(&package);
    let expected =
        format!("kernel `backward` for sm_90: Triton 3.6.0 compiles `chunk_bwd_kernel_dqkwg` wrongly there: {wrong}");
    assert!(told.len() == 1 && told[0].starts_with(&expected), "{told:?}");
    let doctor = package.triton(&["doctor"]);
    assert!(doctor.text().contains(&expected), "{}", doctor.text());
    let lock = package.triton(&["lock"]);
    lock.ok();
    assert!(lock.stderr.contains(&expected), "{}", lock.stderr);
}

#[test]
fn other_kernels_are_not_and_the_doctor_tells_what_is_known_of_the_compiler() {
    let (package, said) = exported("chunk_bwd_kernel");
    assert_eq!(said, "");
    assert_eq!(warnings(&package), [""; 0]);
    let doctor = package.triton(&["doctor"]);
    let text = doctor.text();
    assert!(
        text.contains("demo: Triton 3.6.0 for sm_90: products (tl.dot) whose first operand is in registers"),
        "{text}"
    );
    assert!(!text.contains("Triton 3.6.0 for sm_80"), "{text}");
}
