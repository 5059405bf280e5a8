//! `!nvvm.annotations`: metadata nodes such as `!{ptr @add, !"reqntidx", i32 128}`.

use std::collections::HashMap;

use super::lexer::{Lexer, Token};
use super::{LlirError, LlirProblem};

/// What the nodes say about one function.
#[derive(Default)]
struct Facts {
    kernel: bool,
    required: [Option<u32>; 3],
    max: [Option<u32>; 3],
}

/// What the nodes say about the functions.
#[derive(Default)]
pub(super) struct Annotations<'a> {
    functions: HashMap<&'a str, Facts>,
}

impl<'a> Annotations<'a> {
    /// Reads the node, if the metadata's name is followed by one.
    pub(super) fn read(&mut self, lexer: &mut Lexer<'a>, _name: &str) -> Result<(), LlirError> {
        let mut ahead = lexer.clone();
        if ahead.next()? != Some(Token::Punct('=')) {
            return Ok(());
        }
        *lexer = ahead.clone();
        let mut token = ahead.next()?;
        if token == Some(Token::Word("distinct")) {
            token = ahead.next()?;
        }
        if token != Some(Token::Punct('!')) || ahead.next()? != Some(Token::Punct('{')) {
            return Ok(());
        }
        *lexer = ahead;
        self.node(lexer)
    }

    /// After `!{`.
    fn node(&mut self, lexer: &mut Lexer<'a>) -> Result<(), LlirError> {
        let mut function = None;
        let mut key = None;
        let mut open = 1_u32;
        while open > 0 {
            match lexer.next()? {
                Some(Token::Punct('{')) => open += 1,
                Some(Token::Punct('}')) => open -= 1,
                Some(Token::Global(name)) if key.is_none() => function = Some(name),
                Some(Token::String(text)) => key = Some(text),
                Some(Token::Word(word)) => {
                    if let (Some(function), Some(key), Ok(value)) = (function, key, word.parse()) {
                        self.functions.entry(function).or_default().add(key, value);
                    }
                }
                Some(_) => {}
                None => return Err(lexer.error(LlirProblem::CutShort { inside: "a metadata node" })),
            }
        }
        Ok(())
    }

    pub(super) fn is_kernel(&self, function: &str) -> bool {
        self.functions.get(function).is_some_and(|facts| facts.kernel)
    }

    /// Threads that a block must have.
    pub(super) fn block(&self, function: &str) -> Option<[u32; 3]> {
        dimensions(self.functions.get(function)?.required)
    }

    /// Threads that a block may have at most.
    pub(super) fn max_block(&self, function: &str) -> Option<[u32; 3]> {
        dimensions(self.functions.get(function)?.max)
    }
}

impl Facts {
    fn add(&mut self, key: &str, value: u32) {
        match key {
            "kernel" => self.kernel = value != 0,
            "reqntidx" => self.required[0] = Some(value),
            "reqntidy" => self.required[1] = Some(value),
            "reqntidz" => self.required[2] = Some(value),
            "maxntidx" => self.max[0] = Some(value),
            "maxntidy" => self.max[1] = Some(value),
            "maxntidz" => self.max[2] = Some(value),
            _ => {}
        }
    }
}

fn dimensions(dimensions: [Option<u32>; 3]) -> Option<[u32; 3]> {
    dimensions[0].map(|_| dimensions.map(|size| size.unwrap_or(1)))
}
