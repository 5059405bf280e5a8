//! Attributes: everything about an operation that is known without running it.

use std::borrow::Cow;

use crate::types::{FloatType, Type};

pub(crate) mod display;
mod number;
pub(crate) use number::signed;
pub(crate) mod text;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Present, and that is all: `tt.noinline`.
    Unit,
    /// `true`, `false`; an integer of type `i1` is one too.
    Bool(bool),
    /// `16 : i32`.
    Integer(Integer),
    /// `1.5 : f32`, `0x7FC00000 : f32`.
    Float(Float),
    /// `"text"`, escapes resolved. Text that is no UTF-8 then is `Opaque`.
    String(Box<str>),
    /// `i32` where an attribute stands.
    Type(Type),
    /// `@f`, and `@f::@g` in several parts; without `@` and quotes.
    Symbol(Vec<Box<str>>),
    /// `[1 : i32, "a"]`.
    Array(Vec<Attribute>),
    /// `array<i32: 1, 2>`, as integers; and `array<i32>`.
    DenseArray(DenseArray),
    /// `dense<…> : tensor<…>`.
    Dense(Dense),
    /// `{a = 1 : i32, b}`.
    Dictionary(Attributes),
    /// A word that the operation's syntax defines: `slt`, `x`, `evict_last`, `acq_rel`. In generic syntax the same word
    /// where the number is known to mean it.
    Keyword(Cow<'static, str>),
    /// Words that the operation's syntax defines: `fastmath<nnan, ninf>`, `overflow<nsw>`.
    Flags(Vec<Box<str>>),
    /// What isn't known, as its text: `#ttg.blocked<…>`, `#shared`.
    Opaque(Box<str>),
}

/// An integer with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integer {
    /// Sign-extended, but for unsigned types and `index`. Never out of the type's range.
    pub value: i128,
    /// `i64` where the text doesn't say.
    pub ty: Type,
}

/// A floating-point number, bit for bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Float {
    /// The number in its format, in the low bits.
    pub bits: u64,
    /// Its format; `f64` where the text doesn't say.
    pub ty: FloatType,
}

/// `array<i32: 1, 2>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenseArray {
    /// An integer (`i1` too) or a float.
    pub element: Type,
    /// Integers sign-extended, floats as their bits, booleans as 0 and 1.
    pub values: Vec<i64>,
}

/// Elements of a constant tensor, in row-major order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dense {
    /// The tensor's type.
    pub ty: Type,
    /// What is in it.
    pub elements: Elements,
}

/// Elements by their bits: numbers of up to 64 bits, in the low ones, the others 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elements {
    /// All of them are this.
    Splat(u64),
    /// One for each place.
    List(Vec<u64>),
}

/// Attributes by name, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Attributes(Vec<(Cow<'static, str>, Attribute)>);

impl Attributes {
    /// The attribute of this name.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// Names and values, in the order of the text.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (Cow<'static, str>, Attribute)> {
        self.0.into_iter()
    }

    /// The same names with other values.
    pub(crate) fn map(self, mut value: impl FnMut(&str, Attribute) -> Attribute) -> Self {
        let entries = self.0.into_iter().map(|(name, old)| {
            let new = value(&name, old);
            (name, new)
        });
        Self(entries.collect())
    }

    pub(crate) fn push(&mut self, name: impl Into<Cow<'static, str>>, value: Attribute) {
        self.0.push((name.into(), value));
    }
}

/// In any order: a dictionary has none.
impl PartialEq for Attributes {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
    }
}

impl Eq for Attributes {}

impl Attribute {
    /// The type of a typed attribute.
    pub fn ty(&self) -> Option<Type> {
        match self {
            Self::Bool(_) => Some(Type::int(1)),
            Self::Integer(integer) => Some(integer.ty.clone()),
            Self::Float(float) => Some(Type::Float(float.ty)),
            Self::Dense(dense) => Some(dense.ty.clone()),
            _ => None,
        }
    }

    /// An integer or boolean that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Integer(integer) => integer.value.try_into().ok(),
            Self::Bool(value) => Some(i64::from(*value)),
            _ => None,
        }
    }

    /// A boolean; `Unit` is true.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Unit => Some(true),
            _ => None,
        }
    }

    /// A string's content.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// A word of the operation's syntax.
    pub fn as_keyword(&self) -> Option<&str> {
        match self {
            Self::Keyword(word) => Some(word),
            _ => None,
        }
    }
}

impl Dense {
    /// The bits of an element; `None` outside the tensor.
    pub fn bits(&self, index: usize) -> Option<u64> {
        match &self.elements {
            Elements::Splat(bits) => (index < self.len()).then_some(*bits),
            Elements::List(list) => list.get(index).copied(),
        }
    }

    /// How many elements the tensor has.
    pub fn len(&self) -> usize {
        match &self.elements {
            Elements::Splat(_) => {
                let sizes = self.ty.shape().iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX));
                sizes.fold(1, usize::saturating_mul)
            }
            Elements::List(list) => list.len(),
        }
    }

    /// Whether it has no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
