//! Code for one system has its other side: whatever is there for Linux alone, or for Unix alone, is there for the others
//! too, if only to do nothing.

use std::collections::BTreeMap;

use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Expr, Meta, Stmt, Token};

use super::{is_for_tests, item_attributes, sources, text};

/// A system to compile for, as `cfg` sees it.
const SYSTEMS: [&str; 3] = ["linux", "macos", "windows"];

/// Whether a condition of `cfg` speaks of systems.
fn is_about_systems(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("unix") || path.is_ident("windows"),
        Meta::NameValue(pair) => pair.path.is_ident("target_os") || pair.path.is_ident("target_family"),
        Meta::List(_) => parts(condition).iter().any(is_about_systems),
    }
}

/// What `all(…)`, `any(…)`, `not(…)` or `cfg(…)` is made of.
fn parts(condition: &Meta) -> Vec<Meta> {
    let Meta::List(list) = condition else { return Vec::new() };
    let parsed = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    parsed.map(|parts| parts.into_iter().collect()).unwrap_or_default()
}

/// Whether it holds on a system. What it says beside that is taken to hold.
fn holds(condition: &Meta, system: &str) -> bool {
    let family = if system == "windows" { "windows" } else { "unix" };
    match condition {
        Meta::Path(path) if path.is_ident("unix") || path.is_ident("windows") => path.is_ident(family),
        Meta::Path(_) => true,
        Meta::NameValue(pair) => {
            let value = match &pair.value {
                Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => text.value(),
                _ => String::new(),
            };
            match pair.path.get_ident().map(ToString::to_string).as_deref() {
                Some("target_os") => value == system,
                Some("target_family") => value == family,
                _ => true,
            }
        }
        Meta::List(list) => {
            let parts = parts(condition);
            match list.path.get_ident().map(ToString::to_string).as_deref() {
                Some("any") => parts.iter().any(|part| holds(part, system)),
                Some("not") => !parts.iter().any(|part| holds(part, system)),
                _ => parts.iter().all(|part| holds(part, system)),
            }
        }
    }
}

/// Conditions of one place that belong together, by what they are about.
type Sides = BTreeMap<String, Vec<Meta>>;

/// What is wrong with the places of a file.
#[derive(Default)]
struct Places {
    /// Conditions about systems that were seen in a place that is looked at.
    judged: usize,
    /// All of them.
    seen: usize,
    wrong: Vec<String>,
}

fn condition(attributes: &[Attribute]) -> Option<Meta> {
    let cfg = attributes.iter().find(|attribute| attribute.path().is_ident("cfg"))?;
    cfg.parse_args::<Meta>().ok().filter(is_about_systems)
}

impl Places {
    fn judge(&mut self, sides: Sides) {
        for (name, conditions) in sides {
            self.judged += conditions.len();
            let counts = SYSTEMS.map(|system| conditions.iter().filter(|one| holds(one, system)).count());
            if counts.iter().any(|count| *count == 0 || *count != counts[0]) {
                let counts: Vec<_> = SYSTEMS.iter().zip(counts).map(|(on, count)| format!("{count} on {on}")).collect();
                self.wrong.push(format!("{name}: {}", counts.join(", ")));
            }
        }
    }

    fn items<'a>(&mut self, items: impl Iterator<Item = &'a syn::Item>) {
        let mut sides = Sides::new();
        for item in items.filter(|item| !item_attributes(item).iter().any(is_for_tests)) {
            if let Some(condition) = condition(item_attributes(item)) {
                sides.entry(name(item)).or_default().push(condition);
            }
        }
        self.judge(sides);
    }
}

fn name(item: &syn::Item) -> String {
    match item {
        syn::Item::Fn(item) => format!("fn {}", item.sig.ident),
        syn::Item::Mod(item) => format!("mod {}", item.ident),
        syn::Item::Const(item) => format!("const {}", item.ident),
        syn::Item::Struct(item) => format!("struct {}", item.ident),
        _ => "another item".to_owned(),
    }
}

