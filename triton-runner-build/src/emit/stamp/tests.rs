use std::ffi::OsString;

use triton_runner_manifest::{LeftOut, Line};

use super::*;
use crate::fs::input::Stat;

fn input(path: &str) -> Input {
    Input { path: path.into(), stat: Stat { len: 7, modified: -3, changed: 1 << 60 }, hash: "00ff".into() }
}

fn output(name: &str) -> Written {
    Written { name: name.into(), len: 12, modified: 34 }
}

fn stamp() -> Stamp {
    let made = Made {
        name: "add".into(),
        settings: "KernelSettings { level: None }".into(),
        inputs: vec![input("/p/kernels/add.ttir"), input("/p/kernels/add.json")],
        locked: vec![input("/p/kernels/prebuilt/add.sm_90.cubin")],
        python: vec![input("/p/kernels/add.py")],
        gone: vec!["/p/kernels/helper.py".into()],
        outputs: vec![output("add.sm_90a.cubin")],
        left_out: Some(LeftOut::NoDriver("macos".into())),
        warnings: vec!["it spills\n  a lot".into(), String::new()],
        manifest: Line { text: "{\n  \"name\": \"add\"\n}".into(), sha256: "ab".into() },
    };
    Stamp {
        base: "0.1.0 /p/build a\\b".into(),
        read: 99,
        settings: "[sm_90]".into(),
        variables: vec![("UNSET".into(), None), ("SET".into(), Some("a\tb\r\n\\t".into()))],
        absent: vec!["/Cargo.toml".into()],
        manifests: vec![input("/p/Cargo.toml")],
        lock: vec![input("/p/kernels/prebuilt/lock.json")],
        programs: vec![Input { hash: String::new(), ..input("/usr/bin/ptxas") }],
        folders: vec![("/p/kernels".into(), vec!["add.json".into(), "add.ttir".into()]), ("/p/more".into(), vec![])],
        outputs: vec![output("manifest.json")],
        sha256: "ba7816bf".into(),
        packed_of: "true 01".into(),
        packed: "{\"form\":\"each\"}".into(),
        kernels: vec![
            made.clone(),
            Made { name: "bare".into(), ..Made::default() },
            Made { name: "bleak".into(), left_out: Some(LeftOut::Asked), ..Made::default() },
            Made { name: "mul".into(), ..made },
        ],
    }
}

#[test]
fn a_stamp_reads_as_it_was_written() {
    let text = text::print(&stamp()).unwrap();
    assert_eq!(text::parse(&text), Some(stamp()));
    assert_eq!(text::parse(&text::print(&Stamp::default()).unwrap()), Some(Stamp::default()));
}

#[test]
fn a_stamp_that_is_cut_short_or_of_another_format_is_none() {
    let text = text::print(&stamp()).unwrap();
    for (end, _) in text.char_indices() {
        assert_eq!(text::parse(&text[..end]), None, "{}", &text[..end]);
    }
    for other in [text.replacen("stamp 4", "stamp 3", 1), text.replacen("absent", "present", 1), text + "x"] {
        assert_eq!(text::parse(&other), None);
    }
}

#[test]
fn kernels_without_machine_code_are_told_together() {
    let text =
        Stamp { kernels: stamp().kernels.into_iter().cycle().take(14).collect(), ..stamp() }.warnings().join("\n");
    assert!(text.contains("kernels `add`, `mul`") && text.contains("for macos"), "{text}");
    assert!(text.contains("kernels `bleak`") && text.contains("TRITON_RUNNER_STUB"), "{text}");
    assert_eq!(text.lines().filter(|line| line.contains("no machine code")).count(), 2, "{text}");
}

#[cfg(unix)]
#[test]
fn names_that_are_not_unicode_make_no_stamp() {
    use std::os::unix::ffi::OsStringExt as _;
    let name = OsString::from_vec(vec![b'a', 0xff]);
    assert_eq!(text::print(&Stamp { absent: vec![name.clone().into()], ..stamp() }), None);
    assert_eq!(text::print(&Stamp { variables: vec![("A".into(), Some(name))], ..stamp() }), None);
}
