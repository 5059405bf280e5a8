//! The repository itself: `unsafe` is where SECURITY.md says and nowhere else, rooms import from earlier ones, files are
//! short, and the map in CONTRIBUTING.md is right.

mod imports;
mod rooms;
mod systems;

use std::collections::BTreeSet;
use std::path::Path;

use e2e::{CRATES, repository, script};
use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

/// Whether a syntax tree has `unsafe` in it, tests aside.
#[derive(Default)]
struct Unsafe {
    found: bool,
}

impl<'ast> Visit<'ast> for Unsafe {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !item_attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        // `#[unsafe(no_mangle)]`, but not a lint's name.
        self.found |= attribute.path().is_ident("unsafe");
    }

    fn visit_expr_unsafe(&mut self, _: &'ast syn::ExprUnsafe) {
        self.found = true;
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        self.found |= item.unsafety.is_some();
        visit::visit_item_impl(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.found |= item.unsafety.is_some();
        visit::visit_item_trait(self, item);
    }

    fn visit_item_foreign_mod(&mut self, _: &'ast syn::ItemForeignMod) {
        self.found = true;
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.found |= matches!(signature.safety, syn::Safety::Unsafe(_));
        visit::visit_signature(self, signature);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // What a macro is given may come out as code: `quote!` of the macro crate, and our own.
        // `Token![unsafe]` is a word of a grammar.
        let is_grammar = call.path.segments.last().is_some_and(|segment| segment.ident == "Token");
        self.found |= !is_grammar && has_word(call.tokens.clone(), "unsafe");
    }
}

fn item_attributes(item: &syn::Item) -> &[syn::Attribute] {
    match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attribute: &syn::Attribute) -> bool {
    let needs_test = |condition: syn::Meta| match &condition {
        syn::Meta::Path(path) => path.is_ident("test"),
        // `all(test, feature = "cli")`; not `not(test)`, and nobody writes `any(test)`.
        syn::Meta::List(list) => list.path.is_ident("all") && has_word(list.tokens.clone(), "test"),
        syn::Meta::NameValue(_) => false,
    };
    attribute.path().is_ident("test")
        || attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Meta>().is_ok_and(needs_test)
}

fn has_word(tokens: TokenStream, word: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(found) => found == word,
        TokenTree::Group(group) => has_word(group.stream(), word),
        _ => false,
    })
}

/// The sources of the published crates, without tests.
fn sources() -> Vec<String> {
    let of = |name: &&str| {
        let source = repository().join(name).join("src");
        let paths = script::files(&source).into_iter().map(move |path| Path::new(name).join("src").join(path));
        let is_code = |path: &std::path::PathBuf| {
            let in_tests = path.components().any(|part| part.as_os_str() == "tests");
            path.extension().is_some_and(|extension| extension == "rs") && !in_tests && !path.ends_with("tests.rs")
        };
        paths.filter(is_code).map(|path| path.display().to_string()).collect::<Vec<_>>()
    };
    let all: Vec<_> = CRATES.iter().flat_map(of).collect();
    assert!(all.len() > 100, "{all:?}");
    all
}

fn text(path: &str) -> String {
    String::from_utf8(e2e::file(path)).unwrap()
}

