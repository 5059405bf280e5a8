//! Pythons and installers of every sort, played by small shell scripts.

mod damage;
mod machine;
mod ptxas;

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use semver::Version;

use super::*;
use machine::{GOOD, INSTALLS, Machine, Shim};

const TRITON: Version = Version::new(3, 3, 1);

fn has_text(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn an_installed_toolchain_is_found_listed_and_removed() {
    let machine = Machine::new();
    let python = machine.python("python3", &GOOD);
    let toolchains = machine.toolchains();
    assert!(toolchains.find(&TRITON).unwrap().is_none());
    let mut said = Vec::new();
    let installed =
        toolchains.install(&TRITON, &WheelSource::Index, false, &mut |text| said.push(text.to_owned())).unwrap();
    has_text(&said[0], &["installing the Triton compiler 3.3.1 for CPython 3.11.7", "155 MB to download"]);
    assert_eq!(installed.python, python);
    // It is the same before anything is installed: others' results are looked for by it.
    let machine_before = Machine::new();
    assert_eq!(Some(installed.identity()), machine_before.toolchains().pinned_identity(&TRITON).as_deref());
    assert!(installed.identity().starts_with("triton 3.3.1 wheels for "), "{}", installed.identity());
    assert_eq!(toolchains.find(&TRITON).unwrap().unwrap(), installed);
    let log = fs::read_to_string(machine.folder.path().join("pip.log")).unwrap();
    has_text(&log, &["-m pip install", "--no-deps --only-binary :all: --require-hashes --target", "-r"]);
    let listed = toolchains.list();
    assert_eq!((listed.len(), listed[0].triton(), listed[0].python_tag()), (1, &TRITON, "cp311"));
    assert!(listed[0].size() > 0);
    let names: Vec<_> = fs::read_dir(&listed[0].folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    // Again: nothing is run.
    machine.install().unwrap();
    assert_eq!(machine.runs(), 1);
    assert_eq!(toolchains.remove(&TRITON, &mut |_| {}).unwrap(), [listed[0].folder.clone()]);
    assert!(toolchains.find(&TRITON).unwrap().is_none() && toolchains.list().is_empty());
    machine.assert_clean();
}

#[test]
fn without_any_python_the_error_says_which_to_install() {
    has_text(
        &Machine::new().error(),
        &["no Python on PATH", "CPython 3.9, 3.10, 3.11, 3.12, 3.13", "TRITON_RUNNER_PYTHON"],
    );
}

#[test]
fn wrong_pythons_are_listed_with_what_is_wrong() {
    let machine = Machine::new();
    machine.python("python3", &Shim { version: "3.8.10", tag: "cp38", ..GOOD });
    machine.python("python3.11", &Shim { implementation: "PyPy", ..GOOD });
    machine.python("python3.12", &Shim { version: "3.12.1", tag: "cp312", libc: "", ..GOOD });
    machine.program("python3.13", "echo 'pyenv: python3.13: command not found' >&2; echo more >&2; exit 127");
    machine.python("python3.14", &Shim { version: "3.14.0", tag: "cp314t", ..GOOD });
    has_text(
        &machine.error(),
        &[
            "python3: CPython 3.8.10",
            "python3.11: PyPy 3.11.7",
            "python3.12: CPython 3.12.1, without glibc",
            "python3.13: it does not run: pyenv: python3.13: command not found",
            "python3.14: CPython 3.14.0, free-threaded",
            "it needs CPython 3.9,",
        ],
    );
}

#[test]
fn a_broken_python_is_passed_over_for_one_that_works() {
    let machine = Machine::new();
    machine.program("python3.13", "exit 127");
    machine.python("python3.12", &Shim { version: "3.12.1", tag: "cp312", pip: false, ..GOOD });
    let python = machine.python("python3.10", &Shim { version: "3.10.2", tag: "cp310", ..GOOD });
    assert_eq!(machine.install().unwrap().python, python);
}

#[test]
fn uv_installs_where_there_is_no_pip() {
    let machine = Machine::new();
    machine.python("python3", &Shim { pip: false, ..GOOD });
    has_text(&machine.error(), &["neither pip nor uv", "python3 has no pip", "apt install python3-pip"]);
    let log = machine.folder.path().join("uv.log");
    machine.program(
        "uv",
        &format!(
            "echo \"$@\" > '{}'\nwhile [ \"$1\" != --target ]; do shift; done; site=$2\n{INSTALLS}",
            log.display()
        ),
    );
    machine.install().unwrap();
    let log = fs::read_to_string(log).unwrap();
    has_text(&log, &["pip install", "--require-hashes", "--compile-bytecode", "--python"]);
}

#[test]
fn what_the_installer_says_becomes_an_error_with_the_next_step() {
    let cases = [
        (
            "echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.' >&2; exit 1",
            ["does not have the SHA-256 that is pinned", "Nothing was kept"],
        ),
        (
            "echo 'WARNING: Retrying: NewConnectionError: Temporary failure in name resolution' >&2; echo 'ERROR: No matching distribution found for triton==3.3.1' >&2; exit 1",
            ["pip could not reach the package index", "--wheel triton-3.3.1-cp311-"],
        ),
        (
            "echo \"ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\" >&2; exit 1",
            ["no space left for Triton 3.3.1", "TRITON_RUNNER_HOME"],
        ),
        ("echo 'ERROR: something new' >&2; exit 2", ["pip could not install Triton 3.3.1", "ERROR: something new"]),
        ("exit 0", ["libtriton.so", "cannot find"]),
        ("kill -9 $$", ["pip could not install Triton 3.3.1", "Try again"]),
    ];
    for (installs, parts) in cases {
        let machine = Machine::new();
        machine.python("python3", &Shim { installs, ..GOOD });
        has_text(&machine.error(), &parts);
        assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
    }
}

#[test]
fn two_builds_at_once_install_once() {
    let machine = Machine::new();
    let slow = format!("sleep 0.5\n{INSTALLS}");
    machine.python("python3", &Shim { installs: &slow, ..GOOD });
    let said = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut tell = |text: &str| said.lock().unwrap().push(text.to_owned());
                machine.toolchains().install(&TRITON, &WheelSource::Index, false, &mut tell).unwrap();
            });
        }
    });
    assert_eq!(machine.runs(), 1);
    let said = said.into_inner().unwrap();
    assert_eq!(said.iter().filter(|text| text.starts_with("waiting for another build")).count(), 2, "{said:?}");
}

