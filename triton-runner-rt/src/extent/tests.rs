use super::*;

fn e(value: i64) -> Extent {
    Extent::new(value)
}

#[test]
fn expressions_as_people_write_them_compute() {
    let (n, m, block) = (Extent::from(1000_i32), Extent::from(7_usize), Extent::from(128_u32));
    assert_eq!(n.div_ceil(block), 8);
    assert_eq!(n.div_ceil(128), 8);
    assert_eq!((n + 1).div_ceil(block) * m, 56);
    assert_eq!(2 * n + 3, 2003);
    assert_eq!((n - 1) / 3 % 5, 333 % 5);
    assert_eq!(n.next_multiple_of(block), 1024);
    assert_eq!(n.min(m).max(9).clamp(1, 8), 8);
    assert_eq!(e(2).pow(10), 1024);
    assert_eq!(if n > 512 && 3 < m { 1 } else { 2 }, 1);
    assert_eq!(-e(3), -3);
    assert_eq!(e(0).div_ceil(block), 0);
}

#[test]
fn rounding_up_is_the_mathematical_ceiling_for_either_sign() {
    for a in -20_i64..=20 {
        for b in (-7_i64..=7).filter(|&b| b != 0) {
            let expected = (a as f64 / b as f64).ceil() as i64;
            assert_eq!(e(a).div_ceil(b), expected, "{a} / {b}");
        }
    }
}

#[test]
fn overflow_poisons() {
    for poisoned in [
        e(i64::MAX) + 1,
        e(i64::MIN) - 1,
        e(i64::MAX) * 2,
        e(i64::MIN) / -1,
        e(i64::MIN).div_ceil(-1),
        e(i64::MIN) % e(-1),
        -e(i64::MIN),
        e(10).pow(40),
        e(i64::MAX).next_multiple_of(1024),
        Extent::from(u64::MAX),
    ] {
        assert_eq!(poisoned.get(), Err(Fault::Overflow));
    }
}

#[test]
fn division_by_zero_poisons() {
    for poisoned in [e(1) / 0, e(1) % 0, e(1).div_ceil(0), e(5).next_multiple_of(0), 1 / e(0)] {
        assert_eq!(poisoned.get(), Err(Fault::DivisionByZero));
    }
}

#[test]
fn poison_spreads_and_compares_with_nothing() {
    let poison = e(1) / 0;
    for spread in [poison + 1, 1 + poison, poison.min(3), e(3).max(poison), poison.div_ceil(4), e(4).div_ceil(poison)] {
        assert_eq!(spread.get(), Err(Fault::DivisionByZero));
    }
    assert_eq!(poison.partial_cmp(&1), None);
    assert_ne!(poison, poison);
}
