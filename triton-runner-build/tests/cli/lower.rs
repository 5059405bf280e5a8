//! `cargo triton lower`.

use std::thread;

use crate::command::{file, names, repository, toolchain, triton};
use crate::package::Package;

const LEVELS: [&str; 5] = ["ttir", "ttgir", "llir", "ptx", "cubin"];

/// One kernel of examples/levels at a level, with its JSON.
fn source(level: &str) -> String {
    let kernels = repository().join("examples/levels/kernels");
    match level {
        "ttir" => kernels.join("ttir/scalar_ttir.ttir"),
        _ => kernels.join(format!("{level}/scalar_{level}_sm75.sm_75.{level}")),
    }
    .display()
    .to_string()
}

#[test]
fn each_level_leads_to_each_later_one_as_triton_made_it() {
    toolchain();
    let out = tempfile::tempdir().unwrap();
    let pairs: Vec<_> = (0..4).flat_map(|from| (from + 1..5).map(move |to| (LEVELS[from], LEVELS[to]))).collect();
    // Two at a time: each starts a Python.
    for two in pairs.chunks(2) {
        thread::scope(|scope| {
            for &(from, to) in two {
                let output = out.path().join(format!("from_{from}.sm_75.{to}"));
                scope.spawn(move || {
                    let output_name = output.to_str().unwrap();
                    let ran = triton(&["lower", &source(from), "--arch", "sm_75", "--emit", to, "-o", output_name]);
                    let json = output.with_extension("json");
                    assert_eq!(ran.ok(), format!("{output_name}\n{}\n", json.display()));
                    let expected = std::fs::read(source(to)).unwrap();
                    assert!(std::fs::read(&output).unwrap() == expected, "{to} from {from} differs");
                });
            }
        });
    }
}

#[test]
fn the_machine_code_is_that_of_a_build_and_so_is_what_is_built_from_a_level_between() {
    let package = Package::add();
    let built = package.build();
    for (name, bytes) in &built {
        let arch = if name.contains("sm_90") { "sm_90" } else { "sm_80" };
        let ran = package.triton(&["lower", "kernels/add_kernel.ttir", "--arch", arch, "-o", "made.cubin"]);
        ran.ok();
        assert!(package.read("made.cubin") == *bytes, "{name}");
    }
    // The result with its JSON is an artifact to check in.
    for level in ["ttgir", "llir", "ptx"] {
        let other = Package::new("triton = \"3.3.1\"\narchs = [\"sm_90\"]");
        let output = other.path(&format!("kernels/add_kernel.sm_90.{level}"));
        let output = output.to_str().unwrap();
        let args = ["lower", "kernels/add_kernel.ttir", "--arch", "sm_90", "--emit", level, "-o", output];
        package.triton(&args).ok();
        let [(name, bytes)] = &other.build()[..] else { panic!("one image") };
        assert_eq!(name, "add_kernel.sm_90a.cubin");
        assert!(built.contains(&(name.clone(), bytes.clone())), "from {level}");
    }
}

#[test]
fn options_in_place_of_the_metadatas_count() {
    let package = Package::add();
    let lower = |more: &[&str], name: &str| {
        let args = ["lower", "kernels/add_kernel.ttir", "--arch", "sm_80", "--emit", "ttgir", "-o", name];
        package.triton(&[&args[..], more].concat()).ok();
        String::from_utf8(package.read(name)).unwrap()
    };
    assert!(lower(&[], "a.ttgir").contains("\"ttg.num-warps\" = 4"));
    assert!(lower(&["--num-warps", "8"], "b.ttgir").contains("\"ttg.num-warps\" = 8"));
    let json: serde_json::Value = serde_json::from_slice(&package.read("b.json")).unwrap();
    assert_eq!((&json["num_warps"], &json["constants"]["BLOCK"]), (&8.into(), &1024.into()));
}

