//! `cargo triton run`.

use std::path::Path;

use crate::command::{Ran, command, repository};

/// A kernel of the interpreter's tests.
fn kernel(name: &str) -> String {
    let path = repository().join("triton-runner-interpreter/tests/seeded/kernels").join(name);
    path.to_str().unwrap().to_owned()
}

/// The command with `--arg` before each argument, in a folder.
pub(crate) fn run(folder: &Path, kernel: &str, grid: &str, arguments: &[&str], rest: &[&str]) -> Ran {
    let mut command = command(["run", kernel, "--grid", grid]);
    arguments.iter().for_each(|argument| _ = command.args(["--arg", argument]));
    Ran::of(command.args(rest).current_dir(folder))
}

const ARGUMENTS: [&str; 3] = ["x_ptr=range:f32[1000]", "y_ptr=uninit:f32[1000]", "n=1000"];

/// Every program stores the same number to the same place.
const SAME: &str = "module {
  tt.func public @same(%out: !tt.ptr<i32>) {
    %one = arith.constant 1 : i32
    tt.store %out, %one : !tt.ptr<i32>
    tt.return
  }
}
";

/// Where it stores is loaded from memory.
const SCATTER: &str = "module {
  tt.func public @scatter(%index: !tt.ptr<i32>, %out: !tt.ptr<i32>) {
    %at = tt.load %index : !tt.ptr<i32>
    %to = tt.addptr %out, %at : !tt.ptr<i32>, i32
    tt.store %to, %at : !tt.ptr<i32>
    tt.return
  }
}
";

#[test]
fn what_a_safe_launch_says_of_the_same_arguments_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let told = |kernel: &str, grid: &str, arguments: &[&str]| {
        let ran = run(folder.path(), kernel, grid, arguments, &[]);
        ran.stderr.lines().last().unwrap_or_default().to_owned()
    };
    let refuses = "proven, and a safe launch refuses this: ";
    assert_eq!(
        told(&kernel("missing_mask.ttir"), "4", &ARGUMENTS),
        format!("{refuses}argument `y_ptr` of kernel `missing_mask` needs 4096 bytes and has 4000, with grid.x = 4")
    );
    let masked = told(&kernel("missing_mask.fixed.ttir"), "4", &ARGUMENTS);
    assert_eq!(masked, "proven: it stays within this memory, and a safe launch takes it");
    let short = ["x_ptr=range:f32[999]", "y_ptr=uninit:f32[1000]", "n=1000"];
    let short = told(&kernel("missing_mask.fixed.ttir"), "4", &short);
    let needs = "argument `x_ptr` of kernel `missing_mask_fixed` needs 4000 bytes and has 3996, with n = 1000";
    assert!(short.starts_with(&format!("{refuses}{needs}")), "{short}");
    std::fs::write(folder.path().join("scatter.ttir"), SCATTER).unwrap();
    let unknown = told("scatter.ttir", "1", &["index=zeros:i32[1]", "out=uninit:i32[1]"]);
    assert!(
        unknown.starts_with("not proven, so that no launch is safe: `out`: an index is loaded from memory, "),
        "{unknown}"
    );
}

#[test]
fn findings_are_written_and_are_exit_code_one() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(folder.path(), &kernel("missing_mask.ttir"), "4", &ARGUMENTS, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert_eq!(
        ran.text(),
        "[bounds] kernel `missing_mask`, program (3, 0, 0), bounds.py:10: stores to element 1000 of `y_ptr`, which has 1000: 1 past its end, in a row of 1024 bytes; the access has no mask\n"
    );
    assert!(ran.stderr.contains("findings: 1, warnings: 0"), "{}", ran.stderr);
}

/// Triton 3.3.1 writes none into TTIR.
#[test]
fn arguments_have_the_names_of_the_json_where_the_ir_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = repository().join("examples/vector-add/kernels/add_kernel.ttir");
    let arguments = ["x=ones:f32[10]", "y=ones:f32[9]", "out=uninit:f32[10]", "n=10"];
    let ran = run(folder.path(), kernel.to_str().unwrap(), "1", &arguments, &[]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.text().contains("loads element 9 of `y`, which has 9"), "{}", ran.text());
}

/// Other names, or other types of them, are another kernel's.
#[test]
fn a_json_that_contradicts_the_ir_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scatter.ttir"), SCATTER).unwrap();
    let arguments = ["index=zeros:i32[1]", "out=zeros:i32[1]"];
    let entries = |first: &str, second: &str, ty: &str| {
        let entry = |name: &str, ty: &str| format!(r#"{{"name": "{name}", "type": "{ty}", "divisible_by": 1}}"#);
        format!(r#""signature": [{}, {}]"#, entry(first, "*i32"), entry(second, ty))
    };
    for (json, told) in [
        (entries("index", "out", "*i32"), None),
        (entries("out", "index", "*i32"), Some("(out: *i32, index: *i32)")),
        (entries("index", "out", "*fp32"), Some("*fp32")),
        (r#""num_warps": "8""#.to_owned(), Some("`num_warps` is the string")),
        (r#""num_warps": 4, "num_warps": 8"#.to_owned(), Some("the key `num_warps` is there twice")),
    ] {
        std::fs::write(folder.path().join("scatter.json"), format!("{{{json}}}")).unwrap();
        let ran = run(folder.path(), "scatter.ttir", "1", &arguments, &[]);
        match told {
            None => _ = ran.ok(),
            Some(told) => {
                assert_eq!(ran.code, Some(1), "{ran:?}");
                assert!(ran.stderr.contains("scatter.json") && ran.stderr.contains(told), "{}", ran.stderr);
            }
        }
    }
}

#[test]
fn a_right_kernel_is_silent_and_its_memory_is_saved_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let right = kernel("missing_mask.fixed.ttir");
    let ran = run(folder.path(), &right, "4", &ARGUMENTS, &["--save", "y_ptr=y.npy"]);
    assert_eq!((ran.ok(), ran.code), ("", Some(0)));
    let saved = std::fs::read(folder.path().join("y.npy")).unwrap();
    let numbers: Vec<f32> = saved[saved.len() - 4000..]
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap()))
        .collect();
    assert!(numbers.iter().enumerate().all(|(place, number)| *number == 2.0 * place as f32), "{numbers:?}");
    let again = ["x_ptr=y.npy", "y_ptr=zeros:f32[1000]", "n=1000"];
    let ran = run(folder.path(), &right, "4", &again, &["--print", "x@1"]);
    let text = ran.ok();
    assert!(text.starts_with("x [256] in program (1, 0, 0), bounds.py:16:\n  512 514 516 "), "{text}");
    assert_eq!(text.matches("x [256]").count(), 1, "what is computed on the way is not the variable: {text}");
}

