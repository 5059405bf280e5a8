//! The parameter list of a PTX kernel.
//!
//! Source: PTX ISA, "Kernel Function Parameters": each parameter lies at the next multiple of its alignment.

use super::lexer::{Token, number};
use super::{PtxError, PtxProblem, Reader};
use crate::entry::Param;

/// One parameter as it is written.
#[derive(Default)]
struct Declaration<'a> {
    /// Bytes of an element.
    element: Option<u32>,
    /// `.align` before the type.
    align: Option<u32>,
    /// Behind `.ptr`, where everything is about what the pointer points to.
    behind_ptr: bool,
    pointer: bool,
    name: &'a str,
    /// Elements of an array.
    elements: Option<u32>,
}

impl<'a> Reader<'a> {
    /// After the `(`: to the `)` that closes it.
    pub(super) fn params(&mut self) -> Result<Vec<Param>, PtxError> {
        let mut params = Vec::new();
        let mut end = 0;
        let mut token = self.param_token()?;
        loop {
            match token {
                Token::Punct(')') => return Ok(params),
                Token::Directive("param") => {}
                _ => return Err(self.unexpected("`.param` or `)`", Some(token))),
            }
            let (declaration, next) = self.declaration()?;
            let param = self.place(&declaration, end)?;
            end = param.offset + param.size;
            params.push(param);
            token = match next {
                Token::Punct(',') => self.param_token()?,
                Token::Punct(')') => next,
                _ => return Err(self.unexpected("`,` or `)` after a parameter", Some(next))),
            };
        }
    }

    fn param_token(&mut self) -> Result<Token<'a>, PtxError> {
        match self.lexer.next()? {
            Some(token) => Ok(token),
            None => Err(self.lexer.error(PtxProblem::CutShort { inside: "a parameter list" })),
        }
    }

    /// `.align 64 .b8 name[128]` or `.u64 .ptr .global .align 1 name`, and the token after it.
    fn declaration(&mut self) -> Result<(Declaration<'a>, Token<'a>), PtxError> {
        let mut declaration = Declaration::default();
        loop {
            let token = self.param_token()?;
            match token {
                Token::Directive("align") => {
                    let align = self.number()?;
                    if !declaration.behind_ptr {
                        declaration.align = Some(align);
                    }
                }
                Token::Directive("ptr") => {
                    declaration.behind_ptr = true;
                    declaration.pointer = true;
                }
                Token::Directive("global") if declaration.behind_ptr => {}
                Token::Directive("shared" | "const" | "local") if declaration.behind_ptr => declaration.pointer = false,
                Token::Directive(ty) => {
                    let bytes = bytes(ty).ok_or_else(|| self.lexer.error(PtxProblem::ParamType(format!(".{ty}"))))?;
                    declaration.element = Some(bytes);
                }
                Token::Word(name) => {
                    declaration.name = name;
                    break;
                }
                _ => return Err(self.unexpected("a parameter's type or name", Some(token))),
            }
        }
        let mut token = self.param_token()?;
        while token == Token::Punct('[') {
            let size = self.param_token()?;
            let count = match size {
                Token::Word(word) => number(word),
                _ => None,
            };
            let count = count.ok_or_else(|| self.unexpected("the size of an array", Some(size)))?;
            let elements = declaration.elements.unwrap_or(1).checked_mul(count);
            declaration.elements = Some(elements.ok_or_else(|| self.size_error(&declaration))?);
            let close = self.param_token()?;
            if close != Token::Punct(']') {
                return Err(self.unexpected("`]`", Some(close)));
            }
            token = self.param_token()?;
        }
        Ok((declaration, token))
    }

    fn size_error(&self, declaration: &Declaration<'_>) -> PtxError {
        self.lexer.error(PtxProblem::ParamSize(declaration.name.to_owned()))
    }

    fn place(&self, declaration: &Declaration<'_>, end: u32) -> Result<Param, PtxError> {
        let Some(element) = declaration.element else {
            return Err(self.lexer.error(PtxProblem::Unexpected {
                expected: "a type before the name of a parameter",
                found: format!("`{}`", declaration.name),
            }));
        };
        let align = declaration.align.unwrap_or(1).max(element);
        let size = element.checked_mul(declaration.elements.unwrap_or(1)).filter(|&size| size > 0);
        let offset = if align.is_power_of_two() { end.checked_next_multiple_of(align) } else { None };
        match (offset, size) {
            (Some(offset), Some(size)) if offset.checked_add(size).is_some() => {
                Ok(Param { offset, size, pointer: declaration.pointer })
            }
            _ => Err(self.size_error(declaration)),
        }
    }
}

/// Bytes of a fundamental type.
fn bytes(ty: &str) -> Option<u32> {
    Some(match ty {
        "b8" | "u8" | "s8" => 1,
        "b16" | "u16" | "s16" | "f16" | "bf16" => 2,
        "b32" | "u32" | "s32" | "f32" | "f16x2" | "bf16x2" => 4,
        "b64" | "u64" | "s64" | "f64" => 8,
        "b128" => 16,
        _ => return None,
    })
}
