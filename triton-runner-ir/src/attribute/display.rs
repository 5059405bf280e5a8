//! Attributes as MLIR writes them.

use std::fmt::{self, Write as _};

use super::{Attribute, Attributes, Dense, DenseArray, Elements, number};
use crate::types::{FloatType, Type};

/// Text in quotes, with what needs it escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// A name that stands alone where it can, else in quotes.
pub(crate) struct Name<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for byte in self.0.bytes() {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' if byte != b'"' => f.write_char(byte as char)?,
                _ => write!(f, "\\{byte:02X}")?,
            }
        }
        f.write_char('"')
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_$.".contains(&byte)) {
            f.write_str(name)
        } else {
            write!(f, "{}", Quoted(name))
        }
    }
}

/// With its type, where it has one.
impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("unit"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(integer) => write!(f, "{} : {}", integer.value, integer.ty),
            Self::Float(float) => write!(f, "{} : {}", FloatText(float.bits, float.ty), float.ty.name()),
            Self::String(text) => write!(f, "{}", Quoted(text)),
            Self::Type(ty) => write!(f, "{ty}"),
            Self::Symbol(path) => {
                for (i, part) in path.iter().enumerate() {
                    write!(f, "{}@{}", if i == 0 { "" } else { "::" }, Name(part))?;
                }
                Ok(())
            }
            Self::Array(list) => {
                f.write_char('[')?;
                for (i, attribute) in list.iter().enumerate() {
                    write!(f, "{}{attribute}", if i == 0 { "" } else { ", " })?;
                }
                f.write_char(']')
            }
            Self::DenseArray(array) => write!(f, "{array}"),
            Self::Dense(dense) => write!(f, "{dense}"),
            Self::Dictionary(attributes) => write!(f, "{attributes}"),
            Self::Keyword(word) => f.write_str(word),
            Self::Flags(flags) => f.write_str(&flags.join(",")),
            Self::Opaque(text) => f.write_str(text),
        }
    }
}

/// In braces.
impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('{')?;
        for (i, (name, value)) in self.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, Name(name))?;
            if *value != Attribute::Unit {
                write!(f, " = {value}")?;
            }
        }
        f.write_char('}')
    }
}

impl fmt::Display for DenseArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "array<{}", self.element)?;
        for (i, &value) in self.values.iter().enumerate() {
            write!(f, "{}{}", if i == 0 { ": " } else { ", " }, Element(value as u64, &self.element))?;
        }
        f.write_char('>')
    }
}

impl fmt::Display for Dense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("dense<")?;
        let element = self.ty.element();
        match &self.elements {
            Elements::Splat(bits) => write!(f, "{}", Element(*bits, element))?,
            Elements::List(list) if list.is_empty() => {}
            Elements::List(list) => {
                // How many elements each bracket holds, from the innermost to the outermost.
                let sizes: Vec<u64> = self
                    .ty
                    .shape()
                    .iter()
                    .rev()
                    .scan(1_u64, |product, &size| {
                        *product = product.saturating_mul(size);
                        Some(*product)
                    })
                    .collect();
                for (place, &bits) in (0_u64..).zip(list) {
                    let opened = sizes.iter().filter(|&&size| place % size == 0).count();
                    write!(f, "{}{}", if place == 0 { "" } else { ", " }, "[".repeat(opened))?;
                    write!(f, "{}", Element(bits, element))?;
                    let closed = sizes.iter().filter(|&&size| (place + 1) % size == 0).count();
                    f.write_str(&"]".repeat(closed))?;
                }
            }
        }
        write!(f, "> : {}", self.ty)
    }
}

/// A number by its bits.
struct Element<'a>(u64, &'a Type);

impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bits, ty) = *self;
        match ty {
            Type::Float(float) => write!(f, "{}", FloatText(bits, *float)),
            ty if ty.bits() == Some(1) => write!(f, "{}", bits & 1 == 1),
            ty if number::is_unsigned(ty) => write!(f, "{bits}"),
            ty => write!(f, "{}", number::signed(bits, ty)),
        }
    }
}

/// A float: decimal where that reads back as the same bits, else in hexadecimal.
struct FloatText(u64, FloatType);

impl fmt::Display for FloatText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bits, ty) = *self;
        let number = ty.decode(bits);
        for text in [format!("{number:.6e}"), format!("{number:e}")] {
            // MLIR wants a point, a sign and two digits.
            let Some((mantissa, exponent)) = text.split_once('e').filter(|_| number.is_finite()) else { break };
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            let text = format!("{mantissa}{point}e{sign}{digits:0>2}");
            if text.parse().ok().and_then(|number| ty.encode(number)) == Some(bits) {
                return f.write_str(&text);
            }
        }
        write!(f, "0x{bits:0width$X}", width = ty.bits().div_ceil(4) as usize)
    }
}
