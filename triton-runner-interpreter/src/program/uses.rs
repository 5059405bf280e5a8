//! Last uses of values, and products that melt into sums.

use std::collections::HashMap;

use triton_runner_ir::{BlockId, Def, FloatType, Module, OpId, Type, ValueId};

/// When a value that is defined in a block is no longer needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// An operation of that block takes it as its operand: it may be used up there.
    Operand(OpId),
    /// It is used inside an operation of that block.
    Inside(OpId),
    /// Another block of the same region uses it.
    Never,
}

/// What later instructions need of earlier ones.
#[derive(Debug, Default)]
pub(super) struct Uses {
    last: HashMap<ValueId, Last>,
    /// Values to forget after an operation with regions.
    drops: HashMap<OpId, Vec<ValueId>>,
    /// Products that only one sum of the same block needs, with that sum.
    fused: HashMap<OpId, OpId>,
    /// Sums with the product that they contain, and whether it is their first operand.
    sums: HashMap<OpId, (OpId, bool)>,
}

impl Uses {
    /// Of all blocks of the module. With `contract`, products and sums of floating-point numbers become one operation
    /// where only the sum needs the product: as ptxas contracts them.
    pub(super) fn of(module: &Module, contract: bool) -> Self {
        let mut uses = Self::default();
        if contract {
            uses.contract(module);
        }
        let mut order = HashMap::new();
        for block in blocks(module) {
            for (place, &op) in module.block(block).ops.iter().enumerate() {
                order.insert(op, place);
            }
        }
        for (op, operation) in module.ops() {
            let user = uses.fused.get(&op).copied().unwrap_or(op);
            let branches = operation.successors.iter().flat_map(|successor| &successor.arguments);
            for &value in operation.operands.iter().chain(branches) {
                uses.note(module, &order, value, user);
            }
        }
        for (&value, last) in &uses.last {
            if let Last::Inside(op) = last {
                uses.drops.entry(*op).or_default().push(value);
            }
        }
        uses.drops.values_mut().for_each(|values| values.sort_unstable());
        uses
    }

    fn note(&mut self, module: &Module, order: &HashMap<OpId, usize>, value: ValueId, user: OpId) {
        let block = match module.value(value).def {
            Def::Result(op, _) => module.op(op).block,
            Def::Argument(block, _) => Some(block),
            Def::Declared(..) | Def::Undefined => None,
        };
        let mut at = user;
        let mut last = Last::Operand(user);
        while module.op(at).block != block {
            let outer = module.op(at).block.and_then(|block| module.region(module.block(block).region).op);
            match outer {
                Some(outer) => (at, last) = (outer, Last::Inside(outer)),
                None => {
                    self.last.insert(value, Last::Never);
                    return;
                }
            }
        }
        let place = |last: Last| match last {
            Last::Operand(op) => order.get(&op).map(|place| (*place, 0)),
            Last::Inside(op) => order.get(&op).map(|place| (*place, 1)),
            Last::Never => Some((usize::MAX, 1)),
        };
        let entry = self.last.entry(value).or_insert(last);
        if place(last) > place(*entry) {
            *entry = last;
        }
    }

    fn contract(&mut self, module: &Module) {
        let mut count: HashMap<ValueId, u32> = HashMap::new();
        for (_, operation) in module.ops() {
            let branches = operation.successors.iter().flat_map(|successor| &successor.arguments);
            for &value in operation.operands.iter().chain(branches) {
                *count.entry(value).or_default() += 1;
            }
        }
        for (op, operation) in module.ops() {
            if !matches!(&*operation.name, "arith.addf" | "arith.subf") && !is_narrow_sum(module, op) {
                continue;
            }
            let product = operation.operands.iter().position(|value| match module.value(*value).def {
                Def::Result(product, _) => {
                    let found = module.op(product);
                    found.name == "arith.mulf" && found.block == operation.block && count.get(value) == Some(&1)
                }
                _ => false,
            });
            if let Some(place) = product
                && let Def::Result(product, _) = module.value(operation.operands[place]).def
            {
                self.fused.insert(product, op);
                self.sums.insert(op, (product, place == 0));
            }
        }
    }

    /// Whether a product is computed by the sum that needs it.
    pub(super) fn is_fused(&self, product: OpId) -> bool {
        self.fused.contains_key(&product)
    }

    /// The product that a sum contains, and whether it is the sum's first operand.
    pub(super) fn product(&self, sum: OpId) -> Option<(OpId, bool)> {
        self.sums.get(&sum).copied()
    }

    /// Whether an operation is the last to need its operand.
    pub(super) fn dies(&self, value: ValueId, op: OpId) -> bool {
        self.last.get(&value) == Some(&Last::Operand(op))
    }

    /// What nothing needs after an operation, beside its operands.
    pub(super) fn drops(&self, op: OpId) -> &[ValueId] {
        self.drops.get(&op).map_or(&[], Vec::as_slice)
    }
}

fn blocks(module: &Module) -> impl Iterator<Item = BlockId> {
    let mut seen = std::collections::HashSet::new();
    module.ops().filter_map(|(_, op)| op.block).filter(move |block| seen.insert(*block))
}

/// A reduction that sums `f16` or `bf16`: a thread's own products and sums are contracted too.
fn is_narrow_sum(module: &Module, op: OpId) -> bool {
    let operation = module.op(op);
    let is_narrow =
        |value: &ValueId| matches!(module.ty(*value).element(), Type::Float(FloatType::F16 | FloatType::Bf16));
    let ([operand], [region], "tt.reduce") = (&operation.operands[..], &operation.regions[..], &*operation.name) else {
        return false;
    };
    let [block] = module.region(*region).blocks[..] else { return false };
    let [sum, end] = module.block(block).ops[..] else { return false };
    let (sum, end) = (module.op(sum), module.op(end));
    is_narrow(operand)
        && sum.name == "arith.addf"
        && sum.operands == module.block(block).arguments
        && end.operands == sum.results
}
