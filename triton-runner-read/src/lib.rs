#![doc = include_str!("../README.md")]

pub mod cubin;
pub mod entry;
pub mod llir;
pub mod metadata;
pub mod ptx;
