//! `cargo triton tune`, with what programs measured elsewhere: no GPU is needed.

use crate::package::Package;

/// A line as a program writes it.
fn line(n: u32, times: [f64; 2]) -> String {
    let [base, wide] = times;
    format!(
        r#"{{"kernel":"add_kernel","beside":"kernels/add_kernel.ttir","gpu":"NVIDIA H100","arch":"sm_90","multiprocessors":132,"driver":"12.8","keys":["n"],"key":[{n}],"variants":[{{"id":"add_kernel","image":"ab","micros":{base}}},{{"id":"add_kernel@wide","image":"cd","micros":{wide}}}]}}
"#
    )
}

const TABLE: &str = "kernels/add_kernel.tuned.nvidia-h100.json";

fn text(package: &Package) -> String {
    String::from_utf8(package.read(TABLE)).unwrap()
}

#[test]
fn what_was_measured_elsewhere_becomes_a_table_with_a_line_for_each_key() {
    let package = Package::add();
    package.write("one", line(4096, [2.0, 1.5]) + &line(64, [1.0, 1.25]));
    let ran = package.triton(&["tune", "--measured", "one"]);
    assert!(ran.ok().contains("add_kernel.tuned.nvidia-h100.json` has 2 keys"), "{}", ran.text());
    let times = "  \"times\": [\n    {\"key\":[64],\"microseconds\":{\"add_kernel\":1.0,\"add_kernel@wide\":1.25}},\n    \
                 {\"key\":[4096],\"microseconds\":{\"add_kernel\":2.0,\"add_kernel@wide\":1.5}}\n  ]\n}\n";
    assert!(text(&package).ends_with(times), "{}", text(&package));
    // A key is replaced, another added, and the rest stays.
    package.write("more", line(64, [3.0, 1.25]) + &line(128, [1.0, 1.25]));
    package.triton(&["tune", "add_kernel", "--measured", "more"]).ok();
    assert_eq!(text(&package).matches("\"key\"").count(), 3);
    assert!(text(&package).contains("\"add_kernel\":3.0"));
    let other = line(64, [1.0, 2.0]).replace("\"ab\"", "\"ef\"");
    package.write("other", other);
    let ran = package.triton(&["tune", "--measured", "other"]);
    assert!(ran.ok().contains("has 1 keys; 3 of other machine code are dropped"), "{}", ran.text());
}

#[test]
fn a_check_says_how_fast_the_choices_are_and_writes_nothing() {
    let package = Package::add();
    package.write("measured", line(64, [1.0, 1.25]) + &line(4096, [2.0, 1.0]));
    package.triton(&["tune", "--check", "--measured", "measured"]).error(&["no table of this GPU to check"]);
    package.triton(&["tune", "--measured", "measured"]).ok();
    let before = text(&package);
    let other = line(7, [1.0, 2.0]).replace("NVIDIA H100", "NVIDIA A100");
    // Nearest to 64, nearest to 4096, and of a GPU without a table.
    package.write("others", line(100, [2.0, 1.0]) + &line(2000, [2.0, 1.0]) + &other);
    let ran = package.triton(&["tune", "--check", "--measured", "others"]);
    assert!(ran.ok().contains("2 keys: geometric mean 0.707, worst 0.500"), "{}", ran.text());
    assert!(ran.stderr.contains("1 keys are of a GPU that has no table"), "{}", ran.stderr);
    assert_eq!(text(&package), before);
}

#[test]
fn what_can_be_no_measurement_and_no_key_is_told() {
    let package = Package::add();
    package.triton(&["tune"]).error(&["no kernel here has a table with keys to time again", "--key m=16,128,4096"]);
    package.triton(&["tune", "gone", "--key", "n=1"]).error(&["there is no kernel `gone` here"]);
    package.write("damaged", "{}");
    package.triton(&["tune", "--measured", "damaged"]).error(&["is nothing that was measured"]);
    package.write("elsewhere", line(64, [1.0, 2.0]).replace("add_kernel.ttir", "other.ttir"));
    package.triton(&["tune", "--measured", "elsewhere"]).error(&["no package here has `kernels/other.ttir`"]);
}
