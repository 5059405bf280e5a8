//! Reads what LLVM IR says about the kernel function: its name, parameters and block size.
//!
//! Triton 3.3 and later give the kernel the calling convention `ptx_kernel`; 3.2 names it in `!nvvm.annotations`. The
//! block size is an annotation too, from 3.4 on the attribute `"nvvm.reqntid"`.
//!
//! Source: LLVM Language Reference Manual, "Functions"; User Guide for NVPTX Back-end, "Marking Functions as Kernels".

use std::collections::HashMap;

use crate::entry::{Entry, Param};

mod annotations;
mod error;
mod lexer;
mod params;

pub use error::{LlirError, LlirProblem};

use annotations::Annotations;
use lexer::{Lexer, Token};

/// Reads LLVM IR.
///
/// # Errors
///
/// Text that is cut short or no LLVM IR, no kernel or several, and parameters of types that no Triton kernel has.
pub fn read(text: &str) -> Result<Entry, LlirError> {
    let mut reader = Reader {
        lexer: Lexer::new(text),
        functions: Vec::new(),
        blocks: HashMap::new(),
        annotations: Annotations::default(),
    };
    reader.file()?;
    reader.entry()
}

/// A `define`.
struct Function<'a> {
    name: &'a str,
    line: u32,
    /// Has the calling convention `ptx_kernel`.
    kernel: bool,
    internal: bool,
    returns_void: bool,
    /// Of a function that can't be a kernel they may have any types.
    params: Result<Vec<Param>, LlirError>,
    required_block: Option<[u32; 3]>,
    /// The `N` of each `#N`.
    attributes: Vec<&'a str>,
}

struct Reader<'a> {
    lexer: Lexer<'a>,
    functions: Vec<Function<'a>>,
    /// `"nvvm.reqntid"` of each attribute group.
    blocks: HashMap<&'a str, [u32; 3]>,
    annotations: Annotations<'a>,
}

impl<'a> Reader<'a> {
    fn file(&mut self) -> Result<(), LlirError> {
        while let Some(token) = self.lexer.next()? {
            match token {
                Token::Word("define") => self.function()?,
                Token::Word("attributes") => self.attributes()?,
                Token::Metadata(name) => self.annotations.read(&mut self.lexer, name)?,
                Token::Punct('{') => self.skip_block("braces")?,
                _ => {}
            }
        }
        Ok(())
    }

    fn expect(&mut self, inside: &'static str) -> Result<Token<'a>, LlirError> {
        match self.lexer.next()? {
            Some(token) => Ok(token),
            None => Err(self.lexer.error(LlirProblem::CutShort { inside })),
        }
    }

    /// After `define`.
    fn function(&mut self) -> Result<(), LlirError> {
        const INSIDE: &str = "a function's head";
        let (mut kernel, mut internal, mut returns_void) = (false, false, false);
        let name = loop {
            match self.expect(INSIDE)? {
                Token::Word("ptx_kernel") => kernel = true,
                Token::Word("internal" | "private") => internal = true,
                Token::Word("void") => returns_void = true,
                Token::Global(name) => break name,
                Token::Punct('{' | '}') => {
                    let found = "a brace".to_owned();
                    return Err(self.lexer.error(LlirProblem::Unexpected { expected: "a function's name", found }));
                }
                _ => {}
            }
        };
        let line = self.lexer.line();
        let token = self.expect(INSIDE)?;
        if token != Token::Punct('(') {
            let found = format!("`{token}`");
            return Err(self.lexer.error(LlirProblem::Unexpected { expected: "`(`", found }));
        }
        let params = params::read(&mut self.lexer)?;
        let mut attributes = Vec::new();
        let mut required_block = None;
        loop {
            match self.expect(INSIDE)? {
                Token::Punct('{') => break,
                Token::Attributes(group) => attributes.push(group),
                Token::String("nvvm.reqntid") => required_block = self.attribute_value()?,
                _ => {}
            }
        }
        self.skip_block("the body of a function")?;
        self.functions.push(Function {
            name,
            line,
            kernel,
            internal,
            returns_void,
            params,
            required_block,
            attributes,
        });
        Ok(())
    }

    /// After `attributes`: `#0 = { nounwind "nvvm.reqntid"="128" }`.
    fn attributes(&mut self) -> Result<(), LlirError> {
        const INSIDE: &str = "a group of attributes";
        let mut group = None;
        loop {
            match self.expect(INSIDE)? {
                Token::Attributes(name) => group = Some(name),
                Token::String("nvvm.reqntid") => {
                    if let (Some(group), Some(block)) = (group, self.attribute_value()?) {
                        self.blocks.insert(group, block);
                    }
                }
                Token::Punct('}') => return Ok(()),
                _ => {}
            }
        }
    }

    /// `="128"` or `="128,1,1"`.
    fn attribute_value(&mut self) -> Result<Option<[u32; 3]>, LlirError> {
        const EXPECTED: &str = "`=` and the block size, such as `\"128\"`";
        let equals = self.expect(EXPECTED)?;
        let value = self.expect(EXPECTED)?;
        let mut block = [1; 3];
        if let (Token::Punct('='), Token::String(value)) = (equals, value) {
            let numbers: Option<Vec<u32>> = value.split(',').map(|n| n.trim().parse().ok()).collect();
            if let Some(numbers) = numbers.filter(|numbers| numbers.len() <= 3) {
                block.iter_mut().zip(numbers).for_each(|(slot, number)| *slot = number);
                return Ok(Some(block));
            }
        }
        Err(self.lexer.error(LlirProblem::Unexpected { expected: EXPECTED, found: format!("`{value}`") }))
    }

    /// After a `{`: to the `}` that closes it.
    fn skip_block(&mut self, inside: &'static str) -> Result<(), LlirError> {
        let mut open = 1_u32;
        while open > 0 {
            match self.expect(inside)? {
                Token::Punct('{') => open += 1,
                Token::Punct('}') => open -= 1,
                _ => {}
            }
        }
        Ok(())
    }

    /// The one kernel.
    fn entry(self) -> Result<Entry, LlirError> {
        let marked = |function: &Function<'_>| function.kernel || self.annotations.is_kernel(function.name);
        // Triton up to 3.2 marks its kernel; where nobody marks one, it is the only function that others can see.
        let any = self.functions.iter().any(marked);
        let mut kernels: Vec<_> = self
            .functions
            .into_iter()
            .filter(|function| {
                if any {
                    function.kernel || self.annotations.is_kernel(function.name)
                } else {
                    !function.internal && function.returns_void && self.annotations.block(function.name).is_some()
                }
            })
            .collect();
        if kernels.len() > 1 {
            let line = kernels[1].line;
            let kernels = kernels.iter().map(|kernel| format!("`{}` (line {})", kernel.name, kernel.line)).collect();
            return Err(LlirError { line, problem: LlirProblem::Kernels { kernels } });
        }
        let kernel = kernels.pop().ok_or(LlirError { line: 1, problem: LlirProblem::NoKernel })?;
        let groups = kernel.attributes.iter().find_map(|group| self.blocks.get(group).copied());
        Ok(Entry {
            params: kernel.params?,
            required_block: kernel.required_block.or(groups).or_else(|| self.annotations.block(kernel.name)),
            max_block: self.annotations.max_block(kernel.name),
            cluster: None,
            registers: None,
            local_bytes: None,
            static_shared: None,
            dynamic_shared: None,
            name: kernel.name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests;
