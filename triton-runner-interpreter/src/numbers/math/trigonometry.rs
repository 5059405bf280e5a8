//! Sines and cosines, in `f64` for results in `f32`.

use std::f64::consts::FRAC_2_PI;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(crate) enum Wave {
    Sin,
    Cos,
}

/// Up to here quarter turns are counted in `f64` without loss.
const FEW_TURNS: f32 = 100_000_000.0;

/// The sine or the cosine of each element, within 1 ulp.
pub(crate) fn wave_f32(wave: Wave, row: &mut [f32]) {
    let (quarters, far): (u64, fn(f64) -> f64) = match wave {
        Wave::Sin => (0, libm::sin),
        Wave::Cos => (1, libm::cos),
    };
    for row in row.chunks_mut(64) {
        if is_near(row) {
            near(quarters, row);
        } else {
            row.iter_mut().for_each(|value| *value = far(f64::from(*value)) as f32);
        }
    }
}

vectorised! {
    fn is_near(row: &[f32]) -> bool {
        let mut far = false;
        for value in row {
            far |= value.abs() > FEW_TURNS;
        }
        !far
    }

    /// The sine of each element plus so many quarter turns.
    fn near(quarters: u64, row: &mut [f32]) {
        for value in row {
            const WHOLE: f64 = 6_755_399_441_055_744.0;
            // A quarter turn in two pieces.
            const HIGH: f64 = std::f64::consts::FRAC_PI_2;
            const LOW: f64 = 6.123_233_995_736_766e-17;
            let x = f64::from(*value);
            let shifted = x.mul_add(FRAC_2_PI, WHOLE);
            let turns = shifted - WHOLE;
            let rest = turns.mul_add(-LOW, turns.mul_add(-HIGH, x));
            let quarter = shifted.to_bits().wrapping_add(quarters);
            let square = rest * rest;
            let sin = -1.0_f64 / 39_916_800.0;
            let sin = sin.mul_add(square, 1.0 / 362_880.0);
            let sin = sin.mul_add(square, -1.0 / 5_040.0);
            let sin = sin.mul_add(square, 1.0 / 120.0);
            let sin = sin.mul_add(square, -1.0 / 6.0);
            let sin = (sin * square).mul_add(rest, rest);
            // The sum above has lost the sign of zero.
            let sin = if rest == 0.0 { rest } else { sin };
            let cos = 1.0_f64 / 479_001_600.0;
            let cos = cos.mul_add(square, -1.0 / 3_628_800.0);
            let cos = cos.mul_add(square, 1.0 / 40_320.0);
            let cos = cos.mul_add(square, -1.0 / 720.0);
            let cos = cos.mul_add(square, 1.0 / 24.0);
            let cos = cos.mul_add(square, -0.5);
            let cos = cos.mul_add(square, 1.0);
            let chosen = if quarter & 1 == 0 { sin } else { cos };
            // The sine's own sign, that of zero included, and a half turn's.
            *value = f64::from_bits(chosen.to_bits() ^ (quarter & 2) << 62) as f32;
        }
    }
}
