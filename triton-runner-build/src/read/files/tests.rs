use super::*;

fn scan_files(names: &[&str]) -> Found {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    let folders: Vec<_> = ["kernels", "more"].into_iter().map(PathBuf::from).collect();
    let mut found = scan(folder.path(), &folders[..1]);
    if folder.path().join("more").exists() {
        found = scan(folder.path(), &folders);
    }
    found
}

fn messages(found: &Found) -> String {
    found.problems.iter().map(|problem| problem.to_string() + "\n").collect()
}

#[test]
fn files_are_grouped_by_kernel_and_the_rest_is_left_alone() {
    let found = scan_files(&[
        "kernels/add.ttir",
        "kernels/add.json",
        "kernels/add.sm_80.ttir",
        "kernels/add.sm_90.ptx",
        "kernels/add.sm_90.json",
        "kernels/add.py",
        "kernels/mul.cubin",
        "kernels/mul@wide.cubin",
        "kernels/README.md",
        "kernels/other.json",
        "kernels/__grp__mul.json",
        "kernels/package-lock.x.json",
        "kernels/sub/deep.ttir",
        "kernels/mul.tuned.nvidia-h100.json",
    ]);
    assert_eq!(messages(&found), "");
    let [add, mul, wide] = &found.kernels[..] else { panic!("{:?}", found.kernels) };
    assert_eq!((add.name.as_str(), add.artifacts.len(), add.metadata.len()), ("add", 3, 2));
    assert_eq!(add.artifacts[0].arch, Some("sm_80".parse().unwrap()));
    let ptx = &add.artifacts[1];
    assert_eq!((ptx.name.as_str(), ptx.level), ("kernels/add.sm_90.ptx", Level::Ptx));
    assert_eq!(ptx.arch, Some("sm_90".parse().unwrap()));
    assert_eq!(ptx.bytes, b"kernels/add.sm_90.ptx");
    assert_eq!((mul.artifacts[0].level, mul.artifacts[0].arch), (Level::Cubin, None));
    assert_eq!(wide.name, "mul@wide");
    // What was measured is of all variants.
    let tables = |files: &KernelFiles| files.tables.iter().map(|table| table.name.clone()).collect::<Vec<_>>();
    assert_eq!(tables(mul), ["kernels/mul.tuned.nvidia-h100.json"]);
    assert_eq!((tables(wide), tables(add)), (tables(mul), vec![]));
    assert!(found.folders.keys().any(|path| path.ends_with("kernels")));
}

#[test]
fn names_that_cannot_work_are_each_told_so() {
    let found = scan_files(&[
        "kernels/my-kernel.ttir",
        "kernels/1st.ttir",
        "kernels/a@.ttir",
        "kernels/a.hopper.ptx",
        "kernels/a.sm_90a.ptx",
    ]);
    let text = messages(&found);
    for part in [
        "`kernels/my-kernel.ttir`: `my-kernel` can't name a kernel",
        "`kernels/1st.ttir`: `1st` can't name a kernel",
        "`kernels/a@.ttir`: `a@` can't name a kernel",
        "`kernels/a.hopper.ptx`: `hopper` is no architecture",
        "`kernels/a.sm_90a.ptx`: `sm_90a` in a file's name: write `sm_90`",
    ] {
        assert!(text.contains(part), "{part}\nnot in\n{text}");
    }
    assert_eq!(found.problems.len(), 5);
}

#[test]
fn two_files_that_claim_one_kernel_are_an_error() {
    let found = scan_files(&["kernels/a.ttir", "more/a.ttir", "kernels/a.json", "more/a.json"]);
    let text = messages(&found);
    assert!(text.contains("`more/a.ttir`: `kernels/a.ttir` claims the same kernel"), "{text}");
    assert!(text.contains("`more/a.json`: `kernels/a.json` claims the same kernel"), "{text}");
}

#[test]
fn a_missing_folder_is_an_error() {
    let found = scan(Path::new("/nonexistent"), &[PathBuf::from("kernels")]);
    assert!(messages(&found).contains("`kernels`: there is no such folder"), "{}", messages(&found));
}

#[test]
fn a_folder_that_is_listed_twice_is_named_once() {
    let package = tempfile::tempdir().unwrap();
    std::fs::create_dir(package.path().join("kernels")).unwrap();
    std::fs::write(package.path().join("kernels/add.ttir"), "module {}").unwrap();
    for second in ["kernels", "./kernels", "kernels/../kernels"] {
        let found = scan(package.path(), &[PathBuf::from("kernels"), PathBuf::from(second)]);
        let problems: Vec<_> = found.problems.iter().map(ToString::to_string).collect();
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert!(problem.contains("lists this folder twice: list it once"), "{problem}");
        assert_eq!(found.kernels.len(), 1);
    }
}
