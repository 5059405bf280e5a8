//! What is proven of launches, held against what the interpreter sees: it checks every access.

mod case;
mod judge;
mod kernel;

pub use case::{Case, Draw};
pub use judge::{Judge, Seen, Tally, see};
pub use kernel::{Kernel, find};
