//! What each operation does, by its name. What isn't here may touch anything.

use triton_runner_ir::{Attribute, Op, OpId, Syntax};

use crate::reason::Cause;
use crate::space::Duties;
use crate::value::{Int, Value};

use super::Walk;
use super::undefined::DIVISIONS;

/// Instructions of PTX that compute and no more.
const COMPUTING: [&str; 47] = [
    "abs", "add", "addc", "and", "bfe", "bfi", "bfind", "brev", "clz", "cnot", "copysign", "cos", "cvt", "div", "dp2a",
    "dp4a", "ex2", "fma", "lg2", "lop3", "mad", "madc", "max", "min", "mov", "mul", "mul24", "neg", "not", "or",
    "popc", "prmt", "rcp", "rem", "rsqrt", "sad", "selp", "set", "setp", "shf", "shl", "shr", "sin", "sqrt", "sub",
    "tanh", "xor",
];

impl Walk<'_> {
    pub(super) fn operation(&mut self, id: OpId) {
        let module = self.module;
        let op = module.op(id);
        if op.syntax == Syntax::Unknown {
            return self.opaque_effect(op);
        }
        match op.name.as_ref() {
            "scf.for" => self.for_loop(op),
            "scf.while" => self.while_loop(op),
            "scf.if" => self.branch(op),
            "tt.call" => self.call(op),
            "arith.constant" => self.constant(op),
            "tt.get_program_id" => self.program(op),
            "tt.get_num_programs" => self.programs(op),
            "tt.make_range" => self.make_range(op),
            "tt.splat" | "tt.broadcast" | "tt.unsplat" => self.same_lanes(op),
            "tt.expand_dims" => self.expand_dims(op),
            "tt.trans" => self.trans(op),
            "tt.reshape" => self.reshape(op),
            "tt.addptr" => self.add_pointer(op),
            "tt.load" | "tt.store" | "tt.atomic_rmw" | "tt.atomic_cas" | "tt.atomic_load" | "tt.atomic_store"
            | "tt.atomic_poll" => self.access(op),
            "tt.make_tensor_descriptor" => self.make_descriptor(op),
            "tt.descriptor_load"
            | "tt.descriptor_store"
            | "tt.descriptor_reduce"
            | "tt.descriptor_gather"
            | "tt.descriptor_scatter"
            | "tt.experimental_descriptor_load"
            | "tt.experimental_descriptor_store"
            | "tt.experimental_descriptor_gather"
            | "tt.experimental_descriptor_scatter" => self.descriptor_access(op),
            "tt.reinterpret_tensor_descriptor" => self.reinterpreted(op),
            "tt.int_to_ptr" => self.unknown_results(op, Cause::PointerFromNumber),
            "tt.ptr_to_int" => self.unknown_results(op, Cause::PointerFromNumber),
            "tt.bitcast" => self.bitcast(op),
            "arith.select" => self.select(op),
            "arith.cmpi" => self.compare(op),
            "arith.fptosi" | "arith.fptoui" => self.unknown_results(op, Cause::Float),
            "arith.extsi" | "arith.extui" | "arith.trunci" | "arith.index_cast" | "arith.index_castui"
            | "arith.bitcast" => self.convert(op),
            "tt.elementwise_inline_asm" => self.inline_asm(op),
            "tt.extern_elementwise" => self.library(op),
            "tt.reduce" | "tt.scan" | "tt.map_elementwise" => self.lanes(op),
            "tt.gather" | "tt.histogram" | "tt.cat" | "tt.join" | "tt.split" => self.exchanged(op),
            "llvm.intr.assume" => self.assume(op),
            // Nothing is touched, and nothing follows: an assertion isn't compiled as a rule.
            "tt.print"
            | "tt.assert"
            | "cf.assert"
            | "gpu.barrier"
            | "ttg.barrier"
            | "ub.unreachable"
            | "tt.grid_dependency_wait"
            | "tt.grid_dependency_launch_dependents"
            | "tt.experimental_tensormap_fenceproxy_acquire" => {}
            "tt.return" | "scf.yield" | "scf.condition" | "cf.br" | "cf.cond_br" => {}
            "tt.dot" | "tt.dot_scaled" | "tt.fp_to_fp" | "tt.clampf" | "tt.precise_sqrt" | "tt.precise_divf"
            | "tt.approx_divf" | "tt.mulhiui" | "ub.poison" => self.not_understood(op),
            name if name.starts_with("arith.") || name.starts_with("math.") => self.arithmetic(op),
            _ => self.opaque_effect(op),
        }
        self.promises(op);
    }

    fn arithmetic(&mut self, op: &Op) {
        self.defined(op);
        let is_integer = op.result().is_some_and(|result| self.width(result).is_some());
        match op.operands.len() {
            2 if is_integer && self.combine(op) => {}
            2 if is_integer => self.binary(op),
            _ => self.not_understood(op),
        }
    }

    fn axis(op: &Op) -> Option<u8> {
        let axis = op.attribute("axis")?;
        match (axis.as_keyword(), axis.as_i64()) {
            (Some("x"), _) | (_, Some(0)) => Some(0),
            (Some("y"), _) | (_, Some(1)) => Some(1),
            (Some("z"), _) | (_, Some(2)) => Some(2),
            _ => None,
        }
    }

    fn program(&mut self, op: &Op) {
        let Some(axis) = Self::axis(op) else { return self.not_understood(op) };
        let atom = self.space.add_atom(crate::space::Atom::Program(axis));
        let form = self.space.of_atom(atom);
        self.integer(op, form, Duties::default());
    }

    fn programs(&mut self, op: &Op) {
        let (Some(axis), Some(result)) = (Self::axis(op), op.result()) else { return self.not_understood(op) };
        let programs = self.space.uniforms.grid(axis);
        let form = self.space.of_uniform(programs);
        self.set(result, Value::Int(Int { form, duties: Duties::default() }));
    }

    /// Text that is said to be pure, gets no pointer and has no instruction but those that compute.
    fn inline_asm(&mut self, op: &Op) {
        let is_pure = op.attribute("pure").and_then(Attribute::as_bool) == Some(true);
        let text = op.attribute("asm_string").and_then(Attribute::as_str);
        match text {
            Some(text) if is_pure && only_computes(text) && !self.takes_pointer(op) => {
                self.unknown_results(op, Cause::InlineAsm);
            }
            _ => self.opaque_effect(op),
        }
    }

    /// A function of a device library: pure, unless it says otherwise.
    fn library(&mut self, op: &Op) {
        let is_pure = op.attribute("pure").and_then(Attribute::as_bool) == Some(true);
        if is_pure && !self.takes_pointer(op) { self.not_understood(op) } else { self.opaque_effect(op) }
    }

    fn takes_pointer(&self, op: &Op) -> bool {
        op.operands.iter().any(|&operand| {
            let ty = self.module.ty(operand).element();
            !matches!(ty, triton_runner_ir::Type::Integer(_) | triton_runner_ir::Type::Float(_))
        })
    }

    /// Operations that combine lanes by a region, which touches nothing.
    fn lanes(&mut self, op: &Op) {
        let module = self.module;
        let blocks = op.regions.iter().flat_map(|&region| &module.region(region).blocks);
        let inside = blocks.flat_map(|&block| &module.block(block).ops).map(|&inside| module.op(inside));
        let touches = |inside: &Op| {
            let name = inside.name.as_ref();
            let is_plain = name.starts_with("arith.") || name.starts_with("math.") || name.ends_with(".return");
            let is_function = name == "tt.extern_elementwise";
            let is_pure = is_function && inside.attribute("pure").and_then(Attribute::as_bool) == Some(true);
            DIVISIONS.contains(&name)
                || !is_plain && !is_pure && !matches!(name, "tt.clampf" | "tt.fp_to_fp" | "tt.mulhiui" | "tt.bitcast")
        };
        let mut inside = inside;
        if inside.any(touches) || self.takes_pointer(op) {
            return self.opaque_effect(op);
        }
        self.exchanged(op);
    }
}

/// Whether each statement is a declaration of registers or an instruction that computes.
fn only_computes(text: &str) -> bool {
    let statements = text.split(['{', '}', ';', '\n']).map(str::trim).filter(|statement| !statement.is_empty());
    let mut unknown = statements.filter(|statement| {
        let guarded = statement.strip_prefix('@').and_then(|rest| rest.split_once(char::is_whitespace));
        let statement = guarded.map_or(*statement, |(_, rest)| rest.trim());
        let opcode = statement.split(['.', ' ', '\t']).next().unwrap_or_default();
        !statement.starts_with(".reg") && !statement.starts_with("//") && !COMPUTING.contains(&opcode)
    });
    unknown.next().is_none()
}
