//! Which assembler is taken.

use super::*;

#[test]
fn each_version_has_its_ptxas_for_each_architecture() {
    let name = |version: Version, arch| {
        let toolchain = Toolchain::at("python3".into(), "/site".into(), version);
        toolchain.ptxas(arch).file_name().unwrap().to_str().unwrap().to_owned()
    };
    for (version, arch, expected) in [
        (Version::new(3, 2, 0), 90, "ptxas"),
        (Version::new(3, 3, 1), 90, "ptxas"),
        (Version::new(3, 3, 1), 100, "ptxas-blackwell"),
        (Version::new(3, 4, 0), 120, "ptxas"),
        (Version::new(3, 5, 1), 120, "ptxas"),
        (Version::new(3, 6, 0), 90, "ptxas"),
        (Version::new(3, 8, 0), 120, "ptxas-blackwell"),
        (Version::new(3, 9, 0), 89, "ptxas"),
        (Version::new(3, 9, 0), 90, "ptxas-blackwell"),
        (Version::new(4, 0, 0), 90, "ptxas-blackwell"),
    ] {
        assert_eq!(name(version, arch), expected);
    }
}

#[test]
fn a_ptxas_is_looked_for_in_order_and_a_named_one_is_taken_at_its_word() {
    let machine = Machine::new();
    let search = machine.search().into_os_string();
    let cuda = machine.folder.path().join("cuda");
    let asked = |named: Option<&Path>, isa| {
        let named = named.map(Path::to_owned);
        Programs::new(named, Some(machine.toolchains()), vec![cuda.clone()], search.clone()).ptxas(90, isa, None)
    };
    let found = |named| asked(named, None);
    has_text(
        &found(None).unwrap_err().to_string(),
        &["there is no ptxas", "cargo triton setup", "TRITON_RUNNER_PTXAS"],
    );
    let says = |version: &str| format!("echo 'Cuda compilation tools, release 12.8, V{version}'");
    let on_path = machine.program("ptxas", &says("12.8.1"));
    assert_eq!(found(None).unwrap().version, "12.8.1");
    fs::create_dir_all(cuda.join("bin")).unwrap();
    fs::rename(machine.program("other", &says("12.8.2")), cuda.join("bin/ptxas")).unwrap();
    assert_eq!(found(None).unwrap().version, "12.8.2");
    let script = format!(
        "{INSTALLS}; mkdir -p \"$site/triton/backends/nvidia/bin\"; cp '{}' \"$site/triton/backends/nvidia/bin/ptxas\"",
        on_path.display()
    );
    machine.python("python3", &Shim { installs: &script, ..GOOD });
    machine.install().unwrap();
    assert_eq!(found(None).unwrap().version, "12.8.1");
    // Triton's reads PTX up to 8.7; a toolkit's that reads newer is taken for that, and nothing newer than both is found.
    let newer = machine.program("newer", "echo 'Cuda compilation tools, release 12.9, V12.9.1'");
    fs::rename(newer, cuda.join("bin/ptxas")).unwrap();
    assert_eq!(asked(None, Some(87)).unwrap().version, "12.8.1");
    assert_eq!(asked(None, Some(88)).unwrap().version, "12.9.1");
    assert_eq!(asked(None, Some(90)).unwrap().version, "12.9.1");
    let broken = machine.program("broken", "echo hello");
    has_text(&found(Some(&broken)).unwrap_err().to_string(), &["is no ptxas that runs", "hello"]);
    has_text(&found(Some(Path::new("/no/ptxas"))).unwrap_err().to_string(), &["/no/ptxas", "does not start"]);
}
