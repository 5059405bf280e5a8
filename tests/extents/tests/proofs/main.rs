//! What is proven of kernels, held against what the interpreter sees them touch.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used, reason = "tests fail by panicking")]

mod compiled;
mod endless;
mod examples;
mod fooled;
mod generated;
mod mutations;
mod strangers;
