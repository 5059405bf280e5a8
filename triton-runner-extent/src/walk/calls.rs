//! Calls: the called function, where it is called.

use triton_runner_ir::{Attribute, Op};

use crate::reason::Cause;
use crate::value::Value;

use super::Walk;

/// Calls and regions inside each other that are followed.
pub(super) const MOST_NESTED: u32 = 64;

impl Walk<'_> {
    pub(super) fn call(&mut self, op: &Op) {
        let module = self.module;
        let name = match op.attribute("callee") {
            Some(Attribute::Symbol(parts)) => parts.last(),
            _ => None,
        };
        let function = name.and_then(|name| module.function(name));
        let Some((function, body)) = function.and_then(|function| Some((function, function.body?))) else {
            return self.opaque_effect(op);
        };
        if self.nested > MOST_NESTED {
            let reason = self.reason(Cause::Control, op);
            self.effect(reason);
            return self.unknown_results(op, Cause::Control);
        }
        let given: Vec<Value> = op.operands.iter().map(|&operand| self.get(operand)).collect();
        for (argument, value) in function.arguments.iter().zip(given) {
            self.set(argument.value, value);
        }
        let results = self.body(body);
        let reason = self.reason(Cause::Control, op);
        for (place, &result) in op.results.iter().enumerate() {
            let value = match results.as_ref().and_then(|results| results.get(place)) {
                Some(value) => value.clone(),
                None => self.unknown(result, reason),
            };
            self.set(result, value);
        }
    }
}
