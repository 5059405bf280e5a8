//! Which memory a value is an offset into.

use std::collections::HashSet;

use triton_runner_ir::{Module, ValueId};

use crate::types::SlotType;

/// Bytes of the smallest element that a value, or what is computed of it, is an offset of.
pub(super) fn element(module: &Module, value: ValueId) -> Option<usize> {
    let mut reached = HashSet::from([value]);
    let mut bytes: Option<usize> = None;
    // Users come behind what they use, but for loops, which hand on no offset that an author's promise is about.
    for (_, operation) in module.ops() {
        let is_user = operation.operands.iter().any(|operand| reached.contains(operand));
        if !is_user {
            continue;
        }
        if operation.name == "tt.addptr" {
            if operation.operands.get(1).is_some_and(|offset| reached.contains(offset))
                && let Some(format) = operation.result().and_then(|result| SlotType::of(module.ty(result))?.pointee())
            {
                bytes = Some(bytes.map_or(format.bytes(), |bytes| bytes.min(format.bytes())));
            }
        } else if operation.name.starts_with("arith.")
            || matches!(&*operation.name, "tt.splat" | "tt.broadcast" | "tt.expand_dims" | "tt.reshape" | "tt.trans")
        {
            reached.extend(operation.results.iter().copied());
        }
    }
    bytes
}