#[test]
fn unsafe_is_where_the_security_document_lists_it_and_nowhere_else() {
    let document = text("SECURITY.md");
    let listed: BTreeSet<_> = document
        .lines()
        .filter_map(|line| line.strip_prefix("| `triton-runner-")?.split_once('`'))
        .map(|(path, _)| format!("triton-runner-{path}"))
        .collect();
    let mut found = BTreeSet::new();
    for path in sources() {
        let file = syn::parse_file(&text(&path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut visitor = Unsafe::default();
        visitor.visit_file(&file);
        if visitor.found {
            found.insert(path);
        }
    }
    let missing: Vec<_> = found.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&found).collect();
    assert!(missing.is_empty(), "has `unsafe`, and SECURITY.md doesn't list it: {missing:?}");
    assert!(stale.is_empty(), "SECURITY.md lists it, and it has no `unsafe` or isn't there: {stale:?}");
}

#[test]
fn unsafe_is_seen_in_every_form() {
    for code in [
        "fn f() { unsafe { g() } }",
        "unsafe fn f() {}",
        "struct S; impl S { unsafe fn f() {} }",
        "trait T { unsafe fn f(); }",
        "unsafe trait T {}",
        "unsafe impl Send for S {}",
        "unsafe extern \"C\" { fn f(); }",
        "#[unsafe(no_mangle)] fn f() {}",
        "fn f() { m!({ unsafe { g() } }) }",
        "mod m { fn f() { let g = || unsafe { h() }; } }",
        "macro_rules! m { () => { unsafe { g() } } }",
    ] {
        let mut visitor = Unsafe::default();
        visitor.visit_file(&syn::parse_file(code).unwrap());
        assert!(visitor.found, "{code}");
    }
    for code in ["#![deny(unsafe_op_in_unsafe_fn)] fn f() { \"unsafe\"; }", "#[cfg(test)] mod m { unsafe fn f() {} }"] {
        let mut visitor = Unsafe::default();
        visitor.visit_file(&syn::parse_file(code).unwrap());
        assert!(!visitor.found, "{code}");
    }
}

#[test]
fn every_package_carries_the_licence() {
    for name in CRATES {
        assert_eq!(text(&format!("{name}/LICENSE")), text("LICENSE"), "{name}");
    }
}

#[test]
fn every_crate_is_packed_checked_and_published() {
    for name in CRATES {
        let is_there = |place: &str, start: &str| {
            let listed = text(place);
            let lines = listed.lines().filter(|line| line.contains(start));
            assert!(lines.clone().count() > 0, "{place} has no line with `{start}`");
            let found = lines.flat_map(|line| line.split([' ', '(', ')', '`', ','])).any(|word| word == name);
            assert!(found, "{name} is missing in {place}, where `{start}` is");
        };
        is_there("scripts/check-release", "crates=(");
        is_there(".ci/run", "--package triton-runner-");
        is_there("CONTRIBUTING.md", "cargo publish -p");
        let manifest: toml::Table = text(&format!("{name}/Cargo.toml")).parse().unwrap();
        let of_package = |key: &str| manifest["package"][key].as_array().map(Vec::len).unwrap_or_default();
        assert!((1..=5).contains(&of_package("keywords")), "{name}: the registry takes up to five keywords");
        assert!((1..=5).contains(&of_package("categories")), "{name}: the registry takes up to five categories");
        let docs_rs = &manifest["package"]["metadata"]["docs"]["rs"];
        assert_eq!(docs_rs["all-features"].as_bool(), Some(true), "{name}");
    }
}

#[test]
fn what_makes_the_interpreter_fast_is_said_alike_everywhere() {
    let text = |name: &str| String::from_utf8(e2e::file(name)).unwrap();
    let lines = text("triton-runner-rt/src/interpret/profile.toml");
    let lines: Vec<&str> = lines.lines().filter(|line| line.ends_with("opt-level = 3")).collect();
    assert!(lines.len() > 3, "{lines:?}");
    let section = format!("[profile.dev.package]\n{}\n", lines.join("\n"));
    assert!(text("triton-runner-rt/src/interpret.md").contains(&section));
    // In this repository, where the crates of the interpreter are compiled often, it is 1, and 0 for what reads IR.
    let cargo_toml = text("Cargo.toml");
    for line in section.lines() {
        let less = if line.starts_with("triton-runner-ir.") { "= 0" } else { "= 1" };
        let less = line.replace("= 3", less);
        assert!(cargo_toml.lines().any(|own| own == less || own == line), "{line}");
    }
    // What `cargo triton new` writes.
    let names: Vec<_> =
        lines.iter().filter_map(|line| line.split_once('.')).map(|(name, _)| format!("\"{name}\"")).collect();
    assert!(text("triton-runner-build/src/cli/manifest.rs").contains(&names.join(", ")));
}
