//! Which of several keys is the nearest: what a launch looks up, and what `cargo triton tune --check` says of it.

/// The place of `key` among `keys`, else that of the nearest: sizes are as far apart as their ratio is from 1, and nothing
/// is less than 1. Of equally near ones it is the first; `None` where there are none.
pub fn nearest<'a>(keys: impl Iterator<Item = &'a [i64]> + Clone, key: &[i64]) -> Option<usize> {
    if let Some(place) = keys.clone().position(|one| one == key) {
        return Some(place);
    }
    let logarithm = |value: i64| (value.max(1) as f64).log2();
    let distance = |one: &[i64]| -> f64 {
        let each = one.iter().zip(key).map(|(&one, &other)| logarithm(one) - logarithm(other));
        each.map(|apart| apart * apart).sum()
    };
    let all = keys.map(distance).enumerate();
    all.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&[i64]; 4] = [&[1, 4096], &[16, 4096], &[16, 8192], &[4096, 4096]];

    fn of(key: &[i64]) -> Option<usize> {
        nearest(KEYS.into_iter(), key)
    }

    #[test]
    fn the_key_itself_goes_before_the_nearest() {
        assert_eq!(of(&[16, 8192]), Some(2));
        // 0 is as near to 1 as can be.
        assert_eq!(of(&[0, 4096]), Some(0));
        assert_eq!(nearest([&[0_i64][..], &[1]].into_iter(), &[1]), Some(1));
        assert_eq!(nearest([].into_iter(), &[1]), None);
    }

    #[test]
    fn sizes_are_compared_by_their_ratio() {
        // 3 is nearer to 1 than to 16, 5 nearer to 16 than to 1; 4 is as near to both.
        assert_eq!([3, 5, 4].map(|m| of(&[m, 4096])), [Some(0), Some(1), Some(0)]);
        assert_eq!(of(&[20, 7000]), Some(2));
        assert_eq!(of(&[1_000_000, 100]), Some(3));
        assert_eq!(of(&[i64::MIN, i64::MAX]), of(&[1, i64::MAX]));
    }
}
