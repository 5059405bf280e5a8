//! Functions of integers.

use super::function::Function;

pub(super) fn find(name: &str) -> Option<Function> {
    Some(match name {
        "abs" => Function::II(i32::wrapping_abs),
        "llabs" => Function::LL(i64::wrapping_abs),
        "brev" => Function::II(i32::reverse_bits),
        "brevll" => Function::LL(i64::reverse_bits),
        "clz" => Function::II(|x| x.leading_zeros() as i32),
        "clzll" => Function::LI(|x| x.leading_zeros() as i32),
        // From 1 on; 0 where none is set.
        "ffs" => Function::II(|x| if x == 0 { 0 } else { x.trailing_zeros() as i32 + 1 }),
        "ffsll" => Function::LI(|x| if x == 0 { 0 } else { x.trailing_zeros() as i32 + 1 }),
        "popc" => Function::II(|x| x.count_ones() as i32),
        "popcll" => Function::LI(|x| x.count_ones() as i32),
        "mulhi" => Function::III(|a, b| ((i64::from(a) * i64::from(b)) >> 32) as i32),
        "umulhi" => Function::III(|a, b| ((u64::from(a as u32) * u64::from(b as u32)) >> 32) as i32),
        "mul64hi" => Function::LLL(|a, b| ((i128::from(a) * i128::from(b)) >> 64) as i64),
        "umul64hi" => Function::LLL(|a, b| ((u128::from(a as u64) * u128::from(b as u64)) >> 64) as i64),
        "mul24" => Function::III(|a, b| ((a << 8) >> 8).wrapping_mul((b << 8) >> 8)),
        "umul24" => Function::III(|a, b| (a & 0xff_ffff).wrapping_mul(b & 0xff_ffff)),
        "hadd" => Function::III(|a, b| ((i64::from(a) + i64::from(b)) >> 1) as i32),
        "rhadd" => Function::III(|a, b| ((i64::from(a) + i64::from(b) + 1) >> 1) as i32),
        "uhadd" => Function::III(|a, b| ((u64::from(a as u32) + u64::from(b as u32)) >> 1) as i32),
        "urhadd" => Function::III(|a, b| ((u64::from(a as u32) + u64::from(b as u32) + 1) >> 1) as i32),
        "sad" => Function::IIII(|a, b, c| a.abs_diff(b).wrapping_add(c as u32) as i32),
        "usad" => Function::IIII(|a, b, c| (a as u32).abs_diff(b as u32).wrapping_add(c as u32) as i32),
        "byte_perm" => Function::IIII(byte_perm),
        _ => return None,
    })
}

/// Four bytes of the eight, chosen by the low three bits of each of the selector's half bytes.
fn byte_perm(a: i32, b: i32, selector: i32) -> i32 {
    let bytes = (u64::from(b as u32) << 32 | u64::from(a as u32)).to_le_bytes();
    let chosen = [0, 4, 8, 12].map(|shift| bytes[(selector >> shift & 7) as usize]);
    i32::from_le_bytes(chosen)
}
