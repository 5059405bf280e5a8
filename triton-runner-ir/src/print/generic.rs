//! Operations in MLIR's generic syntax.

use std::fmt::{self, Write as _};

use super::{Label, Printer};
use crate::assembly::words;
use crate::attribute::display::Quoted;
use crate::attribute::{Attribute, Integer};
use crate::module::{Op, ValueId};

impl Printer<'_, '_, '_> {
    /// Prints up to a region, which is returned, or to the end.
    pub(super) fn generic(&mut self, op: &Op, region: usize) -> Result<Option<(usize, usize, Label)>, fmt::Error> {
        // Successors' operands are operands here.
        let given = op.successors.iter().flat_map(|successor| successor.arguments.iter().copied());
        let operands: Vec<ValueId> = op.operands.iter().copied().chain(given).collect();
        if region == 0 {
            write!(self.out, "{}(", Quoted(&op.name))?;
            self.values(&operands)?;
            self.out.write_char(')')?;
            if !op.successors.is_empty() {
                self.out.write_char('[')?;
                let module = self.module;
                self.separated(&op.successors, |printer, successor| {
                    write!(printer.out, "^{}", module.label(successor.block))
                })?;
                self.out.write_char(']')?;
            }
            if !op.properties.is_empty() {
                let properties = op.properties.clone().map(|name, value| with_numbers(&op.name, name, value));
                write!(self.out, " <{properties}>")?;
            }
            if !op.regions.is_empty() {
                self.out.write_str(" (")?;
            }
        } else if region < op.regions.len() {
            self.out.write_str(", ")?;
        }
        if region < op.regions.len() {
            return Ok(Some((0, region, Label::All)));
        }
        if !op.regions.is_empty() {
            self.out.write_char(')')?;
        }
        if !op.attributes.is_empty() {
            write!(self.out, " {}", op.attributes)?;
        }
        self.out.write_str(" : ")?;
        self.type_list(&operands)?;
        self.out.write_str(" -> ")?;
        self.result_types(op)?;
        Ok(None)
    }
}

/// Words as the numbers that generic syntax has for them.
fn with_numbers(operation: &str, name: &str, value: Attribute) -> Attribute {
    let number = |number: i64| Attribute::Integer(Integer { value: number.into(), ty: words::ty(operation, name) });
    match &value {
        Attribute::Keyword(word) => {
            let known = words::of(operation, name).and_then(|words| words.iter().find(|(_, known)| known == word));
            known.map_or(value, |(found, _)| number(*found))
        }
        Attribute::Flags(flags) if operation == "ttg.barrier" => number(words::number(words::BARRIER, flags)),
        Attribute::Flags(flags) => {
            let dialect = if name == "overflowFlags" { "overflow" } else { "fastmath" };
            Attribute::Opaque(format!("#arith.{dialect}<{}>", flags.join(", ")).into())
        }
        _ => value,
    }
}
