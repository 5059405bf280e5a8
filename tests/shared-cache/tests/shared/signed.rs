//! A team that signs what it pushes.

use crate::machine::Machine;

const SIGNING: &str = "TRITON_RUNNER_CACHE_SIGNING_KEY";
const PUBLIC: &str = "TRITON_RUNNER_CACHE_PUBLIC_KEY";

/// A new key: the file of the secret one, and the public one.
fn new_key(machine: &Machine, file: &std::path::Path) -> String {
    let ran = machine.cache(&["new-key", &file.display().to_string()], &[]).done();
    let secret = std::fs::read_to_string(file).unwrap();
    assert!(!ran.stdout.contains(secret.trim()) && !ran.stderr.contains(secret.trim()));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    ran.stdout.trim().to_owned()
}

#[test]
fn with_a_key_what_others_pushed_is_not_used() {
    let (first, second, place) = (Machine::first(), Machine::second(), tempfile::tempdir().unwrap());
    let (secret, other) = (place.path().join("secret"), place.path().join("other"));
    let (public, _) = (new_key(&first, &secret), new_key(&first, &other));
    first.fails(&["new-key", &secret.display().to_string()], &[], &["can't write"]);
    let url = ("TRITON_RUNNER_CACHE_URL", place.path().join("cache").display().to_string());
    let signing = |file: &std::path::Path| [url.clone(), (SIGNING, file.display().to_string())];
    let trusting = [url.clone(), (PUBLIC, public.clone())];

    first.does(&["push"], std::slice::from_ref(&url), "pushed 4");
    let ran = second.does(&["pull"], &trusting, "pulled 0 of 4");
    assert_eq!(ran.stderr.matches("it is not signed, and TRITON_RUNNER_CACHE_PUBLIC_KEY").count(), 4, "{}", ran.stderr);
    // Who signs replaces what isn't, by its size; what another signed has the same.
    first.does(&["push"], &signing(&other), "pushed 4 of 4 results, ");
    let ran = second.does(&["pull"], &trusting, "pulled 0 of 4");
    assert_eq!(ran.stderr.matches("whom TRITON_RUNNER_CACHE_PUBLIC_KEY doesn't name").count(), 4, "{}", ran.stderr);
    let ran = first.does(&["push", "--replace"], &signing(&secret), "pushed 4 of 4 results, ");
    assert!(ran.stdout.contains(", signed, to "), "{}", ran.stdout);
    second.does(&["pull"], &trusting, "pulled 4 of 4");
    second.builds_as(&first);

    // Who signs trusts itself alone, and without a key signed entries are used as all are.
    let signer = Machine::second();
    let ran = signer.does(&["pull"], &signing(&other), "pulled 0 of 4");
    assert!(ran.stderr.contains(&format!("it is signed by {public}")), "{}", ran.stderr);
    signer.does(&["pull"], &signing(&secret), "pulled 4 of 4");
    Machine::second().does(&["pull"], &[url], "pulled 4 of 4");
}

#[test]
fn a_key_that_is_none_is_an_error_without_its_text() {
    let machine = Machine::second();
    let place = tempfile::tempdir().unwrap();
    let url = ("TRITON_RUNNER_CACHE_URL", place.path().display().to_string());
    for (command, variable) in [("push", SIGNING), ("pull", SIGNING), ("pull", PUBLIC)] {
        let bad = "0123456789".repeat(6);
        let said =
            machine.fails(&[command], &[url.clone(), (variable, bad.clone())], &[variable, "64 hexadecimal digits"]);
        assert!(!said.contains(&bad), "{said}");
    }
}
