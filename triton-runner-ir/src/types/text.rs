//! Types as text: where one ends among tokens, and what it says.

use std::collections::HashMap;

use super::{
    AddressSpace, DescriptorSpelling, DescriptorType, FloatType, FunctionType, IntegerType, MemDescType, PointerType,
    Signedness, TensorType, Type,
};
use crate::token::{Kind, Tokens};

/// Types inside types: more than any file has.
const MAX_DEPTH: u32 = 32;

/// The token behind the type that starts at a token: a word or a `!name` with what it has in `<…>`, that alone, or a
/// function's. The same token if no type starts there.
pub(crate) fn end(tokens: &Tokens<'_>, start: usize) -> usize {
    let mut at = start;
    loop {
        match tokens.kind(at) {
            Some(Kind::Word | Kind::Bang) if tokens.is(at + 1, b'<') => return tokens.partner(at + 1) + 1,
            Some(Kind::Word | Kind::Bang) => return at + 1,
            Some(Kind::Punct(b'<')) => return tokens.partner(at) + 1,
            Some(Kind::Punct(b'(')) => {
                let behind = tokens.partner(at) + 1;
                if tokens.kind(behind) != Some(Kind::Arrow) {
                    return behind;
                }
                at = behind + 1;
            }
            // Nothing, or an arrow that leads nowhere.
            _ => return start,
        }
    }
}

/// Reads a type; what isn't known is `Opaque`. Aliases (`!name`) are given with their text.
pub(crate) fn read(text: &str, aliases: &HashMap<&str, &str>) -> Type {
    let text = text.trim();
    let mut reader = Reader { rest: text, aliases, depth: 0 };
    match reader.ty() {
        Some(ty) if reader.blank().is_empty() => ty,
        _ => Type::Opaque(text.into()),
    }
}

struct Reader<'a, 'l> {
    rest: &'a str,
    aliases: &'l HashMap<&'l str, &'l str>,
    depth: u32,
}

