//! Kernels with one bug each are found out, and the same kernels done right are silent. `bugs.txt` says how they are
//! launched, `sources/` has their Python, of which `generate.py` makes the TTIR in `kernels/`.
//!
//! One more: a Python kernel `NAME` in `sources/` with a right `NAME_fixed`, a row in `bugs.txt`, `generate.py NAME`.
//! Without Python: `kernels/NAME.ttir`, `kernels/NAME.fixed.ttir` and the row.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod launch;
mod rows;
mod watch;

use launch::{program, rows, run};
use rows::Bug;
use triton_runner_interpreter::{Checks, FindingKind};

/// Those that have a bug, with its kind.
fn bugs() -> Vec<(FindingKind, Bug)> {
    rows().into_iter().filter_map(|bug| Some((bug.kind?, bug))).collect()
}

/// Where what is found depends on which program comes first at an atomic operation.
const BY_CHANCE: [&str; 1] = ["sum_in_half"];

#[test]
fn every_seeded_bug_is_found_and_told() {
    let (bugs, mut missed) = (bugs(), Vec::new());
    for kind in FindingKind::ALL {
        let mut text = String::new();
        for (_, bug) in bugs.iter().filter(|(other, _)| *other == kind) {
            let findings = run(&program(&bug.name, false), &bug.wrong, Checks::all(), 1).findings;
            if !findings.iter().any(|finding| finding.kind == kind) {
                missed.push(format!("[{}] {}: {findings:#?}", kind.word(), bug.name));
            }
            findings.iter().for_each(|finding| text += &format!("{finding}\n"));
            text += "\n";
        }
        if !text.is_empty() && missed.is_empty() {
            insta::assert_snapshot!(kind.word(), text);
        }
    }
    assert!(missed.is_empty(), "{} of {} were missed:\n{}", missed.len(), bugs.len(), missed.join("\n"));
}

#[test]
fn the_same_kernels_done_right_are_silent() {
    let told = rows().into_iter().filter_map(|bug| {
        let findings = run(&program(&bug.name, true), &bug.fixed, Checks::all(), 1).findings;
        let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
        (!findings.is_empty()).then(|| format!("{}: {}", bug.name, lines.join("\n")))
    });
    let told: Vec<String> = told.collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn a_bug_is_found_by_its_check_alone_and_not_without_it() {
    for (kind, bug) in bugs() {
        let program = program(&bug.name, false);
        let alone = run(&program, &bug.wrong, Checks::none().with(kind), 1).findings;
        assert!(alone.iter().any(|finding| finding.kind == kind), "{}: {alone:?}", bug.name);
        if !kind.is_fatal() {
            let without = run(&program, &bug.wrong, Checks::all().without(kind), 1).findings;
            assert!(without.iter().all(|finding| finding.kind != kind), "{}: {without:?}", bug.name);
        }
    }
}

#[test]
fn threads_change_nothing_of_what_is_found() {
    for (kind, bug) in bugs() {
        // How often a program waits for another is chance, and so is what it reads where nothing orders them.
        let program = program(&bug.name, false);
        let one = run(&program, &bug.wrong, Checks::all(), 1).findings;
        let four = run(&program, &bug.wrong, Checks::all(), 4).findings;
        let has = |findings: &[triton_runner_interpreter::Finding]| findings.iter().any(|finding| finding.kind == kind);
        assert!(has(&one) && has(&four), "{}: {one:?} {four:?}", bug.name);
        let by_chance = BY_CHANCE.contains(&bug.name.as_str());
        if kind != FindingKind::Race && kind != FindingKind::Uninitialized && !by_chance {
            assert_eq!(one, four, "{}", bug.name);
        }
    }
}

#[test]
fn there_are_five_and_more_of_each_kind() {
    let bugs = bugs();
    let told = "bounds race lanes uninitialized unwritten undefined promise overflow division nan assert";
    for word in told.split(' ') {
        let count = bugs.iter().filter(|(kind, _)| kind.word() == word).count();
        assert!(count >= 5, "{word}: {count}");
    }
    assert!(bugs.len() >= 60, "{}", bugs.len());
}
