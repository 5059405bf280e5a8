//! String literals of the crates, as rustc reads them.

use std::path::Path;

use e2e::{CRATES, repository};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A string literal.
#[derive(Debug)]
pub(crate) struct Literal {
    /// File in the repository, with the line.
    pub(crate) at: String,
    pub(crate) text: String,
    /// Whether it is the text of an error: `#[error("…")]`.
    pub(crate) error: bool,
}

/// Those of the published crates, without their tests.
pub(crate) fn literals() -> Vec<Literal> {
    let mut found = Vec::new();
    for name in CRATES {
        walk(&Path::new(name).join("src"), &mut found);
    }
    assert!(found.len() > 1000, "{}", found.len());
    found
}

fn walk(folder: &Path, found: &mut Vec<Literal>) {
    for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        let name = path.file_name().unwrap().to_str().unwrap();
        if repository().join(&path).is_dir() {
            if name != "tests" {
                walk(&path, found);
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let text = std::fs::read_to_string(repository().join(&path)).unwrap();
            let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            collect(tokens, &path, Place::Code, found);
        } else if name.ends_with(".py") {
            // Each string of Python stands on one line here.
            let text = std::fs::read_to_string(repository().join(&path)).unwrap();
            for (i, line) in text.lines().enumerate() {
                let at = format!("{}:{}", path.display(), i + 1);
                let strings = line.split('"').skip(1).step_by(2);
                found.extend(strings.map(|text| Literal { at: at.clone(), text: text.to_owned(), error: false }));
            }
        }
    }
}

/// Where tokens stand.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Code,
    Attribute,
    /// In `#[error(…)]`.
    Error,
}

fn collect(tokens: TokenStream, path: &Path, place: Place, found: &mut Vec<Literal>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (i, token) in tokens.iter().enumerate() {
        let before = |back: usize| i.checked_sub(back).and_then(|i| tokens.get(i)).map(ToString::to_string);
        match token {
            TokenTree::Group(group) => {
                let behind = before(1).unwrap_or_default();
                let inside = match (place, &*behind, group.delimiter()) {
                    (_, "#", Delimiter::Bracket) => Place::Attribute,
                    (Place::Attribute, "error", Delimiter::Parenthesis) => Place::Error,
                    _ => Place::Code,
                };
                if !(behind == "tests" && before(2).as_deref() == Some("mod")) {
                    collect(group.stream(), path, inside, found);
                }
            }
            TokenTree::Literal(literal) => {
                if let Ok(string) = syn::parse_str::<syn::LitStr>(&literal.to_string()) {
                    let at = format!("{}:{}", path.display(), literal.span().start().line);
                    found.push(Literal { at, text: string.value(), error: place == Place::Error && i == 0 });
                }
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

impl Literal {
    /// Its text between the placeholders of `format!`.
    pub(crate) fn pieces(&self) -> Vec<String> {
        let text = self.text.replace("{{", "\u{1}").replace("}}", "\u{2}");
        let mut pieces = vec![String::new()];
        let mut inside = false;
        for c in text.chars() {
            match c {
                '{' => (inside, _) = (true, pieces.push(String::new())),
                '}' => inside = false,
                _ if inside => {}
                c => pieces.last_mut().unwrap().push(c),
            }
        }
        pieces.iter().map(|piece| piece.replace('\u{1}', "{").replace('\u{2}', "}")).collect()
    }
}
