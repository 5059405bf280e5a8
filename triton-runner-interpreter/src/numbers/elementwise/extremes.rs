//! Single results that neither Rust's nor the processor's own operations give.

macro_rules! of {
    ($float:ident) => {
        pub(super) mod $float {
            /// a − trunc(a ÷ b) · b, the last two fused, and a where b is infinite.
            #[inline(always)]
            pub(in crate::numbers::elementwise) fn remainder(a: $float, b: $float) -> $float {
                let rest = (-(a / b).trunc()).mul_add(b, a);
                if b.is_infinite() { a } else { rest }
            }

            /// Equal numbers differ at most in the sign of zero.
            #[inline(always)]
            fn larger(a: $float, b: $float) -> $float {
                let positive = $float::from_bits(a.to_bits() & b.to_bits());
                if a == b {
                    positive
                } else if a > b {
                    a
                } else {
                    b
                }
            }

            #[inline(always)]
            fn smaller(a: $float, b: $float) -> $float {
                let negative = $float::from_bits(a.to_bits() | b.to_bits());
                if a == b {
                    negative
                } else if a < b {
                    a
                } else {
                    b
                }
            }

            /// The larger one; the other one where one is NaN.
            #[inline(always)]
            pub(in crate::numbers::elementwise) fn max_number(a: $float, b: $float) -> $float {
                // Where a is NaN, `larger` gives b.
                if b.is_nan() { a } else { larger(a, b) }
            }

            /// The smaller one; the other one where one is NaN.
            #[inline(always)]
            pub(in crate::numbers::elementwise) fn min_number(a: $float, b: $float) -> $float {
                if b.is_nan() { a } else { smaller(a, b) }
            }

            /// The larger one; NaN where one is.
            #[inline(always)]
            pub(in crate::numbers::elementwise) fn maximum(a: $float, b: $float) -> $float {
                if a.is_nan() { a } else { larger(a, b) }
            }

            /// The smaller one; NaN where one is.
            #[inline(always)]
            pub(in crate::numbers::elementwise) fn minimum(a: $float, b: $float) -> $float {
                if a.is_nan() { a } else { smaller(a, b) }
            }
        }
    };
}
of!(f32);
of!(f64);
