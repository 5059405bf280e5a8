//! Shared memory that a PTX file declares.
//!
//! Source: PTX ISA, "State Spaces", "Variables".

use super::lexer::{Token, number};
use super::{PtxError, PtxProblem, Reader, params};

impl<'a> Reader<'a> {
    /// After the `.shared` of a declaration: `.align 16 .b8 name[1024], other;`.
    pub(super) fn shared(&mut self, external: bool) -> Result<(), PtxError> {
        const INSIDE: &str = "a declaration of shared memory";
        let (mut align, mut element, mut vector) = (1, None, 1);
        let mut name = "";
        let mut size: Option<u32> = None;
        loop {
            let token = self.expect(INSIDE)?;
            match token {
                Token::Directive("align") => align = self.number()?,
                Token::Directive("v2") => vector = 2,
                Token::Directive("v4") => vector = 4,
                Token::Directive(ty) => element = params::bytes(ty).or(element),
                Token::Word(word) => name = word,
                Token::Punct('[') => {
                    let token = self.expect(INSIDE)?;
                    let count = match token {
                        // As long as the launch makes it.
                        Token::Punct(']') => 0,
                        Token::Word(word) => number(word).ok_or_else(|| self.too_large(name))?,
                        _ => return Err(self.unexpected("the size of an array", Some(token))),
                    };
                    size = Some(size.unwrap_or(1).checked_mul(count).ok_or_else(|| self.too_large(name))?);
                }
                Token::Punct(c @ (',' | ';')) => {
                    let bytes = element.and_then(|bytes: u32| bytes.checked_mul(vector)).unwrap_or(1);
                    let own = bytes.checked_mul(size.take().unwrap_or(1)).ok_or_else(|| self.too_large(name))?;
                    match external {
                        true => drop(self.shared.external.insert(name)),
                        false => self.place_shared(name, own, align.max(bytes))?,
                    }
                    if c == ';' {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
    }

    fn place_shared(&mut self, name: &str, bytes: u32, align: u32) -> Result<(), PtxError> {
        let start = if align.is_power_of_two() { self.shared.fixed.checked_next_multiple_of(align) } else { None };
        let end = start.and_then(|start| start.checked_add(bytes));
        self.shared.fixed = end.ok_or_else(|| self.too_large(name))?;
        Ok(())
    }

    fn too_large(&self, name: &str) -> PtxError {
        self.lexer.error(PtxProblem::SharedSize(name.to_owned()))
    }
}
