//! What a tensor descriptor's type says beside element and block.
//!
//! Source: `NVMMASharedEncodingAttr` and `TensorDescType` as Triton 3.4 to 3.9 print them.

use std::collections::HashMap;

use triton_runner_manifest::DescriptorLayout;

use super::entries::Entries;
use crate::argument::Descriptor;
use crate::token::{Kind, Tokens};
use crate::types::{DescriptorType, Signedness, Type};

/// Of a descriptor whose type starts at a token.
pub(super) fn read(
    tokens: &Tokens<'_>,
    aliases: &HashMap<&str, (usize, usize)>,
    ty: &DescriptorType,
    at: usize,
) -> Descriptor {
    let signed = match &*ty.element {
        Type::Integer(integer) => match integer.signedness {
            Signedness::Signed => Some(true),
            Signedness::Unsigned => Some(false),
            Signedness::Signless => None,
        },
        _ => None,
    };
    Descriptor { signed, layout: layout(tokens, aliases, at) }
}

/// The layout; `None` for TTIR, and for layouts of another kind.
fn layout(tokens: &Tokens<'_>, aliases: &HashMap<&str, (usize, usize)>, at: usize) -> Option<DescriptorLayout> {
    let close = tokens.partner(at + 1);
    // `!tt.tensordesc<64x64xf16, #shared>`, `!tt.tensordesc<tensor<64x64xf16, #shared>>`
    let named = (at..close).find(|&index| tokens.kind(index) == Some(Kind::Hash))?;
    let value = match tokens.text(named) {
        alias if alias.contains('.') => named,
        alias => aliases.get(alias)?.0,
    };
    if tokens.text(value) != "#ttg.nvmma_shared" || !tokens.is(value + 1, b'<') || !tokens.is(value + 2, b'{') {
        return None;
    }
    let mut layout = DescriptorLayout { swizzle_bytes: 0, fp4_padded: false, splits: Vec::new() };
    let mut swizzled = false;
    for (key, value) in Entries::of(tokens, value + 2) {
        match &*key {
            "swizzlingByteWidth" => {
                layout.swizzle_bytes = tokens.text(value).parse().ok()?;
                swizzled = true;
            }
            "fp4Padded" => layout.fp4_padded = tokens.text(value) == "true",
            // Up to 3.5: `[2, 1]`.
            "CTASplitNum" => layout.splits = numbers(tokens, value)?,
            // Since 3.6 a linear layout: each basis doubles the dimension that it isn't zero in.
            "CGALayout" => {
                for basis in lists(tokens, value)? {
                    layout.splits.resize(basis.len(), 1);
                    layout
                        .splits
                        .iter_mut()
                        .zip(basis)
                        .filter(|(_, step)| *step > 0)
                        .for_each(|(split, _)| *split *= 2);
                }
            }
            _ => {}
        }
    }
    swizzled.then_some(layout)
}

/// `[2, 1]`, whose `[` is given.
fn numbers(tokens: &Tokens<'_>, open: usize) -> Option<Vec<u32>> {
    if !tokens.is(open, b'[') {
        return None;
    }
    let inside = open + 1..tokens.partner(open);
    inside.filter(|&at| !tokens.is(at, b',')).map(|at| tokens.text(at).parse().ok()).collect()
}

/// `[[1, 0], [0, 1]]`, whose `[` is given. More bases than a cluster has CTAs are of no file.
fn lists(tokens: &Tokens<'_>, open: usize) -> Option<Vec<Vec<u32>>> {
    if !tokens.is(open, b'[') {
        return None;
    }
    let mut lists = Vec::new();
    let mut at = open + 1;
    while at < tokens.partner(open) {
        if tokens.is(at, b',') {
            at += 1;
            continue;
        }
        lists.push(numbers(tokens, at)?);
        at = tokens.partner(at) + 1;
    }
    (lists.len() <= 8).then_some(lists)
}
