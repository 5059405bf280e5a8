//! The repository itself: its documents and its sources, held against each other.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod docs;
mod house;
