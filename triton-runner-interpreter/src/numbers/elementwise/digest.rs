//! A number that stands for many, to tell whether rows are equal.

/// Sums side by side: as many as fill the widest registers a few times.
const PARTS: usize = 32;

macro_rules! digest {
    ($(#[$about:meta])* $name:ident of $lane:ty) => {
        vectorised! {
            $(#[$about])*
            pub fn $name(row: &[$lane]) -> u64 {
                let (mut sums, mut weighted) = ([0 as $lane; PARTS], [0 as $lane; PARTS]);
                let chunks = row.chunks_exact(PARTS);
                let rest = chunks.remainder();
                for chunk in chunks {
                    for place in 0..PARTS {
                        sums[place] = sums[place].wrapping_add(chunk[place]);
                        weighted[place] = weighted[place].wrapping_add(sums[place]);
                    }
                }
                let parts = sums.iter().chain(&weighted).chain(rest);
                parts.fold(row.len() as u64, |all, part| mixed(all, u64::from(*part)))
            }
        }
    };
}

digest! {
    /// Of a row of 32-bit numbers. Unlike rows give unlike digests, but for one pair in about 2⁶⁴.
    digest_32 of u32
}
digest! {
    /// The same of 64-bit numbers.
    digest_64 of u64
}

fn mixed(all: u64, part: u64) -> u64 {
    (all ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}
