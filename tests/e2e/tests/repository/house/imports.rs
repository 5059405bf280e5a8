//! Which file of a crate imports which: every path in its code, followed to the file that defines what it names.
//!
//! `use` lines, paths in types, patterns and expressions, and paths in what macros are given. A re-export is followed to
//! what it re-exports; the line itself is no import, as little as `mod` is. Tests may import what they like.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// Names of a module, from the crate's root.
type ModulePath = Vec<String>;

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// The file that it is in, below the crate's `src`.
    pub(crate) from: PathBuf,
    pub(crate) line: usize,
    /// The file of what is imported.
    pub(crate) to: PathBuf,
}

/// What a module has in it.
#[derive(Default)]
struct Module {
    file: PathBuf,
    /// What it defines, modules aside.
    items: BTreeSet<String>,
    /// Names in macros that may define what they name.
    made_by_macros: BTreeSet<String>,
    /// Names that it imports, each with the path that it stands for.
    names: BTreeMap<String, Vec<String>>,
    /// Modules that it imports all of.
    globs: Vec<Vec<String>>,
}

/// What a path leads to.
enum Leads<'a> {
    /// The file that defines it.
    To(&'a PathBuf),
    /// Another crate, or something in a function.
    Elsewhere,
    Nowhere,
}

/// A path as it is written.
struct Written {
    module: ModulePath,
    line: usize,
    segments: Vec<String>,
}

/// A crate's modules and paths.
#[derive(Default)]
pub(crate) struct Crate {
    modules: BTreeMap<ModulePath, Module>,
    written: Vec<Written>,
}

impl Crate {
    /// Reads a crate from its `src/lib.rs` on.
    pub(crate) fn read(source: &Path) -> Self {
        let mut this = Self::default();
        this.read_file(source, Path::new("lib.rs"), Path::new(""), ModulePath::new());
        this
    }

    /// A file, with the modules that it declares. `folder` is where their files lie.
    fn read_file(&mut self, source: &Path, file: &Path, folder: &Path, module: ModulePath) {
        let path = source.join(file);
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut reader = Reader { file, folder: folder.to_owned(), module, to: self, declared: Vec::new() };
        reader.enter(&parsed.items);
        for (folder, module) in std::mem::take(&mut reader.declared) {
            let name = module.last().expect("a module has a name");
            let own_folder = folder.join(name);
            let files = [folder.join(format!("{name}.rs")), own_folder.join("mod.rs")];
            let file = files.into_iter().find(|file| source.join(file).is_file());
            let file = file.unwrap_or_else(|| panic!("{}: no file for `mod {name}`", path.display()));
            self.read_file(source, &file, &own_folder, module);
        }
    }

