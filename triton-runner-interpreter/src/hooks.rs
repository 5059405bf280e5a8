//! Checkers see what programs do through one trait. Those that are absent cost nothing.

use crate::machine::trap::Access;
use crate::value::Value;

/// Elements next to each other that an instruction accessed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) access: Access,
    pub(crate) buffer: usize,
    /// Of the first byte.
    pub(crate) offset: i64,
    /// Bytes of an element.
    pub(crate) size: usize,
    pub(crate) count: usize,
}

/// What checkers are told. Each method does nothing unless a checker says otherwise.
pub(crate) trait Hooks {
    /// Whether accesses are wanted.
    const ACCESSES: bool = false;
    /// Whether values are wanted.
    const VALUES: bool = false;

    /// Memory was accessed.
    fn access(&mut self, _program: [u32; 3], _instruction: usize, _run: Run) {}

    /// An instruction has given a value.
    fn value(&mut self, _program: [u32; 3], _instruction: usize, _value: &Value) {}
}

/// No checker.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unchecked;

impl Hooks for Unchecked {}
