//! The runtime against a driver that executes nothing: each call is seen, and may be made to fail.

#![allow(clippy::undocumented_unsafe_blocks, reason = "the double executes no kernel: no launch can be unsound")]

mod borrowed;
mod checked;
mod compressed;
mod cudarc;
mod failures;
mod features;
mod launching;
mod loading;
mod readers;
mod tensor_maps;
mod tuning;
mod watched;
