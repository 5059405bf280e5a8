//! What a person sees of a slow build, on cargo's terminal: what build scripts print is hidden there.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::Stdio;

use e2e::cargo::{BUILD_RS, Packages, cargo_toml};
use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

fn library(name: &str) -> Packages {
    let mut packages = Packages::new(env!("CARGO_TARGET_TMPDIR"));
    let settings = "triton = \"3.3.1\"\narchs = [\"sm_80\", \"sm_90\"]";
    packages.write("Cargo.toml", cargo_toml(name, "2024", settings) + "\n[workspace]\n");
    packages.write("build.rs", BUILD_RS);
    packages.write("src/lib.rs", "");
    for file in ["add_kernel.ttir", "add_kernel.json"] {
        packages.copy(&format!("examples/vector-add/kernels/{file}"), &format!("kernels/{file}"));
    }
    packages.env.insert("TERM", "xterm".into());
    packages
}

/// What a terminal is sent while cargo runs on it.
fn on_a_terminal(packages: &Packages, arguments: &[&str], ci: bool) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    tcsetwinsize(&terminal, Winsize { ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let flags = OFlags::NOCTTY.bits().cast_signed();
    let other_end = File::options().read(true).write(true).custom_flags(flags).open(path).unwrap();
    let reader = std::thread::spawn(move || {
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        // A terminal that nobody writes to any more gives an error.
        while let Ok(count @ 1..) = File::from(terminal.try_clone().unwrap()).read(&mut part) {
            bytes.extend_from_slice(&part[..count]);
        }
        String::from_utf8(bytes).unwrap()
    });
    let mut cargo = packages.cargo(arguments);
    for name in ["CI", "TF_BUILD", "CARGO_TERM_QUIET", "CARGO_TERM_PROGRESS_WHEN"] {
        cargo.env_remove(name);
    }
    if ci {
        cargo.env("CI", "true");
    }
    let status = cargo.stdin(Stdio::null()).stdout(Stdio::null()).stderr(other_end).status();
    drop(cargo);
    let said = reader.join().unwrap();
    assert!(status.unwrap().success(), "{said}");
    said
}

#[test]
fn what_is_lowered_is_said_on_cargos_terminal_and_nowhere_else() {
    let mut packages = library("seen-slow");
    packages.env.insert("TRITON_RUNNER_CACHE", "off".into());
    let anew = |packages: &Packages| packages.edit("kernels/add_kernel.ttir", "module", "\nmodule");
    let said = on_a_terminal(&packages, &["build"], false);
    let line =
        "[seen-slow 0.1.0] starting the Triton compiler 3.3.1, 2 to lower: 1 kernel for sm_80 and sm_90\x1b[K\r\n";
    let before = said.find(line).map(|at| &said[..at]);
    assert!(before.is_some_and(|before| before.ends_with(['\r', '\n'])), "a whole line: {said:?}");
    // Nothing is lowered.
    let said = on_a_terminal(&packages, &["build"], false);
    assert!(!said.contains("[seen-slow"), "{said:?}");
    // Cargo shows what the build script prints: once is enough.
    for (arguments, ci) in [(["build", "-q"], false), (["build", "-vv"], false), (["build", "-v"], true)] {
        anew(&packages);
        let said = on_a_terminal(&packages, &arguments, ci);
        assert!(!said.contains("to lower"), "{arguments:?}: {said:?}");
    }
    // Into a file, or to an editor.
    anew(&packages);
    let said = packages.run(&["build"]).done();
    assert!(!said.stderr.contains("[seen-slow") && said.stderr.contains("Compiling seen-slow"), "{}", said.stderr);
}

#[test]
fn what_the_cache_has_is_not_worth_a_word() {
    let packages = library("seen-cached");
    std::fs::remove_dir_all(packages.build().done().out_dir("seen-cached")).unwrap();
    packages.edit("build.rs", "fn main", "// Built again.\nfn main");
    let said = on_a_terminal(&packages, &["build"], false);
    assert!(said.contains("Compiling") && !said.contains("[seen-cached"), "{said:?}");
}
