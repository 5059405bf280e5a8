//! Square roots.

vectorised! {
    /// Square roots, exactly rounded; with `flush` denormals count as zero of their sign.
    pub(crate) fn root_f32(flush: bool, row: &mut [f32]) {
        let least = if flush { f32::MIN_POSITIVE } else { 0.0 };
        for value in row {
            let zero = 0.0_f32.copysign(*value);
            let value_or_zero = if value.abs() < least { zero } else { *value };
            *value = value_or_zero.sqrt();
        }
    }

    /// 1 ÷ √x within 1 ulp; denormals count as zero of their sign.
    pub(crate) fn reciprocal_root_f32(row: &mut [f32]) {
        for value in row {
            let zero = 0.0_f32.copysign(*value);
            let value_or_zero = if value.abs() < f32::MIN_POSITIVE { zero } else { *value };
            *value = (1.0 / f64::from(value_or_zero).sqrt()) as f32;
        }
    }

    /// Square roots, exactly rounded.
    pub(super) fn root_f64(row: &mut [f64]) {
        row.iter_mut().for_each(|value| *value = value.sqrt());
    }
}
