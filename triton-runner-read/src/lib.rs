#![doc = include_str!("../README.md")]

pub mod contract;
pub mod cubin;
pub mod entry;
pub mod llir;
pub mod metadata;
pub mod ptx;
pub mod written_for;