impl<'a> Reader<'a, '_> {
    /// The rest without blanks and comments before it.
    fn blank(&mut self) -> &'a str {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
            match self.rest.strip_prefix("//") {
                Some(comment) => self.rest = comment.trim_start_matches(|c| c != '\n' && c != '\r'),
                None => return self.rest,
            }
        }
    }

    fn eat(&mut self, expected: char) -> Option<()> {
        self.rest = self.blank().strip_prefix(expected)?;
        Some(())
    }

    /// What there is of such characters.
    fn run(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let rest = self.blank();
        let end = rest.find(|c| !is(c)).unwrap_or(rest.len());
        let (run, rest) = rest.split_at(end);
        self.rest = rest;
        run
    }

    fn ty(&mut self) -> Option<Type> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let start = self.blank();
        let ty = match start.chars().next()? {
            '(' => self.function(),
            '!' => {
                self.rest = &start[1..];
                let name = self.run(|c| c.is_ascii_alphanumeric() || "_$.-".contains(c));
                self.dialect(name, start)
            }
            _ => {
                let word = self.run(|c| c.is_ascii_alphanumeric() || "_$.".contains(c));
                self.builtin(word, start)
            }
        };
        self.depth -= 1;
        ty
    }

    fn builtin(&mut self, word: &str, start: &'a str) -> Option<Type> {
        if word == "tensor" && self.blank().starts_with('<') {
            let before = self.rest;
            return match self.tensor() {
                Some(tensor) => Some(Type::Tensor(tensor)),
                // Of unknown shape, or without rank.
                None => {
                    self.rest = before;
                    self.opaque(start)
                }
            };
        }
        let known = match word {
            "index" => Some(Type::Index),
            "none" => Some(Type::None),
            _ => integer(word).map(Type::Integer).or_else(|| FloatType::from_name(word).map(Type::Float)),
        };
        match known {
            Some(ty) if !self.blank().starts_with('<') => Some(ty),
            _ if word.is_empty() => None,
            _ => self.opaque(start),
        }
    }

    fn dialect(&mut self, name: &str, start: &'a str) -> Option<Type> {
        let before = self.rest;
        let known = match name {
            "tt.ptr" => self.pointer().map(Type::Pointer),
            "tt.tensordesc" => self.descriptor().map(Type::Descriptor),
            "ttg.memdesc" => self.memory().map(Type::MemDesc),
            _ if !name.contains('.') => {
                let text = *self.aliases.get(name)?;
                let mut alias = Reader { rest: text, aliases: self.aliases, depth: self.depth };
                return alias.ty().filter(|_| alias.blank().is_empty());
            }
            _ => None,
        };
        if known.is_some() {
            return known;
        }
        self.rest = before;
        let opaque = self.opaque(start)?;
        match opaque {
            Type::Opaque(text) if name.ends_with(".async.token") => Some(Type::Token(text)),
            opaque => Some(opaque),
        }
    }

    /// What started there, with what it has in `<…>`.
    fn opaque(&mut self, start: &'a str) -> Option<Type> {
        if self.blank().starts_with('<') {
            self.rest = &self.rest[1..];
            self.until_close()?;
            self.eat('>')?;
        }
        Some(Type::Opaque(start[..start.len() - self.rest.len()].trim_end().into()))
    }

    /// The text up to the bracket that closes nothing in it.
    fn until_close(&mut self) -> Option<&'a str> {
        let start = self.blank();
        let bytes = start.as_bytes();
        let (mut depth, mut in_string, mut escaped) = (0_u32, false, false);
        for (i, &byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                _ if in_string => {}
                b'<' | b'(' | b'[' | b'{' => depth += 1,
                b'>' if i > 0 && bytes[i - 1] == b'-' => {}
                b'>' | b')' | b']' | b'}' if depth == 0 => {
                    self.rest = &start[i..];
                    return Some(start[..i].trim_end());
                }
                b'>' | b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// `128x64xf16` as a shape and an element.
    fn shaped(&mut self) -> Option<(Box<[u64]>, Box<Type>)> {
        let mut shape = Vec::new();
        while self.blank().starts_with(|c: char| c.is_ascii_digit()) {
            shape.push(self.run(|c| c.is_ascii_digit()).parse().ok()?);
            self.eat('x')?;
        }
        Some((shape.into(), Box::new(self.ty()?)))
    }

    /// What follows the element in `<…>`, and the `>`.
    fn rest_of_shaped(&mut self) -> Option<Option<Box<str>>> {
        let rest = match self.eat(',') {
            Some(()) => Some(self.until_close()?.into()),
            None => None,
        };
        self.eat('>')?;
        Some(rest)
    }

    fn tensor(&mut self) -> Option<TensorType> {
        self.eat('<')?;
        let (shape, element) = self.shaped()?;
        let encoding = self.rest_of_shaped()?;
        (!matches!(*element, Type::Opaque(_))).then_some(TensorType { shape, element, encoding })
    }

    fn pointer(&mut self) -> Option<PointerType> {
        self.eat('<')?;
        let pointee = Box::new(self.ty()?);
        let address_space = match self.eat(',') {
            None => AddressSpace::Global,
            Some(()) => match self.until_close()? {
                "\"global\"" => AddressSpace::Global,
                other => match other.strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
                    Some(name) if !name.contains(['"', '\\']) => AddressSpace::Name(name.into()),
                    _ if !other.bytes().all(|byte| byte.is_ascii_digit()) => return None,
                    _ => match other.parse().ok()? {
                        1 => AddressSpace::Global,
                        number => AddressSpace::Number(number),
                    },
                },
            },
        };
        self.eat('>')?;
        Some(PointerType { pointee, address_space })
    }

    fn descriptor(&mut self) -> Option<DescriptorType> {
        self.eat('<')?;
        let (spelling, block, element, layout) = match self.blank().strip_prefix("tensor") {
            Some(rest) => {
                self.rest = rest;
                let TensorType { shape, element, encoding } = self.tensor()?;
                self.eat('>')?;
                (DescriptorSpelling::Tensor, shape, element, encoding)
            }
            None => {
                let (shape, element) = self.shaped()?;
                (DescriptorSpelling::Shape, shape, element, self.rest_of_shaped()?)
            }
        };
        let known = !block.is_empty() && !matches!(*element, Type::Opaque(_));
        known.then_some(DescriptorType { block, element, layout, spelling })
    }

    fn memory(&mut self) -> Option<MemDescType> {
        self.eat('<')?;
        let (shape, element) = self.shaped()?;
        let rest = self.rest_of_shaped()??;
        Some(MemDescType { shape, element, rest })
    }

    fn function(&mut self) -> Option<Type> {
        let inputs = self.list()?;
        self.rest = self.blank().strip_prefix("->")?;
        let results = match self.blank().starts_with('(') {
            true => self.list()?,
            false => vec![self.ty()?],
        };
        Some(Type::Function(FunctionType { inputs, results }))
    }

    fn list(&mut self) -> Option<Vec<Type>> {
        self.eat('(')?;
        let mut types = Vec::new();
        while self.eat(')').is_none() {
            if !types.is_empty() {
                self.eat(',')?;
            }
            types.push(self.ty()?);
        }
        Some(types)
    }
}

