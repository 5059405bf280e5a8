use proptest::prelude::*;
use triton_runner_manifest::Suffix;

use super::*;
use crate::entry::Param;
use test_data::{damaged, paths, text};

const HEADER: &str = ".version 8.4\n.target sm_90a\n.address_size 64\n";

fn params(list: &str) -> Vec<Param> {
    let image = read(&format!("{HEADER}.visible .entry k({list}) {{ ret; }}")).unwrap();
    image.entries[0].params.clone()
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn every_ptx_of_triton_is_read() {
    for path in paths("ptx") {
        let image = read(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let [entry] = &image.entries[..] else { panic!("{path}: {} kernels", image.entries.len()) };
        let threads = if path.contains("types") { 32 } else { 128 };
        assert_eq!(entry.required_block, Some([threads, 1, 1]), "{path}");
        let arch = path.split('.').find_map(|part| part.strip_prefix("sm_")).unwrap();
        assert_eq!(image.arch.number().to_string(), arch, "{path}");
        assert_eq!(image.arch.suffix() == Suffix::A, image.arch.number() >= 90, "{path}");
    }
}

#[test]
fn version_and_target_are_read_with_options_behind_them() {
    let image = read(".version 8.7 .target sm_120a, debug, texmode_independent\n.address_size 64").unwrap();
    assert_eq!(image.ptx_version, Some((8, 7)));
    assert_eq!(image.arch.to_string(), "sm_120a");
    assert!(image.entries.is_empty());
}

#[test]
fn parameters_lie_at_multiples_of_their_alignment() {
    let found = params(
        ".param .u8 a, .param .align 2 .b8 h[2], .param .align 64 .b8 map[128], .param .f32 f, \
         .param .u64 .ptr .global .align 16 p, .param .u64 .ptr q, .param .u64 .ptr .shared .align 4 s, .param .b128 w",
    );
    let expected = [
        (0, 1, false),
        (2, 2, false),
        (64, 128, false),
        (192, 4, false),
        (200, 8, true),
        (208, 8, true),
        (216, 8, false),
        (224, 16, false),
    ];
    assert_eq!(found, expected.map(|(offset, size, pointer)| Param { offset, size, pointer }));
}

#[test]
fn parameters_in_comments_do_not_count() {
    let list = "\n.param .u64 .ptr .global .align 1 a, // .param .u32 b,\n .param .u32 c\n/* ,\n .param .u64 d */ //,\n// .param .u64 e\n";
    assert_eq!(params(list).len(), 2);
}

#[test]
fn directives_behind_the_parameters_are_read_in_any_order() {
    let text = format!(
        "{HEADER}.entry k .maxnreg 64 .reqntid 128, 1, 1 .explicitcluster .reqnctapercluster 2 .minnctapersm 2 {{ ret; }}"
    );
    let entry = &read(&text).unwrap().entries[0];
    assert_eq!((entry.required_block, entry.cluster), (Some([128, 1, 1]), Some([2, 1, 1])));
    assert!(entry.params.is_empty());
}

#[test]
fn functions_declarations_and_bodies_are_no_kernels() {
    let text = format!(
        "{HEADER}.file 1 \"a // b {{ \\\" .entry x\"\n.func (.param .b32 r) f(.param .b32 a) {{ {{ .reg .b32 t; }} }}\n\
         .entry declared(.param .u32 a);\n.visible .entry k() {{ // }}\n .pragma \"}}\"; ret; }}\n\
         .section .debug_str {{ .b8 1 }}"
    );
    let image = read(&text).unwrap();
    assert_eq!(image.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["k"]);
}

#[test]
fn several_kernels_come_in_their_order() {
    let text = format!("{HEADER}.entry b() {{ }} .entry a() {{ }}");
    let image = read(&text).unwrap();
    assert_eq!(image.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["b", "a"]);
}

#[test]
fn mistakes_are_errors_with_their_line() {
    assert_eq!(error(""), "line 1: there is no `.version`: this is no PTX file, or its start is missing");
    assert!(error(".version 8.4\n").contains("no `.target`"));
    assert!(error(".version 8\n.target").contains("expected a version such as `8.4`, found `.target`"));
    assert!(error(".version 8.4\n.target gpu").starts_with("line 2: `gpu` is no GPU architecture"));
    assert!(error(&HEADER.replace("64", "32")).contains("line 3: `.address_size 32`, expected 64"));
    let with = |rest: &str| error(&format!("{HEADER}{rest}"));
    assert!(with(".entry k(.param .u64 a").contains("line 4: the file ends inside a parameter list"));
    assert!(with(".entry k() {\n ret;").contains("line 5: the file ends inside the body of a kernel"));
    assert!(with("/* never closed").contains("inside a `/*` comment"));
    assert!(with(".file 1 \"never closed").contains("inside a string"));
    assert!(with(".entry k(.param .texref t) {}").contains("type `.texref`"));
    assert!(with(".entry k(.u32 t) {}").contains("expected `.param` or `)`, found `.u32`"));
    assert!(with(".entry k(.param .b8 t[0]) {}").contains("size or alignment of parameter `t`"));
    assert!(with(".entry k(.param .align 3 .b8 t[8]) {}").contains("size or alignment of parameter `t`"));
    assert!(with(".entry k(.param .b64 t[4000000000][8]) {}").contains("size or alignment"));
    assert!(with(".entry k(.param t) {}").contains("expected a type before the name"));
    assert!(with(".entry k() .reqntid 1,2,3,4 {}").contains("at most three numbers"));
}

#[test]
fn every_cut_before_the_last_brace_is_an_error() {
    let whole = text("3.3/types.sm_90.ptx");
    let end = whole.rfind('}').unwrap();
    let start = whole.find(".entry").unwrap();
    for length in (start + 7..=end).step_by(17) {
        assert!(read(&whole[..length]).is_err(), "cut to {length}");
    }
}

#[test]
fn long_nonsense_takes_linear_time() {
    for piece in ["{", "/*", "//", ".entry ", "(", "\"", ".param .u32 a,", ".entry k(", "}"] {
        let _ = read(&format!("{HEADER}{}", piece.repeat(300_000)));
    }
    let list = ".param .u32 a,".repeat(100_000);
    assert_eq!(params(&list).len(), 100_000);
}

proptest! {
    #[test]
    fn damaged_ptx_never_panics(text in damaged::texts("ptx")) {
        let _ = read(&text).map_err(|error| error.to_string());
    }

    #[test]
    fn random_text_never_panics(text in "\\PC*", rest in "[.a-z0-9 ,\\[\\](){}\n\"/*]{0,200}") {
        let _ = read(&text);
        let _ = read(&format!("{HEADER}.entry k({rest}"));
    }
}
