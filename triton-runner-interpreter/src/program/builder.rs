//! From the IR to instructions: places of values, straight runs of operations.

use std::collections::HashMap;

use smallvec::SmallVec;
use triton_runner_ir::{BlockId, Module, OpId, RegionId, ValueId};

use super::error::Refused;
use super::instruction::{Code, Instruction};
use super::options::Options;
use super::uses::Uses;
use crate::ops::{self, Constant};
use crate::types::{Slot, SlotType};

/// Regions inside regions and calls inside calls: no kernel goes as deep, and a stack is finite.
const MAX_DEPTH: usize = 100;
/// Calls are written out, so a short file can make a long program.
const MAX_CODE: usize = 1 << 20;

/// A program under construction.
pub(crate) struct Builder<'m> {
    pub(crate) module: &'m Module,
    pub(super) kernel: &'m str,
    pub(crate) options: &'m Options,
    pub(super) uses: Uses,
    pub(super) code: Vec<Instruction>,
    pub(super) regions: Vec<Vec<Instruction>>,
    pub(super) slots: Vec<SlotType>,
    /// Which value each slot keeps, if one of the IR.
    pub(super) values: Vec<Option<ValueId>>,
    pub(super) constants: Vec<(Slot, Constant)>,
    /// Slots that are filled before the program starts and never change.
    pub(super) lasting: Vec<bool>,
    /// Where values of the functions that are being written out are; the innermost call last.
    pub(super) scopes: Vec<HashMap<ValueId, Slot>>,
    depth: usize,
}

/// What a `tt.return` does.
pub(super) enum Return<'r> {
    /// The kernel is over.
    End,
    /// A call is over: these are its results, and here the jumps to its end are noted.
    Call { results: &'r [Slot], jumps: Vec<usize> },
}

pub(super) type Built<T> = Result<T, Box<Refused>>;

impl<'m> Builder<'m> {
    pub(super) fn new(module: &'m Module, kernel: &'m str, options: &'m Options) -> Self {
        Self {
            module,
            kernel,
            options,
            uses: Uses::of(module, options.contract),
            code: Vec::new(),
            regions: Vec::new(),
            slots: Vec::new(),
            values: Vec::new(),
            constants: Vec::new(),
            lasting: Vec::new(),
            scopes: vec![HashMap::new()],
            depth: 0,
        }
    }

    pub(super) fn refuse(&self, op: OpId, reason: impl Into<String>) -> Box<Refused> {
        Refused::new(self.module, self.kernel, op, reason)
    }

    pub(super) fn fresh(&mut self, ty: SlotType) -> Slot {
        self.slots.push(ty);
        self.lasting.push(false);
        self.values.push(None);
        (self.slots.len() - 1) as Slot
    }

    /// The place of a value.
    pub(super) fn slot(&mut self, value: ValueId, op: OpId) -> Built<Slot> {
        if let Some(&slot) = self.scopes.last().and_then(|scope| scope.get(&value)) {
            return Ok(slot);
        }
        let ty = SlotType::of(self.module.ty(value))
            .ok_or_else(|| self.refuse(op, format!("values of type `{}` are not supported", self.module.ty(value))))?;
        let slot = self.fresh(ty);
        if let Some(kept) = self.values.last_mut() {
            *kept = Some(value);
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(value, slot);
        }
        Ok(slot)
    }

    pub(super) fn slots(&mut self, values: &[ValueId], op: OpId) -> Built<SmallVec<[Slot; 4]>> {
        values.iter().map(|&value| self.slot(value, op)).collect()
    }

    /// What is filled before the program starts.
    pub(super) fn lasting(&mut self, slot: Slot) {
        if let Some(lasting) = self.lasting.get_mut(slot as usize) {
            *lasting = true;
        }
    }

    pub(super) fn constant(&mut self, value: ValueId, op: OpId, constant: Constant) -> Built<()> {
        let slot = self.slot(value, op)?;
        self.lasting(slot);
        self.constants.push((slot, constant));
        Ok(())
    }

