//! Branches, loops, blocks and calls, as jumps.

use std::collections::HashMap;

use triton_runner_ir::{Attribute, BlockId, OpId, RegionId};

use super::builder::{Builder, Built, Return};
use super::instruction::Code;

impl<'m> Builder<'m> {
    /// A function's body.
    pub(super) fn body(&mut self, region: RegionId, op: OpId, ret: &mut Return<'_>) -> Built<()> {
        let module = self.module;
        let blocks = &module.region(region).blocks;
        let mut starts: HashMap<BlockId, usize> = HashMap::new();
        let mut jumps: Vec<(usize, BlockId)> = Vec::new();
        for &block in blocks {
            starts.insert(block, self.code.len());
            let end = self.block(block)?;
            let end = end.ok_or_else(|| self.refuse(op, "a block of it doesn't end"))?;
            let operation = module.op(end);
            match (&*operation.name, &operation.successors[..]) {
                ("tt.return", _) => match ret {
                    Return::End => {
                        self.jump(Code::End, end)?;
                    }
                    Return::Call { results, jumps } => {
                        let results = results.to_vec();
                        if results.len() != operation.operands.len() {
                            return Err(self.refuse(end, "it returns another number of values than its function"));
                        }
                        self.emit(Code::Move, &operation.operands, &results, end)?;
                        jumps.push(self.jump(Code::Jump(0), end)?);
                    }
                },
                ("cf.br", [to]) => {
                    let arguments = self.slots(&module.block(to.block).arguments, end)?;
                    self.same_number(end, &arguments, &to.arguments)?;
                    self.emit(Code::Move, &to.arguments, &arguments, end)?;
                    jumps.push((self.jump(Code::Jump(0), end)?, to.block));
                }
                ("cf.cond_br", [yes, no]) => {
                    let condition = self.slots(&operation.operands, end)?;
                    let unless = self.jump(Code::Unless(0), end)?;
                    self.code[unless].operands = condition;
                    for (place, to) in [yes, no].into_iter().enumerate() {
                        let arguments = self.slots(&module.block(to.block).arguments, end)?;
                        self.same_number(end, &arguments, &to.arguments)?;
                        self.emit(Code::Move, &to.arguments, &arguments, end)?;
                        jumps.push((self.jump(Code::Jump(0), end)?, to.block));
                        if place == 0 {
                            self.land(unless);
                        }
                    }
                }
                _ => return Err(self.refuse(end, "it can't end a block of a function")),
            }
        }
        for (jump, block) in jumps {
            let target = starts.get(&block).copied().ok_or_else(|| self.refuse(op, "a branch leaves the function"))?;
            if target <= jump {
                self.code[jump].code = Code::Repeat(target);
            } else {
                self.aim(jump, target);
            }
        }
        Ok(())
    }

    fn same_number<A, B>(&self, op: OpId, a: &[A], b: &[B]) -> Built<()> {
        match a.len() == b.len() {
            true => Ok(()),
            false => Err(self.refuse(op, format!("{} values where {} are expected", b.len(), a.len()))),
        }
    }

    /// The one block of a region, which ends as said.
    fn straight(&mut self, op: OpId, region: RegionId, end: &str) -> Built<Option<OpId>> {
        let [block] = self.module.region(region).blocks[..] else {
            return Err(self.refuse(op, "a region of it has several blocks"));
        };
        let last = self.block(block)?;
        match last {
            Some(last) if self.module.op(last).name == end => Ok(Some(last)),
            // It may be left out where there is nothing to give.
            None if end == "scf.yield" => Ok(None),
            _ => Err(self.refuse(op, format!("a region of it doesn't end with `{end}`"))),
        }
    }

