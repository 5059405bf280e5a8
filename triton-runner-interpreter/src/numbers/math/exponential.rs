//! Powers of two, and of e through them.

use std::f32::consts::LOG2_E;

vectorised! {
    /// `math.exp`: 2 to the power of x · log₂e, that product being rounded to `f32` as PTX has it. What the rounding of the
    /// product costs grows with it: |x| · 2⁻²⁴ of the result.
    pub(crate) fn exp_f32(row: &mut [f32]) {
        for value in row {
            *value = power(*value * LOG2_E);
        }
    }

    /// Within 1 ulp of e to the power of x.
    pub(crate) fn precise_exp_f32(row: &mut [f32]) {
        for value in row {
            let x = if *value > 200.0 { 200.0 } else { *value };
            let x = if x < -200.0 { -200.0 } else { x };
            *value = power_f64(f64::from(x) * std::f64::consts::LOG2_E) as f32;
        }
    }

    /// `math.exp2`: within 1 ulp of 2 to the power of x; a denormal result is zero, as in `ex2.approx.ftz`.
    pub(crate) fn exp2_f32(row: &mut [f32]) {
        for value in row {
            let power = power(*value);
            *value = if power < f32::MIN_POSITIVE { 0.0 } else { power };
        }
    }
}

/// Its last place holds ones, so adding it rounds to a whole number, in the low bits.
const WHOLE: f32 = 12_582_912.0;

#[inline(always)]
fn power(exponent: f32) -> f32 {
    // Beyond these the result is infinite or zero. NaN passes both.
    let exponent = if exponent > 129.0 { 129.0 } else { exponent };
    let exponent = if exponent < -151.0 { -151.0 } else { exponent };
    let shifted = exponent + WHOLE;
    let rest = exponent - (shifted - WHOLE);
    let whole = (shifted.to_bits() as i32).wrapping_sub(WHOLE.to_bits() as i32);
    // Minimax on [−1/2, 1/2], 2·10⁻⁹; 1 at 0.
    let sum = 1.535_336_2e-4_f32;
    let sum = sum.mul_add(rest, 1.339_887_4e-3);
    let sum = sum.mul_add(rest, 9.618_437e-3);
    let sum = sum.mul_add(rest, 5.550_332_5e-2);
    let sum = sum.mul_add(rest, 0.240_226_48);
    let sum = sum.mul_add(rest, std::f32::consts::LN_2);
    let sum = sum.mul_add(rest, 1.0);
    // In two steps, as one power of two can be too large or too small; only the second one can round.
    let half = whole >> 1;
    sum * two_to(half) * two_to(whole.wrapping_sub(half))
}

#[inline(always)]
fn two_to(exponent: i32) -> f32 {
    f32::from_bits((exponent.wrapping_add(127) << 23) as u32)
}

/// 2 to the power of x, |x| < 1000, within 10⁻¹³: what the functions that end as `f32` need.
#[inline(always)]
pub(super) fn power_f64(exponent: f64) -> f64 {
    const WHOLE: f64 = 6_755_399_441_055_744.0;
    let shifted = exponent + WHOLE;
    let rest = exponent - (shifted - WHOLE);
    let sum = 1.017_807_916_065_078e-7_f64;
    let sum = sum.mul_add(rest, 1.325_516_052_386_573e-6);
    let sum = sum.mul_add(rest, 1.525_281_194_209_167_3e-5);
    let sum = sum.mul_add(rest, 1.540_345_613_385_254_5e-4);
    let sum = sum.mul_add(rest, 1.333_355_798_382_957_7e-3);
    let sum = sum.mul_add(rest, 9.618_129_159_051_1e-3);
    let sum = sum.mul_add(rest, 5.550_410_866_573_463e-2);
    let sum = sum.mul_add(rest, 0.240_226_506_958_140_85);
    let sum = sum.mul_add(rest, 0.693_147_180_559_937_7);
    let sum = sum.mul_add(rest, 1.0);
    // The whole number is in the low bits; the exponent's field takes it.
    f64::from_bits(sum.to_bits().wrapping_add(shifted.to_bits() << 52))
}
