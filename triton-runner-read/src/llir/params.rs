//! A function's parameters.

use super::lexer::{Lexer, Token};
use super::{LlirError, LlirProblem};
use crate::entry::Param;

/// Size, alignment and pointer-ness of a parameter.
struct Shape {
    size: u32,
    align: u32,
    pointer: bool,
}

/// After the `(`: to the `)` that closes it. The inner error is about a parameter's type: it counts for the kernel only.
pub(super) fn read(lexer: &mut Lexer<'_>) -> Result<Result<Vec<Param>, LlirError>, LlirError> {
    let mut params = Ok(Vec::new());
    let mut end = 0_u32;
    for index in 0.. {
        let (tokens, last) = declaration(lexer)?;
        if last && tokens.is_empty() {
            break;
        }
        if let Ok(list) = &mut params {
            match shape(&tokens).and_then(|shape| place(&shape, end)) {
                Some(param) => {
                    end = param.offset + param.size;
                    list.push(param);
                }
                None => {
                    let words: Vec<_> = tokens.iter().take(8).map(Token::to_string).collect();
                    let problem = LlirProblem::ParamType { index, ty: words.join(" ") };
                    params = Err(lexer.error(problem));
                }
            }
        }
        if last {
            break;
        }
    }
    Ok(params)
}

/// The tokens of one parameter, and whether it is the last one.
fn declaration<'a>(lexer: &mut Lexer<'a>) -> Result<(Vec<Token<'a>>, bool), LlirError> {
    let mut tokens = Vec::new();
    let mut open = 0_u32;
    loop {
        let Some(token) = lexer.next()? else {
            return Err(lexer.error(LlirProblem::CutShort { inside: "a parameter list" }));
        };
        match token {
            Token::Punct(')') if open == 0 => return Ok((tokens, true)),
            Token::Punct(',') if open == 0 => return Ok((tokens, false)),
            Token::Punct('(' | '[' | '{' | '<') => open += 1,
            Token::Punct(')' | ']' | '}' | '>') => open = open.saturating_sub(1),
            _ => {}
        }
        tokens.push(token);
    }
}

/// `i32 %0`, `ptr addrspace(1) readnone %1`, `ptr byval([128 x i8]) align 64 %2`; `None` for other types.
fn shape(tokens: &[Token<'_>]) -> Option<Shape> {
    let Some((Token::Word(ty), attributes)) = tokens.split_first() else { return None };
    let plain = |size| Some(Shape { size, align: size, pointer: false });
    match *ty {
        "i1" | "i8" => plain(1),
        "i16" | "half" | "bfloat" => plain(2),
        "i32" | "float" => plain(4),
        "i64" | "double" => plain(8),
        "ptr" => pointer(attributes),
        _ => None,
    }
}

fn pointer(attributes: &[Token<'_>]) -> Option<Shape> {
    let behind = |word| {
        let at = attributes.iter().position(|token| *token == Token::Word(word))?;
        attributes.get(at + 1..)
    };
    if let Some(ty) = behind("byval") {
        use Token::{Punct, Word};
        let [Punct('('), Punct('['), Word(size), Word("x"), Word("i8"), Punct(']'), Punct(')'), ..] = ty else {
            return None;
        };
        let align = match behind("align") {
            Some([Word(align), ..]) => align.parse().ok()?,
            _ => 1,
        };
        let size = size.parse().ok().filter(|&size| size > 0)?;
        return Some(Shape { size, align, pointer: false });
    }
    // Global memory, or no space in particular.
    match behind("addrspace") {
        None | Some([_, Token::Word("0" | "1"), ..]) => Some(Shape { size: 8, align: 8, pointer: true }),
        Some(_) => None,
    }
}

fn place(shape: &Shape, end: u32) -> Option<Param> {
    let offset = if shape.align.is_power_of_two() { end.checked_next_multiple_of(shape.align)? } else { return None };
    offset.checked_add(shape.size)?;
    Some(Param { offset, size: shape.size, pointer: shape.pointer })
}
