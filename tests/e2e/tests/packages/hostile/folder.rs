//! Files that are no files, that lead elsewhere, or that are too much.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use e2e::script::Script;

use super::{DEEP, PROGRAM, SETTINGS, errors, forget, make_pipe, only_harmless_lines, run, with_ptx};

#[test]
fn what_is_no_regular_file_is_told_and_never_waited_for() {
    let script = with_ptx();
    let kernels = script.package.path().join("kernels");
    make_pipe(&kernels.join("pipe.ttir"));
    make_pipe(&kernels.join("k.json"));
    symlink("/dev/zero", kernels.join("device.ttir")).unwrap();
    symlink("round.ttir", kernels.join("round.ttir")).unwrap();
    symlink("/nonexistent", kernels.join("nowhere.ttir")).unwrap();
    let _socket = UnixListener::bind(kernels.join("socket.sm_80.ptx")).unwrap();
    let errors = errors(&script);
    for (name, part) in [
        ("pipe.ttir", "not a regular file"),
        ("k.json", "not a regular file"),
        ("device.ttir", "not a regular file"),
        ("round.ttir", "symbolic links"),
        ("nowhere.ttir", "No such file"),
        ("socket.sm_80.ptx", "not a regular file"),
    ] {
        let line = errors.lines().find(|line| line.contains(&format!("kernels/{name}`"))).unwrap_or_default();
        assert!(line.contains("can't read it") && line.contains(part), "{name}: {errors}");
    }
}

#[test]
fn folders_with_a_kernels_name_and_what_editors_leave_are_passed_over() {
    let script = with_ptx();
    let kernels = script.package.path().join("kernels");
    std::fs::create_dir(kernels.join("folder.ttir")).unwrap();
    symlink("/", kernels.join("everything.ttir")).unwrap();
    symlink("somebody@somewhere.1", kernels.join(".#k.sm_80.ptx")).unwrap();
    run(&script).done();
    assert_eq!(script.outputs(), ["k.sm_80.cubin", "manifest.json", "stamp"]);
}

#[test]
fn a_file_that_turns_into_a_pipe_is_noticed() {
    let script = with_ptx();
    run(&script).done();
    let path = script.package.path().join("kernels/k.sm_80.ptx");
    std::fs::remove_file(&path).unwrap();
    make_pipe(&path);
    assert!(errors(&script).contains("not a regular file"));
}

#[test]
fn a_link_is_read_like_a_file_and_what_it_leads_to_is_left_alone() {
    let script = with_ptx();
    run(&script).done();
    let expected = script.image("k.sm_80.cubin");
    forget(&script);
    let (inside, outside) = (script.package.path().join("kernels/k.sm_80.ptx"), script.temporary().join("elsewhere"));
    std::fs::rename(&inside, &outside).unwrap();
    symlink(&outside, &inside).unwrap();
    let before = std::fs::read(&outside).unwrap();
    run(&script).done();
    assert!(script.image("k.sm_80.cubin") == expected && std::fs::read(&outside).unwrap() == before);
    // An image is what the link led to, not a link.
    assert!(script.out_dir().join("triton-runner/k.sm_80.cubin").symlink_metadata().unwrap().is_file());
}

#[test]
fn files_too_large_for_a_kernel_are_refused_before_they_are_read() {
    for name in ["k.ttir", "k.sm_80.ttgir", "k.sm_80.llir", "k.sm_80.ptx", "k.sm_80.cubin", "k.sm_80.json"] {
        for bytes in [(256 << 20) + 1, 1_u64 << 40] {
            let script = with_ptx();
            let file = File::create(script.package.path().join("kernels").join(name)).unwrap();
            if let Err(error) = file.set_len(bytes) {
                println!("skipped: no file of {bytes} bytes here: {error}");
                continue;
            }
            let errors = errors(&script);
            assert!(
                errors.contains(&format!("kernels/{name}`")) && errors.contains(&format!("{bytes} bytes")),
                "{errors}"
            );
        }
    }
}

#[test]
fn a_file_without_end_in_a_folder_of_the_kernel_is_refused_too() {
    // The kernel says that it is empty, and it never ends.
    let script = Script::new(PROGRAM, SETTINGS);
    symlink("/proc/self/mem", script.package.path().join("kernels/k.sm_80.cubin")).unwrap();
    assert!(errors(&script).contains("kernels/k.sm_80.cubin"));
}

/// What a parser could follow down, at every level.
#[test]
fn nesting_without_end_breaks_no_stack() {
    let add = |extension| {
        String::from_utf8(e2e::file(&format!("examples/vector-add/kernels/add_kernel.{extension}"))).unwrap()
    };
    let level = |level: &str| {
        let name = format!("examples/levels/kernels/{level}/dot_{level}_sm80.sm_80.{level}");
        String::from_utf8(e2e::file(&name)).unwrap()
    };
    let after = |text: &str, mark: &str, what: &str| {
        let at = text.find(mark).unwrap_or_else(|| panic!("no `{mark}`")) + mark.len();
        format!("{}{}{}", &text[..at], what.repeat(DEEP), &text[at..])
    };
    let mut cases = Vec::new();
    for nest in ["(", "[", "{", "<", "loc(fused[", "tuple<", "\"a.b\"() ({"] {
        cases.push(("k.ttir", after(&add("ttir"), "%0 = ", nest)));
        cases.push(("k.ttir", after(&add("ttir"), "%arg0: ", nest)));
        cases.push(("k.ttir", add("ttir") + "\n#deep = " + &nest.repeat(DEEP)));
        cases.push(("k.sm_80.ttgir", after(&level("ttgir"), "= #ttg.", nest)));
    }
    // Closed again, so that the compiler gets it as well.
    cases.push(("k.ttir", add("ttir") + "\n#deep = " + &"[".repeat(DEEP) + &"]".repeat(DEEP) + "\n"));
    for nest in ["(", "[", "{", "<", "ptr ("] {
        cases.push(("k.sm_80.llir", after(&level("llir"), "define ", nest)));
        cases.push(("k.sm_80.ptx", after(&level("ptx"), ".entry ", nest)));
        cases.push(("k.sm_80.ptx", after(&level("ptx"), "\n{", nest)));
    }
    for nest in ["[", "{\"a\":"] {
        cases.push(("k.json", after(&add("json"), "\"constants\": ", nest)));
        cases.push(("k.json", nest.repeat(DEEP)));
    }
    let signature = |nest: &str| format!("{{\"kernel_signature\": \"{}\",", nest.repeat(DEEP));
    cases.push(("k.json", add("json").replacen('{', &signature("("), 1)));
    cases.push(("k.json", add("json").replacen('{', &signature("constexpr["), 1)));
    for (name, content) in cases {
        let script = Script::new(PROGRAM, SETTINGS);
        for extension in ["ttir", "json"] {
            if name.ends_with("json") || name == "k.ttir" {
                script.package.write(&format!("kernels/k.{extension}"), add(extension)).unwrap();
            }
        }
        if !name.ends_with("ttir") && !name.ends_with("json") {
            let extension = name.rsplit('.').next().unwrap();
            let json = format!("examples/levels/kernels/{extension}/dot_{extension}_sm80.sm_80.json");
            script.package.copy(&json, "k.sm_80.json").unwrap();
        }
        println!("{name}: {}", content.get(..100).unwrap_or(&content));
        script.package.write(&format!("kernels/{name}"), content).unwrap();
        let ran = run(&script);
        only_harmless_lines(&ran);
        assert!(ran.errors().contains("`k`"), "{name}");
    }
}
