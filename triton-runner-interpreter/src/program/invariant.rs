//! What is the same in every program of the grid: ranges, sizes, steps. Each thread computes it once.

use super::instruction::{Code, Instruction};
use crate::types::Slot;

/// Marks the instructions whose results depend on constants and arguments alone, and keeps their results and those of
/// nothing else alive from one program to the next. `lasting` are slots that are filled before programs start.
pub(super) fn mark(code: &mut [Instruction], regions: &mut [Vec<Instruction>], lasting: &[bool]) {
    let mut definitions = vec![0u32; lasting.len()];
    for slot in code.iter().chain(regions.iter().flatten()).flat_map(|instruction| &instruction.results) {
        if let Some(count) = definitions.get_mut(*slot as usize) {
            *count += 1;
        }
    }
    let count = |slot: Slot| definitions.get(slot as usize).copied().unwrap_or(u32::MAX);
    let mut same: Vec<bool> =
        lasting.iter().zip(&definitions).map(|(lasting, definitions)| *lasting && *definitions == 0).collect();
    let is_same = |same: &[bool], slot: Slot| same.get(slot as usize) == Some(&true);
    for instruction in &mut *code {
        let Code::Compute(operation) = &instruction.code else { continue };
        instruction.once = operation.is_repeatable()
            && !instruction.results.is_empty()
            && instruction.operands.iter().all(|slot| is_same(&same, *slot))
            && instruction.results.iter().all(|slot| count(*slot) == 1);
        if instruction.once {
            for slot in &instruction.results {
                if let Some(same) = same.get_mut(*slot as usize) {
                    *same = true;
                }
            }
        }
    }
    for instruction in code.iter_mut().chain(regions.iter_mut().flatten()) {
        if matches!(instruction.code, Code::Drop) {
            instruction.operands.retain(|slot| !is_same(&same, *slot));
        }
        for (place, slot) in instruction.operands.iter().enumerate().take(64) {
            if is_same(&same, *slot) {
                instruction.dying &= !(1 << place);
            }
        }
    }
}
