//! Types of a kernel's arguments.

use triton_runner_manifest::{ArgType, Scalar};

use super::token::{Kind, Tokens};

/// What an argument's type should be, if it is none.
const EXPECTED: &str = "expected a pointer (`!tt.ptr<f32>`), an integer, a float or a tensor descriptor";
const POINTEE: &str = "expected a pointer to one of i1, i8, i16, i32, i64, f16, bf16, f32, f64, f8E4M3FN, f8E5M2";
const BLOCK: &str = "expected a tensor descriptor of a block such as `128x64xf16`";

/// The type that starts at a token, and the token behind it.
pub(super) fn read(tokens: &Tokens<'_>, at: usize) -> (Result<ArgType, &'static str>, usize) {
    let behind = if tokens.is(at + 1, b'<') { tokens.partner(at + 1) + 1 } else { at + 1 };
    let ty = match (tokens.kind(at), tokens.text(at)) {
        (Some(Kind::Bang), "!tt.ptr") if behind > at + 1 => pointer(tokens, at + 2, behind - 1),
        (Some(Kind::Bang), "!tt.tensordesc") if behind > at + 1 => descriptor(tokens, at + 2),
        (Some(Kind::Word), word) if behind == at + 1 => Scalar::from_mlir(word).map(ArgType::Scalar).ok_or(EXPECTED),
        _ => Err(EXPECTED),
    };
    (ty, behind)
}

/// `f32`, `f32, 1` (an address space) or `f32, "constant"`.
fn pointer(tokens: &Tokens<'_>, at: usize, close: usize) -> Result<ArgType, &'static str> {
    let scalar = match tokens.kind(at) {
        Some(Kind::Word) => Scalar::from_mlir(tokens.text(at)),
        _ => None,
    };
    if at + 1 != close && !tokens.is(at + 1, b',') {
        return Err(POINTEE);
    }
    scalar.map(ArgType::Pointer).ok_or(POINTEE)
}

/// `tensor<64x64xf16>`, `tensor<64x64xf16, #shared>` (up to 3.7), `64x64xf16`, `64x64xf16, #shared`.
fn descriptor(tokens: &Tokens<'_>, at: usize) -> Result<ArgType, &'static str> {
    let at = if tokens.text(at) == "tensor" && tokens.is(at + 1, b'<') { at + 2 } else { at };
    if tokens.kind(at) != Some(Kind::Number) {
        return Err(BLOCK);
    }
    // Nothing in an element type's name has an `x`.
    let (block, element) = tokens.text(at).rsplit_once('x').ok_or(BLOCK)?;
    let element = Scalar::from_mlir(element).or_else(|| signed(element)).ok_or(BLOCK)?;
    let block: Vec<u32> = block.split('x').map(|n| n.parse().ok()).collect::<Option<_>>().ok_or(BLOCK)?;
    if block.len() > MAX_RANK { Err(BLOCK) } else { Ok(ArgType::TensorDesc { element, block }) }
}

/// `CUtensorMap` has at most five dimensions.
const MAX_RANK: usize = 5;

/// Elements of a descriptor keep their sign: `si8`, `ui8`.
fn signed(element: &str) -> Option<Scalar> {
    let signless = element.strip_prefix(['s', 'u'])?;
    Scalar::from_mlir(signless).filter(|scalar| scalar.is_integer())
}
