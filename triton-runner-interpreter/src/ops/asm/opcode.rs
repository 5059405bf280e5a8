//! Instructions of PTX by name.

use super::place::Place;
use crate::numbers::format::Format;
use crate::numbers::math::Math;

/// What a register holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many bits without a meaning, or without a sign.
    Unsigned(u32),
    Signed(u32),
    /// One number, or as many side by side.
    Float(Format, u32),
}

/// What two operands come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    MultiplyHigh,
    MultiplyWide,
    Divide,
    Remainder,
    Min,
    Max,
    And,
    Or,
    Xor,
    Left,
    Right,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unary {
    Not,
    Negate,
    Absolute,
    Count,
    LeadingZeros,
    Reverse,
}

/// How numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

/// What `red` does: only what may be done twice. On a GPU every thread that holds a lane runs the text, and how many do
/// is the compiler's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Update {
    And,
    Or,
    Min,
    Max,
}

/// One instruction's operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    /// Programs run one after the other, and threads of a program at once: no fence, barrier or wait is needed.
    Nothing,
    /// Of so many bits, which vectors divide.
    Move(u32),
    Binary(Binary, Kind),
    Unary(Unary, Kind),
    /// `a · b + c`, where the first says that the product is twice as wide.
    Fused(bool, Kind),
    Function(Math, Kind),
    Reciprocal(Kind),
    Convert {
        to: Kind,
        from: Kind,
        rounding: Round,
    },
    Permute,
    Logic,
    Select,
    Compare(Order, Kind),
    ExtractBits(bool),
    InsertBits,
    Load(Kind, u32),
    Store(u32, u32),
    Reduce(Update, Kind),
}

/// Where a conversion rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    Nearest,
    Zero,
    Floor,
    Ceil,
}

impl Kind {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "pred" => Self::Unsigned(1),
            "b8" | "u8" => Self::Unsigned(8),
            "b16" | "u16" => Self::Unsigned(16),
            "b32" | "u32" => Self::Unsigned(32),
            "b64" | "u64" => Self::Unsigned(64),
            "s8" => Self::Signed(8),
            "s16" => Self::Signed(16),
            "s32" => Self::Signed(32),
            "s64" => Self::Signed(64),
            "f16" => Self::Float(Format::F16, 1),
            "f16x2" => Self::Float(Format::F16, 2),
            "bf16" => Self::Float(Format::Bf16, 1),
            "bf16x2" => Self::Float(Format::Bf16, 2),
            "f32" => Self::Float(Format::F32, 1),
            "f64" => Self::Float(Format::F64, 1),
            "e4m3x2" => Self::Float(Format::F8E4M3Fn, 2),
            "e5m2x2" => Self::Float(Format::F8E5M2, 2),
            _ => return None,
        })
    }

    /// Of the whole register.
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Unsigned(bits) | Self::Signed(bits) => bits,
            Self::Float(format, count) => format.bits() * count,
        }
    }

    fn is_float(self) -> bool {
        matches!(self, Self::Float(..))
    }
}

/// Words that change nothing here: denormals of `f32` stay.
fn is_quiet(word: &str) -> bool {
    matches!(word, "rn" | "ftz" | "approx" | "full" | "lo" | "satfinite" | "relu" | "global" | "relaxed" | "acquire")
        || matches!(word, "release" | "acq_rel" | "volatile" | "gpu" | "sys" | "cta" | "weak" | "nc" | "cluster")
}

