//! The rooms of each crate, and that no room uses a later one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use e2e::{CRATES, repository, script};

use super::imports::{Crate, Import, circles};
use super::text;

/// Rooms by crate, from the ground up: a file imports from its own room and from earlier ones. A room is a file or a folder
/// of `src`; one inside another is a room of its own. The last of each crate is `lib`.
const ROOMS: [(&str, &[&str]); 8] = [
    (
        "triton-runner-manifest",
        &[
            "names", "nearest", "arch", "level", "scalar", "argument", "constant", "family", "host", "image", "ttir",
            "safety", "tuned", "left_out", "packed", "manifest", "decode",
        ],
    ),
    (
        "triton-runner-ir",
        &[
            "error",
            "token",
            "tree",
            "types",
            "attribute",
            "float",
            "location",
            "assembly",
            "module",
            "print",
            "body",
            "argument",
            "access",
            "summary",
        ],
    ),
    ("triton-runner-extent", &["program", "reason", "check", "uniform", "space", "bound", "value", "walk", "analysis"]),
    (
        "triton-runner-interpreter",
        &[
            "numbers", "memory", "value", "trap", "finding", "hooks", "types", "scope", "ops", "program", "checks",
            "machine", "launch",
        ],
    ),
    ("triton-runner-read", &["entry", "llir", "ptx", "cubin", "metadata", "written_for", "contract"]),
    (
        "triton-runner-build",
        &[
            "fs",
            "error",
            "cargo",
            "progress",
            "terminal",
            "toolchain",
            "read",
            "lowering",
            "settings",
            "plan",
            "safety",
            "verify",
            "pack",
            "emit",
            "obtain",
            "analysis",
            "pipeline",
            "builder",
            "cli",
        ],
    ),
    (
        "triton-runner-macros",
        &[
            "names",
            "constants",
            "messages",
            "report",
            "input",
            "source",
            "variants",
            "types",
            "external",
            "signature",
            "safety",
            "scope",
            "expression",
            "requires",
            "tuned",
            "resolve",
            "family",
            "embedding",
            "image",
            "stub",
            "docs",
            "straight",
            "expand",
            "launch",
        ],
    ),
    (
        "triton-runner-rt",
        &[
            "extent",
            "switch",
            "grid",
            "driver",
            "error",
            "device",
            "packed",
            "embedded",
            "spec",
            "promise",
            "aligned",
            "select",
            "float8",
            "stream",
            "pointer",
            "tensor_map",
            "interpret",
            "family",
            "external",
            "kernel/image",
            "launch",
            "kernel",
            "graph",
            "bench",
            "testing",
            "tune",
            "recorded",
            "facade",
        ],
    ),
];

/// Files that each need the other: how control flows and what it flows through.
const NATURAL: [(&str, [&str; 2]); 1] = [("triton-runner-ir", ["access/control.rs", "access/walk.rs"])];

/// The room of a file, and its place in the order.
fn room<'a>(rooms: &[&'a str], file: &Path) -> (usize, &'a str) {
    let module = file.with_extension("");
    if module == Path::new("lib") {
        return (rooms.len(), "lib");
    }
    let own = rooms.iter().enumerate().filter(|(_, room)| module.starts_with(room));
    let (index, room) = own.max_by_key(|(_, room)| room.len()).unwrap_or_else(|| {
        panic!("`{}` is in no room: give it one in `ROOMS` and on the map in CONTRIBUTING.md", file.display())
    });
    (index, room)
}

fn against_the_order(rooms: &[&str], imports: &BTreeSet<Import>) -> Vec<String> {
    let describe = |Import { from, line, to }: &Import| {
        let ((from_index, from_room), (to_index, to_room)) = (room(rooms, from), room(rooms, to));
        let place = format!("{}:{line} imports from {}", from.display(), to.display());
        (to_index > from_index).then(|| format!("{place}: `{to_room}` comes after `{from_room}`"))
    };
    imports.iter().filter_map(describe).collect()
}

fn imports(name: &str) -> BTreeSet<Import> {
    Crate::read(&repository().join(name).join("src")).imports()
}

#[test]
fn no_room_imports_from_a_later_one() {
    assert_eq!(BTreeSet::from(ROOMS.map(|(name, _)| name)), BTreeSet::from(CRATES));
    for (name, rooms) in ROOMS {
        let imports = imports(name);
        let wrong = against_the_order(rooms, &imports);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
        for room in rooms {
            let source = repository().join(name).join("src");
            assert!(
                source.join(room).is_dir() || source.join(format!("{room}.rs")).is_file(),
                "{name}: there is no `{room}`"
            );
        }
    }
}

#[test]
fn files_import_each_other_in_no_circle_but_the_natural_one() {
    for name in CRATES {
        let imports = imports(name);
        for circle in circles(&imports) {
            let natural =
                |(of, files): &(&str, [&str; 2])| *of == name && circle == files.iter().map(Path::new).collect();
            let inside = imports.iter().filter(|one| circle.contains(&*one.from) && circle.contains(&*one.to));
            let lines: Vec<_> = inside
                .map(|one| format!("{}:{} imports from {}", one.from.display(), one.line, one.to.display()))
                .collect();
            assert!(NATURAL.iter().any(natural), "{name}: a circle\n{}", lines.join("\n"));
        }
    }
}

#[test]
fn the_map_shows_the_rooms_in_their_order() {
    let map = text("CONTRIBUTING.md");
    for (name, rooms) in ROOMS {
        let section = map.split("\n### ").find_map(|section| section.strip_prefix(&format!("`{name}`\n")));
        let section = section.unwrap_or_else(|| panic!("CONTRIBUTING.md has no section on {name}"));
        let section = section.split("\n## ").next().unwrap();
        let shown: Vec<_> =
            section.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split_once("` |")?.0)).collect();
        assert_eq!(shown, rooms, "{name}: left what CONTRIBUTING.md shows, right the rooms");
    }
}

