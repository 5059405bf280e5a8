//! How tensor descriptors are encoded: the metadata's recipes, held against the types of the arguments.
//!
//! Source: `getTMABlockShape`, `getTMASwizzleMode` and `getTMAElementType` in Triton's `TMAUtilities.cpp`, and measured on
//! Triton 3.5 to 3.9 for every element type, blocks of one to three dimensions, and operands of matrix products.

use triton_runner_manifest::{ArgType, Argument, DescriptorLayout, DescriptorRecipe, Scalar};

/// The metadata's recipes are not those of the arguments.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what the messages name")]
pub enum DescriptorError {
    /// There are more or fewer.
    #[error(
        "the kernel takes {arguments} tensor descriptors, but the metadata's `tensordesc_meta` describes {described}; check in the JSON as Triton wrote it"
    )]
    Count { arguments: usize, described: usize },
    /// One is of another argument.
    #[error(
        "`tensordesc_meta[{index}].{key}` is {found}, but Triton takes {expected} for `{argument}`; check in the JSON as Triton wrote it{hint}"
    )]
    Recipe { index: usize, key: &'static str, found: String, argument: String, expected: String, hint: &'static str },
    /// Nothing says how one is divided.
    #[error(
        "how the CTAs of a cluster divide the block of `{argument}` is in TTGIR only; check in the kernel's `.ttgir` too"
    )]
    NoLayout { argument: String },
}

/// Where no TTGIR says how a block lies in shared memory, it lies as Triton has it when nobody chooses.
const CHOSEN: &str = "; if the kernel chooses its layouts itself, check in its `.ttgir` too, which has them";

/// What is known of a kernel's tensor descriptors beside the types of the arguments, in their order.
#[derive(Clone, Debug, Default)]
pub struct KnownDescriptors {
    /// Whether the integers of each have a sign, where IR says it.
    pub signed: Vec<Option<bool>>,
    /// How the block of each lies in shared memory, where TTGIR says it.
    pub layouts: Vec<Option<DescriptorLayout>>,
    /// Whether Triton has just lowered the kernel and so chosen what nothing says; its recipe is the only word on that.
    pub lowered: bool,
}

/// Holds the metadata's recipes against the arguments, one for each of them that is a descriptor, in their order.
pub(super) fn check(
    arguments: &[Argument],
    described: &[DescriptorRecipe],
    known: &KnownDescriptors,
    num_ctas: u32,
) -> Result<(), DescriptorError> {
    let is_descriptor = |argument: &&Argument| matches!(argument.ty, ArgType::TensorDesc { .. });
    let arguments: Vec<_> = arguments.iter().filter(is_descriptor).collect();
    if described.len() != arguments.len() {
        return Err(DescriptorError::Count { arguments: arguments.len(), described: described.len() });
    }
    for (index, (argument, recipe)) in arguments.iter().zip(described).enumerate() {
        let ArgType::TensorDesc { element, block } = &argument.ty else { continue };
        let stated_by_ir = known.layouts.get(index).cloned().flatten();
        let is_known = stated_by_ir.is_some();
        let layout = match stated_by_ir {
            Some(layout) => layout,
            None if known.lowered => stated(recipe, block),
            None if num_ctas > 1 => return Err(DescriptorError::NoLayout { argument: argument.name.clone() }),
            None => default(*element, block),
        };
        let signed = known.signed.get(index).copied().flatten();
        let wrong = compare(recipe, *element, signed, block, &layout);
        if let Some((key, found, expected)) = wrong {
            let hint = if is_known || known.lowered { "" } else { CHOSEN };
            let argument = format!("{}: {}", argument.name, argument.ty);
            return Err(DescriptorError::Recipe { index, key, found, argument, expected, hint });
        }
    }
    Ok(())
}

/// Bytes of the swizzle pattern by `CUtensorMapSwizzle`.
const PATTERNS: [u32; 4] = [0, 32, 64, 128];

/// The layout that a recipe itself states.
fn stated(recipe: &DescriptorRecipe, block: &[u32]) -> DescriptorLayout {
    let pattern = PATTERNS.get(recipe.swizzle as usize).copied().unwrap_or_default();
    let last = block.len().saturating_sub(1);
    let split = |(i, (&whole, &part)): (usize, (&u32, &u32))| {
        // The last dimension is as long as the pattern.
        let divided = (i < last || pattern == 0) && part > 0 && whole.min(LONGEST) > part && whole % part == 0;
        if divided { whole / part } else { 1 }
    };
    let splits = block.iter().zip(&recipe.block_size).enumerate().map(split).collect();
    DescriptorLayout { swizzle_bytes: pattern, fp4_padded: recipe.fp4_padded, splits }
}

