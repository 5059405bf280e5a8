//! Compilers whose files are not any more what was installed.

use std::time::{Duration, SystemTime};

use super::*;

/// What `pip install` does: a library, an assembler, and the list of both.
const WHEEL: &str = r#"mkdir -p "$site/triton/_C" "$site/triton/backends/nvidia/bin" "$site/triton-3.3.1.dist-info"
printf library > "$site/triton/_C/libtriton.so"
printf assembler > "$site/triton/backends/nvidia/bin/ptxas"
printf pass > "$site/triton/compiler.py"
cat > "$site/triton-3.3.1.dist-info/RECORD" <<END
triton/_C/libtriton.so,sha256=Vf_JaBg_ySpttqiE2eR0RQlpBYFHlCYHk0ISp8Uss7Q,7
triton/backends/nvidia/bin/ptxas,sha256=ASSEMBLER,9
triton/compiler.py,sha256=PYTHON,4
triton/__pycache__/compiler.pyc,,
END"#;

fn sha256(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), text).unwrap();
    super::super::integrity::sha256(&folder.path().join("file")).unwrap()
}

/// An installed toolchain, and its site folder.
fn installed(machine: &Machine) -> PathBuf {
    let wheel = WHEEL.replace("Vf_JaBg_ySpttqiE2eR0RQlpBYFHlCYHk0ISp8Uss7Q", &sha256("library"));
    let wheel = wheel.replace("ASSEMBLER", &sha256("assembler")).replace("PYTHON", &sha256("pass"));
    machine.python("python3", &Shim { installs: &wheel, ..GOOD });
    machine.install().unwrap().site.unwrap()
}

const PTXAS: &str = "triton/backends/nvidia/bin/ptxas";

fn set_modified(path: &Path, time: SystemTime) {
    fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
}

#[test]
fn a_damaged_toolchain_is_none_and_is_installed_again() {
    let machine = Machine::new();
    machine.python("python3", &GOOD);
    let toolchain = machine.install().unwrap();
    fs::write(toolchain.site.as_ref().unwrap().join("triton/_C/libtriton.so"), "lib").unwrap();
    assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
    machine.install().unwrap();
    assert!(machine.toolchains().find(&TRITON).unwrap().is_some());
    fs::write(machine.toolchains().list()[0].folder.join("toolchain.json"), "{").unwrap();
    assert!(machine.toolchains().find(&TRITON).unwrap().is_none());
    machine.install().unwrap();
    assert_eq!(machine.runs(), 3);
}

#[test]
fn a_replaced_program_is_noticed_by_a_build_that_says_which_it_is() {
    for (name, content, part) in [
        (PTXAS, "another one", "it has 11 bytes, and 9 were installed"),
        (PTXAS, "assembleR", "its SHA-256 is not that of the file in the wheel"),
        ("triton/_C/libtriton.so", "librarY", "its SHA-256 is not"),
        ("triton/_C/libtriton.so", "", "it has 0 bytes, and 7 were installed"),
    ] {
        let machine = Machine::new();
        let file = installed(&machine).join(name);
        fs::write(&file, content).unwrap();
        // Not in the tick of the clock in which it was installed.
        set_modified(&file, SystemTime::now() + Duration::from_secs(60));
        let toolchains = machine.toolchains();
        assert!(toolchains.find(&TRITON).unwrap().is_none() && toolchains.list().is_empty(), "{name}");
        let error = toolchains.require(&TRITON).unwrap_err().to_string();
        has_text(&error, &[name, "is not the file that was installed", part, "cargo triton setup --triton 3.3.1"]);
        machine.install().unwrap();
        assert_eq!(machine.runs(), 2);
        assert!(toolchains.require(&TRITON).is_ok());
    }
}

#[test]
fn a_copy_of_the_home_folder_is_as_good_as_the_installation() {
    let machine = Machine::new();
    let site = installed(&machine);
    let folder = site.parent().unwrap();
    let noted = || fs::read_to_string(folder.join("toolchain.json")).unwrap();
    let before = noted();
    set_modified(&site.join(PTXAS), SystemTime::now() - Duration::from_secs(1_000_000));
    assert!(machine.toolchains().require(&TRITON).is_ok());
    assert_ne!(noted(), before, "next time a look is enough");
    // An archive may round times.
    set_modified(&site.join(PTXAS), SystemTime::now() - Duration::from_secs(1_000_001));
    assert!(machine.toolchains().require(&TRITON).is_ok());
}

#[test]
fn what_looks_the_same_is_told_by_its_content() {
    let machine = Machine::new();
    let site = installed(&machine);
    let damage = || machine.toolchains().list()[0].damage_by_content().unwrap().map(|damage| damage.file);
    assert_eq!(damage(), None);
    for name in ["triton/compiler.py", PTXAS] {
        let file = site.join(name);
        let (good, time) = (fs::read(&file).unwrap(), fs::metadata(&file).unwrap().modified().unwrap());
        let mut bad = good.clone();
        bad[0] ^= 1;
        fs::write(&file, &bad).unwrap();
        set_modified(&file, time);
        assert_eq!(damage(), Some(file.clone()));
        fs::remove_file(&file).unwrap();
        if name.ends_with(".py") {
            assert_eq!(damage(), Some(file.clone()));
        }
        fs::write(&file, &good).unwrap();
        set_modified(&file, time);
    }
    assert_eq!(damage(), None);
    // Then the next installation takes its place.
    machine.toolchains().list()[0].give_up().unwrap();
    machine.install().unwrap();
    assert_eq!(machine.runs(), 2);
    fs::remove_dir_all(site.join("triton-3.3.1.dist-info")).unwrap();
    assert!(machine.toolchains().list()[0].damage_by_content().is_err());
}

#[test]
fn an_installation_that_noted_nothing_is_used_as_it_is() {
    let machine = Machine::new();
    let site = installed(&machine);
    let marker = site.parent().unwrap().join("toolchain.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&marker).unwrap()).unwrap();
    json.as_object_mut().unwrap().remove("files").unwrap();
    fs::write(&marker, json.to_string()).unwrap();
    fs::write(site.join(PTXAS), "another one").unwrap();
    assert!(machine.toolchains().require(&TRITON).is_ok());
    // Whoever asks is told.
    assert_eq!(machine.toolchains().list()[0].damage_by_content().unwrap().unwrap().file, site.join(PTXAS));
}
