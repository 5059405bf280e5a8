//! Fixed addresses, and what is said where there are none.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Where a sandbox forbids them, the result is none that another machine must give too.
#[test]
fn a_lowering_without_fixed_addresses_says_so() {
    let mut fake = fake();
    let with = fake.lower(&["x = 1\n"]).remove(0).unwrap();
    assert_eq!(with.metadata.get("addresses"), None, "this machine forbids them");
    // An interpreter that takes them back, as a sandbox does that never gave them.
    let real = fake.toolchain.python.display().to_string();
    let undo = "import ctypes, os, sys; ctypes.CDLL(None).personality(0); os.execv(sys.argv[1], sys.argv[1:])";
    let script = fake.folder.path().join("python");
    fs::write(&script, format!("#!/bin/sh\nexec '{real}' -c '{undo}' '{real}' \"$@\"\n")).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    fake.toolchain.python = script;
    let without = fake.lower(&["x = 1\n"]).remove(0).unwrap();
    assert_eq!(without.metadata["addresses"], "random");
}

#[test]
fn the_size_of_the_stack_is_that_of_every_machine() {
    let fake = fake();
    let note = fake.note("stack");
    let source =
        format!("import resource; open({note:?}, 'w').write(str(resource.getrlimit(resource.RLIMIT_STACK)[0]))\n");
    fake.lower(&[&source]).remove(0).unwrap();
    assert_eq!(fs::read_to_string(note).unwrap(), (8 << 20).to_string());
}
