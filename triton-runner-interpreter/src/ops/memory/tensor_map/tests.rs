//! Tensors at the limits of tensor maps.

use super::broken_rule;
use crate::memory::Descriptor;

fn of(base: i64, shape: [i64; 2], strides: [i64; 2]) -> Option<String> {
    let (shape, strides) = (shape.to_vec(), strides.to_vec());
    broken_rule(&Descriptor { base, shape, strides, nan: false, tf32: false }, 2, false)
}

#[test]
fn tensors_that_just_keep_the_rules_are_let_through() {
    assert_eq!(of(4096, [1, 1], [8, 1]), None);
    assert_eq!(of(-16, [1 << 32, 1 << 32], [(1 << 39) - 8, 1]), None);
    assert_eq!(of(0, [3, 5], [0, 1]), None);
}

#[test]
fn rows_that_are_stored_are_whole_pieces() {
    let stored = |columns| {
        let (shape, strides) = (vec![3, columns], vec![32, 1]);
        broken_rule(&Descriptor { base: 0, shape, strides, nan: false, tf32: false }, 2, true)
    };
    assert_eq!((stored(8), stored(24)), (None, None));
    for columns in [1, 7, 9] {
        let broken = stored(columns).unwrap_or_default();
        assert!(broken.contains(&format!("a row of the tensor has {} bytes", columns * 2)), "{broken}");
    }
}

#[test]
fn the_rule_that_is_broken_is_named_with_its_number() {
    for (base, shape, strides, words) in [
        (8, [1, 1], [8, 1], "no multiple of 16"),
        (0, [0, 1], [8, 1], "dimension 0 of the tensor has 0 elements"),
        (0, [1, -3], [8, 1], "dimension 1 of the tensor has -3 elements"),
        (0, [(1 << 32) + 1, 1], [8, 1], "4294967297 elements"),
        (0, [1, 1], [12, 1], "12 elements, which are 24 bytes"),
        (0, [1, 1], [-8, 1], "-8 elements, which are -16 bytes"),
        (0, [1, 1], [1 << 39, 1], "1099511627776 bytes"),
        (0, [1, 1], [8, 2], "the last dimension is 2 elements"),
    ] {
        let broken = of(base, shape, strides).unwrap_or_default();
        assert!(broken.contains(words), "{broken}");
    }
}
