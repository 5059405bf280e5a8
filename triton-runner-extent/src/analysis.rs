//! From a kernel's text to what its launches touch.

use std::collections::BTreeSet;
use std::rc::Rc;

use triton_runner_ir::{Function, IrError, Module, RawArgument, Summary, Type};
use triton_runner_manifest::ArgType;

use crate::check::{self, Check, Scalar, Touched};
use crate::program::Operand;
use crate::reason::{Cause, Place, Reason};
use crate::space::{Duties, Space};
use crate::uniform::{Interval, Lowering};
use crate::value::{Address, AddressWay, Base, Constraint, Descriptor, Int, Truth, Value};
use crate::walk::{Condition, Walk};

/// Why a kernel can't be launched safely.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsafe {
    /// The argument whose memory is touched, by its place among the IR's arguments; `None` where any memory may be.
    pub argument: Option<usize>,
    /// Why nobody knows what is touched.
    pub reason: Reason,
}

/// What is known of a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What a launch has to evaluate.
    Proven(Check),
    /// Why there is no such check, each reason once; at least one.
    Unknown(Vec<Unsafe>),
}

impl Extent {
    /// Finds out what launches of a kernel touch, from its TTIR.
    ///
    /// # Errors
    ///
    /// Text that is no TTIR, or has no kernel or several.
    pub fn of(text: &str) -> Result<Self, IrError> {
        let summary = Summary::read(text)?;
        let module = triton_runner_ir::parse(text)?;
        Ok(of_module(&module, &summary))
    }
}

fn of_module(module: &Module, summary: &Summary) -> Extent {
    let body = module.function(&summary.name).and_then(|function| Some((function, function.body?)));
    let Some((function, body)) = body else {
        let reason = Reason { cause: Cause::Control, place: Place { file: None, line: summary.line } };
        return Extent::Unknown(vec![Unsafe { argument: None, reason }]);
    };
    let mut walk = Walk::new(module, function, &summary.raw_arguments);
    let places = summary.places();
    let arguments = function.arguments.iter().zip(&summary.raw_arguments).zip(&places);
    for (place, ((argument, raw), own)) in arguments.enumerate() {
        let value = given(&mut walk.space, module.ty(argument.value), raw, place, *own);
        walk.set(argument.value, value);
    }
    walk.body(body);
    walk.compared_divisors();
    if walk.lost.is_empty() {
        return Extent::Proven(check(&mut walk, module, function, &places));
    }
    let reason =
        |&(argument, reason): &(Option<usize>, _)| Unsafe { argument, reason: (*walk.space.reason(reason)).clone() };
    let all: BTreeSet<Unsafe> = walk.lost.iter().map(reason).collect();
    Extent::Unknown(all.into_iter().collect())
}

/// What an argument is inside the kernel: by its place in the IR, and that among those that a caller passes.
fn given(space: &mut Space, ty: &Type, raw: &RawArgument, place: usize, own: Option<usize>) -> Value {
    let none = Duties::default();
    let Some(own) = own else {
        // Shape or stride of a descriptor, which is made where it is passed.
        return Value::Lost(space.add_reason(Cause::Descriptor, Place { file: None, line: raw.line }));
    };
    match ty {
        _ if raw.ty == ArgType::TmaDesc => Value::Descriptor(Rc::new(Descriptor::Host)),
        Type::Integer(integer) if integer.width == 1 => {
            let scalar = space.uniforms.scalar(own as u32, Interval::new(0, 1));
            let form = space.of_uniform(scalar);
            let (zero, one) = (space.number(0), space.number(1));
            let (no, yes) = (space.sub(form, zero), space.sub(one, form));
            let list = |form| vec![vec![Constraint { form, duties: none.clone() }]];
            Value::Truth(Truth { yes: list(yes), no: list(no) })
        }
        Type::Integer(integer) if integer.width <= 64 => {
            let half = 1_i128 << (integer.width - 1);
            let scalar = space.uniforms.scalar(own as u32, Interval::new(-half, half - 1));
            Value::Int(Int { form: space.of_uniform(scalar), duties: none })
        }
        Type::Pointer(_) => {
            let offset = space.number(0);
            let way = AddressWay { base: Base::Argument(place), offset, when: Vec::new(), duties: none };
            Value::Address(Address { ways: vec![way] })
        }
        Type::Descriptor(_) => Value::Descriptor(Rc::new(Descriptor::Host)),
        Type::Float(_) => Value::Lost(space.add_reason(Cause::Float, Place { file: None, line: raw.line })),
        other => {
            let cause = Cause::Operation(other.to_string().into());
            Value::Lost(space.add_reason(cause, Place { file: None, line: raw.line }))
        }
    }
}

/// `places` are those of the IR's arguments among the caller's, by which a check names them.
fn check(walk: &mut Walk<'_>, module: &Module, function: &Function, places: &[Option<usize>]) -> Check {
    let (least, ends) = (walk.least_conditions(), walk.least_touched());
    let uniforms = &mut walk.space.uniforms;
    let zero = uniforms.number(0);
    let values: Vec<_> = least
        .iter()
        .map(|condition| match condition.guard {
            Some(guard) => uniforms.select(guard, condition.room, zero),
            None => condition.room,
        })
        .collect();
    let mut lowering = Lowering::new(uniforms);
    let mut conditions = Vec::new();
    for (Condition { kind, place, .. }, value) in least.into_iter().zip(values) {
        conditions.push(check::Condition { value: lowering.operand(value), kind, place });
    }
    let mut touched = Vec::new();
    for (argument, low, high) in ends {
        let (low, high) = (lowering.operand(low), lowering.operand(high));
        let argument = places.get(argument).copied().flatten().unwrap_or(argument) as u32;
        touched.push(Touched { argument, low, high });
    }
    let program = lowering.finish();
    let operands = conditions.iter().map(|condition| condition.value);
    let operands = operands.chain(touched.iter().flat_map(|touched| [touched.low, touched.high]));
    let inputs: BTreeSet<Operand> = operands.flat_map(|operand| program.inputs(operand)).collect();
    let scalar = |input: &Operand| match *input {
        Operand::Scalar(argument) => {
            let place = places.iter().position(|own| *own == Some(argument as usize))?;
            let value = function.arguments.get(place)?.value;
            Some(Scalar { argument, bits: module.ty(value).bits()? })
        }
        _ => None,
    };
    Check { scalars: inputs.iter().filter_map(scalar).collect(), program, conditions, touched }
}
