//! The part of Python's `repr` that a kernel's signature is made of.

use super::MetadataError;

/// Tuples in tuples: more than any signature has, and a bound for the recursion.
const MAX_DEPTH: u32 = 32;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
    /// A tuple or a list.
    Tuple(Vec<Value>),
    /// Something that is no literal: a function, a type, a number beyond 64 bits.
    Other,
}

/// Parses one value that is the whole text.
pub(super) fn parse(text: &str) -> Result<Value, MetadataError> {
    let mut parser = Parser { text, position: 0 };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(c) => Err(parser.error(format!("`{c}` follows the end of the tuple"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        Some(c)
    }

    fn space(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start().len();
    }

    fn error(&self, problem: impl Into<String>) -> MetadataError {
        let before = self.text.get(..self.position).unwrap_or(self.text);
        MetadataError::KernelSignature { position: before.chars().count() + 1, problem: problem.into() }
    }

    fn value(&mut self, depth: u32) -> Result<Value, MetadataError> {
        if depth > MAX_DEPTH {
            return Err(self.error("tuples are nested too deeply"));
        }
        self.space();
        match self.peek() {
            None => Err(self.error("the text ends where a value is expected")),
            Some('(') => self.tuple(')', depth),
            Some('[') => self.tuple(']', depth),
            Some(quote @ ('\'' | '"')) => self.string(quote).map(Value::Str),
            Some(',' | ')' | ']') => Err(self.error("a value is missing")),
            Some(_) => self.word(depth),
        }
    }

    fn tuple(&mut self, close: char, depth: u32) -> Result<Value, MetadataError> {
        self.next();
        let mut values = Vec::new();
        loop {
            self.space();
            if self.peek() == Some(close) {
                self.next();
                return Ok(Value::Tuple(values));
            }
            values.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(',') => drop(self.next()),
                Some(c) if c == close => {}
                Some(c) => return Err(self.error(format!("expected `,` or `{close}`, found `{c}`"))),
                None => return Err(self.error(format!("the text ends before the `{close}` of a tuple"))),
            }
        }
    }

    fn string(&mut self, quote: char) -> Result<String, MetadataError> {
        self.next();
        let mut string = String::new();
        loop {
            match self.next() {
                None => return Err(self.error("the text ends inside a string")),
                Some(c) if c == quote => return Ok(string),
                Some('\\') => string.push(self.escape()?),
                Some(c) => string.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, MetadataError> {
        let digits = match self.next() {
            Some('n') => return Ok('\n'),
            Some('r') => return Ok('\r'),
            Some('t') => return Ok('\t'),
            Some('x') => 2,
            Some('u') => 4,
            Some('U') => 8,
            Some(c) => return Ok(c),
            None => return Err(self.error("the text ends inside a string")),
        };
        let code = self.rest().get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let c = code.and_then(char::from_u32).ok_or_else(|| self.error("a bad escape in a string"))?;
        self.position += digits;
        Ok(c)
    }

    /// A number, a name, or anything else up to the next `,` or closing bracket.
    fn word(&mut self, depth: u32) -> Result<Value, MetadataError> {
        if self.rest().starts_with("constexpr[") {
            self.position += "constexpr".len();
            return match self.tuple(']', depth)? {
                Value::Tuple(mut values) if values.len() == 1 => Ok(values.remove(0)),
                _ => Err(self.error("`constexpr[…]` must hold one value")),
            };
        }
        let start = self.position;
        let mut open = 0_u32;
        while let Some(c) = self.peek() {
            match c {
                '(' | '[' | '{' | '<' => open += 1,
                ',' | ')' | ']' if open == 0 => break,
                ')' | ']' | '}' | '>' => open = open.saturating_sub(1),
                '\'' | '"' => {
                    self.string(c)?;
                    continue;
                }
                _ => {}
            }
            self.next();
        }
        let word = self.text.get(start..self.position).unwrap_or_default().trim_end();
        Ok(match word {
            "None" => Value::None,
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "inf" => Value::Float(f64::INFINITY),
            "-inf" => Value::Float(f64::NEG_INFINITY),
            "nan" => Value::Float(f64::NAN),
            _ if !word.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)) => Value::Other,
            _ => match (word.parse(), word.parse::<f64>()) {
                (Ok(int), _) => Value::Int(int),
                (_, Ok(float)) if word.contains(['.', 'e']) && float.is_finite() => Value::Float(float),
                _ => Value::Other,
            },
        })
    }
}