#[test]
fn what_a_killed_installation_left_is_removed() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let left = machine.folder.path().join("home/toolchains/.staging-abc/site");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half"), "").unwrap();
    machine.install().unwrap();
    machine.assert_clean();
}

#[test]
fn another_python_of_the_same_kind_takes_over_where_the_first_is_gone() {
    let machine = Machine::new();
    let first = machine.python("python3", &GOOD);
    machine.install().unwrap();
    fs::remove_file(first).unwrap();
    assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
    machine.python("python3.12", &Shim { version: "3.12.1", tag: "cp312", ..GOOD });
    assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
    let second = machine.python("python3.11", &GOOD);
    assert_eq!(machine.toolchains().find(&TRITON).unwrap().unwrap().python, second);
}

#[test]
fn nothing_is_installed_unasked_or_offline() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let toolchains = machine.toolchains();
    let error = toolchains.require(&TRITON).unwrap_err().to_string();
    has_text(&error, &["is not installed", "cargo triton setup --triton 3.3.1", "TRITON_RUNNER_SETUP=auto"]);
    let error = toolchains.install(&TRITON, &WheelSource::Index, true, &mut |_| {}).unwrap_err().to_string();
    has_text(&error, &["cargo is offline", "--wheel triton-3.3.1-cp311-cp311-"]);
    assert_eq!(machine.runs(), 0);
    assert!(!toolchains.folder().exists());
    machine.install().unwrap();
    assert!(toolchains.install(&TRITON, &WheelSource::Index, true, &mut |_| {}).is_ok());
}

#[test]
fn an_unknown_version_is_answered_with_the_known_ones() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let unknown = Version::new(3, 1, 0);
    let error =
        machine.toolchains().install(&unknown, &WheelSource::Index, false, &mut |_| {}).unwrap_err().to_string();
    has_text(&error, &["Triton 3.1.0 is not known here", "3.2.0", "3.8.0", "TRITON_RUNNER_PYTHON"]);
}

#[test]
fn a_wheel_with_other_bytes_than_pinned_is_refused_before_anything_runs() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let wheel = machine.folder.path().join("triton.whl");
    fs::write(&wheel, "PK").unwrap();
    let source = WheelSource::Wheel(wheel);
    let error = machine.toolchains().install(&TRITON, &source, true, &mut |_| {}).unwrap_err().to_string();
    has_text(&error, &["none of the wheels that are pinned", "triton-3.3.1-cp311-cp311-"]);
    let missing = WheelSource::Wheel(machine.folder.path().join("no.whl"));
    let error = machine.toolchains().install(&TRITON, &missing, true, &mut |_| {}).unwrap_err().to_string();
    has_text(&error, &["cannot read", "no.whl"]);
    assert_eq!(machine.runs(), 0);
}

