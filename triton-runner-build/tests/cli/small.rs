//! The small commands: `cache`, `completions`, and what is common to all.

use std::process::{Command, Stdio};

use serde_json::Value;

use crate::command::{PROGRAM, Ran, command, in_terminal, triton};
use crate::package::Package;

#[test]
fn the_cache_is_counted_and_cleared() {
    let package = Package::add();
    let home = tempfile::tempdir().unwrap();
    // The toolchains of the real home, a cache of its own.
    let real = crate::command::toolchain().site.ancestors().nth(2).unwrap().to_owned();
    std::os::unix::fs::symlink(real, home.path().join("toolchains")).unwrap();
    let run =
        |args: &[&str]| Ran::of(command(args).current_dir(package.folder()).env("TRITON_RUNNER_HOME", home.path()));
    let place = home.path().join("cache").display().to_string();
    assert_eq!(run(&["cache"]).ok(), format!("0 results, 0 B, in {place}\n"));
    run(&["inspect"]).ok();
    let json = |ran: Ran| serde_json::from_str::<Value>(ran.ok()).unwrap();
    let report = json(run(&["cache", "--json"]));
    assert_eq!((&report["results"], &report["cleared"], &report["off"]), (&2.into(), &false.into(), &false.into()));
    assert!(report["bytes"].as_u64().unwrap() > 8000 && report["folder"] == place.as_str());
    assert!(run(&["cache", "--clear"]).ok().starts_with("removed 2 results, "));
    assert_eq!(json(run(&["cache", "--json"]))["results"], 0);
    assert!(run(&["cache", "--clear"]).ok().starts_with("removed 0 results"));
    let mut off = command(["cache"]);
    let off = Ran::of(off.env("TRITON_RUNNER_HOME", home.path()).env("TRITON_RUNNER_CACHE", "off"));
    assert!(off.ok().contains("TRITON_RUNNER_CACHE turns it off"));
}

#[test]
fn completions_are_made_for_each_shell_and_bash_takes_them() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = triton(&["completions", shell]);
        assert!(ran.ok().contains("cargo-triton") && ran.text().contains("inspect"), "{shell}");
    }
    let script = "source <(\"$PROGRAM\" triton completions bash); COMP_WORDS=(cargo-triton ins); COMP_CWORD=1
        _cargo__triton cargo-triton ins cargo-triton; echo \"${COMPREPLY[@]}\"";
    let output = Command::new("bash").args(["-c", script]).env("PROGRAM", PROGRAM).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "inspect\n", "{output:?}");
    triton(&["completions", "tcsh"]).usage(&["tcsh"]);
}

#[test]
fn the_help_names_every_command_and_the_exit_codes() {
    let ran = triton(&["--help"]);
    for part in [
        "new",
        "setup",
        "doctor",
        "cache",
        "export",
        "inspect",
        "dump",
        "lower",
        "lock",
        "completions",
        "Exit codes: 0",
    ] {
        assert!(ran.ok().contains(part), "{part}");
    }
    // With and without cargo in front.
    let alone = Ran::of(Command::new(PROGRAM).arg("--version"));
    assert_eq!(alone.ok(), triton(&["--version"]).ok());
    assert!(alone.text().starts_with("cargo triton 0."), "{}", alone.text());
    triton(&["nonesuch"]).usage(&["unrecognized subcommand 'nonesuch'"]);
    assert_eq!(triton(&[]).code, Some(2));
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let package = Package::add();
    let mut inspect = command(["dump", "add_kernel", "--arch", "sm_90", "--level", "llir"]);
    inspect.current_dir(package.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = inspect.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !stderr.contains("error") && !stderr.contains("panicked"), "{stderr}");
}

#[test]
fn on_a_terminal_there_is_colour_and_a_bar_and_nothing_wider_than_it() {
    let package = Package::add();
    let mut python = in_terminal(60, "", "", &command(["inspect"]));
    python.current_dir(package.folder()).env("TRITON_RUNNER_CACHE", "off").env_remove("NO_COLOR");
    let ran = Ran::of(&mut python);
    let text = ran.ok();
    assert!(text.contains("\u{1b}[1mdemo\u{1b}[0m"), "{text:?}");
    assert!(text.contains("lowering [") && text.contains("1/2"), "{text:?}");
    let table: Vec<_> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(table.len() > 6, "the table is not wrapped: {text}");
    assert!(table.iter().all(|line| line.trim_end().chars().count() <= 60), "{table:#?}");

    python.env("NO_COLOR", "1");
    assert!(!Ran::of(&mut python).ok().contains("\u{1b}[1m"));
}
