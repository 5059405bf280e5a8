//! Tokens of MLIR text, with every bracket matched.
//!
//! Source: MLIR Language Reference, "Identifiers and keywords"; `mlir/lib/AsmParser/Lexer.cpp` for what it leaves open.

use std::borrow::Cow;
use std::ops::Range;

use super::error::{IrError, IrProblem};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `tt.load`, `public`, `f32`; and what follows the first number of a shape: `x64xf16`.
    Word,
    /// `16`, `0x7F`, `1.0e+00`.
    Number,
    /// `%x`. Of `%0#1` the first part.
    Value,
    /// `@name`, `@"name"`.
    Symbol,
    /// `#loc1`, `#ttg.blocked`, the second part of `%0#1`.
    Hash,
    /// `!tt.ptr`.
    Bang,
    /// `^bb0`.
    Block,
    /// With its quotes.
    String,
    /// `->`.
    Arrow,
    /// One other character; `.` is MLIR's `...`.
    Punct(u8),
}

/// No bracket.
const NO_PARTNER: u32 = u32::MAX;

/// A token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Counted from 1.
    pub(super) line: u32,
    partner: u32,
}

/// A file's tokens.
pub(super) struct Tokens<'a> {
    text: &'a str,
    tokens: Vec<Token>,
}

impl<'a> Tokens<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, IrError> {
        if text.len() > 1 << 28 {
            return Err(IrError { line: 1, column: 1, problem: IrProblem::TooLarge });
        }
        let mut lexer = Lexer { tokens: Self { text, tokens: Vec::new() }, position: 0, line: 1, open: Vec::new() };
        lexer.file()?;
        Ok(lexer.tokens)
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn get(&self, index: usize) -> Option<Token> {
        self.tokens.get(index).copied()
    }

    pub(super) fn kind(&self, index: usize) -> Option<Kind> {
        self.tokens.get(index).map(|token| token.kind)
    }

    /// Whether this character is the token there.
    pub(super) fn is(&self, index: usize, punct: u8) -> bool {
        self.kind(index) == Some(Kind::Punct(punct))
    }

    /// The token's text; empty behind the end.
    pub(super) fn text(&self, index: usize) -> &'a str {
        self.get(index).and_then(|token| self.text.get(token.start as usize..token.end as usize)).unwrap_or_default()
    }

    /// A piece of the text.
    pub(super) fn slice(&self, span: &Range<u32>) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The text from one token to another, the last one left out.
    pub(super) fn range(&self, start: usize, end: usize) -> &'a str {
        let (Some(first), Some(last)) = (self.get(start), self.get(end.wrapping_sub(1))) else { return "" };
        self.text.get(first.start as usize..last.end as usize).unwrap_or_default()
    }

    /// What stands in a string, or in a symbol that is one or isn't: escapes resolved, `@` and quotes left out. `None`
    /// if it is no UTF-8 then.
    pub(super) fn unquoted(&self, index: usize) -> Option<Cow<'a, str>> {
        let text = self.text(index);
        let text = text.strip_prefix('@').unwrap_or(text);
        match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(quoted) => unescape(quoted),
            None => Some(Cow::Borrowed(text)),
        }
    }

    pub(super) fn line(&self, index: usize) -> u32 {
        self.get(index).map_or(0, |token| token.line)
    }

    /// For an opening bracket the closing one, and the other way round. For other tokens the token itself.
    pub(super) fn partner(&self, index: usize) -> usize {
        match self.get(index) {
            Some(token) if token.partner != NO_PARTNER => token.partner as usize,
            _ => index,
        }
    }

    /// An error at a token, or at the end of the file.
    pub(super) fn error(&self, index: usize, problem: IrProblem) -> IrError {
        let token = self.get(index).or(self.tokens.last().copied());
        token.map_or(IrError { line: 1, column: 1, problem: problem.clone() }, |token| {
            error_at(self.text, token.start as usize, token.line, problem)
        })
    }

    pub(super) fn unexpected(&self, index: usize, expected: &'static str) -> IrError {
        let found = match self.kind(index) {
            Some(_) => format!("`{}`", self.text(index)),
            None => "the end of the file".to_owned(),
        };
        self.error(index, IrProblem::Unexpected { expected, found })
    }
}

