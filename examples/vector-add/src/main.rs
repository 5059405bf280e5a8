//! Adds two vectors.
fn main() {}