    fn arguments(&self, op: OpId, region: RegionId) -> Built<&'m [triton_runner_ir::ValueId]> {
        let module = self.module;
        match module.region(region).blocks[..] {
            [block] => Ok(&module.block(block).arguments),
            _ => Err(self.refuse(op, "a region of it has several blocks")),
        }
    }

    pub(super) fn branch(&mut self, op: OpId) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let results = self.slots(&operation.results, op)?;
        let (then, otherwise) = match operation.regions[..] {
            [then] => (then, None),
            [then, otherwise] if module.region(otherwise).blocks.is_empty() => (then, None),
            [then, otherwise] => (then, Some(otherwise)),
            _ => return Err(self.refuse(op, "it has no two regions")),
        };
        let unless = self.emit(Code::Unless(0), &operation.operands, &[], op)?;
        self.give(op, then, &results)?;
        match otherwise {
            None if results.is_empty() => self.land(unless),
            None => return Err(self.refuse(op, "it has results and no `else`")),
            Some(otherwise) => {
                let end = self.jump(Code::Jump(0), op)?;
                self.land(unless);
                self.give(op, otherwise, &results)?;
                self.land(end);
            }
        }
        Ok(())
    }

    /// A region whose `scf.yield` fills `results`.
    fn give(&mut self, op: OpId, region: RegionId, results: &[u32]) -> Built<()> {
        match self.straight(op, region, "scf.yield")? {
            Some(end) => {
                let values = &self.module.op(end).operands;
                self.same_number(end, results, values)?;
                if !values.is_empty() {
                    self.emit(Code::Move, values, results, end)?;
                }
                Ok(())
            }
            None => self.same_number::<u32, u32>(op, results, &[]),
        }
    }

    pub(super) fn counted(&mut self, op: OpId) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let [region] = operation.regions[..] else { return Err(self.refuse(op, "it has no region")) };
        let [low, high, by, ref starts @ ..] = operation.operands[..] else {
            return Err(self.refuse(op, "it has no bounds"));
        };
        let arguments = self.arguments(op, region)?;
        let arguments = self.slots(arguments, op)?;
        let Some((&counter, carried)) = arguments.split_first() else {
            return Err(self.refuse(op, "its region has no counter"));
        };
        self.same_number(op, carried, starts)?;
        self.same_number(op, carried, &operation.results)?;
        let ty = self.slots[counter as usize].clone();
        let bits = ty.format().bits();
        let hidden = self.fresh(ty);
        let bounds = self.slots(&[low, high, by], op)?;
        self.shift(&bounds[..1], &[hidden], false, op)?;
        if !starts.is_empty() {
            let moved = self.emit(Code::Move, starts, carried, op)?;
            // Its ends are asked for again, even if they are what it carries first.
            for (place, start) in starts.iter().enumerate().take(64) {
                if [high, by].contains(start) {
                    self.code[moved].dying &= !(1 << place);
                }
            }
        }
        let unsigned = operation.attribute("unsignedCmp").and_then(Attribute::as_bool) == Some(true);
        let head = self.jump(Code::Head { exit: 0, unsigned }, op)?;
        self.code[head].operands = [hidden, bounds[1], bounds[2]].into_iter().collect();
        self.code[head].results = [counter].into_iter().collect();
        self.give(op, region, carried)?;
        let next = self.jump(Code::Next { head, bits, unsigned }, op)?;
        self.code[next].operands = [hidden, bounds[2]].into_iter().collect();
        self.code[next].results = [hidden].into_iter().collect();
        self.land(head);
        let results = self.slots(&operation.results, op)?;
        self.shift(carried, &results, true, op)
    }

    pub(super) fn repeated(&mut self, op: OpId) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let [before, after] = operation.regions[..] else { return Err(self.refuse(op, "it has no two regions")) };
        let first = self.arguments(op, before)?;
        let first = self.slots(first, op)?;
        let second = self.arguments(op, after)?;
        let second = self.slots(second, op)?;
        let results = self.slots(&operation.results, op)?;
        self.same_number(op, &first, &operation.operands)?;
        if !first.is_empty() {
            self.emit(Code::Move, &operation.operands, &first, op)?;
        }
        let start = self.code.len();
        let end = self.straight(op, before, "scf.condition")?;
        let end = end.ok_or_else(|| self.refuse(op, "it has no `scf.condition`"))?;
        let [condition, ref values @ ..] = module.op(end).operands[..] else {
            return Err(self.refuse(end, "it has no condition"));
        };
        self.same_number(end, &second, values)?;
        self.same_number(end, &results, values)?;
        let condition = self.slots(&[condition], end)?;
        let unless = self.jump(Code::Unless(0), end)?;
        self.code[unless].operands = condition;
        if !values.is_empty() {
            self.emit(Code::Move, values, &second, end)?;
        }
        self.give(op, after, &first)?;
        self.jump(Code::Repeat(start), op)?;
        self.land(unless);
        if !values.is_empty() {
            self.emit(Code::Move, values, &results, end)?;
        }
        Ok(())
    }

    pub(super) fn call(&mut self, op: OpId) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let name = match operation.attribute("callee") {
            Some(Attribute::Symbol(parts)) if parts.len() == 1 => &*parts[0],
            _ => return Err(self.refuse(op, "it doesn't say what it calls")),
        };
        let function = module.function(name).filter(|function| function.body.is_some());
        let Some((function, body)) = function.and_then(|function| Some((function, function.body?))) else {
            return Err(self.refuse(op, format!("there is no function `{name}` with a body")));
        };
        self.same_number(op, &function.arguments, &operation.operands)?;
        let results = self.slots(&operation.results, op)?;
        let mut scope = HashMap::new();
        let mut arguments = Vec::new();
        for argument in &function.arguments {
            let like = self.slot(operation.operands[arguments.len()], op)?;
            let ty = self.slots[like as usize].clone();
            let slot = self.fresh(ty);
            scope.insert(argument.value, slot);
            arguments.push(slot);
        }
        if !arguments.is_empty() {
            self.emit(Code::Move, &operation.operands, &arguments, op)?;
        }
        self.scopes.push(scope);
        let mut ret = Return::Call { results: &results, jumps: Vec::new() };
        let built = self.body(body, function.op, &mut ret);
        self.scopes.pop();
        built?;
        if let Return::Call { jumps, .. } = ret {
            for jump in jumps {
                self.land(jump);
            }
        }
        Ok(())
    }
}
