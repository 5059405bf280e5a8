//! Numbers of each class, to and from memory.

use crate::numbers::format::{
    Format, load_f32, load_f64, load_i32, load_i64, load_mask, store_f32, store_f64, store_i32, store_i64, store_mask,
};

use crate::value::Lane;

/// A class of numbers.
pub(crate) trait Element: Lane {
    /// Reads a row of this format.
    fn load(format: Format, bytes: &[u8], row: &mut [Self]);
    /// Writes a row in this format.
    fn store(format: Format, row: &[Self], bytes: &mut [u8]);
    /// As a floating-point number, if it is one.
    fn as_float(self) -> Option<f64> {
        None
    }
}

impl Element for f32 {
    fn load(format: Format, bytes: &[u8], row: &mut [Self]) {
        load_f32(format, bytes, row);
    }

    fn store(format: Format, row: &[Self], bytes: &mut [u8]) {
        store_f32(format, row, bytes);
    }

    fn as_float(self) -> Option<f64> {
        Some(f64::from(self))
    }
}

impl Element for f64 {
    fn load(_: Format, bytes: &[u8], row: &mut [Self]) {
        load_f64(bytes, row);
    }

    fn store(_: Format, row: &[Self], bytes: &mut [u8]) {
        store_f64(row, bytes);
    }

    fn as_float(self) -> Option<f64> {
        Some(self)
    }
}

impl Element for i32 {
    fn load(format: Format, bytes: &[u8], row: &mut [Self]) {
        load_i32(format, bytes, row);
    }

    fn store(format: Format, row: &[Self], bytes: &mut [u8]) {
        store_i32(format, row, bytes);
    }
}

impl Element for i64 {
    fn load(_: Format, bytes: &[u8], row: &mut [Self]) {
        load_i64(bytes, row);
    }

    fn store(_: Format, row: &[Self], bytes: &mut [u8]) {
        store_i64(row, bytes);
    }
}

impl Element for u8 {
    fn load(_: Format, bytes: &[u8], row: &mut [Self]) {
        load_mask(bytes, row);
    }

    fn store(_: Format, row: &[Self], bytes: &mut [u8]) {
        store_mask(row, bytes);
    }
}