impl Opcode {
    /// From a name with its suffixes.
    pub(super) fn read(name: &str) -> Option<Self> {
        let mut words = name.split('.');
        let first = words.next()?;
        let words: Vec<&str> = words.collect();
        if matches!(first, "griddepcontrol" | "nanosleep" | "bar" | "barrier" | "membar" | "fence" | "prefetch") {
            return Some(Self::Nothing);
        }
        // `relu` and `sat` change numbers.
        if words.iter().any(|word| matches!(*word, "relu" | "sat" | "shared" | "local" | "param" | "const")) {
            return None;
        }
        let kinds: Vec<Kind> = words.iter().filter_map(|word| Kind::read(word)).collect();
        let vector = words.iter().find_map(|word| match *word {
            "v2" => Some(2),
            "v4" => Some(4),
            _ => None,
        });
        let special: Vec<&str> = words
            .iter()
            .copied()
            .filter(|word| !is_quiet(word) && Kind::read(word).is_none() && !matches!(*word, "v2" | "v4"))
            .collect();
        if first == "cvt" {
            return convert(&kinds, &special);
        }
        let kind = *kinds.last()?;
        if kinds.len() != 1 {
            return None;
        }
        let is_float = kind.is_float();
        let binary = |binary| Some(Self::Binary(binary, kind));
        match (first, &special[..]) {
            ("mov", []) => Some(Self::Move(kind.bits())),
            ("add", []) => binary(Binary::Add),
            ("sub", []) => binary(Binary::Subtract),
            ("mul", []) => binary(Binary::Multiply),
            ("mul", ["hi"]) if !is_float => binary(Binary::MultiplyHigh),
            ("mul", ["wide"]) if !is_float => binary(Binary::MultiplyWide),
            ("div", []) => binary(Binary::Divide),
            ("rem", []) if !is_float => binary(Binary::Remainder),
            ("min", []) => binary(Binary::Min),
            ("max", []) => binary(Binary::Max),
            ("and", []) if !is_float => binary(Binary::And),
            ("or", []) if !is_float => binary(Binary::Or),
            ("xor", []) if !is_float => binary(Binary::Xor),
            ("shl", []) if !is_float => binary(Binary::Left),
            ("shr", []) if !is_float => binary(Binary::Right),
            ("not", []) if !is_float => Some(Self::Unary(Unary::Not, kind)),
            ("neg", []) => Some(Self::Unary(Unary::Negate, kind)),
            ("abs", []) => Some(Self::Unary(Unary::Absolute, kind)),
            ("popc", []) if !is_float => Some(Self::Unary(Unary::Count, kind)),
            ("clz", []) if !is_float => Some(Self::Unary(Unary::LeadingZeros, kind)),
            ("brev", []) if !is_float => Some(Self::Unary(Unary::Reverse, kind)),
            ("fma", []) if is_float => Some(Self::Fused(false, kind)),
            ("mad", []) => Some(Self::Fused(false, kind)),
            ("mad", ["wide"]) if !is_float => Some(Self::Fused(true, kind)),
            ("tanh", []) if is_float => Some(Self::Function(Math::Tanh, kind)),
            ("ex2", []) if is_float => Some(Self::Function(Math::Exp2, kind)),
            ("lg2", []) if is_float => Some(Self::Function(Math::Log2, kind)),
            ("sin", []) if is_float => Some(Self::Function(Math::Sin, kind)),
            ("cos", []) if is_float => Some(Self::Function(Math::Cos, kind)),
            ("sqrt", []) if is_float => Some(Self::Function(Math::PreciseSqrt, kind)),
            ("rsqrt", []) if is_float => Some(Self::Function(Math::Rsqrt, kind)),
            ("rcp", []) if is_float => Some(Self::Reciprocal(kind)),
            ("prmt", []) => Some(Self::Permute),
            ("lop3", []) => Some(Self::Logic),
            ("selp", []) => Some(Self::Select),
            ("setp", [order]) => Some(Self::Compare(Order::read(order)?, kind)),
            ("bfe", []) if kind.bits() == 32 => Some(Self::ExtractBits(matches!(kind, Kind::Signed(_)))),
            ("bfi", []) if kind.bits() == 32 => Some(Self::InsertBits),
            ("ld", []) if kind.bits() >= 8 => Some(Self::Load(kind, vector.unwrap_or(1))),
            ("st", []) if kind.bits() >= 8 => Some(Self::Store(kind.bits(), vector.unwrap_or(1))),
            ("red", [update]) if vector.is_none() => Some(Self::Reduce(Update::read(update, kind)?, kind)),
            _ => None,
        }
    }

    /// Whether it may have these operands.
    pub(super) fn fits(self, places: &[Place]) -> bool {
        let count = match self {
            Self::Nothing => return true,
            Self::Move(bits) => {
                let divides = |place: &Place| match place {
                    Place::Vector(parts) => {
                        matches!(parts.len(), 2 | 4)
                            && (bits as usize).is_multiple_of(parts.len())
                            && parts.iter().all(is_plain)
                    }
                    other => is_plain(other) || *other == Place::Time,
                };
                return places.len() == 2 && places.iter().all(divides);
            }
            Self::Load(_, count) => {
                return matches!(places, [to, Place::Memory(..)] if is_vector(to, count));
            }
            Self::Store(_, count) => {
                return matches!(places, [Place::Memory(..), from] if is_vector(from, count));
            }
            Self::Reduce(_, _) => return matches!(places, [Place::Memory(..), value] if is_plain(value)),
            Self::Unary(..) | Self::Function(..) | Self::Reciprocal(_) => 2,
            Self::Convert { to: Kind::Float(_, 2), from: Kind::Float(_, 1), .. } => 3,
            Self::Convert { .. } => 2,
            Self::Binary(..) | Self::Compare(..) => 3,
            Self::Fused(..) | Self::Permute | Self::Select | Self::ExtractBits(_) => 4,
            Self::Logic | Self::InsertBits => 5,
        };
        places.len() == count && places.iter().all(is_plain)
    }
}

fn is_plain(place: &Place) -> bool {
    matches!(place, Place::Register(_) | Place::Number(_) | Place::Nowhere)
}

fn is_vector(place: &Place, count: u32) -> bool {
    match place {
        Place::Vector(parts) => parts.len() == count as usize && parts.iter().all(is_plain),
        place => count == 1 && is_plain(place),
    }
}

fn convert(kinds: &[Kind], special: &[&str]) -> Option<Opcode> {
    let [to, from] = *kinds else { return None };
    // Floating-point numbers rounded to integers that stay such are another matter.
    let is_between_floats = to.is_float() && from.is_float();
    let rounding = match special {
        [] => Round::Nearest,
        ["rz"] => Round::Zero,
        _ if is_between_floats => return None,
        ["rni"] => Round::Nearest,
        ["rzi"] => Round::Zero,
        ["rmi"] => Round::Floor,
        ["rpi"] => Round::Ceil,
        _ => return None,
    };
    let counts = match (to, from) {
        (Kind::Float(_, a), Kind::Float(_, b)) => a == b || (a, b) == (2, 1),
        (Kind::Float(_, count), _) | (_, Kind::Float(_, count)) => count == 1,
        _ => true,
    };
    counts.then_some(Opcode::Convert { to, from, rounding })
}

impl Order {
    fn read(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "lt" => Self::Less,
            "le" => Self::LessEqual,
            "gt" => Self::Greater,
            "ge" => Self::GreaterEqual,
            _ => return None,
        })
    }
}

impl Update {
    fn read(word: &str, kind: Kind) -> Option<Self> {
        let update = match word {
            "and" => Self::And,
            "or" => Self::Or,
            "min" => Self::Min,
            "max" => Self::Max,
            _ => return None,
        };
        let fits = kind.bits() >= 16 && !kind.is_float();
        fits.then_some(update)
    }
}
