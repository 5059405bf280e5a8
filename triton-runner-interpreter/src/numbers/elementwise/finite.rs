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

    /// How many lanes are NaN or infinite, and how many of them are NaN.
    pub fn count_infinite_f32(row: &[f32]) -> [usize; 2] {
        let mut all = [0; 2];
        // In pieces of which 32 bits count the lanes.
        for piece in row.chunks(1 << 16) {
            let mut counts = [0u32; 2];
            for value in piece {
                let bits = value.to_bits() & 0x7fff_ffff;
                counts[0] += u32::from(bits >= 0x7f80_0000);
                counts[1] += u32::from(bits > 0x7f80_0000);
            }
            all = [0, 1].map(|place| all[place] + counts[place] as usize);
        }
        all
    }

    /// The same in 64 bits.
    pub fn count_infinite_f64(row: &[f64]) -> [usize; 2] {
        let mut counts = [0u64; 2];
        for value in row {
            let bits = value.to_bits() & 0x7fff_ffff_ffff_ffff;
            counts[0] += u64::from(bits >= 0x7ff0_0000_0000_0000);
            counts[1] += u64::from(bits > 0x7ff0_0000_0000_0000);
        }
        counts.map(|count| count as usize)
    }
}
