//! `math.absi`, `ctpop`, `ctlz`, `cttz`.

/// What is done to one integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IntegerUnary {
    /// `math.absi`; the least integer stays as it is.
    Absolute,
    /// `math.ctpop`: bits that are set.
    Ones,
    /// `math.ctlz`: bits above the highest that is set.
    LeadingZeros,
    /// `math.cttz`: bits below the lowest that is set.
    TrailingZeros,
}

impl IntegerUnary {
    /// From the operation's name in the IR.
    pub fn from_mlir(name: &str) -> Option<Self> {
        Some(match name {
            "math.absi" => Self::Absolute,
            "math.ctpop" => Self::Ones,
            "math.ctlz" => Self::LeadingZeros,
            "math.cttz" => Self::TrailingZeros,
            _ => return None,
        })
    }
}

/// In integers of `bits` bits.
pub fn unary_i32(operation: IntegerUnary, bits: u32, row: &mut [i32]) {
    let bits = bits.clamp(1, 32);
    let low = u32::MAX >> (32 - bits);
    match operation {
        IntegerUnary::Absolute => absolute_i32(bits, row),
        IntegerUnary::Ones => row.iter_mut().for_each(|value| *value = (*value as u32 & low).count_ones() as i32),
        IntegerUnary::LeadingZeros => {
            row.iter_mut().for_each(|value| *value = ((*value as u32 & low).leading_zeros() - (32 - bits)) as i32)
        }
        IntegerUnary::TrailingZeros => {
            row.iter_mut().for_each(|value| *value = (*value as u32).trailing_zeros().min(bits) as i32);
        }
    }
}

/// The same in 64 bits.
pub fn unary_i64(operation: IntegerUnary, row: &mut [i64]) {
    match operation {
        IntegerUnary::Absolute => absolute_i64(row),
        IntegerUnary::Ones => row.iter_mut().for_each(|value| *value = i64::from(value.count_ones())),
        IntegerUnary::LeadingZeros => row.iter_mut().for_each(|value| *value = i64::from(value.leading_zeros())),
        IntegerUnary::TrailingZeros => row.iter_mut().for_each(|value| *value = i64::from(value.trailing_zeros())),
    }
}

vectorised! {
    fn absolute_i32(bits: u32, row: &mut [i32]) {
        for value in row {
            *value = (value.wrapping_abs() << (32 - bits)) >> (32 - bits);
        }
    }

    fn absolute_i64(row: &mut [i64]) {
        for value in row {
            *value = value.wrapping_abs();
        }
    }
}
