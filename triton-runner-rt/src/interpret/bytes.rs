//! Memory of the host as bytes.

/// How the interpreter gets at the bytes.
#[derive(Debug)]
pub enum Bytes<'a> {
    /// Only read.
    Read(&'a [u8]),
    /// Read and written.
    Write(&'a mut [u8]),
    /// Read and written in a copy.
    Flags {
        /// What it is a copy of.
        elements: &'a mut [bool],
        /// The copy.
        bytes: Vec<u8>,
    },
}
