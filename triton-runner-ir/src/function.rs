//! A function's name and arguments.

use triton_runner_manifest::{Access, ArgType};

use super::attributes::Entries;
use super::error::{IrError, IrProblem};
use super::token::{Kind, Tokens};
use super::tree::Tree;
use super::{RawArgument, argument_name, argument_type};

/// A `tt.func` up to its body.
pub(super) struct Signature<'a> {
    /// Index of the operation.
    pub(super) op: usize,
    /// Without `@` and quotes.
    pub(super) name: &'a str,
    pub(super) public: bool,
    pub(super) line: u32,
    /// The `(` of its arguments.
    pub(super) arguments: usize,
}

impl<'a> Signature<'a> {
    /// The function that this operation is, if it is one.
    pub(super) fn read(tokens: &Tokens<'a>, tree: &Tree<'a>, op: usize) -> Result<Option<Self>, IrError> {
        let at = tree.ops[op].name;
        if tokens.text(at) == "\"tt.func\"" {
            return Err(tokens.error(at, IrProblem::Generic));
        }
        if tokens.text(at) != "tt.func" {
            return Ok(None);
        }
        let mut public = true;
        let mut symbol = at + 1;
        if tokens.kind(symbol) == Some(Kind::Word) {
            public = match tokens.text(symbol) {
                "public" => true,
                "private" | "nested" => false,
                _ => return Err(tokens.unexpected(symbol, "`public`, `private` or the function's name")),
            };
            symbol += 1;
        }
        if tokens.kind(symbol) != Some(Kind::Symbol) {
            return Err(tokens.unexpected(symbol, "the function's name, such as `@kernel`"));
        }
        if !tokens.is(symbol + 1, b'(') {
            return Err(tokens.unexpected(symbol + 1, "`(` and the function's arguments"));
        }
        let name = tokens.text(symbol).trim_start_matches('@').trim_matches('"');
        Ok(Some(Self { op, name, public, line: tokens.line(symbol), arguments: symbol + 1 }))
    }

    /// The arguments of a kernel.
    pub(super) fn arguments(&self, tokens: &Tokens<'a>, tree: &Tree<'a>) -> Result<Vec<RawArgument>, IrError> {
        let close = tokens.partner(self.arguments);
        let mut arguments = Vec::new();
        let mut at = self.arguments + 1;
        while at < close {
            let (argument, behind) = argument(tokens, tree, at)?;
            arguments.push(argument);
            at = match behind {
                _ if behind == close => close,
                _ if tokens.is(behind, b',') => behind + 1,
                _ => return Err(tokens.unexpected(behind, "`,` or `)` behind an argument")),
            };
        }
        Ok(arguments)
    }
}

/// `%x: !tt.ptr<f32> {tt.divisibility = 16 : i32} loc("x")`, and the token behind it.
fn argument(tokens: &Tokens<'_>, tree: &Tree<'_>, at: usize) -> Result<(RawArgument, usize), IrError> {
    if tokens.kind(at) != Some(Kind::Value) {
        return Err(tokens.unexpected(at, "an argument such as `%arg0: i32`"));
    }
    if !tokens.is(at + 1, b':') {
        return Err(tokens.unexpected(at + 1, "`:` and the argument's type"));
    }
    let (ty, mut behind) = argument_type::read(tokens, at + 2);
    let ssa = tokens.text(at).trim_start_matches('%');
    let mut divisibility = 1;
    let mut tma = false;
    if tokens.is(behind, b'{') {
        for (key, value) in Entries::of(tokens, behind) {
            match key {
                "tt.divisibility" => {
                    let number = tokens.text(value).parse().ok().filter(|&number| number > 0);
                    divisibility = number.ok_or_else(|| tokens.unexpected(value, "a whole number from 1 up"))?;
                }
                "tt.nv_tma_desc" => tma = tokens.text(value) != "0",
                _ => {}
            }
        }
        behind = tokens.partner(behind) + 1;
    }
    let mut name = None;
    if tokens.text(behind) == "loc" && tokens.is(behind + 1, b'(') {
        name = argument_name::name(tokens, &tree.aliases, behind + 1);
        behind = tokens.partner(behind + 1) + 1;
    }
    let ty = match ty {
        // `CUtensorMap` by value, for all that the type says.
        _ if tma => ArgType::TmaDesc,
        Ok(ty) => ty,
        Err(expected) => {
            let end = argument_type::read(tokens, at + 2).1;
            let ty = tokens.range(at + 2, end).chars().take(80).collect();
            return Err(tokens.error(at + 2, IrProblem::Type { argument: format!("%{ssa}"), ty, expected }));
        }
    };
    let name = name.or_else(|| Some(ssa).filter(|ssa| !is_numbered(ssa))).map(str::to_owned);
    let argument = RawArgument {
        ssa: ssa.to_owned(),
        name,
        ty,
        divisible_by: divisibility,
        line: tokens.line(at),
        tma_desc: tma,
        access: Access::Unknown,
    };
    Ok((argument, behind))
}

/// `arg0` or `0`: MLIR's name, not the author's.
fn is_numbered(ssa: &str) -> bool {
    ssa.trim_start_matches("arg").bytes().all(|byte| byte.is_ascii_digit())
}
