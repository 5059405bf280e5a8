//! Operations on rows against plain Rust on single numbers.

mod float;
mod integer;
mod same;
