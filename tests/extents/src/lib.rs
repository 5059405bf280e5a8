//! What is proven of launches, held against what the interpreter sees: it checks every access.

mod case;
mod files;
mod generated;
mod judge;
mod kernel;

pub use case::{Case, Draw};
pub use files::find;
pub use generated::generate;
pub use judge::{Judge, Seen, Tally, see};
pub use kernel::Kernel;