    /// Every import from one file to another.
    pub(crate) fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for Written { module, line, segments } in &self.written {
            let from = &self.modules[module].file;
            match self.follow(module, segments, 0) {
                Leads::To(to) if to != from => {
                    imports.insert(Import { from: from.clone(), line: *line, to: to.clone() });
                }
                Leads::To(_) | Leads::Elsewhere => {}
                // It would be a gap in this test.
                Leads::Nowhere => panic!("{}:{line}: where does `{}` lead?", from.display(), segments.join("::")),
            }
        }
        imports
    }

    /// Where a path leads that is written in a module.
    fn follow(&self, module: &[String], segments: &[String], depth: usize) -> Leads<'_> {
        assert!(depth < 32, "`{}` goes in a circle", segments.join("::"));
        let mut at = match segments[0].as_str() {
            "crate" => Vec::new(),
            "self" | "super" => module.to_vec(),
            // A name that isn't here is another crate's, or a type's.
            _ => return self.descend(module, segments, depth).unwrap_or(Leads::Elsewhere),
        };
        let supers = segments.iter().skip_while(|segment| *segment == "self").take_while(|one| *one == "super").count();
        let Some(length) = at.len().checked_sub(supers) else { return Leads::Nowhere };
        at.truncate(length);
        let words = segments.iter().take_while(|one| ["crate", "self", "super"].contains(&one.as_str())).count();
        self.descend(&at, &segments[words..], depth).unwrap_or(Leads::Nowhere)
    }

    /// The same from a module down; `None` if the module has no such name.
    fn descend(&self, module: &[String], segments: &[String], depth: usize) -> Option<Leads<'_>> {
        let here = self.modules.get(module)?;
        let Some((first, rest)) = segments.split_first() else { return Some(Leads::To(&here.file)) };
        let child = [module, std::slice::from_ref(first)].concat();
        if self.modules.contains_key(&child) {
            return Some(self.descend(&child, rest, depth).unwrap_or(Leads::Nowhere));
        }
        if here.items.contains(first) {
            return Some(Leads::To(&here.file));
        }
        if let Some(path) = here.names.get(first) {
            // `use quote::quote`: the first of the two is the other crate.
            let is_others = path[0] == *first;
            let path = [path.as_slice(), rest].concat();
            return Some(if is_others { Leads::Elsewhere } else { self.follow(module, &path, depth + 1) });
        }
        if here.made_by_macros.contains(first) {
            return Some(Leads::To(&here.file));
        }
        let from_glob = |glob: &Vec<String>| self.follow(module, &[glob.as_slice(), segments].concat(), depth + 1);
        here.globs.iter().map(from_glob).find(|leads| matches!(leads, Leads::To(_)))
    }
}

/// Circles: files of which each imports each of the others, on whatever way.
pub(crate) fn circles(imports: &BTreeSet<Import>) -> Vec<BTreeSet<&Path>> {
    let mut next = BTreeMap::<&Path, BTreeSet<&Path>>::new();
    for import in imports {
        next.entry(&import.from).or_default().insert(&import.to);
    }
    let reached = |start: &Path| {
        let mut reached = BTreeSet::<&Path>::new();
        let mut todo: Vec<&Path> = next.get(start).into_iter().flatten().copied().collect();
        while let Some(file) = todo.pop() {
            if reached.insert(file) {
                todo.extend(next.get(file).into_iter().flatten());
            }
        }
        reached
    };
    let all: BTreeMap<&Path, BTreeSet<&Path>> = next.keys().map(|file| (*file, reached(file))).collect();
    let circle = |file: &Path| -> BTreeSet<&Path> {
        all[file].iter().copied().filter(|other| all.get(other).is_some_and(|back| back.contains(file))).collect()
    };
    let circles: BTreeSet<_> = all.keys().map(|file| circle(file)).filter(|circle| !circle.is_empty()).collect();
    circles.into_iter().collect()
}

struct Reader<'a> {
    file: &'a Path,
    folder: PathBuf,
    module: ModulePath,
    to: &'a mut Crate,
    /// Modules in files of their own, with the folders that these are in.
    declared: Vec<(PathBuf, ModulePath)>,
}

