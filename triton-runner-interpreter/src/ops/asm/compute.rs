//! What instructions compute, on registers as bits.

use super::opcode::{Binary, Kind, Opcode, Order, Round, Unary, Update};
use crate::numbers::format::{Format, Rounding, f64_to_f32, load_f32, store_f32};
use crate::numbers::math::{Math, math_f32, math_f64};

/// The low bits.
pub(super) fn low(value: u64, bits: u32) -> u64 {
    if bits >= 64 { value } else { value & ((1 << bits) - 1) }
}

fn signed(value: u64, bits: u32) -> i64 {
    let shift = 64 - bits.min(64);
    (value << shift).cast_signed() >> shift
}

/// The number in the register at a place of `count`.
fn decode(format: Format, value: u64, place: u32) -> f64 {
    if format == Format::F64 {
        return f64::from_bits(value);
    }
    let bits = low(value >> (place * format.bits()), format.bits());
    let mut out = [0.0];
    load_f32(format, &bits.to_le_bytes()[..format.bytes()], &mut out);
    out[0].into()
}

fn encode(format: Format, number: f64, place: u32, rounding: Rounding) -> u64 {
    if format == Format::F64 {
        return number.to_bits();
    }
    let mut narrow = [0.0];
    f64_to_f32(format, rounding, &[number], &mut narrow);
    let mut bytes = [0; 8];
    store_f32(format, &narrow, &mut bytes[..format.bytes()]);
    u64::from_le_bytes(bytes) << (place * format.bits())
}

/// Number by number.
fn floats<const N: usize>(format: Format, count: u32, values: [u64; N], f: impl Fn([f64; N]) -> f64) -> u64 {
    let each =
        |place| encode(format, f(values.map(|value| decode(format, value, place))), place, Rounding::NearestEven);
    (0..count).fold(0, |all, place| all | each(place))
}

fn binary(binary: Binary, kind: Kind, a: u64, b: u64) -> u64 {
    let bits = kind.bits();
    if let Kind::Float(format, count) = kind {
        return floats(format, count, [a, b], |[a, b]| match binary {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::Multiply => a * b,
            Binary::Divide => a / b,
            Binary::Min => a.min(b),
            _ => a.max(b),
        });
    }
    let is_signed = matches!(kind, Kind::Signed(_));
    let wide = |value: u64| if is_signed { signed(value, bits).into() } else { i128::from(low(value, bits)) };
    let (x, y) = (wide(a), wide(b));
    let result = match binary {
        Binary::Add => x + y,
        Binary::Subtract => x - y,
        Binary::Multiply => x.wrapping_mul(y),
        Binary::MultiplyWide => return low(x.wrapping_mul(y) as u64, 2 * bits),
        Binary::MultiplyHigh if !is_signed => {
            return ((u128::from(low(a, bits)) * u128::from(low(b, bits))) >> bits) as u64;
        }
        Binary::MultiplyHigh => x.wrapping_mul(y) >> bits,
        // A GPU doesn't stop there.
        Binary::Divide => x.checked_div(y).unwrap_or(-1),
        Binary::Remainder => x.checked_rem(y).unwrap_or(x),
        Binary::Min => x.min(y),
        Binary::Max => x.max(y),
        Binary::And => x & y,
        Binary::Or => x | y,
        Binary::Xor => x ^ y,
        // Amounts are unsigned, and beyond the width everything is out.
        Binary::Left => low(a, bits).checked_shl(low(b, 32).min(64) as u32).unwrap_or(0).into(),
        Binary::Right => x >> low(b, 32).min(64),
    };
    low(result as u64, bits)
}

fn unary(unary: Unary, kind: Kind, a: u64) -> u64 {
    let bits = kind.bits();
    if let Kind::Float(format, count) = kind {
        return floats(format, count, [a], |[a]| if unary == Unary::Negate { -a } else { a.abs() });
    }
    match unary {
        Unary::Not => low(!a, bits),
        Unary::Negate => low(a.wrapping_neg(), bits),
        Unary::Absolute => low(signed(a, bits).unsigned_abs(), bits),
        Unary::Count => low(a, bits).count_ones().into(),
        Unary::LeadingZeros => (low(a, bits).leading_zeros() - (64 - bits)).into(),
        Unary::Reverse => low(a, bits).reverse_bits() >> (64 - bits),
    }
}

fn function(math: Math, kind: Kind, a: u64) -> u64 {
    match kind {
        Kind::Float(Format::F64, _) => {
            let mut row = [f64::from_bits(a)];
            math_f64(math, &mut row);
            row[0].to_bits()
        }
        Kind::Float(format, count) => floats(format, count, [a], |[a]| {
            let mut row = [a as f32];
            math_f32(math, &mut row);
            row[0].into()
        }),
        _ => a,
    }
}

fn round(number: f64, rounding: Round) -> f64 {
    match rounding {
        Round::Nearest => number.round_ties_even(),
        Round::Zero => number.trunc(),
        Round::Floor => number.floor(),
        Round::Ceil => number.ceil(),
    }
}

