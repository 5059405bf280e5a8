//! A folder that both machines reach.

use crate::machine::{ALL, Machine, entries};

#[test]
fn a_second_machine_builds_with_what_the_first_one_pushed_and_no_compiler() {
    let shared = tempfile::tempdir().unwrap();
    let place = shared.path().join("of/the/team").display().to_string();
    let (first, second) = (Machine::first(), Machine::second());
    second.fails(&["pull", &place], &[], &["there is no folder", "nothing has been pushed there yet"]);
    let said = first.does(&["push", &place], &[], "pushed 4 of 4 results, ").stdout;
    assert!(said.contains("0 were there already, 0 are not in this machine's cache"), "{said}");
    first.does(&["push", &place], &[], "pushed 0 of 4 results, 0 B, to ");
    assert_eq!(entries(shared.path()).len(), ALL);

    let errors = second.script.run().errors();
    assert!(errors.contains("cargo triton setup"), "{errors}");
    let said = second.does(&["pull", &format!("file://{place}")], &[], "pulled 4 of 4 results, ").stdout;
    assert!(said.contains("0 were here already, 0 are missing"), "{said}");
    second.builds_as(&first);
    let said = second.does(&["pull", &place], &[], "pulled 0 of 4 results, 0 B").stdout;
    assert!(said.contains("4 were here already, 0 are missing"), "{said}");
    // What was pulled is as good as what was lowered.
    let again = tempfile::tempdir().unwrap();
    second.does(&["push"], &[("TRITON_RUNNER_CACHE_URL", again.path().display().to_string())], "pushed 4 of 4");
}

#[test]
fn what_is_missing_is_counted_and_lowered_by_the_build() {
    let shared = tempfile::tempdir().unwrap();
    let place = shared.path().display().to_string();
    let (first, other) = (Machine::first(), Machine::first());
    first.does(&["push", &place, "--arch", "sm_80"], &[], "pushed 2 of 2 results");
    std::fs::remove_dir_all(other.script.home().join("cache")).unwrap();
    std::fs::remove_dir_all(other.script.out_dir().join("triton-runner")).unwrap();
    let said = other.does(&["pull", &place], &[], "pulled 2 of 4 results").stdout;
    assert!(said.contains("2 are missing"), "{said}");
    assert_eq!(other.script.run().done().lowered(), 2);
    assert!(other.images() == first.images());
    let ran = other.does(&["push", &place, "--json"], &[], "{");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let counts = ["pushed", "there", "not_built"].map(|name| report[name].as_u64().unwrap());
    assert_eq!((counts, report["signed"] == false), ([2, 2, 0], true), "{report}");
}

#[test]
fn an_entry_that_is_another_ones_cut_empty_or_changed_is_not_used() {
    let shared = tempfile::tempdir().unwrap();
    let place = shared.path().display().to_string();
    let (first, second) = (Machine::first(), Machine::second());
    first.does(&["push", &place], &[], "pushed 4");
    let all = entries(shared.path());
    let [cut, empty, changed, swapped] = &all[..] else { panic!("four entries") };
    let bytes = all.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>();
    std::fs::write(cut, &bytes[0][..bytes[0].len() / 2]).unwrap();
    std::fs::write(empty, "").unwrap();
    let mut other = bytes[2].clone();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    std::fs::write(changed, other).unwrap();
    std::fs::write(swapped, &bytes[0]).unwrap();
    let ran = second.does(&["pull", &place], &[], "pulled 0 of 4 results, 0 B, from ");
    assert!(ran.stdout.contains("4 are missing"), "{}", ran.stdout);
    assert_eq!(
        ran.stderr.matches("content is not what its hash says, or it is another key's").count(),
        3,
        "{}",
        ran.stderr
    );
    for part in
        ["warning: kernel `k", "is no entry of a shared cache, or is cut short", "`cargo triton cache push --replace`"]
    {
        assert!(ran.stderr.contains(part), "`{part}` is not in: {}", ran.stderr);
    }
    assert!(second.script.cached().is_empty());
    // A push sees by its size that one is not whole; of the others it has to be told.
    first.does(&["push", &place], &[], "pushed 3 of 4");
    first.does(&["push", &place, "--replace"], &[], "pushed 4 of 4");
    second.does(&["pull", &place], &[], "pulled 4 of 4");
    second.builds_as(&first);
}

#[test]
fn an_entry_with_a_right_seal_and_another_kernels_code_is_not_used() {
    let (first, second, shared) = (Machine::first(), Machine::second(), tempfile::tempdir().unwrap());
    let place = shared.path().display().to_string();
    first.does(&["push", &place], &[], "pushed 4");
    // Somebody who knows the format: the head and the machine code of one kernel under the seal of another's key.
    let all = entries(shared.path());
    let body = |path: &std::path::PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        let ends: Vec<_> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
        // Of the entry, its signature, the file, its seal.
        bytes[ends[3]..].to_vec()
    };
    let mut found = 0;
    for (path, other) in all.iter().zip(all.iter().cycle().skip(1)) {
        let mut names = path.components().rev().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let (rest, start) = (names.next().unwrap(), names.next().unwrap());
        let body = body(other);
        let seal = seal(&format!("{start}{rest}"), &body);
        let head = format!("triton-runner shared cache 1\nunsigned\ntriton-runner cache 2\n{seal}\n");
        std::fs::write(path, [head.as_bytes(), &body].concat()).unwrap();
        found += 1;
    }
    assert_eq!(found, ALL);
    let ran = second.does(&["pull", &place], &[], "pulled 0 of 4");
    assert_eq!(ran.stderr.matches("it is not what a build takes: ").count(), 4, "{}", ran.stderr);
    assert!(second.script.cached().is_empty());
}

fn seal(key: &str, body: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::new().chain_update(key).chain_update(body).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn what_names_no_place_is_an_error_that_says_what_does() {
    let machine = Machine::second();
    machine.fails(&["pull"], &[], &["name it, or set TRITON_RUNNER_CACHE_URL"]);
    machine.fails(&["push", "ftp://server/x"], &[], &["is no place for a shared cache", "s3://, gs://, az://"]);
    let said = machine.fails(&["pull", "https://me:secret@[bad/x"], &[], &["is no place for a shared cache"]);
    assert!(!said.contains("secret"), "{said}");
    let said = machine.fails(&["pull", "https://me:secret@server/x?sig=1"], &[], &["behind `?` or `#`"]);
    assert!(!said.contains("secret"), "{said}");
    let off = [("TRITON_RUNNER_CACHE", "off".to_owned())];
    machine.fails(&["pull", "/nowhere"], &off, &["TRITON_RUNNER_CACHE=off"]);
    machine.fails(&["push", "/dev/null/x"], &[], &["can't be set up", "/dev/null/x"]);
}

#[test]
fn another_version_of_the_crate_looks_for_other_results() {
    let (machine, shared) = (Machine::second(), tempfile::tempdir().unwrap());
    let lock = "version = 4\n\n[[package]]\nname = \"p\"\nversion = \"0.0.0\"\n\n[[package]]\nname = \"triton-runner-build\"\nversion = \"0.0.7\"\n";
    machine.script.package.write("Cargo.lock", lock).unwrap();
    let ran = machine.does(&["pull", &shared.path().display().to_string()], &[], "pulled 0 of 4");
    assert!(ran.stderr.contains("the workspace builds with 0.0.7"), "{}", ran.stderr);
}