#[test]
fn the_metadata_of_the_input_is_never_written_over() {
    let package = Package::add();
    let before = package.read("kernels/add_kernel.json");
    let args = ["lower", "kernels/add_kernel.ttir", "--arch", "sm_80", "-o", "kernels/add_kernel.sm_80.cubin"];
    package.triton(&args).ok();
    let args = ["lower", "kernels/add_kernel.ttir", "--arch", "sm_80", "--emit", "ptx", "-o", "kernels/add_kernel.ptx"];
    assert!(package.triton(&args).ok().ends_with("kernels/add_kernel.sm_80.json\n"));
    assert!(package.read("kernels/add_kernel.json") == before);
    let args = ["lower", "kernels/add_kernel.ttir", "--arch", "sm_80", "-o", "kernels/add_kernel.ttir"];
    package.triton(&args).error(&["is the file to lower"]);
}

#[test]
fn its_errors_are_those_of_a_build() {
    let bad = |name: &str, content: &str| {
        let package = Package::new("triton = \"3.3.1\"\narchs = [\"sm_90\"]");
        package.write(&format!("kernels/{name}"), content);
        package.copy("examples/vector-add/kernels/add_kernel.json", "add_kernel.json");
        package
    };
    let ttir = String::from_utf8(file("examples/vector-add/kernels/add_kernel.ttir")).unwrap();
    let ptx = "examples/levels/kernels/ptx/scalar_ptx_sm75.sm_75.ptx";
    let ptx = String::from_utf8(file(ptx)).unwrap();
    for (name, content) in [
        ("add_kernel.ttir", String::new()),
        ("add_kernel.ttir", ttir.replacen("arith.addf", "arith.bogus", 1)),
        ("add_kernel.ttir", ttir.replace("tt.func public @add_kernel", "tt.func public @other")),
        ("add_kernel.sm_90.ptx", ptx),
        ("add_kernel.sm_90.cubin", "no ELF".to_owned()),
    ] {
        let package = bad(name, &content);
        let file = format!("kernels/{name}");
        let output = package.path("out.cubin");
        let from_cubin = name.ends_with("cubin");
        let ran = package.triton(&["lower", &file, "--arch", "sm_90", "-o", "out.cubin"]);
        let expected = package.build_errors().remove(0);
        if from_cubin {
            ran.error(&[&file, "it is cubin already"]);
        } else {
            assert_eq!(ran.error(&[]).trim_end(), format!("error: {expected}"));
        }
        assert!(!output.exists() && !package.path("out.json").exists());
    }
}

#[test]
fn an_architecture_that_this_triton_does_not_know_is_an_error_that_says_so() {
    let package = Package::add();
    let json = String::from_utf8(package.read("kernels/add_kernel.json")).unwrap();
    package.write("kernels/add_kernel.json", json.replace("\"sm_120\"]", "\"sm_120\", \"sm_121\"]"));
    let ran = package.triton(&["lower", "kernels/add_kernel.ttir", "--arch", "sm_121", "-o", "out.cubin"]);
    ran.error(&["kernel `add_kernel`", "kernels/add_kernel.ttir", "sm_121", "lower with a newer Triton"]);
    assert_eq!(names(package.folder()), ["Cargo.toml", "kernels", "src"]);
}

#[test]
fn a_wrong_command_line_is_told_apart_from_a_wrong_file() {
    triton(&["lower", "a.ttir", "-o", "b"]).usage(&["--arch <ARCH>"]);
    triton(&["lower", "a.ttir", "--arch", "hopper", "-o", "b"]).usage(&["hopper"]);
    triton(&["lower", "a.ttir", "--arch", "sm_90a", "-o", "b"]).usage(&["write `sm_90`"]);
    triton(&["lower", "a.ttir", "--arch", "sm_90", "--emit", "ttir", "-o", "b"]).usage(&["ttgir, llir, ptx, cubin"]);
    triton(&["lower", "/nowhere.ttir", "--arch", "sm_90", "-o", "b"]).error(&["/nowhere.ttir", "can't read it"]);
    triton(&["lower", "/nowhere.mlir", "--arch", "sm_90", "-o", "b"]).error(&["/nowhere.mlir", "can't read it"]);
    triton(&["lower", "/nowhere.txt", "--arch", "sm_90", "-o", "b"]).error(&["its level is unknown"]);
    let ptx = source("ptx");
    triton(&["lower", &ptx, "--arch", "sm_75", "--emit", "llir", "-o", "b"]).error(&["it is ptx already"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::process::Stdio;
    let mut command = crate::command::command(["lower", "--help"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
