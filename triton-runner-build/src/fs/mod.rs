//! Files: read with their size and times, written whole, and hashed.

pub(crate) mod hash;
pub(crate) mod input;
pub(crate) mod write;
