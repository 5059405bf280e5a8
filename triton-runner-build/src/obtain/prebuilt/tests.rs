use super::*;

fn arch(name: &str) -> Arch {
    name.parse().unwrap()
}

fn locked(kernel: &str, bytes: &[u8]) -> Locked {
    Locked {
        kernel: kernel.into(),
        arch: arch("sm_90"),
        key: Key::new(&[("input", kernel.as_bytes())]),
        triton: Some("3.3.1".into()),
        stored: Stored {
            bytes: bytes.into(),
            ptx: Some(b".version 8.4".to_vec()),
            metadata: serde_json::json!({"shared": 0}),
        },
    }
}

#[test]
fn what_was_locked_comes_back_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Prebuilt::open(folder.path()).unwrap().is_none());
    let add = locked("add", b"code");
    write(folder.path(), &[locked("old", b"x")], Compress::Off).unwrap();
    std::fs::write(folder.path().join("README"), "mine").unwrap();
    std::fs::write(folder.path().join(".new-left-over"), "half").unwrap();
    write(folder.path(), std::slice::from_ref(&add), Compress::Off).unwrap();
    assert!(!folder.path().join("old.sm_90.cubin").exists() && folder.path().join("README").exists());
    assert!(!folder.path().join(".new-left-over").exists(), "of a lock that was killed");
    let prebuilt = Prebuilt::open(folder.path()).unwrap().unwrap();
    let (stored, files) = prebuilt.get("add", add.arch, &add.key, true).unwrap();
    assert_eq!((stored, files.len()), (add.stored, 2));
    assert_eq!(prebuilt.get("add", add.arch, &add.key, false).unwrap().0.ptx, None);
    let error = |result: Result<(Stored, Vec<Input>), PrebuiltError>| result.unwrap_err().to_string();
    let stale = error(prebuilt.get("add", add.arch, &Key::new(&[]), false));
    assert!(stale.contains("is stale") && stale.contains("`cargo triton lock`"), "{stale}");
    let missing = error(prebuilt.get("add", arch("sm_80"), &add.key, false));
    assert!(missing.contains("no machine code") && missing.contains("`cargo triton lock`"), "{missing}");
    std::fs::write(folder.path().join("add.sm_90.cubin"), "tampered").unwrap();
    let hash = error(prebuilt.get("add", add.arch, &add.key, false));
    assert!(hash.contains("is not the file that was locked"), "{hash}");
}

#[test]
fn where_addresses_are_not_fixed_a_difference_accuses_nobody() {
    let stored = |bytes: &[u8], metadata| Stored { metadata, ..locked("add", bytes).stored };
    let (fixed, random) = (serde_json::json!({"shared": 0}), serde_json::json!({"shared": 0, "addresses": "random"}));
    assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"a", random.clone())), Ok(()));
    assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"b", random.clone())), Err(true));
    let of_a_wheel = serde_json::json!({"shared": 0, "made_with": {"wheel": "ab"}});
    assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"a", of_a_wheel)), Ok(()));
    assert_eq!(same(&stored(b"a", random), &stored(b"b", fixed.clone())), Err(true));
    assert_eq!(same(&stored(b"a", fixed.clone()), &stored(b"b", fixed.clone())), Err(false));
    assert_eq!(same(&stored(b"a", fixed), &stored(b"a", serde_json::json!({"shared": 1}))), Err(false));
    let text = |random| PrebuiltError::Differs { path: "kernels/prebuilt".into(), random }.to_string();
    assert!(text(true).contains("a sandbox forbids") && text(true).contains("several right results"));
    assert!([true, false].iter().all(|random| !text(*random).contains("find out who")));
}

#[test]
fn a_lock_that_cannot_be_read_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for (text, part) in [("{", "is damaged"), ("{\"format\": 9}", "has format 9"), ("{\"format\": 1}", "is damaged")] {
        std::fs::write(folder.path().join(LOCK), text).unwrap();
        let error = Prebuilt::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("`cargo triton lock`"), "{error}");
    }
}
