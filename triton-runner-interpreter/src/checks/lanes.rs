//! Two lanes of one store that meet at one address.

use super::found::Said;
use super::marks::{index, lane_word};
use super::plan::Plan;
use super::roles::Roles;
use crate::finding::Level;
use crate::ops::Placed;
use crate::value::axes::step;
use crate::value::{Affine, Region, Value};

/// Lanes of a store that meet with unlike values: the first two.
pub(super) fn meeting(store: &Placed, size: i64) -> Option<(i64, [usize; 2])> {
    let (pointers, value, shape) = (&store.pointers, &store.value, &store.shape[..]);
    let mask = if matches!(store.mask, Value::None) { None } else { Some(&store.mask) };
    let everywhere = Region::splat(true);
    if let (Value::Affine(pointers), Some(region)) = (
        pointers,
        match mask {
            None => Some(&everywhere),
            Some(Value::Region(region)) => Some(region),
            Some(_) => None,
        },
    ) && apart(pointers, region, shape, value, size)
    {
        return None;
    }
    let addresses = pointers.clone().into_i64(shape)?.to_vec(shape);
    let mask = match mask {
        Some(mask) => Some(mask.clone().into_bits(shape)?.to_vec(shape)),
        None => None,
    };
    let is_on = |lane: usize| mask.as_ref().is_none_or(|mask| mask.get(lane) == Some(&1));
    let mut active: Vec<(i64, usize)> =
        addresses.into_iter().enumerate().filter(|(lane, _)| is_on(*lane)).map(|(lane, at)| (at, lane)).collect();
    if active.is_sorted_by(|a, b| a.0 < b.0) {
        return None;
    }
    active.sort_unstable();
    let mut bits: Option<Vec<u64>> = None;
    for pair in active.windows(2) {
        let &[(a, first), (b, second)] = pair else { continue };
        if a != b {
            continue;
        }
        let bits = bits.get_or_insert_with(|| bits_of(value, shape));
        if bits.get(first) != bits.get(second) {
            return Some((a, [first, second]));
        }
    }
    None
}

/// Whether no two lanes meet, or only those with the same value.
fn apart(pointers: &Affine, mask: &Region, shape: &[usize], value: &Value, size: i64) -> bool {
    let mut steps: Vec<(i64, i64)> = Vec::new();
    for (axis, &lanes) in shape.iter().enumerate() {
        let (start, end) = mask.range(axis, lanes);
        let count = end.saturating_sub(start) as i64;
        match step(&pointers.steps, axis) {
            _ if count <= 1 => {}
            0 if !varies(value, axis) => {}
            step => steps.push((step.saturating_abs(), count)),
        }
    }
    steps.sort_unstable();
    let mut reach = size;
    steps.into_iter().all(|(step, count)| {
        let is_beyond = step >= reach;
        reach = reach.saturating_add(step.saturating_mul(count - 1));
        is_beyond
    })
}

fn varies(value: &Value, axis: usize) -> bool {
    match value {
        Value::Affine(affine) => step(&affine.steps, axis) != 0,
        Value::Region(region) => !region.is_whole(axis),
        Value::F32(lanes) => lanes.varies(axis),
        Value::F64(lanes) => lanes.varies(axis),
        Value::I32(lanes) => lanes.varies(axis),
        Value::I64(lanes) => lanes.varies(axis),
        Value::Bits(lanes) => lanes.varies(axis),
        Value::None | Value::Descriptor(_) => false,
    }
}

/// Lanes as bits that are equal where what is stored is.
fn bits_of(value: &Value, shape: &[usize]) -> Vec<u64> {
    match value {
        Value::F32(lanes) => lanes.to_vec(shape).into_iter().map(|lane| u64::from(lane.to_bits())).collect(),
        Value::F64(lanes) => lanes.to_vec(shape).into_iter().map(f64::to_bits).collect(),
        Value::I32(lanes) => lanes.to_vec(shape).into_iter().map(|lane| i64::from(lane).cast_unsigned()).collect(),
        Value::I64(lanes) => lanes.to_vec(shape).into_iter().map(i64::cast_unsigned).collect(),
        Value::Bits(lanes) => lanes.to_vec(shape).into_iter().map(u64::from).collect(),
        Value::Region(region) => region.stored(shape).to_vec(shape).into_iter().map(u64::from).collect(),
        Value::Affine(affine) => {
            let mut all = Vec::new();
            affine.each_of_all(shape, |lane| all.push(lane.cast_unsigned()));
            all
        }
        Value::None | Value::Descriptor(_) => Vec::new(),
    }
}

/// One lane, in words.
fn number(value: &Value, shape: &[usize], lane: usize) -> String {
    match value {
        Value::F32(lanes) => lanes.to_vec(shape).get(lane).map_or_else(String::new, f32::to_string),
        Value::F64(lanes) => lanes.to_vec(shape).get(lane).map_or_else(String::new, f64::to_string),
        _ => bits_of(value, shape).get(lane).map_or_else(String::new, |bits| bits.cast_signed().to_string()),
    }
}

/// What is said of it.
pub(super) fn said(
    plan: &Plan<'_, '_>,
    at: usize,
    roles: &Roles,
    store: &Placed,
    (address, lanes): (i64, [usize; 2]),
) -> Said {
    let shape = &store.shape[..];
    let of = |lane: usize| format!("{} stores {}", lane_word(&index(shape, lane)), number(&store.value, shape, lane));
    let (place, element) = match plan.memory.locate(address) {
        Some((buffer, offset)) => {
            let (argument, element, text) = plan.element(buffer, offset);
            (Some((argument, element)), text)
        }
        None => (None, "one address".to_owned()),
    };
    let masked = match roles {
        Roles { descriptor: true, .. } => "both are inside the descriptor's tensor",
        Roles { mask: Some(_), .. } => "its mask is true in both",
        _ => "the access has no mask",
    };
    let [first, second] = lanes.map(of);
    let message = format!("two lanes store to {element}: {first}, {second}; {masked}, and which one stays isn't said");
    Said { at, level: Level::Error, place, message }
}
