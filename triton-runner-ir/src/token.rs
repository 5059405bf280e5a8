//! Tokens of MLIR text, with every bracket matched.
//!
//! Source: MLIR Language Reference, "Identifiers and keywords"; `mlir/lib/AsmParser/Lexer.cpp` for what it leaves open.

use super::error::{IrError, IrProblem};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `tt.load`, `public`, `f32`.
    Word,
    /// `16`, `1.0e+00`, and shapes: `64x64xf16`.
    Number,
    /// `%x`, `%0#1`.
    Value,
    /// `@name`, `@"name"`.
    Symbol,
    /// `#loc1`, `#ttg.blocked`.
    Hash,
    /// `!tt.ptr`.
    Bang,
    /// `^bb0`.
    Block,
    /// With its quotes.
    String,
    /// `->`, `>=`, `<=`, `==`, `::`.
    Symbols,
    /// One other character.
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

    /// The text from one token to another, the last one left out.
    pub(super) fn range(&self, start: usize, end: usize) -> &'a str {
        let (Some(first), Some(last)) = (self.get(start), self.get(end.wrapping_sub(1))) else { return "" };
        self.text.get(first.start as usize..last.end as usize).unwrap_or_default()
    }

    /// A string's content. Escapes are kept: no name has any.
    pub(super) fn unquoted(&self, index: usize) -> &'a str {
        self.text(index).trim_matches('"')
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

    fn rest(&self) -> &str {
        self.tokens.text.get(self.position..).unwrap_or_default()
    }

    /// To the next token, which starts with the character returned.
    fn skip_blank(&mut self) -> Option<char> {
        loop {
            let rest = self.rest();
            let first = rest.chars().next()?;
            match first {
                '\n' => {
                    self.line += 1;
                    self.position += 1;
                }
                _ if first.is_whitespace() => self.position += first.len_utf8(),
                '/' if rest.starts_with("//") => self.position += rest.find('\n').unwrap_or(rest.len()),
                _ => return Some(first),
            }
        }
    }

    /// Kind and length of the token here.
    fn token(&self, first: char) -> Result<(Kind, usize), IrError> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let second = bytes.get(1).copied().unwrap_or_default();
        Ok(match first {
            '"' => (Kind::String, self.string(0)?),
            '%' => (Kind::Value, 1 + value(&bytes[1..])),
            '^' => (Kind::Block, 1 + suffix(&bytes[1..])),
            '@' if second == b'"' => (Kind::Symbol, self.string(1)?),
            '@' => (Kind::Symbol, 1 + suffix(&bytes[1..])),
            '#' if is_name(second) => (Kind::Hash, 1 + name(&bytes[1..])),
            '!' if is_name(second) => (Kind::Bang, 1 + name(&bytes[1..])),
            '0'..='9' => (Kind::Number, number(bytes)),
            'a'..='z' | 'A'..='Z' | '_' => (Kind::Word, name(bytes)),
            '-' | '>' | '<' | '=' | ':'
                if matches!((first, second), ('-', b'>') | ('>' | '<' | '=', b'=') | (':', b':')) =>
            {
                (Kind::Symbols, 2)
            }
            _ if first.is_ascii_graphic() => (Kind::Punct(bytes[0]), 1),
            _ => {
                let found = format!("the character `{}`", first.escape_default());
                let problem = IrProblem::Unexpected { expected: "MLIR text", found };
                return Err(error_at(self.tokens.text, self.position, self.line, problem));
            }
        })
    }

    /// Length of a string whose opening quote is at an offset. A string ends on its line.
    fn string(&self, quote: usize) -> Result<usize, IrError> {
        let mut escaped = false;
        for (i, byte) in self.rest().bytes().enumerate().skip(quote + 1) {
            match byte {
                b'\n' => break,
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => return Ok(i + 1),
                _ => {}
            }
        }
        Err(error_at(self.tokens.text, self.position, self.line, IrProblem::CutShort { open: "\"" }))
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_$.".contains(&byte)
}

fn name(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| !is_name(byte)).unwrap_or(bytes.len())
}

/// What follows `%`, `^` or `@`: digits, or a name, which may have `-` inside (`%c-1_i32`).
fn suffix(bytes: &[u8]) -> usize {
    if bytes.first().is_some_and(u8::is_ascii_digit) {
        return bytes.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(bytes.len());
    }
    let mut length = name(bytes);
    while bytes.get(length) == Some(&b'-') && bytes.get(length + 1).is_some_and(|&next| is_name(next)) {
        length += 1;
        length += name(&bytes[length..]);
    }
    length
}

/// A value's name, and `#1` if it is one of several results.
fn value(bytes: &[u8]) -> usize {
    let length = suffix(bytes);
    match bytes.get(length..) {
        Some([b'#', digits @ ..]) if digits.first().is_some_and(u8::is_ascii_digit) => {
            length + 1 + digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len())
        }
        _ => length,
    }
}

/// A number or a shape; the sign of an exponent belongs to it.
fn number(bytes: &[u8]) -> usize {
    let length = name(bytes);
    match (bytes.get(length.wrapping_sub(1)), bytes.get(length)) {
        (Some(b'e' | b'E'), Some(b'+' | b'-')) if bytes[..length].contains(&b'.') => {
            length + 1 + name(&bytes[length + 1..])
        }
        _ => length,
    }
}
