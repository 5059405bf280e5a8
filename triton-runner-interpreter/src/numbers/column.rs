//! Slices of any class, where it is known only when a kernel runs.

use super::format::Class;

/// Elements to read.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the names are the classes")]
pub enum Column<'a> {
    F32(&'a [f32]),
    F64(&'a [f64]),
    I32(&'a [i32]),
    I64(&'a [i64]),
    Mask(&'a [u8]),
}

/// Elements to write.
#[derive(Debug)]
#[allow(missing_docs, reason = "the names are the classes")]
pub enum ColumnMut<'a> {
    F32(&'a mut [f32]),
    F64(&'a mut [f64]),
    I32(&'a mut [i32]),
    I64(&'a mut [i64]),
    Mask(&'a mut [u8]),
}

impl Column<'_> {
    /// Which slices these are.
    pub const fn class(&self) -> Class {
        match self {
            Self::F32(_) => Class::F32,
            Self::F64(_) => Class::F64,
            Self::I32(_) => Class::I32,
            Self::I64(_) => Class::I64,
            Self::Mask(_) => Class::Mask,
        }
    }

    /// How many elements.
    pub const fn len(&self) -> usize {
        match self {
            Self::F32(column) => column.len(),
            Self::F64(column) => column.len(),
            Self::I32(column) => column.len(),
            Self::I64(column) => column.len(),
            Self::Mask(column) => column.len(),
        }
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ColumnMut<'_> {
    /// Which slices these are.
    pub const fn class(&self) -> Class {
        match self {
            Self::F32(_) => Class::F32,
            Self::F64(_) => Class::F64,
            Self::I32(_) => Class::I32,
            Self::I64(_) => Class::I64,
            Self::Mask(_) => Class::Mask,
        }
    }
}

/// What a binary operation takes beside the row that it changes.
#[derive(Clone, Copy, Debug)]
pub enum Operand<'a, T> {
    /// An element for each.
    Each(&'a [T]),
    /// The same for all.
    All(T),
}