fn integer(word: &str) -> Option<IntegerType> {
    let (signedness, digits) = match word.as_bytes() {
        [b'i', ..] => (Signedness::Signless, &word[1..]),
        [b's', b'i', ..] => (Signedness::Signed, &word[2..]),
        [b'u', b'i', ..] => (Signedness::Unsigned, &word[2..]),
        _ => return None,
    };
    let known = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
    // MLIR has no wider ones.
    let width = digits.parse().ok().filter(|&width| known && width < 1 << 24)?;
    Some(IntegerType { width, signedness })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Type {
        read(text, &HashMap::from([("t", "tensor<4xf32>"), ("loop", "!loop"), ("p", "!tt.ptr<!t>")]))
    }

    #[test]
    fn every_type_of_ttir_is_read_and_printed_back() {
        for text in [
            "i1",
            "i32",
            "si8",
            "ui64",
            "i128",
            "index",
            "none",
            "f32",
            "bf16",
            "tf32",
            "f8E4M3B11FNUZ",
            "f4E2M1FN",
            "!tt.ptr<f32>",
            "!tt.ptr<f16, 3>",
            "!tt.ptr<i8, \"constant\">",
            "!tt.ptr<!tt.ptr<i64>>",
            "!tt.ptr<tensor<64x64xf16>>",
            "tensor<f32>",
            "tensor<128xi1>",
            "tensor<1x2x3x4x5xbf16>",
            "tensor<128x!tt.ptr<f32>>",
            "tensor<64x64xf16, #blocked>",
            "tensor<64xf32, #ttg.slice<{dim = 1, parent = #ttg.x<{a = [1, 2]}>}>>",
            "!tt.tensordesc<tensor<64x64xf16>>",
            "!tt.tensordesc<tensor<64x64xui8, #shared>>",
            "!tt.tensordesc<64x64xf16>",
            "!tt.tensordesc<1x32xsi8, #shared>",
            "!ttg.memdesc<3x64xf16, #shared, #smem, mutable>",
            "!ttg.async.token",
            "() -> ()",
            "(i32, tensor<4xf32>) -> f32",
            "(f32) -> (i32, i32)",
        ] {
            let ty = parse(text);
            assert!(!ty.is_opaque(), "{text}: {ty:?}");
            assert_eq!(ty.to_string(), text);
        }
    }

    #[test]
    fn blanks_comments_and_aliases_are_no_part_of_a_type() {
        assert_eq!(parse("tensor< 4 x 4 x !tt.ptr< f32 > >"), parse("tensor<4x4x!tt.ptr<f32>>"));
        assert_eq!(parse("tensor<4x // four\n f32>"), parse("tensor<4xf32>"));
        assert_eq!(parse("!tt.ptr<f32, 1>"), parse("!tt.ptr<f32>"));
        assert_eq!(parse("!tt.ptr<f32, \"global\">"), parse("!tt.ptr<f32>"));
        assert_eq!(parse("!p"), parse("!tt.ptr<tensor<4xf32>>"));
    }

    #[test]
    fn what_is_not_known_is_kept_as_text() {
        for text in [
            "f80",
            "i0",
            "i01",
            "i99999999",
            "tensor<?xf32>",
            "tensor<*xf32>",
            "tensor<4xfoo>",
            "vector<4xf32>",
            "!tt.ptr",
            "!tt.foo<i32, {a -> b}>",
            "!tt.tensordesc<f32>",
            "!loop",
            "!missing",
            "i32<4>",
            "tensor<99999999999999999999xf32>",
            "p",
        ] {
            assert_eq!(parse(text), Type::Opaque(text.into()), "{text}");
        }
        assert!(parse(&("!tt.ptr<".repeat(1000) + "f32" + &">".repeat(1000))).is_opaque());
        assert!(parse(&"(".repeat(100_000)).is_opaque());
    }
}
