//! Why a program of the grid stopped.

use crate::memory::Fault;

/// What an operation gives, or why the program stops there.
pub(crate) type Outcome<T> = Result<T, Box<Trap>>;

/// Why a program can't go on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Trap {
    /// Memory can't be accessed so.
    Memory { fault: Fault, access: Access, mask: Mask },
    /// An operand isn't there or of another form: the IR uses a value that it doesn't define before, or its types disagree.
    Operand(usize),
    /// A counted loop that doesn't get on.
    Step(i64),
    /// It took too long.
    Budget(u64),
    /// It waits for something that no other program does.
    Stuck,
    /// `tl.device_assert`.
    Assert { message: String, lane: usize },
    /// A promise about a value that doesn't hold, in words.
    Promise(String),
    /// A tensor that the hardware can't reach by a descriptor, in words.
    TensorMap(String),
    /// A loop's counter that doesn't fit in its bits behind an iteration.
    Counter { counter: i64, step: i64, bits: u32 },
    /// `tl.assume`.
    Assume { lane: usize },
}

/// What memory was accessed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Load,
    Store,
    Atomic,
}

/// What the mask of an access was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mask {
    /// There is none.
    None,
    /// It let the lane through.
    True,
}

impl Trap {
    pub(crate) fn form(operand: usize) -> Box<Self> {
        Box::new(Self::Operand(operand))
    }
}