impl Reader<'_> {
    /// A module's items.
    fn enter(&mut self, items: &[syn::Item]) {
        self.to.modules.entry(self.module.clone()).or_default().file = self.file.to_owned();
        for item in items.iter().filter(|item| !super::item_attributes(item).iter().any(super::is_for_tests)) {
            if let Some(name) = name(item) {
                self.here().items.insert(name);
            }
            if let syn::Item::Macro(item) = item {
                self.here().made_by_macros.extend(words(item.mac.tokens.clone()));
            }
            self.visit_item(item);
        }
    }

    fn here(&mut self) -> &mut Module {
        self.to.modules.entry(self.module.clone()).or_default()
    }

    fn note(&mut self, segments: Vec<String>, line: usize) {
        self.to.written.push(Written { module: self.module.clone(), line, segments });
    }

    /// Each name of a `use` line with its path.
    fn tree(&mut self, tree: &syn::UseTree, before: &[String], is_import: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let line = tree.span().start().line;
        let (name, path) = match tree {
            syn::UseTree::Path(path) => return self.tree(&path.tree, &with(&path.ident), is_import),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.tree(tree, before, is_import));
            }
            syn::UseTree::Glob(_) => {
                self.here().globs.push(before.to_vec());
                (None, before.to_vec())
            }
            syn::UseTree::Name(name) if name.ident == "self" => (before.last().cloned(), before.to_vec()),
            syn::UseTree::Name(name) => (Some(name.ident.to_string()), with(&name.ident)),
            syn::UseTree::Rename(rename) if rename.ident == "self" => {
                (Some(rename.rename.to_string()), before.to_vec())
            }
            syn::UseTree::Rename(rename) => (Some(rename.rename.to_string()), with(&rename.ident)),
        };
        if let Some(name) = name.filter(|name| name != "_") {
            self.here().names.insert(name, path.clone());
        }
        if is_import {
            self.note(path, line);
        }
    }

    /// Paths among tokens: `crate::a::b`, `$crate::a::b`, `a::b`.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: usize, character: char| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == character);
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let start = at;
            at += 1;
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(word) => {
                    let mut segments = vec![word.to_string()];
                    while is(at, ':') && is(at + 1, ':') {
                        let Some(TokenTree::Ident(next)) = tokens.get(at + 2) else { break };
                        segments.push(next.to_string());
                        at += 3;
                    }
                    // `a.b::<T>()`, and `::a::b`, which is another crate's.
                    let goes_on =
                        start > 0 && (is(start - 1, '.') || is(start - 1, ':') && start > 1 && is(start - 2, ':'));
                    if segments.len() > 1 && !goes_on {
                        self.note(segments, word.span().start().line);
                    }
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
}

/// Every name among tokens.
fn words(tokens: TokenStream) -> BTreeSet<String> {
    let each = tokens.into_iter().flat_map(|token| match token {
        TokenTree::Group(group) => words(group.stream()),
        TokenTree::Ident(name) => BTreeSet::from([name.to_string()]),
        TokenTree::Punct(_) | TokenTree::Literal(_) => BTreeSet::new(),
    });
    each.collect()
}

/// The name that an item defines.
fn name(item: &syn::Item) -> Option<String> {
    Some(match item {
        syn::Item::Const(item) => item.ident.to_string(),
        syn::Item::Enum(item) => item.ident.to_string(),
        syn::Item::Fn(item) => item.sig.ident.to_string(),
        syn::Item::Macro(item) => item.ident.as_ref()?.to_string(),
        syn::Item::Static(item) => item.ident.to_string(),
        syn::Item::Struct(item) => item.ident.to_string(),
        syn::Item::Trait(item) => item.ident.to_string(),
        syn::Item::Type(item) => item.ident.to_string(),
        syn::Item::Union(item) => item.ident.to_string(),
        _ => return None,
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !super::item_attributes(item).iter().any(super::is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let name = item.ident.to_string();
        let outer = self.module.clone();
        self.module.push(name.clone());
        match &item.content {
            Some((_, items)) => {
                let folder = self.folder.clone();
                self.folder.push(&name);
                self.enter(items);
                self.folder = folder;
            }
            None => self.declared.push((self.folder.clone(), self.module.clone())),
        }
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_import = matches!(item.vis, syn::Visibility::Inherited);
        if item.leading_colon.is_none() {
            self.tree(&item.tree, &[], is_import);
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        // A single name is defined here or has its `use` line.
        if path.leading_colon.is_none() && path.segments.len() > 1 {
            let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.note(segments, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        // What these are given is code of the crate that comes out.
        let is_code_of_others = call
            .path
            .segments
            .last()
            .is_some_and(|name| ["quote", "quote_spanned", "parse_quote"].iter().any(|quote| name.ident == quote));
        if !is_code_of_others {
            self.tokens(call.tokens.clone());
        }
    }
}