    /// Appends an instruction whose operands are values that may die here.
    pub(super) fn emit(&mut self, code: Code, operands: &[ValueId], results: &[Slot], op: OpId) -> Built<usize> {
        let slots = self.slots(operands, op)?;
        let mut dying = 0;
        for (place, value) in operands.iter().enumerate().take(64) {
            let again = operands[place + 1..].contains(value);
            let lasts = self.lasting.get(slots[place] as usize).copied().unwrap_or(true);
            if !again && !lasts && self.uses.dies(*value, op) {
                dying |= 1 << place;
            }
        }
        self.push(code, &slots, dying, results, op)
    }

    /// Appends an instruction.
    fn push(&mut self, code: Code, operands: &[Slot], dying: u64, results: &[Slot], op: OpId) -> Built<usize> {
        if self.code.len() >= MAX_CODE {
            return Err(self.refuse(op, "the program is too long: calls are written out where they are made"));
        }
        self.code.push(Instruction::new(code, operands, dying, results, &self.slots, op));
        Ok(self.code.len() - 1)
    }

    /// An instruction that only goes somewhere.
    pub(super) fn jump(&mut self, code: Code, op: OpId) -> Built<usize> {
        self.push(code, &[], 0, &[], op)
    }

    /// Slots into slots; the first ones are not needed any more if `dying`.
    pub(super) fn shift(&mut self, from: &[Slot], to: &[Slot], dying: bool, op: OpId) -> Built<()> {
        if from.is_empty() {
            return Ok(());
        }
        let dying = if dying { u64::MAX } else { 0 };
        self.push(Code::Move, from, dying, to, op)?;
        Ok(())
    }

    /// Lets an instruction go to what comes next.
    pub(super) fn land(&mut self, jump: usize) {
        let here = self.code.len();
        self.aim(jump, here);
    }

    pub(super) fn aim(&mut self, jump: usize, target: usize) {
        if let Some(instruction) = self.code.get_mut(jump) {
            match &mut instruction.code {
                Code::Jump(to) | Code::Repeat(to) | Code::Unless(to) => *to = target,
                Code::Head { exit, .. } => *exit = target,
                _ => {}
            }
        }
    }

    /// All operations of a block but its terminator, which is returned.
    pub(super) fn block(&mut self, block: BlockId) -> Built<Option<OpId>> {
        let module = self.module;
        let ops = &module.block(block).ops;
        for (place, &op) in ops.iter().enumerate() {
            let name = &*module.op(op).name;
            let is_last = place + 1 == ops.len();
            match name {
                "scf.yield" | "scf.condition" | "cf.br" | "cf.cond_br" | "tt.return" | "tt.reduce.return"
                | "tt.scan.return" => {
                    return if is_last { Ok(Some(op)) } else { Err(self.refuse(op, "it doesn't end its block")) };
                }
                _ if self.uses.is_fused(op) => {}
                "arith.constant" => {
                    let constant = ops::constant(module, op).map_err(|reason| self.refuse(op, reason))?;
                    let result = module.op(op).result().ok_or_else(|| self.refuse(op, "it has no result"))?;
                    self.constant(result, op, constant)?;
                }
                "scf.if" | "scf.for" | "scf.while" | "tt.call" => self.nested(op)?,
                _ => self.compute(op)?,
            }
        }
        Ok(None)
    }

    /// An operation with regions, or a call.
    fn nested(&mut self, op: OpId) -> Built<()> {
        if self.depth >= MAX_DEPTH {
            return Err(self.refuse(op, format!("it is inside {MAX_DEPTH} others")));
        }
        self.depth += 1;
        match &*self.module.op(op).name {
            "scf.if" => self.branch(op)?,
            "scf.for" => self.counted(op)?,
            "scf.while" => self.repeated(op)?,
            _ => self.call(op)?,
        }
        self.depth -= 1;
        let drops = self.uses.drops(op).to_vec();
        let drops = self.slots(&drops, op)?;
        let gone: SmallVec<[Slot; 4]> = drops.into_iter().filter(|&slot| !self.lasting[slot as usize]).collect();
        if !gone.is_empty() {
            self.push(Code::Drop, &gone, u64::MAX, &[], op)?;
        }
        Ok(())
    }

