//! Through a kernel, operation by operation: what each value is, what is touched where, and what has to hold for that.

mod aligned;
mod calls;
mod compare;
mod control;
mod descriptor;
mod integer;
mod least;
mod loops;
mod memory;
mod operation;
mod promise;
mod shape;
mod touch;
mod undefined;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use triton_runner_ir::{AddressSpace, Function, Module, Op, RawArgument, Type, ValueId};

use crate::check::Kind;
use crate::reason::{Cause, Place};
use crate::space::{AtomId, ContextId, Duties, Duty, DutyId, End, FormId, ReasonId, Space};
use crate::uniform::Uniform;
use crate::value::{Address, AddressWay, Base, Int, Truth, Value};

/// Deeper definitions aren't followed.
const DEEPEST: u32 = 48;

/// A kernel on its way.
pub(crate) struct Walk<'m> {
    pub(crate) module: &'m Module,
    pub(crate) space: Space,
    values: Vec<Option<Value>>,
    /// What holds where it is; one of them.
    control: Vec<ContextId>,
    /// Above 0 where nothing that is found counts yet.
    quiet: u32,
    /// Loops around it, and those of them that are flattened.
    loops: u32,
    flattened: u32,
    /// Calls and regions around it.
    nested: u32,
    /// Python's file of the kernel.
    file: Option<Box<str>>,
    /// The kernel's arguments, by place, and bytes of an element behind those that are pointers.
    arguments: &'m [RawArgument],
    elements: Vec<Option<i128>>,
    /// Numbers that have to be at least 0, each once.
    conditions: Vec<Condition>,
    seen: HashSet<Condition>,
    /// What is touched, by argument.
    touched: BTreeMap<usize, Vec<Access>>,
    /// Divisors from memory: the compiler knows that they aren't 0, so nothing else may rest on them.
    uncompared: BTreeMap<AtomId, ReasonId>,
    /// What can't be known, with the argument if that is known.
    pub(crate) lost: BTreeSet<(Option<usize>, ReasonId)>,
}

/// A number that has to be at least 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Condition {
    /// It only has to where this is at least 0.
    pub(crate) guard: Option<Uniform>,
    pub(crate) room: Uniform,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    /// The duty that it comes of, and where that has to be met.
    pub(crate) of: Option<(DutyId, ContextId)>,
    /// Whether other numbers were simplified by it.
    pub(crate) is_assumed: bool,
}

/// Bytes that are touched where the guard is at least 0: the first, and the one behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Access {
    guard: Option<Uniform>,
    low: Uniform,
    end: Uniform,
}

impl<'m> Walk<'m> {
    pub(crate) fn new(module: &'m Module, function: &Function, arguments: &'m [RawArgument]) -> Self {
        let location = module.op(function.op).location;
        let file = location.and_then(|location| module.locations().outermost(location));
        let file = file.map(|position| (&*position.file).into());
        let elements = function.arguments.iter().map(|one| pointee_bytes(module.ty(one.value))).collect();
        let mut space = Space::default();
        let control = vec![space.everywhere()];
        Self {
            module,
            space,
            values: vec![None; module.value_count()],
            control,
            quiet: 0,
            loops: 0,
            flattened: 0,
            nested: 0,
            file,
            arguments,
            elements,
            conditions: Vec::new(),
            seen: HashSet::new(),
            touched: BTreeMap::new(),
            uncompared: BTreeMap::new(),
            lost: BTreeSet::new(),
        }
    }

    pub(crate) fn set(&mut self, value: ValueId, to: Value) {
        if let Some(slot) = self.values.get_mut(value.index()) {
            *slot = Some(to);
        }
    }

    fn get(&mut self, value: ValueId) -> Value {
        match self.values.get(value.index()) {
            Some(Some(value)) => value.clone(),
            _ => Value::Lost(self.space.add_reason(Cause::Control, Place::default())),
        }
    }

    /// Python's line: that of the kernel's own file in which the operation, or the call that it is inlined from, stands.
    fn place(&self, op: &Op) -> Place {
        let frames = op.location.map(|location| self.module.locations().frames(location)).unwrap_or_default();
        let own = frames.iter().find(|frame| self.file.as_deref().is_none_or(|file| *frame.file == *file));
        match own.or(frames.last()) {
            Some(position) => Place { file: Some(position.file.as_ref().into()), line: position.line },
            None => Place { file: None, line: op.line },
        }
    }

    fn reason(&mut self, cause: Cause, op: &Op) -> ReasonId {
        let place = self.place(op);
        self.space.add_reason(cause, place)
    }

