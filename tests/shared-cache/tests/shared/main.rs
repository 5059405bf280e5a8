//! `cargo triton cache push` and `pull`: two machines and a place between them.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "these are tests")]

mod faults;
mod folder;
mod machine;
mod server;
mod signed;
