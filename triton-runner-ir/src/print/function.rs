//! `tt.func` up to its body.

use std::fmt::{self, Write as _};

use super::Printer;
use crate::attribute::Attributes;
use crate::attribute::display::Name;
use crate::module::{Op, OpId};

impl Printer<'_, '_, '_> {
    /// Whether a body follows.
    pub(super) fn function(&mut self, id: OpId, op: &Op) -> Result<bool, fmt::Error> {
        let module = self.module;
        let functions = module.functions();
        let place = functions.binary_search_by_key(&id, |function| function.op);
        let Some(function) = place.ok().and_then(|place| functions.get(place)) else { return Ok(false) };
        if let Some(visibility) = op.properties.get("sym_visibility").and_then(|visibility| visibility.as_str()) {
            write!(self.out, " {visibility}")?;
        }
        write!(self.out, " @{}(", Name(&function.name))?;
        self.separated(&function.arguments, |printer, argument| {
            if module.name(argument.value).is_some() {
                printer.value(argument.value)?;
                printer.out.write_str(": ")?;
            }
            write!(printer.out, "{}", module.ty(argument.value))?;
            printer.dictionary(&argument.attributes)?;
            printer.argument_location(argument.value)
        })?;
        self.out.write_char(')')?;
        if !function.results.is_empty() {
            self.out.write_str(" -> (")?;
            self.separated(&function.results, |printer, result| {
                write!(printer.out, "{}", module.type_of(result.ty))?;
                printer.dictionary(&result.attributes)
            })?;
            self.out.write_char(')')?;
        }
        if !op.attributes.is_empty() {
            write!(self.out, " attributes {}", op.attributes)?;
        }
        if function.body.is_some() {
            self.out.write_char(' ')?;
        }
        Ok(function.body.is_some())
    }

    fn dictionary(&mut self, attributes: &Attributes) -> fmt::Result {
        if attributes.is_empty() { Ok(()) } else { write!(self.out, " {attributes}") }
    }
}
