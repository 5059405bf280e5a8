//! A cache that somebody else can write to.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use e2e::script::Script;
use sha2::{Digest as _, Sha256};

use super::{PROGRAM, SETTINGS, forget, make_pipe, run};

/// One kernel, built, and where its result lies in the cache.
fn built() -> (Script, PathBuf) {
    let script = Script::with_kernels(PROGRAM, SETTINGS, 1);
    assert_eq!(run(&script).done().lowered(), 1);
    let [entry] = &script.cached()[..] else { panic!("{:?}", script.cached()) };
    let entry = entry.clone();
    forget(&script);
    (script, entry)
}

#[test]
fn an_entry_of_another_key_is_never_taken_for_it() {
    let (script, add) = built();
    let good = std::fs::read(&add).unwrap();
    // Another kernel with the same name, arguments and block: nothing but the key tells them apart.
    script.edit("kernels/k0.ttir", "arith.addf", "arith.subf");
    run(&script).done();
    let sub = script.cached().into_iter().find(|path| *path != add).unwrap();
    let (expected, other) = (script.image("k0.sm_80.cubin"), std::fs::read(&sub).unwrap());
    assert!(good != other);
    std::fs::write(&sub, &good).unwrap();
    std::fs::write(&add, &other).unwrap();
    forget(&script);
    assert_eq!(run(&script).done().lowered(), 1);
    assert!(script.image("k0.sm_80.cubin") == expected && std::fs::read(&sub).unwrap() == other);
}

#[test]
fn whatever_lies_in_an_entrys_place_the_result_is_right() {
    let (script, entry) = built();
    let good = std::fs::read(&entry).unwrap();
    run(&script).done();
    let expected = script.image("k0.sm_80.cubin");
    let elsewhere = script.temporary().parent().unwrap().join("elsewhere");
    let remove = || if entry.is_dir() { std::fs::remove_dir_all(&entry) } else { std::fs::remove_file(&entry) };
    let places: [(&str, &dyn Fn()); 8] = [
        ("half of it", &|| std::fs::write(&entry, &good[..good.len() / 2]).unwrap()),
        ("nothing", &|| std::fs::write(&entry, "").unwrap()),
        ("something else", &|| std::fs::write(&entry, "triton-runner cache 2\n").unwrap()),
        ("a pipe", &|| make_pipe(&entry)),
        ("a folder", &|| std::fs::create_dir(&entry).unwrap()),
        ("a device", &|| symlink("/dev/zero", &entry).unwrap()),
        ("a link to itself", &|| symlink(&entry, &entry).unwrap()),
        ("a link to a bad file", &|| symlink(&elsewhere, &entry).unwrap()),
    ];
    for (what, put) in places {
        std::fs::write(&elsewhere, "precious").unwrap();
        remove().unwrap();
        put();
        forget(&script);
        assert_eq!(run(&script).done().lowered(), 1, "{what}");
        assert!(script.image("k0.sm_80.cubin") == expected, "{what}");
        assert_eq!(std::fs::read(&elsewhere).unwrap(), b"precious", "{what}");
    }
    // A good one is good behind a link too.
    std::fs::write(&elsewhere, &good).unwrap();
    remove().unwrap();
    symlink(&elsewhere, &entry).unwrap();
    forget(&script);
    assert_eq!(run(&script).done().lowered(), 0);
    assert!(script.image("k0.sm_80.cubin") == expected);
}

#[test]
fn nothing_behind_a_link_in_the_cache_is_cleaned_away() {
    let (script, _) = built();
    let (cache, elsewhere) = (script.home().join("cache"), script.temporary().parent().unwrap().join("elsewhere"));
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(elsewhere.join("precious"), "").unwrap();
    // Where unfinished entries lie, which the next build that lowers something clears away.
    std::fs::remove_dir_all(cache.join(".new")).unwrap();
    symlink(&elsewhere, cache.join(".new")).unwrap();
    script.add_kernel("k1");
    assert_eq!(run(&script).done().lowered(), 1);
    assert!(elsewhere.join("precious").exists());
}

/// The limit of it: who can write here can make the hash as well. What is embedded still has the entry, the parameters and
/// the block that the launch will use.
#[test]
fn a_forged_entry_is_still_held_against_the_kernel() {
    let (script, entry) = built();
    for path in [script.home(), script.home().join("cache"), entry.parent().unwrap().to_owned()] {
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o777)).unwrap();
    }
    let good = std::fs::read(&entry).unwrap();
    let key = format!("{}{}", name(entry.parent().unwrap()), name(&entry));
    let forge = |cubin: &[u8]| {
        let body = good.splitn(3, |&byte| byte == b'\n').nth(2).unwrap();
        let header = body.split(|&byte| byte == b'\n').next().unwrap();
        let mut header: serde_json::Value = serde_json::from_slice(header).unwrap();
        header["bytes"] = cubin.len().into();
        let body = [header.to_string().as_bytes(), b"\n", cubin].concat();
        let seal = Sha256::new().chain_update(&key).chain_update(&body).finalize();
        let seal: String = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        let file = [b"triton-runner cache 2\n", seal.as_bytes(), b"\n", &body].concat();
        std::fs::write(&entry, file).unwrap();
    };
    let cubin = |name: &str| e2e::file(&format!("triton-runner-build/tests/data/3.3/{name}.sm_80.cubin"));
    for forged in [cubin("add"), cubin("spill"), e2e::file("Cargo.toml"), Vec::new()] {
        forge(&forged);
        forget(&script);
        let ran = run(&script);
        if ran.ok {
            assert_eq!(ran.lowered(), 1, "it is lowered again");
        } else {
            assert!(ran.errors().contains("kernel `k0`"), "{}", ran.errors());
        }
    }
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
