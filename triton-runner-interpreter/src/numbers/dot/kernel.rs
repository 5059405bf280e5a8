//! A few rows times a panel: the loop that everything else feeds; and the turning of columns into a panel's rows.

/// Rows of `a` that are multiplied at once.
pub(super) const ROWS: usize = 4;

/// What is multiplied and summed.
pub(super) trait Element: Copy + Default + std::ops::AddAssign {
    /// `self · b + c`, rounded once.
    fn multiply_add(self, b: Self, c: Self) -> Self;

    /// Without the 13 bits that the tensor cores' tf32 hasn't, if it is an `f32`.
    fn to_tf32(self) -> Self;
}

impl Element for f32 {
    #[inline(always)]
    fn multiply_add(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }

    #[inline(always)]
    fn to_tf32(self) -> Self {
        Self::from_bits(self.to_bits() & 0xffff_e000)
    }
}

impl Element for f64 {
    #[inline(always)]
    fn multiply_add(self, b: Self, c: Self) -> Self {
        self.mul_add(b, c)
    }

    #[inline(always)]
    fn to_tf32(self) -> Self {
        self
    }
}

/// The product of four rows and the rows of a panel: an element of each row, times a row of the panel, at each step. The
/// sums stay in registers.
#[inline(always)]
pub(super) fn multiply<'a, T: Element + 'a, const N: usize>(
    rows: impl Iterator<Item = [T; ROWS]>,
    panel: impl Iterator<Item = &'a [T; N]>,
) -> [[T; N]; ROWS] {
    let mut sums = [[T::default(); N]; ROWS];
    for (a, b) in rows.zip(panel) {
        for (sums, a) in sums.iter_mut().zip(a) {
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = a.multiply_add(*b, *sum);
            }
        }
    }
    sums
}

vectorised! {
    /// Columns side by side as the rows of a panel.
    pub(super) fn turn_f32(columns: &[&[f32]; 16], panel: &mut [[f32; 16]]) {
        turn(columns, panel, 0);
    } => wide {
        let depth = columns.iter().map(|column| column.len()).min().unwrap_or(0).min(panel.len());
        let whole = depth / 8 * 8;
        for (index, panel) in panel[..whole].as_chunks_mut::<8>().0.iter_mut().enumerate() {
            for half in 0..2 {
                let column = |next: usize| {
                    let column: [f32; 8] = *columns[half * 8 + next][index * 8..].first_chunk().unwrap_or(&[0.0; 8]);
                    bytemuck::cast(column)
                };
                let rows = turn_eight([0, 1, 2, 3, 4, 5, 6, 7].map(column));
                for (place, row) in panel.iter_mut().zip(rows) {
                    place[half * 8..half * 8 + 8].copy_from_slice(&bytemuck::cast::<_, [f32; 8]>(row));
                }
            }
        }
        turn(columns, panel, whole);
    }
}

/// From this row of the panel on.
#[inline(always)]
pub(super) fn turn<T: Copy, const N: usize>(columns: &[&[T]; N], panel: &mut [[T; N]], start: usize) {
    for (next, column) in columns.iter().enumerate() {
        for (row, element) in panel.iter_mut().zip(*column).skip(start) {
            row[next] = *element;
        }
    }
}

/// Eight rows of eight to eight columns: pairs, fours, halves.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2,fma,f16c")]
fn turn_eight(rows: [std::arch::x86_64::__m256; 8]) -> [std::arch::x86_64::__m256; 8] {
    use std::arch::x86_64::{
        _mm256_permute2f128_ps as halves, _mm256_shuffle_ps as shuffle, _mm256_unpackhi_ps as high,
        _mm256_unpacklo_ps as low,
    };
    let [a, b, c, d, e, f, g, h] = rows;
    let (ab, cd, ef, gh) = (low(a, b), low(c, d), low(e, f), low(g, h));
    let (ab_high, cd_high, ef_high, gh_high) = (high(a, b), high(c, d), high(e, f), high(g, h));
    let (first, first_right) = (shuffle::<0x44>(ab, cd), shuffle::<0x44>(ef, gh));
    let (second, second_right) = (shuffle::<0xee>(ab, cd), shuffle::<0xee>(ef, gh));
    let (third, third_right) = (shuffle::<0x44>(ab_high, cd_high), shuffle::<0x44>(ef_high, gh_high));
    let (fourth, fourth_right) = (shuffle::<0xee>(ab_high, cd_high), shuffle::<0xee>(ef_high, gh_high));
    [
        halves::<0x20>(first, first_right),
        halves::<0x20>(second, second_right),
        halves::<0x20>(third, third_right),
        halves::<0x20>(fourth, fourth_right),
        halves::<0x31>(first, first_right),
        halves::<0x31>(second, second_right),
        halves::<0x31>(third, third_right),
        halves::<0x31>(fourth, fourth_right),
    ]
}
