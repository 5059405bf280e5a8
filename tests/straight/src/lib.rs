//! Checks of launches, and the Rust that the macro writes for them.
#![allow(unused, clippy::all, clippy::pedantic, reason = "numbers at random have more than they use")]

/// A check in both forms.
#[derive(Clone, Copy, Debug)]
pub struct Straight {
    /// The kernel's file.
    pub name: &'static str,
    /// Whether it is a kernel's, and not made up.
    pub of_kernel: bool,
    /// The check as text.
    pub check: &'static str,
    /// The generated function, of grid, scalars and bytes.
    pub inside: fn([u32; 3], &[i64], &[usize]) -> bool,
}

include!(concat!(env!("OUT_DIR"), "/checks.rs"));
