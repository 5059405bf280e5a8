//! What the hardware asks of a tensor in memory before it moves blocks of it: the limits of `cuTensorMapEncodeTiled`. A
//! tensor map that breaks them says nothing of what is touched.

use crate::memory::Descriptor;

/// Bytes that a tensor's start and its strides are multiples of.
const ALIGN: i128 = 16;
/// Most elements along a dimension.
const MOST_ELEMENTS: i128 = 1 << 32;
/// Bytes that no stride reaches.
const STRIDE_END: i128 = 1 << 40;

/// The first of these rules that a tensor of elements of so many bytes breaks, in words. That rows are whole pieces is one where
/// something is stored.
pub(super) fn broken_rule(tensor: &Descriptor, element: usize, writes: bool) -> Option<String> {
    if i128::from(tensor.base).rem_euclid(ALIGN) != 0 {
        return Some(format!("the tensor starts at an address that is no multiple of {ALIGN}"));
    }
    for (axis, &size) in tensor.shape.iter().enumerate() {
        if !(1..=MOST_ELEMENTS).contains(&i128::from(size)) {
            return Some(format!("dimension {axis} of the tensor has {size} elements: 1 to 2³² are possible"));
        }
    }
    let (last, outer) = tensor.strides.split_last()?;
    for (axis, &stride) in outer.iter().enumerate() {
        let bytes = i128::from(stride) * element as i128;
        if bytes % ALIGN != 0 || !(0..STRIDE_END).contains(&bytes) {
            return Some(format!(
                "the stride of dimension {axis} is {stride} elements, which are {bytes} bytes: multiples of {ALIGN} below 2⁴⁰ are possible"
            ));
        }
    }
    if *last != 1 {
        return Some(format!("the stride of the last dimension is {last} elements: only 1 is possible"));
    }
    let row = i128::from(*tensor.shape.last()?) * element as i128;
    (writes && row % ALIGN != 0).then(|| {
        format!("a row of the tensor has {row} bytes, and what is stored through it are whole pieces of {ALIGN}, behind the row too")
    })
}

#[cfg(test)]
mod tests;
