//! What a kernel's arguments are called.

use crate::types::Kind;

/// Names that a caller gives, for parameters one after another.
pub(super) struct Given<'o> {
    names: std::slice::Iter<'o, String>,
    /// How many sizes and strides of a descriptor are still to come.
    parts: usize,
}

impl<'o> Given<'o> {
    pub(super) fn new(names: &'o [String]) -> Self {
        Self { names: names.iter(), parts: 0 }
    }

    /// The name of the next parameter; `None` where none was given, and for a size or a stride.
    pub(super) fn next(&mut self, kind: &Kind) -> Option<String> {
        if self.parts > 0 {
            self.parts -= 1;
            return None;
        }
        if let Kind::Descriptor { block, .. } = kind {
            self.parts = 2 * block.len();
        }
        self.names.next().cloned()
    }
}
