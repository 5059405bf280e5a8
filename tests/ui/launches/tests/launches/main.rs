//! What the launch functions of `triton_kernel!` hand to a driver, held against the driver double.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod arguments;
mod bounds;
mod families;
mod graphs;
mod held;
mod order;
mod safe;
mod tuned;