#[test]
fn every_file_is_short() {
    let mut count = 0;
    let is_ours = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "rs") && !path.iter().any(|part| part == "target")
    };
    for name in CRATES.into_iter().chain(["examples", "fuzz", "tests"]) {
        for path in script::files(&repository().join(name)).into_iter().filter(is_ours) {
            let path = Path::new(name).join(path);
            let lines = text(&path.display().to_string()).lines().count();
            assert!(lines < 400, "{} has {lines} lines, and a file has fewer than 400", path.display());
            count += 1;
        }
    }
    assert!(count > 200, "{count} files");
}

/// A crate with these files, and each import as `FROM -> TO`.
fn of(files: &[(&str, &str)]) -> (BTreeSet<Import>, Vec<String>) {
    let source = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = source.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let imports = Crate::read(source.path()).imports();
    let shown = imports.iter().map(|one| format!("{} -> {}", one.from.display(), one.to.display())).collect();
    (imports, shown)
}

const LIB: &str = "mod a; mod b; macro_rules! made { ($name:ident) => { pub struct $name; } } made!(Made);";

#[test]
fn an_import_is_seen_in_every_form() {
    for code in [
        "use crate::b::B;",
        "use super::b::{C, B as D};",
        "use crate::{b::{self, C}};",
        "use crate::b::*;",
        "fn f(_: crate::b::B) {}",
        "fn f() { let _ = super::b::f(); }",
        "fn f() { use crate::b; }",
        "fn f<T: Into<crate::b::B>>() {}",
        "fn f(b: u8) { match b { crate::b::ONE => {} _ => {} } }",
        "mod inner { fn f() { super::super::b::f(); } }",
        "fn f() { println!(\"{}\", crate::b::f()); }",
        "fn f() { vec![(1, { self::super::b::f() })]; }",
        "macro_rules! m { () => { $crate::b::f() } }",
        "#[derive(Debug)] struct S { b: Option<super::b::B> }",
    ] {
        let b = "pub struct B; pub struct C; pub const ONE: u8 = 1; pub fn f() {}";
        let (_, shown) = of(&[("lib.rs", LIB), ("a.rs", code), ("b.rs", b)]);
        assert!(shown.contains(&"a.rs -> b.rs".to_owned()), "{code}: {shown:?}");
    }
}

#[test]
fn what_is_no_import_is_not_seen() {
    for code in [
        "use std::fmt; fn f() { fmt::format(format_args!(\"crate::b\")); }",
        "use b::B; // another crate's",
        "#[cfg(test)] mod tests { use crate::b::B; }",
        "#[cfg(all(test, unix))] use crate::b::B;",
        "#[test] fn f() { crate::b::f(); }",
        "fn f() { quote! { crate::b::f() } }",
        "pub use crate::b::B;",
        "pub(in crate::b) fn f() {}",
        "fn f() { ::b::f(); m!(::b::f(), x.b::<u8>()); }",
    ] {
        let (_, shown) = of(&[("lib.rs", LIB), ("a.rs", code), ("b.rs", "pub struct B; pub fn f() {}")]);
        assert_eq!(shown, [""; 0], "{code}");
    }
}

#[test]
fn a_name_is_followed_to_the_file_that_defines_it() {
    let files = |code| {
        let facade = "mod deep; pub use deep::Deep as Handed; pub(crate) use crate::b; pub struct Own;";
        let lib = "mod a; mod b; mod facade; pub use facade::Handed; made!(Made);";
        of(&[
            ("lib.rs", lib),
            ("a.rs", code),
            ("b.rs", "pub fn f() {}"),
            ("facade/mod.rs", facade),
            ("facade/deep.rs", "pub struct Deep; fn f(_: super::Own) {}"),
        ])
        .1
    };
    let own = "facade/deep.rs -> facade/mod.rs";
    assert_eq!(files("use crate::facade::Handed;"), ["a.rs -> facade/deep.rs", own]);
    assert_eq!(
        files("use crate::facade; fn f(_: facade::Handed) {}"),
        ["a.rs -> facade/deep.rs", "a.rs -> facade/mod.rs", own]
    );
    assert_eq!(files("fn f(_: crate::Handed) {}"), ["a.rs -> facade/deep.rs", own]);
    assert_eq!(files("fn f() { crate::facade::b::f() }"), ["a.rs -> b.rs", own]);
    assert_eq!(files("use crate::Made;"), ["a.rs -> lib.rs", own]);
}

#[test]
fn an_import_of_a_later_room_and_a_circle_are_told() {
    let files =
        [("lib.rs", "mod a; mod b; mod c;"), ("a.rs", "use crate::b::B;"), ("b.rs", "use crate::c::C; pub struct B;")];
    let (imports, _) = of(&[&files[..], &[("c.rs", "pub struct C;")]].concat());
    assert_eq!(against_the_order(&["c", "b", "a"], &imports), [""; 0]);
    assert_eq!(against_the_order(&["c", "a", "b"], &imports), ["a.rs:1 imports from b.rs: `b` comes after `a`"]);
    assert!(circles(&imports).is_empty());
    let (imports, _) =
        of(&[&files[..], &[("c.rs", "pub struct C(crate::a::A);  "), ("a.rs", "use crate::b::B; pub struct A;")]]
            .concat());
    let files: BTreeSet<PathBuf> = ["a.rs", "b.rs", "c.rs"].map(PathBuf::from).into();
    assert_eq!(circles(&imports), [files.iter().map(PathBuf::as_path).collect::<BTreeSet<_>>()]);
}