/// The layout that Triton chooses where nobody does: the longest pattern that the rows are a multiple of.
fn default(element: Scalar, block: &[u32]) -> DescriptorLayout {
    let (last, outer) = block.split_last().unwrap_or((&1, &[]));
    let row = u64::from(*last) * u64::from(element.bytes());
    let rows: u64 = outer.iter().map(|&extent| u64::from(extent)).fold(1, u64::saturating_mul);
    let fits = |pattern: &u32| *pattern > 0 && row.is_multiple_of(u64::from(*pattern));
    let pattern = PATTERNS.into_iter().rev().find(fits).filter(|_| rows >= 8);
    DescriptorLayout { swizzle_bytes: pattern.unwrap_or(0), fp4_padded: false, splits: Vec::new() }
}

/// The most elements of a block in a dimension.
const LONGEST: u32 = 256;

/// Number of two 4-bit elements in a byte each.
const PADDED_FP4: u32 = 14;

/// The first key that is not what it must be, what it is, and what it must be.
fn compare(
    recipe: &DescriptorRecipe,
    element: Scalar,
    signed: Option<bool>,
    block: &[u32],
    layout: &DescriptorLayout,
) -> Option<(&'static str, String, String)> {
    let bytes = element.bytes();
    let swizzle = PATTERNS.iter().position(|&pattern| pattern == layout.swizzle_bytes);
    let swizzle = swizzle.and_then(|swizzle| u32::try_from(swizzle).ok()).unwrap_or(u32::MAX);
    let mut extents: Vec<_> = block
        .iter()
        .enumerate()
        .map(|(i, extent)| (extent / layout.splits.get(i).copied().unwrap_or(1).max(1)).min(LONGEST))
        .collect();
    if let Some(last) = extents.last_mut().filter(|_| layout.swizzle_bytes > 0) {
        *last = layout.swizzle_bytes / bytes.max(1);
    }
    let types = if layout.fp4_padded { vec![PADDED_FP4] } else { element_types(element, signed) };
    let number =
        |key, found: u32, expected: u32| (found != expected).then(|| (key, found.to_string(), expected.to_string()));
    number("elem_size", recipe.elem_size, bytes)
        .or_else(|| {
            (recipe.fp4_padded != layout.fp4_padded)
                .then(|| ("fp4_padded", recipe.fp4_padded.to_string(), layout.fp4_padded.to_string()))
        })
        .or_else(|| {
            let names = || types.iter().map(u32::to_string).collect::<Vec<_>>().join(" or ");
            (!types.contains(&recipe.elem_type)).then(|| ("elem_type", recipe.elem_type.to_string(), names()))
        })
        .or_else(|| number("swizzle", recipe.swizzle, swizzle))
        .or_else(|| {
            let shown = |extents: &[u32]| format!("{extents:?}");
            (recipe.block_size != extents).then(|| ("block_size", shown(&recipe.block_size), shown(&extents)))
        })
}

