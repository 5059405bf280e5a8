//! Names that would be something else where they are written next: a directive for cargo, an escape for the terminal, a
//! path, Rust code, documentation.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use e2e::script::Script;

use super::{PROGRAM, SETTINGS, errors, only_harmless_lines, run, with_ptx};

#[test]
fn names_of_files_give_cargo_no_directive_and_the_terminal_no_escape() {
    let names: [&[u8]; 7] = [
        b"x\ncargo::rustc-env=HOSTILE=1\n.ttir",
        b"x\ncargo:rustc-link-arg=HOSTILE\n.sm_80.ptx",
        b"y.\ncargo::rustc-cfg=hostile\n.ptx",
        b"\x1b[2J\x07k.ttir",
        b"a\rb.ttir",
        b"\xff\xfe.ttir",
        "\u{9b}31m.cubin".as_bytes(),
    ];
    for name in names {
        let script = with_ptx();
        std::fs::write(script.package.path().join("kernels").join(OsStr::from_bytes(name)), "x").unwrap();
        let errors = errors(&script);
        assert!(errors.contains("rename the file"), "{errors}");
    }
}

#[test]
fn the_name_of_a_folder_gives_cargo_no_directive() {
    let name = "x\\ncargo::rustc-env=HOSTILE=1";
    let script = Script::new(PROGRAM, &format!("{SETTINGS}\nkernels = [\"{name}\"]"));
    let folder = name.replace("\\n", "\n");
    for extension in ["ptx", "json"] {
        let from = format!("examples/levels/kernels/ptx/dot_ptx_sm80.sm_80.{extension}");
        script.package.copy(&from, &format!("../{folder}/k.sm_80.{extension}")).unwrap();
    }
    let ran = run(&script).done();
    only_harmless_lines(&ran);
    assert_eq!(script.outputs(), ["k.sm_80.cubin", "manifest.json", "stamp"]);
}

#[test]
fn a_compiler_quotes_a_kernel_and_gives_cargo_no_directive() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    script.edit("kernels/k0.ttir", "arith.addf", "\"\u{1b}[31m\\0Acargo::rustc-env=HOSTILE=1\"");
    assert!(errors(&script).contains("kernel `k0`"));
    let script = with_ptx();
    script.edit("kernels/k.sm_80.ptx", "\tret;", "\tret\u{1b}[31m\ncargo::rustc-env=HOSTILE=1;");
    assert!(errors(&script).contains("kernel `k`"));
}

#[test]
fn the_name_of_a_function_is_no_path() {
    for name in ["../../../evil", "/etc/evil", "a\\0Acargo::rustc-env=HOSTILE=1", "a\\22; }", "\\00", ""] {
        let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
        script.edit("kernels/k0.ttir", "@k0", &format!("@\"{name}\""));
        let json = name.replace("\\0A", "\\n").replace("\\22", "\\\"").replace("\\00", "\\u0000");
        script.edit("kernels/k0.json", "\"name\": \"k0\"", &format!("\"name\": \"{json}\""));
        let ran = run(&script);
        only_harmless_lines(&ran);
        if ran.ok {
            assert_eq!(script.outputs(), ["k0.sm_80.cubin", "manifest.json", "stamp"], "{name}");
        } else {
            assert!(ran.errors().contains("kernel `k0`"), "{name}: {}", ran.errors());
        }
    }
}

/// Names of arguments and constants, and values of constants, come from JSON: they are data in the generated code.
#[test]
fn names_and_values_in_metadata_become_no_code() {
    let packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let runtime = e2e::repository().join("triton-runner-rt").display().to_string();
    packages.write(
        "Cargo.toml",
        cargo_toml("hostile-names", "2024", "triton = \"3.3.1\"\narchs = [\"sm_80\"]")
            + &format!("\n[dependencies]\ntriton-runner-rt = {{ path = \"{runtime}\" }}\n\n[workspace]\n"),
    );
    packages.write("build.rs", BUILD_RS);
    packages.write("src/lib.rs", "//! Kernels.\ntriton_runner_rt::triton_kernel!(pub add_kernel);\n");
    packages.copy("examples/vector-add/kernels/add_kernel.ttir", "kernels/add_kernel.ttir");
    let text = e2e::file("examples/vector-add/kernels/add_kernel.json");
    let mut json: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let constants = [
        ("A: u32 = 1; compile_error!(\"code\"); const B", "1"),
        ("self", "2"),
        ("", "3"),
        ("C", "\"#; compile_error!(\"code\"); \"\n```\ncompile_error!(\"a doctest\");\n```\n"),
        ("D\n```\ncompile_error!(\"a doctest\");\n```\n", "*/ compile_error!(\"code\"); /*"),
    ];
    for (name, value) in constants {
        json["constants"][name] = value.parse::<u64>().map_or_else(|_| value.into(), Into::into);
    }
    let hostile = [
        [
            "n: i32) {} compile_error!(\"code\"); fn f(x",
            "self",
            "crate",
            "\n```\ncompile_error!(\"a doctest\");\n```\n",
        ],
        ["\"; compile_error!(\"code\"); \"", "*/ x", "", "y\u{202e}\u{0}"],
        ["stream", "grid", "launch", "core"],
        ["&'static str", "async", "_", "r#type"],
    ];
    for names in hostile {
        for (index, name) in names.into_iter().enumerate() {
            json["signature"][index]["name"] = name.into();
        }
        packages.write("kernels/add_kernel.json", serde_json::to_string(&json).unwrap());
        packages.run(&["check", "--offline"]).done();
    }
    for (index, name) in hostile[0].into_iter().enumerate() {
        json["signature"][index]["name"] = name.into();
    }
    packages.write("kernels/add_kernel.json", serde_json::to_string(&json).unwrap());
    // A fence in the documentation would be a test that runs.
    let tested = packages.run(&["test", "--offline", "--doc"]).done();
    assert!(tested.stdout.contains("running 0 tests"), "{}", tested.stdout);
}
