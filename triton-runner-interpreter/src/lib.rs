#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod memory;
mod value;