fn statement_attributes(statement: &Stmt) -> &[Attribute] {
    match statement {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(call) => &call.attrs,
        Stmt::Item(item) => item_attributes(item),
        Stmt::Expr(Expr::Block(block), _) => &block.attrs,
        Stmt::Expr(Expr::Call(call), _) => &call.attrs,
        Stmt::Expr(Expr::If(branch), _) => &branch.attrs,
        Stmt::Expr(Expr::MethodCall(call), _) => &call.attrs,
        Stmt::Expr(Expr::Path(path), _) => &path.attrs,
        Stmt::Expr(_, _) => &[],
    }
}

impl<'ast> Visit<'ast> for Places {
    fn visit_file(&mut self, file: &'ast syn::File) {
        self.items(file.items.iter());
        visit::visit_file(self, file);
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.items(module.content.iter().flat_map(|(_, items)| items));
        visit::visit_item_mod(self, module);
    }

    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !item_attributes(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_block(&mut self, block: &'ast syn::Block) {
        let conditions: Vec<_> = block.stmts.iter().filter_map(|one| condition(statement_attributes(one))).collect();
        if !conditions.is_empty() {
            self.judge(Sides::from([("a block".to_owned(), conditions)]));
        }
        visit::visit_block(self, block);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let is_one = attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr");
        self.seen += usize::from(is_one && is_about_systems(&attribute.meta));
    }
}

/// What is wrong with a file's conditions.
fn wrong(code: &str) -> Vec<String> {
    let file = syn::parse_file(code).unwrap_or_else(|error| panic!("{error}: {code}"));
    let mut places = Places::default();
    places.visit_file(&file);
    if places.seen != places.judged {
        places.wrong.push(format!("{} conditions stand where none is judged", places.seen - places.judged));
    }
    places.wrong
}

#[test]
fn what_is_for_one_system_has_its_other_side() {
    let mut all = Vec::new();
    let mut seen = 0;
    for path in sources() {
        let code = text(&path);
        seen += usize::from(code.contains("#[cfg(unix)]") || code.contains("#[cfg(target_os"));
        all.extend(wrong(&code).into_iter().map(|what| format!("{path}: {what}")));
    }
    assert!(seen > 5, "{seen}");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_side_that_is_missing_is_seen_in_every_form() {
    for code in [
        "#[cfg(unix)] fn f() {}",
        "#[cfg(unix)] fn f() {} #[cfg(not(unix))] fn g() {}",
        "#[cfg(unix)] fn f() {} #[cfg(windows)] fn f() {} #[cfg(windows)] fn f() {}",
        "#[cfg(target_os = \"linux\")] mod m {} #[cfg(windows)] mod m {}",
        "mod m { #[cfg(windows)] const C: u8 = 0; }",
        "fn f() { #[cfg(unix)] { g() } }",
        "fn f() { #[cfg(unix)] let x = 0; #[cfg(all(unix, test))] let x = 0; }",
        "fn f() { let x = || { #[cfg(not(windows))] g(); }; }",
        "fn f(#[cfg(unix)] x: u8) {}",
        "#[cfg_attr(unix, inline)] fn f() {}",
    ] {
        assert!(!wrong(code).is_empty(), "{code}");
    }
    for code in [
        "#[cfg(unix)] fn f() {} #[cfg(not(unix))] fn f() {}",
        "#[cfg(unix)] fn f() {} #[cfg(windows)] fn f() {}",
        "#[cfg(target_os = \"linux\")] mod m {} #[cfg(not(target_os = \"linux\"))] mod m {}",
        "#[cfg(target_os = \"linux\")] fn f() {} #[cfg(windows)] fn f() {} #[cfg(not(any(target_os = \"linux\", windows)))] fn f() {}",
        "fn f() { #[cfg(unix)] let x = 0; #[cfg(not(unix))] let x = 1; }",
        "#[cfg(all(test, unix))] mod tests { #[cfg(unix)] fn f() {} }",
        "fn f() -> bool { if cfg!(unix) { true } else { false } }",
        "#[cfg(feature = \"cli\")] fn f() { #[cfg(test)] g(); }",
    ] {
        assert_eq!(wrong(code), [""; 0], "{code}");
    }
}