    /// A value of this type of which nothing is known but what the type says.
    fn unknown(&mut self, of: ValueId, reason: ReasonId) -> Value {
        let ty = self.module.ty(of);
        match ty.element() {
            Type::Integer(integer) if integer.width == 1 => Value::Truth(Truth::unknown()),
            Type::Integer(integer) if integer.width <= 64 => {
                let ends = self.type_ends(integer.width, reason);
                let form = self.space.opaque(ty.shape(), self.loops, ends);
                Value::Int(Int { form, duties: Duties::default() })
            }
            Type::Index => {
                let form = self.space.opaque(ty.shape(), self.loops, (End::Lost(reason), End::Lost(reason)));
                Value::Int(Int { form, duties: Duties::default() })
            }
            Type::Pointer(_) => self.lost_address(reason),
            _ => Value::Lost(reason),
        }
    }

    /// Ends of a small integer, which every buffer can be made large enough for; larger ones have none.
    fn type_ends(&mut self, width: u32, reason: ReasonId) -> (End, End) {
        if width > 16 {
            return (End::Lost(reason), End::Lost(reason));
        }
        let (lo, hi) = range(width);
        (End::Known(self.space.uniforms.number(lo)), End::Known(self.space.uniforms.number(hi)))
    }

    fn lost_address(&mut self, reason: ReasonId) -> Value {
        let offset = self.space.number(0);
        let way = AddressWay { base: Base::Lost(reason), offset, when: Vec::new(), duties: Duties::default() };
        Value::Address(Address { ways: vec![way] })
    }

    /// All results of an operation of which nothing is known.
    fn unknown_results(&mut self, op: &Op, cause: Cause) {
        let reason = self.reason(cause, op);
        for &result in &op.results {
            let value = self.unknown(result, reason);
            self.set(result, value);
        }
    }

    /// An integer of an operation's result: what doesn't fit in its type is a duty.
    fn integer(&mut self, op: &Op, form: FormId, duties: Duties) {
        let Some(result) = op.result() else { return };
        let width = self.width(result);
        let (Some(width), true) = (width, self.space.form_depths(form).1 <= DEEPEST) else {
            return self.unknown_results(op, Cause::Operation(op.name.as_ref().into()));
        };
        let duties = self.fits(op, form, duties, width, Kind::Wrap);
        self.set(result, Value::Int(Int { form, duties }));
    }

    /// One of two integers of an operation's type, which fits in it as they do.
    fn one_of_both(&mut self, op: &Op, form: FormId, duties: Duties) {
        match op.result() {
            Some(result) if self.space.form_depths(form).1 <= DEEPEST => {
                self.set(result, Value::Int(Int { form, duties }));
            }
            _ => self.unknown_results(op, Cause::Operation(op.name.as_ref().into())),
        }
    }

    /// With the duty that a number fits in so many bits, where that isn't plain.
    fn fits(&mut self, op: &Op, form: FormId, duties: Duties, width: u32, kind: Kind) -> Duties {
        let (lo, hi) = range(width);
        self.between(op, form, duties, Some(lo), Some(hi), kind)
    }

    /// With the duty that a number lies between two others, where that isn't plain.
    fn between(
        &mut self,
        op: &Op,
        form: FormId,
        duties: Duties,
        lo: Option<i128>,
        hi: Option<i128>,
        kind: Kind,
    ) -> Duties {
        let span = self.space.span(form);
        let lo = lo.filter(|&lo| span.lo < lo);
        let hi = hi.filter(|&hi| span.hi > hi);
        if lo.is_none() && hi.is_none() {
            return duties;
        }
        let place = self.place(op);
        let duty = self.space.add_duty(Duty { kind, place, form, lo, hi, within: None });
        duties.with(duty)
    }

    /// Bits of an integer; `None` for what is none that is followed.
    fn width(&self, value: ValueId) -> Option<u32> {
        match self.module.ty(value).element() {
            Type::Integer(integer) if integer.width <= 64 => Some(integer.width),
            Type::Index => Some(64),
            _ => None,
        }
    }
}

/// What an integer of so many bits may be, with a sign.
fn range(width: u32) -> (i128, i128) {
    let half = 1_i128 << (width.clamp(1, 64) - 1);
    (-half, half - 1)
}

/// Bytes of what a pointer points to; `None` if that isn't known, or it doesn't point to global memory.
fn pointee_bytes(ty: &Type) -> Option<i128> {
    match ty.element() {
        Type::Pointer(pointer) => match &pointer.address_space {
            AddressSpace::Global | AddressSpace::Number(1) => bytes(&pointer.pointee),
            _ => None,
        },
        _ => None,
    }
}

/// Bytes of an element in memory. A truth value takes a byte.
fn bytes(ty: &Type) -> Option<i128> {
    match ty {
        Type::Tensor(_) => None,
        other => other.bits().map(|bits| i128::from(bits.div_ceil(8))),
    }
}