/// Triton's numbers of an element type. Without IR nothing tells an integer's sign.
fn element_types(element: Scalar, signed: Option<bool>) -> Vec<u32> {
    match (element, element.bytes()) {
        (Scalar::F16, _) => vec![6],
        (Scalar::F32, _) => vec![7],
        (Scalar::F64, _) => vec![9],
        (Scalar::Bf16, _) => vec![10],
        (_, 1) => vec![0],
        (_, 2) => vec![1],
        (_, bytes) => {
            let unsigned = if bytes == 4 { 2 } else { 4 };
            match signed {
                Some(true) => vec![unsigned + 1],
                Some(false) => vec![unsigned],
                None => vec![unsigned, unsigned + 1],
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(swizzle: u32, elem_size: u32, elem_type: u32, block_size: &[u32]) -> DescriptorRecipe {
        DescriptorRecipe { swizzle, elem_size, elem_type, block_size: block_size.to_vec(), fp4_padded: false }
    }

    fn by_default(element: Scalar, block: &[u32], recipe: &DescriptorRecipe) -> Option<(&'static str, String, String)> {
        compare(recipe, element, None, block, &default(element, block))
    }

    /// Each as Triton 3.6.0 and 3.9.0 wrote it.
    #[test]
    fn what_triton_writes_is_what_the_type_makes_of_it() {
        for (element, block, recipe) in [
            (Scalar::F16, &[64, 64][..], recipe(3, 2, 6, &[64, 64])),
            (Scalar::F16, &[64, 128], recipe(3, 2, 6, &[64, 64])),
            (Scalar::F16, &[8, 512], recipe(3, 2, 6, &[8, 64])),
            (Scalar::F16, &[64, 32], recipe(2, 2, 6, &[64, 32])),
            (Scalar::F16, &[16, 16], recipe(1, 2, 6, &[16, 16])),
            (Scalar::F16, &[256, 8], recipe(0, 2, 6, &[256, 8])),
            (Scalar::F16, &[4, 128], recipe(0, 2, 6, &[4, 128])),
            (Scalar::F16, &[512], recipe(0, 2, 6, &[256])),
            (Scalar::F16, &[2, 8, 64], recipe(3, 2, 6, &[2, 8, 64])),
            (Scalar::F16, &[16, 1, 64], recipe(3, 2, 6, &[16, 1, 64])),
            (Scalar::Bf16, &[8, 64], recipe(3, 2, 10, &[8, 64])),
            (Scalar::F32, &[128, 16], recipe(2, 4, 7, &[128, 16])),
            (Scalar::F64, &[256, 8], recipe(2, 8, 9, &[256, 8])),
            (Scalar::F8E5M2, &[8, 256], recipe(3, 1, 0, &[8, 128])),
            (Scalar::I8, &[1, 64], recipe(0, 1, 0, &[1, 64])),
            (Scalar::I32, &[64, 32], recipe(3, 4, 3, &[64, 32])),
            (Scalar::I32, &[64, 32], recipe(3, 4, 2, &[64, 32])),
            (Scalar::I64, &[64, 32], recipe(3, 8, 5, &[64, 16])),
        ] {
            assert_eq!(by_default(element, block, &recipe), None, "{element} {block:?}");
            // The recipe alone says no less.
            assert_eq!(compare(&recipe, element, None, block, &stated(&recipe, block)), None, "{element} {block:?}");
        }
    }

    #[test]
    fn every_change_of_a_recipe_is_noticed() {
        let right = recipe(3, 2, 6, &[64, 64]);
        let key = |recipe: &DescriptorRecipe| by_default(Scalar::F16, &[64, 64], recipe).map(|(key, ..)| key);
        assert_eq!(key(&right), None);
        for swizzle in [0, 1, 2, 4, u32::MAX] {
            assert_eq!(key(&DescriptorRecipe { swizzle, ..right.clone() }), Some("swizzle"));
        }
        for elem_size in [0, 1, 4] {
            assert_eq!(key(&DescriptorRecipe { elem_size, ..right.clone() }), Some("elem_size"));
        }
        for elem_type in [0, 7, 10, 14, u32::MAX] {
            assert_eq!(key(&DescriptorRecipe { elem_type, ..right.clone() }), Some("elem_type"));
        }
        for block_size in [&[64, 32][..], &[32, 64], &[64], &[64, 64, 1], &[0, 0], &[]] {
            assert_eq!(key(&DescriptorRecipe { block_size: block_size.to_vec(), ..right.clone() }), Some("block_size"));
        }
        assert_eq!(key(&DescriptorRecipe { fp4_padded: true, ..right.clone() }), Some("fp4_padded"));
        let signed = |signed| {
            let (recipe, block) = (recipe(3, 4, 3, &[64, 32]), [64, 32]);
            compare(&recipe, Scalar::I32, signed, &block, &default(Scalar::I32, &block)).map(|(key, ..)| key)
        };
        assert_eq!((signed(None), signed(Some(true)), signed(Some(false))), (None, None, Some("elem_type")));
    }

    #[test]
    fn a_layout_that_ttgir_states_is_the_one_that_counts() {
        let layout = |swizzle_bytes, fp4_padded, splits: &[u32]| DescriptorLayout {
            swizzle_bytes,
            fp4_padded,
            splits: splits.to_vec(),
        };
        // Triton 3.6.0, `num_ctas` 2: one operand is divided, the other isn't.
        let (whole, half) = (recipe(3, 2, 6, &[128, 64]), recipe(3, 2, 6, &[64, 64]));
        let compare = |recipe: &DescriptorRecipe, layout: &DescriptorLayout| {
            super::compare(recipe, Scalar::F16, None, &[128, 64], layout).map(|(key, ..)| key)
        };
        assert_eq!(compare(&whole, &layout(128, false, &[1, 1])), None);
        assert_eq!(compare(&half, &layout(128, false, &[2, 1])), None);
        assert_eq!(compare(&half, &layout(128, false, &[1, 1])), Some("block_size"));
        assert_eq!(compare(&half, &stated(&half, &[128, 64])), None);
        // Triton 3.6.0 for sm_100, the second operand of a scaled product.
        let padded = DescriptorRecipe { fp4_padded: true, ..recipe(3, 1, PADDED_FP4, &[128, 128]) };
        let packed = layout(128, true, &[]);
        assert_eq!(super::compare(&padded, Scalar::I8, Some(false), &[128, 64], &packed), None);
        assert_eq!(super::compare(&padded, Scalar::I8, None, &[128, 64], &stated(&padded, &[128, 64])), None);
        // A pattern of the kernel's own.
        assert_eq!(compare(&recipe(0, 2, 6, &[128, 64]), &layout(0, false, &[])), None);
    }
}
