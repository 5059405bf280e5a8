//! Reads what a PTX file says about its kernel functions.
//!
//! Only the directives are looked at: function bodies are skipped, ptxas is the judge of them.
//!
//! Source: PTX ISA, "Directives".

use triton_runner_manifest::Arch;

use crate::entry::{Entry, Module};

mod error;
mod lexer;
mod params;

pub use error::{PtxError, PtxProblem};

use lexer::{Lexer, Token};

/// Reads a PTX file.
///
/// Offsets of parameters follow from their types. A parameter without `.ptr` counts as no pointer, as in hand-written
/// PTX.
///
/// # Errors
///
/// A file that is cut short or is no PTX, a target that is no GPU, and parameters that no launch can pass.
pub fn read(text: &str) -> Result<Module, PtxError> {
    let mut reader = Reader { lexer: Lexer::new(text), version: None, arch: None, entries: Vec::new() };
    reader.file()?;
    let missing = |directive| PtxError { line: 1, problem: PtxProblem::Missing { directive } };
    Ok(Module {
        ptx_version: Some(reader.version.ok_or(missing(".version"))?),
        arch: reader.arch.ok_or(missing(".target"))?,
        entries: reader.entries,
    })
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    version: Option<(u8, u8)>,
    arch: Option<Arch>,
    entries: Vec<Entry>,
}

impl<'a> Reader<'a> {
    fn file(&mut self) -> Result<(), PtxError> {
        while let Some(token) = self.lexer.next()? {
            match token {
                Token::Directive("version") => self.version = Some(self.version()?),
                Token::Directive("target") => self.arch = Some(self.target()?),
                Token::Directive("address_size") => match self.number()? {
                    64 => {}
                    other => return Err(self.lexer.error(PtxProblem::AddressSize(other))),
                },
                Token::Directive("entry") => self.entry()?,
                Token::Punct('{') => self.skip_block("the braces of a function or section")?,
                _ => {}
            }
        }
        Ok(())
    }

    fn expect(&mut self, expected: &'static str) -> Result<Token<'a>, PtxError> {
        match self.lexer.next()? {
            Some(token) => Ok(token),
            None => Err(self.unexpected(expected, None)),
        }
    }

    fn unexpected(&self, expected: &'static str, found: Option<Token<'_>>) -> PtxError {
        let found = found.map_or("the end of the file".to_owned(), |token| format!("`{token}`"));
        self.lexer.error(PtxProblem::Unexpected { expected, found })
    }

    fn number(&mut self) -> Result<u32, PtxError> {
        let token = self.expect("a number")?;
        match token {
            Token::Word(word) => lexer::number(word).ok_or_else(|| self.unexpected("a number", Some(token))),
            _ => Err(self.unexpected("a number", Some(token))),
        }
    }

    /// `.version 8.4`, which the lexer sees as a word and a directive.
    fn version(&mut self) -> Result<(u8, u8), PtxError> {
        const EXPECTED: &str = "a version such as `8.4`";
        let token = self.expect(EXPECTED)?;
        let Token::Word(major) = token else { return Err(self.unexpected(EXPECTED, Some(token))) };
        let token = self.expect(EXPECTED)?;
        let Token::Directive(minor) = token else { return Err(self.unexpected(EXPECTED, Some(token))) };
        match (major.parse(), minor.parse()) {
            (Ok(major), Ok(minor)) => Ok((major, minor)),
            _ => Err(self.unexpected(EXPECTED, Some(token))),
        }
    }

    /// `.target sm_90a, debug`: the GPU and, ignored here, options.
    fn target(&mut self) -> Result<Arch, PtxError> {
        const EXPECTED: &str = "a GPU such as `sm_90`";
        let token = self.expect(EXPECTED)?;
        match token {
            Token::Word(word) => word.parse().map_err(|error| self.lexer.error(PtxProblem::Target(error))),
            _ => Err(self.unexpected(EXPECTED, Some(token))),
        }
    }

    /// After `.entry`.
    fn entry(&mut self) -> Result<(), PtxError> {
        let token = self.expect("the name of a kernel")?;
        let Token::Word(name) = token else { return Err(self.unexpected("the name of a kernel", Some(token))) };
        let mut entry = Entry {
            name: name.to_owned(),
            params: Vec::new(),
            required_block: None,
            max_block: None,
            cluster: None,
            registers: None,
            local_bytes: None,
            static_shared: None,
            dynamic_shared: None,
        };
        let mut token = self.expect("the body of a kernel")?;
        if token == Token::Punct('(') {
            entry.params = self.params()?;
            token = self.expect("the body of a kernel")?;
        }
        // A directive with numbers leaves the token after them to be looked at.
        loop {
            let dimensions = match token {
                Token::Punct('{') => break,
                // A declaration without body.
                Token::Punct(';') => return Ok(()),
                Token::Directive("reqntid") => &mut entry.required_block,
                Token::Directive("maxntid") => &mut entry.max_block,
                Token::Directive("reqnctapercluster") => &mut entry.cluster,
                _ => {
                    token = self.expect("the body of a kernel")?;
                    continue;
                }
            };
            let (numbers, next) = self.dimensions()?;
            *dimensions = Some(numbers);
            token = next;
        }
        self.skip_block("the body of a kernel")?;
        self.entries.push(entry);
        Ok(())
    }

    /// One to three numbers, and the token after them.
    fn dimensions(&mut self) -> Result<([u32; 3], Token<'a>), PtxError> {
        let mut numbers = [1; 3];
        for slot in &mut numbers {
            *slot = self.number()?;
            let token = self.expect("the body of a kernel")?;
            if token != Token::Punct(',') {
                return Ok((numbers, token));
            }
        }
        Err(self.unexpected("at most three numbers", Some(Token::Punct(','))))
    }

    /// After a `{`: to the `}` that closes it.
    fn skip_block(&mut self, inside: &'static str) -> Result<(), PtxError> {
        let mut open = 1_u32;
        while open > 0 {
            match self.lexer.next()? {
                Some(Token::Punct('{')) => open += 1,
                Some(Token::Punct('}')) => open -= 1,
                Some(_) => {}
                None => return Err(self.lexer.error(PtxProblem::CutShort { inside })),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
