//! What is known of the memory that a kernel touches.

use serde::{Deserialize, Serialize};

/// Why every launch of a kernel stays within the memory behind its arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Bounds {
    /// Somebody said so, and nothing checks it.
    Asserted,
}
