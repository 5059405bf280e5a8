//! Tokens of LLVM IR, without comments.

use std::fmt;

use super::{LlirError, LlirProblem};

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, a type or a number.
    Word(&'a str),
    /// `@name`, without `@` and quotes.
    Global(&'a str),
    /// `%name`.
    Local(&'a str),
    /// `#0`, without `#`.
    Attributes(&'a str),
    /// `!0` or `!nvvm.annotations`, without `!`.
    Metadata(&'a str),
    /// `"text"`, `c"text"` or `!"text"`, without quotes.
    String(&'a str),
    /// Any other character.
    Punct(char),
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Global(name) => write!(f, "@{name}"),
            Self::Local(name) => write!(f, "%{name}"),
            Self::Attributes(group) => write!(f, "#{group}"),
            Self::Metadata(name) => write!(f, "!{name}"),
            Self::String(text) => write!(f, "\"{text}\""),
            Self::Punct(c) => write!(f, "{c}"),
        }
    }
}

#[derive(Clone)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    position: usize,
    line: u32,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, position: 0, line: 1 }
    }

    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// An error at the line that the lexer has come to.
    pub(super) fn error(&self, problem: LlirProblem) -> LlirError {
        LlirError { line: self.line, problem }
    }

    /// The next token, `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, LlirError> {
        self.skip_blank();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        let behind = rest.get(first.len_utf8()..).unwrap_or_default();
        let quoted = behind.starts_with('"');
        let (token, length) = match first {
            '"' => {
                let text = self.quoted(behind)?;
                (Token::String(text), text.len() + 2)
            }
            '@' | '%' | '!' if quoted => {
                let text = self.quoted(&behind[1..])?;
                let token = match first {
                    '@' => Token::Global(text),
                    '%' => Token::Local(text),
                    _ => Token::String(text),
                };
                (token, text.len() + 3)
            }
            '@' => (Token::Global(word(behind)), 1 + word(behind).len()),
            '%' => (Token::Local(word(behind)), 1 + word(behind).len()),
            '#' => (Token::Attributes(word(behind)), 1 + word(behind).len()),
            '!' if behind.starts_with(is_word) => (Token::Metadata(word(behind)), 1 + word(behind).len()),
            c if is_word(c) => (Token::Word(word(rest)), word(rest).len()),
            c => (Token::Punct(c), c.len_utf8()),
        };
        self.advance(length);
        Ok(Some(token))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn advance(&mut self, length: usize) {
        let skipped = self.rest().get(..length).unwrap_or_default();
        self.line += skipped.bytes().filter(|&byte| byte == b'\n').count() as u32;
        self.position += length;
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let length = if rest.starts_with(';') {
                rest.find('\n').unwrap_or(rest.len())
            } else {
                rest.len() - rest.trim_start().len()
            };
            if length == 0 {
                return;
            }
            self.advance(length);
        }
    }

    /// Behind an opening quote: the text up to the closing one. Quotes inside are written as `\22`.
    fn quoted(&self, behind: &'a str) -> Result<&'a str, LlirError> {
        match behind.find('"') {
            Some(end) => Ok(&behind[..end]),
            None => Err(self.error(LlirProblem::CutShort { inside: "a string" })),
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_$.-".contains(c)
}

fn word(text: &str) -> &str {
    &text[..text.find(|c| !is_word(c)).unwrap_or(text.len())]
}
