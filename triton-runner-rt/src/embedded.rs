//! What several kernels of a crate share is embedded once, wherever in the crate they are declared.
//!
//! A macro can't name what another call of it wrote, for it doesn't know in which module that is. Implementations of traits
//! are found without a name: the first call of a crate implements the traits for [`Here`], each with a type of its own
//! in the place of `Local`; later calls leave that to inference, which finds the one implementation there is.

/// A thing that a crate embeds once: the crate, and which of its things.
#[derive(Debug)]
pub struct Here<const CRATE: u64, const THING: usize>;

/// Bytes.
pub trait Embedded<Local> {
    /// Them.
    const BYTES: &'static [u8];
}

/// What is more than bytes: a dictionary, an archive.
pub trait Kept<Local> {
    /// What it is.
    type Thing: 'static;

    /// It.
    fn kept() -> &'static Self::Thing;
}
