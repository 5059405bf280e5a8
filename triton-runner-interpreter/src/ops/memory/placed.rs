//! Lanes with their places in memory.

use crate::value::Value;
use crate::value::axes::Shape;

/// Lanes of a store, and where they go.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) shape: Shape,
    pub(crate) pointers: Value,
    /// [`Value::None`] where all are stored.
    pub(crate) mask: Value,
    pub(crate) value: Value,
}
