//! What a kernel's files can make run, or make somebody else's program do.

use e2e::script::Script;

use super::{PROGRAM, SETTINGS, errors, run, with_ptx};

#[test]
fn no_python_beside_a_kernel_runs() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    let mark = script.temporary().parent().unwrap().join("python-ran");
    let program = format!("open({:?}, 'w').close()\n", mark.display().to_string());
    let modules = ["k0", "json", "re", "triton/__init__", "torch/__init__", "sitecustomize", "usercustomize", "ctypes"];
    for folder in ["", "kernels/"] {
        for module in modules {
            script.package.write(&format!("{folder}{module}.py"), &program).unwrap();
        }
    }
    script.package.write("kernels/x.pth", format!("import os; {program}")).unwrap();
    assert_eq!(run(&script).done().lowered(), 1);
    assert!(!mark.exists());
}

#[test]
fn metadata_cannot_make_ptxas_write_or_read_a_file() {
    let mark = |script: &Script| script.temporary().parent().unwrap().join("ptxas-wrote");
    for flags in ["--compiler-stats=time --compiler-stats-file MARK", "--options-file MARK", "-o MARK", "../x.ptx"] {
        for level in ["ptx", "ttir"] {
            let script = if level == "ptx" { with_ptx() } else { Script::with_kernels(PROGRAM, SETTINGS, 1) };
            let name = if level == "ptx" { "kernels/k.sm_80.json" } else { "kernels/k0.json" };
            let flags = flags.replace("MARK", &mark(&script).display().to_string());
            script.edit(name, "{", &format!("{{\"ptx_options\": \"{flags}\","));
            let errors = errors(&script);
            assert!(errors.contains(name) && errors.contains("`ptx_options`"), "{errors}");
            assert!(!mark(&script).exists());
        }
    }
}

#[test]
fn metadata_names_no_library_to_link() {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    run(&script).done();
    let expected = script.image("k0.sm_80.cubin");
    // Triton's own JSON has the path of its libdevice there, of the machine that it was made on. It says nothing.
    let own = "/nonexistent/triton/backends/nvidia/lib/libdevice.10.bc";
    script.edit("kernels/k0.json", "{", &format!("{{\"extern_libs\": [[\"libdevice\", \"{own}\"]],"));
    run(&script).done();
    assert!(script.image("k0.sm_80.cubin") == expected);
    script.edit("kernels/k0.json", own, "/nonexistent/evil.bc");
    let errors = errors(&script);
    assert!(errors.contains("kernels/k0.ttir") && errors.contains("`extern_libs` names libraries"), "{errors}");
}

#[test]
fn numbers_beyond_all_bounds_are_errors_that_name_the_key() {
    for (key, value) in [
        ("num_warps", "4294967300"),
        ("num_warps", "-4"),
        ("num_warps", "1e400"),
        ("num_warps", "0"),
        ("num_warps", "4294967295"),
        ("num_warps", "1073741824"),
        ("shared", "18446744073709551616"),
        ("shared", "4294967295"),
        ("shared", "1e999999999999"),
        ("num_ctas", "4294967295"),
        ("global_scratch_size", "99999999999999999999999"),
        ("global_scratch_align", "3"),
        ("global_scratch_align", "0"),
        ("tmem_size", "4294967295"),
        ("maxnreg", "123456789012345678901234567890"),
        ("target", "{\"backend\": \"cuda\", \"arch\": 99999999999, \"warp_size\": 32}"),
        ("target", "{\"backend\": \"cuda\", \"arch\": 65535, \"warp_size\": 32}"),
        ("signature", "[{\"name\": \"x\", \"type\": \"tensordesc<fp16[99999999999999999999]>\"}]"),
        ("signature", "[{\"name\": \"x\", \"type\": \"i99999999999999999999\"}]"),
        ("signature", "[{\"name\": \"x\", \"type\": \"*i32\", \"divisible_by\": 1e30}]"),
        ("constants", "{\"A\": 1e999}"),
    ] {
        let script = with_ptx();
        let path = script.package.path().join("kernels/k.sm_80.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut json: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        json.remove(key);
        let rest = serde_json::to_string(&json).unwrap();
        std::fs::write(&path, rest.replacen('{', &format!("{{\"{key}\": {value},"), 1)).unwrap();
        println!("{key} = {value}");
        let errors = errors(&script);
        assert!(errors.contains("kernels/k.sm_80"), "{errors}");
    }
}
