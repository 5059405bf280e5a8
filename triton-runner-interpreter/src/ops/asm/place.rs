//! Operands of instructions.

/// Where an operand of an instruction comes from, or goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Register(usize),
    Number(u64),
    /// The value at `%globaltimer`, `%clock64`.
    Time,
    /// Registers side by side.
    Vector(Vec<Place>),
    /// Behind the address in a register.
    Memory(usize, i64),
    /// `_`
    Nowhere,
}