fn error_at(text: &str, position: usize, line: u32, problem: IrProblem) -> IrError {
    let before = text.get(..position).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    IrError { line, column: u32::try_from(column).unwrap_or(u32::MAX), problem }
}

struct Lexer<'a> {
    tokens: Tokens<'a>,
    position: usize,
    line: u32,
    /// Opening brackets without their partners.
    open: Vec<u32>,
}

impl Lexer<'_> {
    fn file(&mut self) -> Result<(), IrError> {
        while let Some(first) = self.skip_blank() {
            let (kind, length) = self.token(first)?;
            let start = self.position as u32;
            let index = self.tokens.tokens.len() as u32;
            self.position += length;
            let mut token = Token { kind, start, end: self.position as u32, line: self.line, partner: NO_PARTNER };
            match kind {
                Kind::Punct(b'(' | b'[' | b'{' | b'<') => self.open.push(index),
                Kind::Punct(close @ (b')' | b']' | b'}' | b'>')) => token.partner = self.close(start, index, close)?,
                _ => {}
            }
            self.tokens.tokens.push(token);
        }
        // The outermost bracket tells most: the function or the module that isn't there to its end.
        match self.open.first() {
            None => Ok(()),
            Some(&open) => {
                let open = open as usize;
                let name = match self.tokens.text(open) {
                    "(" => "(",
                    "[" => "[",
                    "{" => "{",
                    _ => "<",
                };
                Err(self.tokens.error(open, IrProblem::CutShort { open: name }))
            }
        }
    }

    fn close(&mut self, start: u32, index: u32, close: u8) -> Result<u32, IrError> {
        let expected = match close {
            b')' => b'(',
            b']' => b'[',
            b'}' => b'{',
            _ => b'<',
        };
        let open = self.open.pop();
        if let Some(open) = open
            && let Some(token) = self.tokens.tokens.get_mut(open as usize)
            && token.kind == Kind::Punct(expected)
        {
            token.partner = index;
            return Ok(open);
        }
        let hint = match open {
            Some(open) => {
                let open = open as usize;
                format!(
                    ": the innermost open bracket is the `{}` of line {}",
                    self.tokens.text(open),
                    self.tokens.line(open)
                )
            }
            None => String::new(),
        };
        let problem = IrProblem::Unbalanced { found: close as char, hint };
        Err(error_at(self.tokens.text, start as usize, self.line, problem))
    }

    fn rest(&self) -> &[u8] {
        self.tokens.text.as_bytes().get(self.position..).unwrap_or_default()
    }

    /// To the next token, which starts with the byte returned.
    fn skip_blank(&mut self) -> Option<u8> {
        loop {
            match *self.rest() {
                [b'\n', ..] => {
                    self.line += 1;
                    self.position += 1;
                }
                [b' ' | b'\t' | b'\r', ..] => self.position += 1,
                // It ends at either end of a line.
                [b'/', b'/', ref rest @ ..] => self.position += 2 + length(rest, |byte| !matches!(byte, b'\n' | b'\r')),
                [first, ..] => return Some(first),
                [] => return None,
            }
        }
    }

    /// Kind and length of the token here.
    fn token(&self, first: u8) -> Result<(Kind, usize), IrError> {
        let bytes = self.rest();
        let rest = &bytes[1..];
        Ok(match first {
            b'"' => (Kind::String, self.string(1)?),
            b'@' if rest.first() == Some(&b'"') => (Kind::Symbol, self.string(2)?),
            b'@' if rest.first().is_some_and(|&byte| is_name_start(byte)) => (Kind::Symbol, 1 + length(rest, is_name)),
            b'@' => return Err(self.stray("a name behind `@`")),
            b'%' => (Kind::Value, self.prefixed()?),
            b'^' => (Kind::Block, self.prefixed()?),
            b'#' => (Kind::Hash, self.prefixed()?),
            b'!' => (Kind::Bang, self.prefixed()?),
            b'0'..=b'9' => (Kind::Number, number(bytes)),
            _ if is_name_start(first) => (Kind::Word, length(bytes, is_name)),
            b'-' if rest.first() == Some(&b'>') => (Kind::Arrow, 2),
            b'.' if rest.starts_with(b"..") => (Kind::Punct(b'.'), 3),
            b':' | b',' | b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'<' | b'>' | b'=' | b'+' | b'*' | b'-' | b'?'
            | b'|' => (Kind::Punct(first), 1),
            _ => return Err(self.stray("MLIR text")),
        })
    }

    /// An error about the character here.
    fn stray(&self, expected: &'static str) -> IrError {
        let text = self.tokens.text.get(self.position..).unwrap_or_default();
        let found = match text.chars().next() {
            Some(found) => format!("the character `{}`", found.escape_default()),
            None => "the end of the file".to_owned(),
        };
        error_at(self.tokens.text, self.position, self.line, IrProblem::Unexpected { expected, found })
    }

    /// Length of what starts with `%`, `^`, `#` or `!`: digits, or a name, which may have `-` in it (`%c-1_i32`).
    fn prefixed(&self) -> Result<usize, IrError> {
        let rest = &self.rest()[1..];
        let length = match rest.first() {
            Some(b'0'..=b'9') => length(rest, |byte| byte.is_ascii_digit()),
            _ => length(rest, |byte| is_name(byte) || byte == b'-'),
        };
        if length == 0 { Err(self.stray("a name behind `%`, `^`, `#` or `!`")) } else { Ok(1 + length) }
    }

    /// Length of a string that starts that many bytes further on. A string ends on its line.
    fn string(&self, start: usize) -> Result<usize, IrError> {
        let bytes = self.rest();
        let mut at = start;
        loop {
            match bytes.get(at..).unwrap_or_default() {
                [] | [b'\n' | b'\x0b' | b'\x0c', ..] => break,
                [b'"', ..] => return Ok(at + 1),
                [b'\\', b'"' | b'\\' | b'n' | b't', ..] => at += 2,
                [b'\\', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => at += 3,
                [b'\\', ..] => {
                    let (expected, found) = ("an escape such as `\\n` or `\\22`", "`\\`".to_owned());
                    let problem = IrProblem::Unexpected { expected, found };
                    return Err(error_at(self.tokens.text, self.position + at, self.line, problem));
                }
                _ => at += 1,
            }
        }
        Err(error_at(self.tokens.text, self.position, self.line, IrProblem::CutShort { open: "\"" }))
    }
}

