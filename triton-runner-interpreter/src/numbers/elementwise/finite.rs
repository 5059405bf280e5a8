//! Whether numbers are any.

vectorised! {
    /// Whether no lane is NaN or infinite.
    pub fn all_finite_f32(row: &[f32]) -> bool {
        let mut infinite = 0u32;
        for value in row {
            infinite |= u32::from(value.to_bits() & 0x7fff_ffff >= 0x7f80_0000);
        }
        infinite == 0
    }

    /// The same in 64 bits.
    pub fn all_finite_f64(row: &[f64]) -> bool {
        let mut infinite = 0u64;
        for value in row {
            infinite |= u64::from(value.to_bits() & 0x7fff_ffff_ffff_ffff >= 0x7ff0_0000_0000_0000);
        }
        infinite == 0
    }
}
