//! Tokens of PTX text, without comments.

use std::fmt;

use super::{PtxError, PtxProblem};

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `.entry`, without the dot. Also what follows the dot in `8.4` and `ld.param`.
    Directive(&'a str),
    /// A name or a number.
    Word(&'a str),
    /// A string, without its quotes.
    String(&'a str),
    /// Any other character.
    Punct(char),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directive(word) => write!(f, ".{word}"),
            Self::Word(word) => f.write_str(word),
            Self::String(string) => write!(f, "\"{string}\""),
            Self::Punct(c) => write!(f, "{c}"),
        }
    }
}

/// A whole number, decimal or hexadecimal.
pub(super) fn number(word: &str) -> Option<u32> {
    let word = word.trim_end_matches('U');
    match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => word.parse().ok(),
    }
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    position: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0, line: 1 }
    }

    /// An error at the line that the lexer has come to.
    pub(super) fn error(&self, problem: PtxProblem) -> PtxError {
        PtxError { line: self.line, problem }
    }

    /// The next token, `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, PtxError> {
        self.skip_blank()?;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let word = |text: &'a str| &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())];
        let (token, length) = match first {
            '.' => {
                let word = word(&rest[1..]);
                (Token::Directive(word), 1 + word.len())
            }
            '"' => {
                let inside = &rest[1..];
                let end = string_end(inside).ok_or_else(|| self.error(PtxProblem::CutShort { inside: "a string" }))?;
                self.line += newlines(&inside[..end]);
                (Token::String(&inside[..end]), end + 2)
            }
            c if is_word(c) => {
                let word = word(rest);
                (Token::Word(word), word.len())
            }
            c => (Token::Punct(c), c.len_utf8()),
        };
        self.position += length;
        Ok(Some(token))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// White space and comments. A `//` inside a parameter list hides the rest of its line as well.
    fn skip_blank(&mut self) -> Result<(), PtxError> {
        loop {
            let rest = self.rest();
            let skipped = if rest.starts_with(|c: char| c.is_whitespace()) {
                rest.len() - rest.trim_start().len()
            } else if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if let Some(inside) = rest.strip_prefix("/*") {
                let end = inside.find("*/").map(|end| end + 4);
                end.ok_or_else(|| self.error(PtxProblem::CutShort { inside: "a `/*` comment" }))?
            } else {
                return Ok(());
            };
            self.line += newlines(&rest[..skipped]);
            self.position += skipped;
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_$%".contains(c)
}

fn newlines(text: &str) -> u32 {
    text.bytes().filter(|&byte| byte == b'\n').count() as u32
}

/// Where the closing quote is; a backslash takes the character after it along.
fn string_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(i),
            _ => {}
        }
    }
    None
}