#[test]
fn a_tensor_of_a_safetensors_file_is_an_argument() {
    let folder = tempfile::tempdir().unwrap();
    let header = r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"b":{"dtype":"I32","shape":[2],"data_offsets":[16,24]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    [1f32, 2.0, 3.0, 4.0].iter().for_each(|number| file.extend_from_slice(&number.to_le_bytes()));
    file.extend_from_slice(&[0; 8]);
    std::fs::write(folder.path().join("model.safetensors"), file).unwrap();
    let right = kernel("missing_mask.fixed.ttir");
    let arguments = |x: &'static str| [x, "y_ptr=uninit:f32[4]", "n=4"];
    run(folder.path(), &right, "1", &arguments("x_ptr=model.safetensors:a"), &[]).ok();
    for (x, told) in [
        ("x_ptr=model.safetensors:b", "the kernel's elements are F32, and these are I32"),
        ("x_ptr=model.safetensors:c", "it has no tensor `c`; there are "),
        ("x_ptr=model.safetensors", "it has 2 tensors; name one behind a colon"),
        ("x_ptr=absent.npy", "absent.npy: "),
    ] {
        let ran = run(folder.path(), &right, "1", &arguments(x), &[]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn a_wrong_command_line_is_exit_code_two() {
    let folder = tempfile::tempdir().unwrap();
    let right = kernel("missing_mask.fixed.ttir");
    let x = "x_ptr=range:f32[1000]";
    let cases: [(&[&str], &[&str], &str); 8] = [
        (&[x, "n=1000"], &[], "argument `y_ptr` is missing: memory, such as y_ptr=random:f32[1024]"),
        (&[x, "y_ptr=1", "n=1000"], &[], "argument `y_ptr`: expected memory"),
        (&[x, x, "n=1000"], &[], "`x_ptr` is given twice"),
        (&[x, "y_ptr=zeros:f32[1000]", "n=1000", "m=1"], &[], "has no argument `m`; it has x_ptr, y_ptr, n"),
        (&[x, "y_ptr=zeros:f31[1000]", "n=1000"], &[], "there is no type `f31`"),
        (&ARGUMENTS, &["--check", "races"], "there is no check `races`"),
        (&ARGUMENTS, &["--save", "z=z.npy"], "no argument of that name has memory; there are x_ptr, y_ptr"),
        (&ARGUMENTS, &["--print", "x@9"], "no program is there"),
    ];
    for (arguments, rest, told) in cases {
        let ran = run(folder.path(), &right, "4", arguments, rest);
        assert_eq!((ran.code, ran.text()), (Some(2), ""), "{told}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    let ran = run(folder.path(), &right, "4,x", &ARGUMENTS, &[]);
    assert_eq!(ran.code, Some(2));
    // What isn't there is no matter of the command line.
    assert_eq!(run(folder.path(), "absent.ttir", "1", &[], &[]).code, Some(1));
}

#[test]
fn only_what_is_asked_for_is_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["x_ptr=range:f32[256]", "out_ptr=zeros:f32[1]"];
    let racy = kernel("sum_without_atomic.ttir");
    assert_eq!(run(folder.path(), &racy, "4", &arguments, &["--check", "nan,lanes"]).code, Some(0));
    let ran = run(folder.path(), &racy, "4", &arguments, &["--check", "race"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.text().starts_with("[race] kernel `sum_without_atomic`, program (0, 0, 0)"), "{}", ran.text());
}

#[test]
fn warnings_are_told_and_are_exit_code_zero() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("same.ttir"), SAME).unwrap();
    let ran = run(folder.path(), "same.ttir", "3", &["out=zeros:i32[1]"], &[]);
    let text = ran.ok();
    assert!(text.starts_with("warning: [race] kernel `same`, program (0, 0, 0)"), "{text}");
    assert!(text.contains("both with the same value"), "{text}");
}

#[test]
fn a_kernel_of_a_package_is_run_by_its_name() {
    let folder = repository().join("examples/vector-add");
    let arguments = ["x=random:f32[1000]", "y=random:f32[1000]", "out=uninit:f32[1000]", "n=1000"];
    run(&folder, "add_kernel", "1", &arguments, &[]).ok();
    let ran = run(&folder, "no_such_kernel", "1", &[], &[]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stderr.contains("there is no kernel `no_such_kernel` here"), "{}", ran.stderr);
}
