//! Why something can't be known before a launch.

use std::fmt;

/// What can't be known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Cause {
    /// An index that the kernel loads.
    IndexFromMemory,
    /// An index loaded from memory that the kernel writes too, or the old value of an atomic operation: nothing that it was
    /// compared with still holds.
    IndexFromWritten,
    /// A division by what may be 0: compilers take it for something else, and may drop a mask or a branch for that.
    Division,
    /// A shift by what may be as many bits as a number has, or more: compilers may make anything of it, of a mask too.
    Shift,
    /// A pointer that the kernel loads.
    PointerFromMemory,
    /// A pointer made of a number.
    PointerFromNumber,
    /// A loop whose end is loaded, or depends on what can't be known.
    LoopBound,
    /// A value that changes from one iteration of a loop to the next, not by the same amount each time.
    Carried,
    /// A number computed in floating point.
    Float,
    /// Inline assembly that may read or write memory, or computes an index.
    InlineAsm,
    /// What a reduction, a scan or a sort of lanes gives.
    Lanes,
    /// A promise of the author's (`tl.multiple_of`, `tl.max_contiguous`, `tl.assume`) that no check of scalars and grid can
    /// hold against what the kernel computes.
    Promise,
    /// A tensor descriptor that isn't made in plain sight.
    Descriptor,
    /// A tensor descriptor of a tensor of which nobody knows whether hardware takes it.
    DescriptorRules,
    /// Memory is accessed at addresses that needn't be multiples of the element's size.
    Alignment,
    /// What has to hold for the rest never does.
    Never,
    /// Control flow that isn't followed: a circle of blocks, a call that calls itself.
    Control,
    /// An operation that isn't understood, by its name.
    Operation(Box<str>),
}

/// Where something is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Place {
    /// Python's file, where the IR has one.
    pub file: Option<Box<str>>,
    /// Line of that file, or of the IR where there is none. Counted from 1; 0 where nobody knows.
    pub line: u32,
}

/// Why something can't be known, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reason {
    /// What.
    pub cause: Cause,
    /// Where.
    pub place: Place,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IndexFromMemory => "an index is loaded from memory, and no mask holds it between two numbers that are known before the launch",
            Self::IndexFromWritten => "an index is loaded from memory that the kernel writes",
            Self::Division => {
                "a number is divided by one that can't be known before the launch: compilers believe that it isn't 0, and may drop a mask or a branch that it decides"
            }
            Self::Shift => {
                "a number is shifted by one that can't be known before the launch: by as many bits as it has or more compilers make anything of it, and of a mask that it decides"
            }
            Self::PointerFromMemory => "a pointer is loaded from memory",
            Self::PointerFromNumber => "a pointer is made of a number",
            Self::LoopBound => "the end of a loop can't be known before the launch, and no mask holds what it counts between two numbers that are",
            Self::Carried => "an index changes from one iteration of a loop to the next, not by the same amount",
            Self::Float => "an index is computed in floating point",
            Self::InlineAsm => "inline assembly may touch memory",
            Self::Lanes => "an index comes out of a reduction, a scan or an exchange of lanes",
            Self::Promise => {
                "a promise to the compiler (`tl.multiple_of`, `tl.max_contiguous`, `tl.max_constancy`, `tl.assume`) can't be checked before the launch"
            }
            Self::Descriptor => "a tensor descriptor can't be followed to where it was made",
            Self::DescriptorRules => {
                "the tensor behind a descriptor needs a start and strides that are multiples of 16 bytes, and that can't be checked before the launch (a pointer that it starts at has to be promised as a multiple of 16)"
            }
            Self::Alignment => {
                "memory is accessed in elements that are larger than the argument's, and nothing says that they start at multiples of their size"
            }
            Self::Never => "what has to hold here never does, whatever a launch passes",
            Self::Control => "this control flow isn't followed",
            Self::Operation(name) => return write!(f, "`{name}` isn't understood here"),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{file}:{}", self.line),
            None => write!(f, "line {} of the IR", self.line),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.cause, self.place)
    }
}
