#![doc = include_str!("../README.md")]
#![allow(dead_code)]

#[macro_use]
mod ops;
mod hooks;
mod machine;
mod memory;
pub mod numbers;
mod program;
mod value;