/// A string's content with its escapes resolved; `None` if that is no UTF-8.
fn unescape(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\\') {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        let (byte, length) = match *rest {
            [] => break,
            [b'\\', b'n', ..] => (b'\n', 2),
            [b'\\', b't', ..] => (b'\t', 2),
            [b'\\', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or_default() as u8;
                (digit(a) << 4 | digit(b), 3)
            }
            [b'\\', other, ..] => (other, 2),
            [other, ..] => (other, 1),
        };
        bytes.push(byte);
        rest = &rest[length..];
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// How many bytes there are of a kind.
fn length(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|&byte| !is(byte)).unwrap_or(bytes.len())
}

fn is_name_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.')
}

/// A decimal or hexadecimal integer, or a float, whose exponent needs a point before it.
fn number(bytes: &[u8]) -> usize {
    let digits = |from: usize| from + length(&bytes[from..], |byte| byte.is_ascii_digit());
    match bytes {
        // `0xi32` is a zero and a word.
        [b'0', b'x', digit, ..] if digit.is_ascii_hexdigit() => {
            2 + length(&bytes[2..], |byte| byte.is_ascii_hexdigit())
        }
        _ => {
            let whole = digits(0);
            if bytes.get(whole) != Some(&b'.') {
                return whole;
            }
            let end = digits(whole + 1);
            match bytes.get(end..).unwrap_or_default() {
                [b'e' | b'E', b'+' | b'-', digit, ..] if digit.is_ascii_digit() => digits(end + 2),
                [b'e' | b'E', digit, ..] if digit.is_ascii_digit() => digits(end + 1),
                _ => end,
            }
        }
    }
}