fn convert(to: Kind, from: Kind, rounding: Round, values: &[u64]) -> u64 {
    let first = values.first().copied().unwrap_or(0);
    let way = if rounding == Round::Zero { Rounding::TowardZero } else { Rounding::NearestEven };
    match (to, from) {
        // The first operand becomes the upper half.
        (Kind::Float(to, 2), Kind::Float(from, 1)) => {
            let second = values.get(1).copied().unwrap_or(0);
            encode(to, decode(from, second, 0), 0, way) | encode(to, decode(from, first, 0), 1, way)
        }
        (Kind::Float(to, count), Kind::Float(from, _)) => {
            (0..count).fold(0, |all, place| all | encode(to, decode(from, first, place), place, way))
        }
        (Kind::Float(to, _), Kind::Signed(bits)) => encode(to, signed(first, bits) as f64, 0, way),
        (Kind::Float(to, _), from) => encode(to, low(first, from.bits()) as f64, 0, way),
        (to, Kind::Float(from, _)) => {
            let number = round(decode(from, first, 0), rounding);
            match to {
                Kind::Signed(bits) => {
                    let limit = 1i128 << (bits - 1);
                    low((number as i128).clamp(-limit, limit - 1) as u64, bits)
                }
                _ => (number as u64).min(low(u64::MAX, to.bits())),
            }
        }
        (to, Kind::Signed(bits)) => low(signed(first, bits).cast_unsigned(), to.bits()),
        (to, from) => low(low(first, from.bits()), to.bits()),
    }
}

fn permute(a: u64, b: u64, selector: u64) -> u64 {
    let bytes = (low(a, 32) | b << 32).to_le_bytes();
    (0..4).fold(0, |all, place| {
        let choice = selector >> (4 * place);
        let byte = bytes[(choice & 7) as usize];
        // The fourth bit repeats the byte's sign.
        let byte = if choice & 8 != 0 { 0u8.wrapping_sub(byte >> 7) } else { byte };
        all | u64::from(byte) << (8 * place)
    })
}

fn holds(order: Order, kind: Kind, a: u64, b: u64) -> bool {
    let bits = kind.bits();
    let ordering = match kind {
        Kind::Unsigned(_) => Some(low(a, bits).cmp(&low(b, bits))),
        Kind::Signed(_) => Some(signed(a, bits).cmp(&signed(b, bits))),
        Kind::Float(format, _) => decode(format, a, 0).partial_cmp(&decode(format, b, 0)),
    };
    // Without an order nothing holds: the unordered forms aren't read.
    ordering.is_some_and(|ordering| match order {
        Order::Equal => ordering.is_eq(),
        Order::NotEqual => ordering.is_ne(),
        Order::Less => ordering.is_lt(),
        Order::LessEqual => ordering.is_le(),
        Order::Greater => ordering.is_gt(),
        Order::GreaterEqual => ordering.is_ge(),
    })
}

/// The result of an instruction that works on registers alone.
pub(super) fn compute(opcode: Opcode, values: &[u64]) -> u64 {
    let at = |place: usize| values.get(place).copied().unwrap_or(0);
    let [a, b, c] = [at(0), at(1), at(2)];
    match opcode {
        Opcode::Binary(operation, kind) => binary(operation, kind, a, b),
        Opcode::Unary(operation, kind) => unary(operation, kind, a),
        Opcode::Function(math, kind) => function(math, kind, a),
        Opcode::Reciprocal(Kind::Float(format, count)) => floats(format, count, [a], |[a]| 1.0 / a),
        Opcode::Fused(_, Kind::Float(Format::F32, _)) => {
            let [a, b, c] = [a, b, c].map(|value| f32::from_bits(value as u32));
            a.mul_add(b, c).to_bits().into()
        }
        Opcode::Fused(_, Kind::Float(format, count)) => floats(format, count, [a, b, c], |[a, b, c]| a.mul_add(b, c)),
        Opcode::Fused(true, kind) => low(binary(Binary::MultiplyWide, kind, a, b).wrapping_add(c), 2 * kind.bits()),
        Opcode::Fused(false, kind) => low(binary(Binary::Multiply, kind, a, b).wrapping_add(c), kind.bits()),
        Opcode::Convert { to, from, rounding } => convert(to, from, rounding, values),
        Opcode::Permute => permute(a, b, c),
        Opcode::Logic => (0..32).fold(0, |all, bit| {
            let index = (a >> bit & 1) << 2 | (b >> bit & 1) << 1 | (c >> bit & 1);
            all | (at(3) >> index & 1) << bit
        }),
        Opcode::Select => {
            if c & 1 == 1 {
                a
            } else {
                b
            }
        }
        Opcode::Compare(order, kind) => holds(order, kind, a, b).into(),
        Opcode::ExtractBits(is_signed) => {
            let (start, len) = (low(b, 8).min(32), low(c, 8).min(32) as u32);
            let wide = if is_signed { signed(a, 32).cast_unsigned() } else { low(a, 32) };
            let bits = low(wide >> start, len);
            low(if is_signed && len > 0 { signed(bits, len).cast_unsigned() } else { bits }, 32)
        }
        Opcode::InsertBits => {
            let (start, len) = (low(c, 8).min(32), low(at(3), 8).min(32) as u32);
            let mask = low(low(u64::MAX, len) << start, 32);
            low(b & !mask | a << start & mask, 32)
        }
        _ => a,
    }
}

/// What an atomic operation leaves in memory.
pub(super) fn update(update: Update, kind: Kind, old: u64, value: u64) -> u64 {
    match update {
        Update::And => old & value,
        Update::Or => old | value,
        Update::Min => binary(Binary::Min, kind, old, value),
        Update::Max => binary(Binary::Max, kind, old, value),
    }
}
