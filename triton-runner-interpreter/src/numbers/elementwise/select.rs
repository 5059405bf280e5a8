//! `arith.select`.

use crate::numbers::Operand;

macro_rules! select {
    ($kind:ident, $function:ident, $module:ident, $doc:literal) => {
        #[doc = $doc]
        pub fn $function(mask: &[u8], keep: bool, row: &mut [$kind], other: Operand<'_, $kind>) {
            match other {
                Operand::Each(other) => $module::each(mask, u8::from(!keep), row, other),
                Operand::All(other) => $module::all(mask, u8::from(!keep), row, other),
            }
        }

        // By bits, not by a condition: of that the compiler makes conditional stores, which some processors are slow at.
        mod $module {
            vectorised! {
                pub(super) fn each(mask: &[u8], drop: u8, row: &mut [$kind], other: &[$kind]) {
                    for ((mask, place), other) in mask.iter().zip(row).zip(other) {
                        let kept = <$kind>::from(*mask ^ drop).wrapping_neg();
                        *place = (*place & kept) | (*other & !kept);
                    }
                }

                pub(super) fn all(mask: &[u8], drop: u8, row: &mut [$kind], other: $kind) {
                    for (mask, place) in mask.iter().zip(row) {
                        let kept = <$kind>::from(*mask ^ drop).wrapping_neg();
                        *place = (*place & kept) | (other & !kept);
                    }
                }
            }
        }
    };
}

select!(u32, select_32, of_32, "Keeps the elements of `row` where the mask is `keep`; the others come from `other`.");
select!(u64, select_64, of_64, "As [`select_32`], of 64 bits.");
select!(u8, select_mask, of_8, "As [`select_32`], of masks.");

macro_rules! as_bits {
    ($($kind:ident $function:ident $bits:ident $select:ident $cast:expr;)*) => {$(
        /// As [`select_32`].
        pub fn $function(mask: &[u8], keep: bool, row: &mut [$kind], other: Operand<'_, $kind>) {
            let other = match other {
                Operand::Each(other) => Operand::Each(bytemuck::cast_slice::<$kind, $bits>(other)),
                Operand::All(other) => Operand::All($cast(other)),
            };
            $select(mask, keep, bytemuck::cast_slice_mut(row), other);
        }
    )*};
}
as_bits! {
    f32 select_f32 u32 select_32 f32::to_bits;
    i32 select_i32 u32 select_32 i32::cast_unsigned;
    f64 select_f64 u64 select_64 f64::to_bits;
    i64 select_i64 u64 select_64 i64::cast_unsigned;
}
