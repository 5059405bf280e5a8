//! `arith.shli`, `shrsi`, `shrui`.

/// Which way bits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shift {
    /// `arith.shli`.
    Left,
    /// `arith.shrsi`.
    RightSigned,
    /// `arith.shrui`.
    RightUnsigned,
}

impl Shift {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "arith.shli" => Self::Left,
            "arith.shrsi" => Self::RightSigned,
            "arith.shrui" => Self::RightUnsigned,
            _ => return None,
        })
    }
}

/// Shifts integers of `bits` bits by amounts that are unsigned. As in PTX an amount of `bits` or more leaves 0, or the
/// sign; gives the first lane that had one, whose value MLIR leaves open.
pub fn shift_i32(shift: Shift, bits: u32, row: &mut [i32], amounts: &[i32]) -> Option<usize> {
    let bits = bits.clamp(1, 32);
    let low = u32::MAX >> (32 - bits);
    let any = match shift {
        Shift::Left => left_i32(bits, low, row, amounts),
        Shift::RightSigned => right_signed_i32(bits, low, row, amounts),
        Shift::RightUnsigned => right_unsigned_i32(bits, low, row, amounts),
    };
    any.then(|| amounts.iter().position(|amount| *amount as u32 & low >= bits)).flatten()
}

/// The same for 64 bits. The machine looks at the low 32 bits of the amount.
pub fn shift_i64(shift: Shift, row: &mut [i64], amounts: &[i64]) -> Option<usize> {
    let any = match shift {
        Shift::Left => left_i64(row, amounts),
        Shift::RightSigned => right_signed_i64(row, amounts),
        Shift::RightUnsigned => right_unsigned_i64(row, amounts),
    };
    any.then(|| amounts.iter().position(|amount| *amount as u64 >= 64)).flatten()
}

vectorised! {
    fn left_i32(bits: u32, low: u32, row: &mut [i32], amounts: &[i32]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let amount = *amount as u32 & low;
            let shifted = *value << (amount & 31);
            *value = if amount < bits { (shifted << (32 - bits)) >> (32 - bits) } else { 0 };
            any |= amount >= bits;
        }
        any
    }

    fn right_signed_i32(bits: u32, low: u32, row: &mut [i32], amounts: &[i32]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let amount = *amount as u32 & low;
            *value >>= amount.min(31);
            any |= amount >= bits;
        }
        any
    }

    fn right_unsigned_i32(bits: u32, low: u32, row: &mut [i32], amounts: &[i32]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let amount = *amount as u32 & low;
            let shifted = ((*value as u32 & low) >> (amount & 31)) as i32;
            *value = if amount < bits { (shifted << (32 - bits)) >> (32 - bits) } else { 0 };
            any |= amount >= bits;
        }
        any
    }

    fn left_i64(row: &mut [i64], amounts: &[i64]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let low = *amount as u32;
            *value = if low < 64 { *value << (low & 63) } else { 0 };
            any |= *amount as u64 >= 64;
        }
        any
    }

    fn right_signed_i64(row: &mut [i64], amounts: &[i64]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let low = *amount as u32;
            *value >>= low.min(63);
            any |= *amount as u64 >= 64;
        }
        any
    }

    fn right_unsigned_i64(row: &mut [i64], amounts: &[i64]) -> bool {
        let mut any = false;
        for (value, amount) in row.iter_mut().zip(amounts) {
            let low = *amount as u32;
            *value = if low < 64 { (*value as u64 >> (low & 63)) as i64 } else { 0 };
            any |= *amount as u64 >= 64;
        }
        any
    }
}