#[test]
fn a_home_that_cannot_be_written_says_what_to_set() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    fs::write(machine.folder.path().join("home"), "a file").unwrap();
    has_text(&machine.install().unwrap_err().to_string(), &["cannot be created", "set TRITON_RUNNER_HOME"]);
}

#[test]
fn a_python_that_became_another_one_is_not_used_any_more() {
    let machine = Machine::new();
    let real = machine.python("python3.11", &GOOD);
    let toolchain = machine.install().unwrap();
    assert_eq!(toolchain.python, real);
    fs::remove_file(&real).unwrap();
    let other = machine.python("python3.12", &Shim { version: "3.12.1", tag: "cp312", ..GOOD });
    std::os::unix::fs::symlink(other, &real).unwrap();
    assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
}

#[test]
fn a_named_python_is_used_with_its_own_triton() {
    let machine = Machine::new();
    let named = |name: &str, triton: Option<&str>| {
        let python = machine.python(name, &Shim { triton, ..GOOD });
        machine.toolchains_with(Some(python))
    };
    let toolchain = named("right", Some("3.3.1")).find(&TRITON).unwrap().unwrap();
    assert_eq!((toolchain.site.as_ref(), &toolchain.triton), (None, &TRITON));
    assert!(named("patched", Some("3.3.1+git1")).find(&TRITON).unwrap().is_some());
    let error = |toolchains: &Toolchains| toolchains.find(&TRITON).unwrap_err().to_string();
    has_text(&error(&named("newer", Some("3.4.0"))), &["newer", "has Triton 3.4.0, but 3.3.1 is asked for"]);
    has_text(&error(&named("none", None)), &["has no Triton", "-m pip install triton"]);
    has_text(&error(&machine.toolchains_with(Some("/no/python".into()))), &["`/no/python`", "no such program"]);
    let broken = machine.program("broken", "echo 'bad magic' >&2; exit 1");
    has_text(&error(&machine.toolchains_with(Some(broken))), &["it does not run: bad magic"]);
    // A name is looked up, and installing uses it as it is.
    let by_name = machine.toolchains_with(Some("right".into()));
    assert!(by_name.install(&TRITON, &WheelSource::Index, true, &mut |_| {}).is_ok());
    assert_eq!(of_python(Path::new("right"), machine.search().as_os_str()).unwrap().triton, TRITON);
    assert_eq!(machine.runs(), 0);
}

#[test]
fn what_a_named_python_does_not_have_is_installed_beside_it() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let python = machine.python("own", &Shim { triton: Some("3.7.4+fb"), ..GOOD });
    let toolchains = machine.toolchains_with(Some(python));
    let fork = Version::parse("3.7.4+fb").unwrap();
    assert!(toolchains.find(&fork).unwrap().unwrap().site.is_none());
    // The fork of a version is another than that version.
    let plain = toolchains.find(&Version::new(3, 7, 4)).unwrap_err().to_string();
    has_text(&plain, &["has Triton 3.7.4+fb, but 3.7.4 is asked for and is not installed beside it"]);
    assert!(toolchains.find(&TRITON).is_err());
    let installed = toolchains.install(&TRITON, &WheelSource::Index, false, &mut |_| {}).unwrap();
    assert!(installed.site.is_some());
    assert_eq!(toolchains.find(&TRITON).unwrap(), Some(installed));
    assert_eq!(machine.runs(), 1);
}

#[test]
fn a_changed_compiler_of_a_named_python_has_another_identity() {
    let machine = Machine::new();
    let python = machine.python("python3", &Shim { triton: Some("3.3.1"), ..GOOD });
    let identity =
        || machine.toolchains_with(Some(python.clone())).find(&TRITON).unwrap().unwrap().identity().to_owned();
    let library = machine.folder.path().join("own/triton/_C/libtriton.so");
    fs::create_dir_all(library.parent().unwrap()).unwrap();
    fs::write(&library, "one").unwrap();
    let first = identity();
    assert_eq!(first, identity());
    fs::write(&library, "three").unwrap();
    assert_ne!(first, identity());
}

#[test]
fn the_home_is_named_or_in_the_cache_folder() {
    let home = |set: &[(&str, &str)]| {
        let value = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
        default_home(value)
    };
    assert_eq!(home(&[("TRITON_RUNNER_HOME", "/a"), ("HOME", "/h")]).unwrap(), Path::new("/a"));
    assert_eq!(home(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")]).unwrap(), Path::new("/c/triton-runner"));
    assert_eq!(home(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")]).unwrap(), Path::new("/h/.cache/triton-runner"));
    has_text(&home(&[]).unwrap_err().to_string(), &["set TRITON_RUNNER_HOME"]);
    has_text(&home(&[("TRITON_RUNNER_HOME", "a")]).unwrap_err().to_string(), &["relative"]);
}
