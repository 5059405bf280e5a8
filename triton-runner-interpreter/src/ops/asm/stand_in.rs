//! What a user gives in place of inline assembly.

use std::fmt;
use std::sync::Arc;

/// Computes result registers from those of the operands.
type Function = dyn Fn(&[u64], &mut [u64]) + Send + Sync;

/// Stands in for inline assembly of one text.
///
/// The function is called as often as a GPU would run the text: with the registers of all operands, in order, and the
/// registers of all results, which are 0. Elements of less than 32 bits that are packed share a register, the first
/// one in its low bits.
#[derive(Clone)]
pub struct StandIn {
    text: String,
    function: Arc<Function>,
}

impl StandIn {
    /// For the assembly with this text; white space doesn't count.
    pub fn new(text: &str, function: impl Fn(&[u64], &mut [u64]) + Send + Sync + 'static) -> Self {
        Self { text: squeezed(text), function: Arc::new(function) }
    }

    pub(crate) fn is_for(&self, text: &str) -> bool {
        self.text == squeezed(text)
    }

    pub(super) fn call(&self, inputs: &[u64], outputs: &mut [u64]) {
        (self.function)(inputs, outputs);
    }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandIn").field("text", &self.text).finish_non_exhaustive()
    }
}

impl PartialEq for StandIn {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && Arc::ptr_eq(&self.function, &other.function)
    }
}

impl Eq for StandIn {}
