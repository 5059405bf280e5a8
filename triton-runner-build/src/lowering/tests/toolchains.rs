//! Toolchains with a real Python and a real Triton.

use std::process::Command;

use super::setup::{job, toolchain};
use crate::lowering::{Limits, lower};
use crate::toolchain::{Toolchains, WheelSource};
use semver::Version;
use triton_runner_manifest::Level;

const TRITON: Version = Version::new(3, 3, 1);

#[test]
fn a_named_python_lowers_like_the_managed_one() {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python");
    // An interpreter that has Triton: the managed one's, under another name.
    let script = format!(
        "#!/bin/sh\nPYTHONPATH='{}' exec '{}' \"$@\"\n",
        toolchain().site.as_ref().unwrap().display(),
        toolchain().python.display()
    );
    let write = "printf %s \"$TEXT\" > \"$0\" && chmod 755 \"$0\"";
    assert!(Command::new("sh").args(["-c", write]).arg(&python).env("TEXT", script).status().unwrap().success());
    let toolchains = Toolchains::new(folder.path().join("home"), Some(python), std::env::var_os("PATH").unwrap());
    let own = toolchains.require(&TRITON).unwrap();
    assert_eq!((own.site.as_ref(), &own.triton), (None, &TRITON));
    assert_ne!(own.identity(), toolchain().identity());
    let jobs = [job(include_str!("../../../tests/lowering/bare.ttir"), Level::Ttir, 80)];
    let mut cubins = [&own, toolchain()]
        .map(|toolchain| lower(toolchain, &jobs, &Limits::default(), &mut |_| {}).remove(0).unwrap().bytes)
        .into_iter();
    assert!(cubins.next() == cubins.next());
    assert!(!folder.path().join("home").exists());
}

#[test]
#[ignore = "downloads 155 MB a second time"]
fn a_wheel_on_disk_is_installed_with_no_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(&toolchain().python);
    command.args(["-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "triton==3.3.1", "-d"]);
    assert!(command.arg(folder.path()).status().unwrap().success());
    let wheel = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let renamed = folder.path().join("any name.whl");
    std::fs::rename(wheel, &renamed).unwrap();
    let toolchains = Toolchains::new(folder.path().join("home"), None, std::env::var_os("PATH").unwrap());
    let installed = toolchains.install(&TRITON, &WheelSource::Wheel(renamed), true, &mut |_| {}).unwrap();
    assert_eq!(installed.identity(), toolchain().identity());
}