    /// An operation that computes.
    fn compute(&mut self, op: OpId) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let combiner = match &operation.regions[..] {
            [] => None,
            [region] => Some(self.combiner(op, *region)?),
            _ => return Err(self.refuse(op, "it has several regions")),
        };
        if let Some((product, first)) = self.uses.product(op) {
            let mut operands: SmallVec<[ValueId; 4]> = module.op(product).operands.iter().copied().collect();
            let code = match combiner {
                Some(combiner) => ops::fused_reduction(module, op, combiner),
                None => {
                    operands.extend(operation.operands.get(usize::from(first)).copied());
                    ops::fused(module, op, first)
                }
            };
            let code = code.map_err(|reason| self.refuse(op, reason))?;
            let results = self.slots(&operation.results, op)?;
            self.emit(Code::Compute(code), &operands, &results, op)?;
            return Ok(());
        }
        let Some(code) =
            ops::decode(module, op, combiner, &self.options.stand_ins).map_err(|reason| self.refuse(op, reason))?
        else {
            return Ok(());
        };
        let results = self.slots(&operation.results, op)?;
        self.emit(Code::Compute(code), &operation.operands, &results, op)?;
        self.promised(op, &results)
    }

    /// Checks what the author promised of a result.
    fn promised(&mut self, op: OpId, results: &[Slot]) -> Built<()> {
        let module = self.module;
        let operation = module.op(op);
        let ([slot], [value], true) = (results, &operation.results[..], ops::Promise::is_made(operation)) else {
            return Ok(());
        };
        let bytes = super::offsets::element(module, *value);
        let ty = self.slots.get(*slot as usize);
        let Some(promise) = ty.and_then(|ty| ops::Promise::of(operation, ty, bytes)) else { return Ok(()) };
        self.push(Code::Compute(ops::Operation::Promise(promise)), &[*slot], 0, &[], op)?;
        Ok(())
    }

    /// The region of a reduction or a scan: a program of its own, of operations that work lane by lane.
    fn combiner(&mut self, op: OpId, region: RegionId) -> Built<ops::Combiner> {
        let module = self.module;
        let [block] = module.region(region).blocks[..] else {
            return Err(self.refuse(op, "its region has several blocks"));
        };
        let outer = std::mem::take(&mut self.code);
        let inputs = self.slots(&module.block(block).arguments, op)?;
        let end = self.block(block)?;
        let end = end.ok_or_else(|| self.refuse(op, "its region doesn't return"))?;
        let outputs = self.slots(&module.op(end).operands, end)?;
        let code = std::mem::replace(&mut self.code, outer);
        let is_elementwise =
            |instruction: &Instruction| matches!(&instruction.code, Code::Compute(code) if code.is_elementwise());
        match code.iter().find(|instruction| !is_elementwise(instruction)) {
            Some(other) => Err(self.refuse(other.origin, "it is in a region that combines elements")),
            None => {
                let simple = match &code[..] {
                    [Instruction { code: Code::Compute(operation), operands, results, .. }]
                        if operands[..] == inputs[..] && results[..] == outputs[..] =>
                    {
                        operation.as_float_binary()
                    }
                    _ => None,
                };
                self.regions.push(code);
                Ok(ops::Combiner {
                    region: self.regions.len() - 1,
                    simple,
                    inputs: inputs.to_vec(),
                    outputs: outputs.to_vec(),
                    warps: self.options.warps as usize,
                })
            }
        }
    }
}
