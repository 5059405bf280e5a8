//! What goes wrong where a condition isn't met.

use std::fmt;

/// What goes wrong where a duty isn't met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// An integer wraps on its way to an address or a mask.
    Wrap,
    /// A divisor is 0 or less.
    Divisor,
    /// A negative number is taken for an unsigned one.
    Negative,
    /// A number is shifted by a negative number of bits, or by as many as it has or more.
    Shift,
    /// A loop's counter wraps behind its last iteration.
    Loop,
    /// Neighbouring lanes of a quotient or a remainder come of negative numbers, and compilers take them for others.
    Lanes,
    /// An access doesn't start at a multiple of its element's size.
    Misaligned,
    /// A loop inside one that is flattened has no iteration, and is run once all the same.
    Flatten,
    /// A loop's step is 0 or less.
    Step,
    /// What the author promised with `tl.multiple_of`, `tl.max_contiguous` or `tl.max_constancy` isn't so.
    Promise,
    /// What the author promised with `tl.assume` isn't so.
    Assume,
    /// A tensor descriptor that hardware doesn't take: a size of 0 or less, a start or a stride that is no multiple of 16
    /// bytes, a negative stride, a last stride that isn't 1.
    Descriptor,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wrap => "an integer wraps",
            Self::Divisor => "a divisor is 0 or less",
            Self::Negative => "a negative number is taken for an unsigned one",
            Self::Shift => "a number is shifted by a negative number of bits, or by as many as it has or more",
            Self::Loop => "a loop's counter wraps",
            Self::Lanes => "a negative number is divided, and compilers take quotients and remainders of its lanes for those of a positive one",
            Self::Misaligned => "an access doesn't start at a multiple of its element's size",
            Self::Flatten => "a loop inside a flattened one has no iteration, and compilers run it once all the same",
            Self::Step => "a loop's step is 0 or less",
            Self::Promise => "a promise to the compiler isn't kept",
            Self::Assume => "what the compiler is told to assume isn't so",
            Self::Descriptor => "hardware doesn't take a tensor descriptor: a size is 0 or less, a start or a stride is no multiple of 16 bytes, or a stride is negative",
        })
    }
}
