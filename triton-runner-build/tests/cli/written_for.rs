//! A JSON that an export wrote is for the file that it wrote it for.

use crate::package::Package;

const KERNEL: &str = "
import triton
import triton.language as tl

@triton.jit
def fill(x, BLOCK: tl.constexpr):
    tl.store(x + tl.program_id(0) * BLOCK + tl.arange(0, BLOCK), 1.0)
";

fn exported(block: u32) -> Package {
    let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]");
    package.write("kernels/fill.py", KERNEL);
    let block = format!("BLOCK={block}");
    package.triton(&["export", "kernels/fill.py::fill", "--arg", "x=*fp32", "--const", &block]).ok();
    package
}

#[test]
fn the_json_of_another_export_is_refused_by_every_command_and_the_build() {
    let package = exported(1024);
    package.triton(&["lock"]).ok();
    package.write("kernels/fill.json", exported(4096).read("kernels/fill.json"));
    let parts = [
        "`kernels/fill.json`",
        "it was written for another `.ttir` than `kernels/fill.ttir`: for one with SHA-256 ",
        "export again, which writes both",
    ];
    let errors = package.build_errors();
    assert_eq!(errors.len(), 1, "{errors:?}");
    parts.iter().for_each(|part| assert!(errors[0].contains(part), "{part} is not in {}", errors[0]));
    package.triton(&["lower", "kernels/fill.ttir", "--arch", "sm_90", "-o", "out.cubin"]).error(&parts);
    for command in
        [&["inspect"][..], &["inspect", "kernels/fill.ttir", "--arch", "sm_90"], &["dump", "fill", "--level", "ttir"]]
    {
        package.triton(command).error(&parts);
    }
    let run = ["run", "kernels/fill.ttir", "--grid", "1", "--arg", "x=zeros:f32[1024]"];
    package.triton(&run).error(&parts);
    for command in [&["lock"][..], &["lock", "--check"]] {
        package.triton(command).error(&parts);
    }
    let doctor = package.triton(&["doctor"]);
    assert_eq!(doctor.code, Some(1));
    assert!(parts.iter().all(|part| doctor.text().contains(part)), "{}", doctor.text());
    package.triton(&["export", "kernels/fill.py::fill", "--arg", "x=*fp32", "--const", "BLOCK=64"]).ok();
    package.triton(&["lock"]).ok();
    package.build();
}

#[test]
fn a_file_with_other_line_endings_is_told_as_that() {
    let package = exported(64);
    let text = String::from_utf8(package.read("kernels/fill.ttir")).unwrap();
    package.write("kernels/fill.ttir", text.replace('\n', "\r\n"));
    let errors = package.build_errors().concat();
    assert!(errors.contains("they differ only in their line endings, which git has changed"), "{errors}");
    assert!(errors.contains("`*.ttir -text`"), "{errors}");
}

#[test]
fn a_level_that_the_json_says_nothing_of_is_added_by_hand() {
    let package = exported(64);
    let lower = ["lower", "kernels/fill.ttir", "--arch", "sm_90", "--emit", "ttgir", "-o", "made/fill.ttgir"];
    package.triton(&lower).ok();
    package.write("kernels/fill.sm_90.ttgir", package.read("made/fill.ttgir"));
    assert_eq!(package.build().len(), 2);
    // The JSON that came with it is for it.
    let made = String::from_utf8(package.read("made/fill.json")).unwrap();
    assert!(made.contains("\"ttgir\"") && !made.contains("\"ttir\"") && !made.contains("\"targets\""), "{made}");
    // In its own folder it knows the Python file, which is named from there.
    assert!(!made.contains("exported_from"), "{made}");
    package.triton(&["lower", "kernels/fill.ttir", "--arch", "sm_80", "-o", "kernels/fill.sm_80.cubin"]).ok();
    assert!(String::from_utf8(package.read("kernels/fill.sm_80.json")).unwrap().contains("exported_from"));
    package.write("kernels/fill.sm_90.json", made);
    assert_eq!(package.build().len(), 2);
    let text = String::from_utf8(package.read("made/fill.ttgir")).unwrap();
    package.write("kernels/fill.sm_90.ttgir", text.replace("1.000000e+00", "2.000000e+00"));
    let errors = package.build_errors().concat();
    assert!(errors.contains("`kernels/fill.sm_90.json`: it was written for another `.ttgir`"), "{errors}");
}

#[test]
fn options_of_one_gpu_beside_ttir_for_all_are_for_that_ttir() {
    let package = exported(64);
    package.write("kernels/fill.sm_90.json", package.read("kernels/fill.json"));
    assert_eq!(package.build().len(), 2);
    // Its constant would tell too.
    let other = String::from_utf8(exported(128).read("kernels/fill.json")).unwrap();
    package.write("kernels/fill.sm_90.json", other.replace("\"BLOCK\": 128", "\"BLOCK\": 64"));
    let errors = package.build_errors().concat();
    assert!(errors.contains("`kernels/fill.sm_90.json` for sm_90: it was written for another"), "{errors}");
}
