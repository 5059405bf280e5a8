//! Numbers as MLIR writes them: decimal, hexadecimal, and whole tensors of them.

use super::{Dense, Elements};
use crate::token::{Kind, Tokens};
use crate::types::{FloatType, Signedness, Type};

/// An integer of a type; `None` if it doesn't fit. Types without sign take both ranges, as MLIR does.
pub(super) fn integer(negative: bool, text: &str, ty: &Type) -> Option<i128> {
    let (width, signedness) = match ty {
        Type::Integer(integer) => (integer.width, integer.signedness),
        Type::Index => (64, Signedness::Signless),
        _ => return None,
    };
    let magnitude = match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let value = if negative { -magnitude.ok()? } else { magnitude.ok()? };
    if width >= 128 {
        return Some(value);
    }
    let (half, whole) =
        (1_i128 << (width - 1), 1_i128.checked_shl(width).filter(|&whole| whole > 0).unwrap_or(i128::MAX));
    match signedness {
        Signedness::Unsigned => (0..whole).contains(&value).then_some(value),
        Signedness::Signed => (-half..half).contains(&value).then_some(value),
        // The same bits, as a signed number; of a single bit as 0 and 1.
        Signedness::Signless if value >= half && value < whole && width > 1 => Some(value - whole),
        Signedness::Signless if width == 1 => (-1..2).contains(&value).then_some(value.abs()),
        Signedness::Signless => (-half..half).contains(&value).then_some(value),
    }
}

/// The bits of a float: a decimal number with a point, or its bits in hexadecimal.
pub(super) fn float(negative: bool, text: &str, ty: FloatType) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        let bits = u64::from_str_radix(digits, 16).ok()?;
        let fits = ty.bits() == 64 || bits < 1 << ty.bits();
        return (fits && !negative).then_some(bits);
    }
    // As MLIR does it: by way of the nearest f64.
    let number: f64 = text.parse().ok().filter(|_| text.contains('.'))?;
    let number = if negative { -number } else { number };
    if number.is_infinite() { None } else { ty.encode(number) }
}

/// The number at a token as bits of a type, and the token behind it.
pub(super) fn literal(tokens: &Tokens<'_>, at: usize, ty: &Type) -> Option<(u64, usize)> {
    let negative = tokens.is(at, b'-');
    let at = if negative { at + 1 } else { at };
    let bits = match (tokens.kind(at)?, ty) {
        (Kind::Word, ty) if ty.bits() == Some(1) && !negative => match tokens.text(at) {
            "true" => 1,
            "false" => 0,
            _ => return None,
        },
        (Kind::Number, Type::Float(ty)) => float(negative, tokens.text(at), *ty)?,
        (Kind::Number, ty) if ty.bits()? <= 64 && !tokens.text(at).contains('.') => {
            integer(negative, tokens.text(at), ty)? as u64 & mask(ty)?
        }
        _ => return None,
    };
    Some((bits, at + 1))
}

fn mask(ty: &Type) -> Option<u64> {
    u64::MAX.checked_shr(64_u32.checked_sub(ty.bits()?)?)
}

/// Whether it is a type of numbers without sign.
pub(super) fn is_unsigned(ty: &Type) -> bool {
    matches!(ty, Type::Integer(integer) if integer.signedness == Signedness::Unsigned)
}

/// Bits of a type as a number: sign-extended, but for floats, booleans and unsigned integers.
pub(crate) fn signed(bits: u64, ty: &Type) -> i64 {
    match ty {
        Type::Integer(integer) if integer.signedness != Signedness::Unsigned && (2..64).contains(&integer.width) => {
            (bits << (64 - integer.width)) as i64 >> (64 - integer.width)
        }
        _ => bits as i64,
    }
}

/// What stands between the brackets of `dense<…>`.
pub(super) fn dense(tokens: &Tokens<'_>, at: usize, close: usize, ty: Type) -> Option<Dense> {
    let Type::Tensor(tensor) = &ty else { return None };
    let elements = match tokens.kind(at) {
        _ if at == close => tensor.shape.contains(&0).then(|| Elements::List(Vec::new()))?,
        Some(Kind::String) => hexadecimal(&tokens.unquoted(at)?, &ty)?,
        Some(Kind::Punct(b'[')) => Elements::List(list(tokens, at, close, &tensor.shape, &tensor.element)?),
        _ => {
            let (bits, behind) = literal(tokens, at, &tensor.element)?;
            (behind == close).then_some(Elements::Splat(bits))?
        }
    };
    Some(Dense { ty, elements })
}

/// Nested lists of numbers, as deep and as long as the shape says.
fn list(tokens: &Tokens<'_>, open: usize, close: usize, shape: &[u64], element: &Type) -> Option<Vec<u64>> {
    let mut elements = Vec::new();
    // How many are there, for each list that is open.
    let mut counts: Vec<u64> = Vec::new();
    let mut at = open;
    while at < close {
        match tokens.kind(at)? {
            Kind::Punct(b'[') => {
                counts.push(0);
                at += 1;
                continue;
            }
            Kind::Punct(b']') => {
                if counts.pop() != shape.get(counts.len()).copied() {
                    return None;
                }
                at += 1;
            }
            _ if counts.len() == shape.len() => {
                let (bits, behind) = literal(tokens, at, element)?;
                elements.push(bits);
                at = behind;
            }
            _ => return None,
        }
        // An element or a list has ended.
        if let Some(count) = counts.last_mut() {
            *count += 1;
            match tokens.kind(at)? {
                Kind::Punct(b',') => at += 1,
                Kind::Punct(b']') => {}
                _ => return None,
            }
        }
    }
    counts.is_empty().then_some(elements)
}

/// `0x` and the elements' bytes, least significant first; booleans by the byte, or eight in one.
fn hexadecimal(text: &str, ty: &Type) -> Option<Elements> {
    let Type::Tensor(tensor) = ty else { return None };
    let digits = text.strip_prefix("0x").filter(|digits| digits.is_ascii() && digits.len() % 2 == 0)?;
    let byte = |i: usize| u8::from_str_radix(digits.get(2 * i..2 * i + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..digits.len() / 2).map(byte).collect::<Option<_>>()?;
    let width = tensor.element.bits().filter(|&bits| bits <= 64)?;
    let size = width.div_ceil(8) as usize;
    let count = tensor.shape.iter().try_fold(1_usize, |product, &size| product.checked_mul(size.try_into().ok()?))?;
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    let mask = mask(&tensor.element)?;
    let of = |bytes: &[u8]| if width == 1 { u64::from(bytes[0] != 0) } else { number(bytes) & mask };
    match bytes.len() {
        // One byte of booleans is a splat, or up to eight of them: which one, only these say.
        1 if width == 1 && count != 1 => {
            return matches!(bytes[0], 0 | 0xFF).then(|| Elements::Splat(of(&bytes)));
        }
        length if length == size => return Some(Elements::Splat(of(&bytes))),
        length if length == count.checked_mul(size)? => {
            return Some(Elements::List(bytes.chunks(size).map(of).collect()));
        }
        _ => {}
    }
    let packed = width == 1 && bytes.len() == count.div_ceil(8);
    packed.then(|| Elements::List((0..count).map(|i| u64::from(bytes[i / 8] >> (i % 8) & 1)).collect()))
}
