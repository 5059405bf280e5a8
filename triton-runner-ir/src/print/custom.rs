//! Operations in their own assembly, piece by piece as the table says.

use std::fmt::{self, Write as _};

use super::{Label, Printer};
use crate::assembly::Part;
use crate::attribute::Attribute;
use crate::module::{Op, OpId, Successor};
use crate::types::Type;

impl Printer<'_, '_, '_> {
    /// Prints from a piece on, up to a region: then the next piece, the region, and what its first block shows.
    pub(super) fn custom(
        &mut self,
        id: OpId,
        op: &Op,
        first: usize,
        region: usize,
    ) -> Result<Option<(usize, usize, Label)>, fmt::Error> {
        if first == 0 {
            self.out.write_str(&op.name)?;
        }
        let form = op.operation.map_or(&[][..], |operation| operation.form);
        let mut results = 0;
        for (place, &part) in form.iter().enumerate().skip(first) {
            // Arguments of the region that stand in the text before it.
            let own = self.module.region_arguments(op, region).len();
            match part {
                Part::Region => {
                    self.out.write_char(' ')?;
                    let own =
                        if form.iter().any(|part| matches!(part, Part::Counter)) || region == 0 { own } else { 0 };
                    return Ok(Some((place + 1, region, Label::Behind(own))));
                }
                Part::Else if region < op.regions.len() => {
                    self.out.write_str(" else ")?;
                    return Ok(Some((place + 1, region, Label::All)));
                }
                Part::Function => {
                    return Ok(self.function(id, op)?.then_some((place + 1, region, Label::Behind(own))));
                }
                Part::Module => {
                    if let Some(Attribute::Symbol(_)) = op.properties.get("sym_name") {
                        self.attribute(op, "sym_name", " ", "")?;
                    }
                    if !op.attributes.is_empty() {
                        write!(self.out, " attributes {}", op.attributes)?;
                    }
                    self.out.write_char(' ')?;
                    return Ok(Some((place + 1, region, Label::All)));
                }
                part => self.part(op, part, &mut results)?,
            }
        }
        Ok(None)
    }

    fn part(&mut self, op: &Op, part: Part, result: &mut usize) -> fmt::Result {
        let module = self.module;
        match part {
            Part::Punct(punct @ (b'*' | b':')) => write!(self.out, " {}", punct as char),
            Part::Punct(punct) => self.out.write_char(punct as char),
            Part::Arrow => self.out.write_str(" ->"),
            Part::Keyword(word) => write!(self.out, " {word}"),
            Part::Value(name) => self.group(op, name, " ", ""),
            Part::CommaValue(name) => self.group(op, name, ", ", ""),
            Part::WordValue(word, name) if !op.group(name).is_empty() => {
                write!(self.out, " {word} ")?;
                self.group(op, name, "", "")
            }
            Part::Values(name) => self.group(op, name, " ", ""),
            Part::Bracketed(name) => {
                self.out.write_str(" [")?;
                self.group(op, name, "", "")?;
                self.out.write_char(']')
            }
            Part::Parenthesized(name) => {
                self.out.write_char('(')?;
                self.group(op, name, "", "")?;
                self.out.write_char(')')
            }
            Part::Typed(name) if !op.group(name).is_empty() => {
                self.group(op, name, " ", " : ")?;
                self.types(op.group(name))
            }
            Part::ColonTyped(name) if !op.group(name).is_empty() => {
                self.group(op, name, " : ", " : ")?;
                self.types(op.group(name))
            }
            Part::Word(name)
            | Part::OptionalWord(name)
            | Part::Text(name)
            | Part::Symbol(name)
            | Part::Attribute(name) => self.attribute(op, name, " ", ""),
            Part::Bars(name) => match op.properties.get(name) {
                Some(Attribute::Flags(flags)) => write!(self.out, " {}", flags.join("|")),
                _ => Ok(()),
            },
            Part::Assign(word, name) => {
                write!(self.out, " {word} =")?;
                self.attribute(op, name, " ", "")
            }
            Part::CommaAssign(word, name) if op.properties.get(name).is_some() => {
                write!(self.out, ", {word} =")?;
                self.attribute(op, name, " ", "")
            }
            Part::Options(options) => options.iter().try_for_each(|(word, name)| match op.properties.get(name) {
                Some(_) => self.part(op, Part::Assign(word, name), result),
                None => Ok(()),
            }),
            Part::Flag(word, name) if op.properties.get(name).is_some() => write!(self.out, " {word}"),
            Part::Flags(word, name) if op.properties.get(name).is_some() => {
                write!(self.out, " {word}")?;
                self.attribute(op, name, "<", ">")
            }
            Part::Bracket(name) => self.attribute(op, name, " <", ">"),
            Part::Weights(name) => match op.properties.get(name) {
                Some(Attribute::DenseArray(weights)) => {
                    self.out.write_str(" weights([")?;
                    self.separated(&weights.values, |printer, weight| write!(printer.out, "{weight}"))?;
                    self.out.write_str("])")
                }
                _ => Ok(()),
            },
            Part::Attributes if !op.attributes.is_empty() => write!(self.out, " {}", op.attributes),
            Part::NamedAttributes if !op.attributes.is_empty() => write!(self.out, " attributes {}", op.attributes),
            Part::Type(names) => {
                let operand = names.first().and_then(|name| op.operand(name));
                operand.map_or(Ok(()), |operand| write!(self.out, " {}", module.ty(operand)))
            }
            Part::Types(name) => {
                self.out.write_char(' ')?;
                self.types(op.group(name))
            }
            Part::TypeComma(name) => match op.operand(name).map(|operand| module.ty(operand)) {
                Some(ty) if *ty != Type::int(1) => write!(self.out, " {ty},"),
                _ => Ok(()),
            },
            Part::CommaType(name) => {
                op.operand(name).map_or(Ok(()), |operand| write!(self.out, ", {}", module.ty(operand)))
            }
            Part::Short(name, prefix) => {
                let value = if name.is_empty() { op.result() } else { op.operand(name) };
                let ty = value.map(|value| module.ty(value).to_string()).unwrap_or_default();
                write!(self.out, " {}", ty.strip_prefix(prefix).unwrap_or(&ty))
            }
            Part::Result => {
                let ty = op.results.get(*result).map(|&result| module.ty(result));
                *result += 1;
                ty.map_or(Ok(()), |ty| write!(self.out, " {ty}"))
            }
            Part::Functional => {
                self.out.write_char(' ')?;
                self.type_list(&op.operands)?;
                self.out.write_str(" -> ")?;
                self.result_types(op)
            }
            Part::OperandTypes => {
                self.out.write_char(' ')?;
                self.types(&op.operands)
            }
            Part::ResultTypes => {
                self.out.write_char(' ')?;
                self.types(&op.results)
            }
            Part::ArrowResults if !op.results.is_empty() => {
                self.out.write_str(" -> ")?;
                self.type_list(&op.results)
            }
            Part::Successor => {
                // The branch's first one that isn't printed yet.
                let successor = op.successors.get(*result);
                *result += 1;
                successor.map_or(Ok(()), |successor| self.successor(successor))
            }
            Part::Cases(name) => self.cases(op, name),
            Part::Counter => {
                let counter = module.region_arguments(op, 0).first();
                counter.map_or(Ok(()), |&counter| {
                    self.out.write_char(' ')?;
                    self.value(counter)?;
                    self.out.write_str(" =")
                })
            }
            Part::CounterType(_) => match module.region_arguments(op, 0).first().map(|&counter| module.ty(counter)) {
                Some(ty) if *ty != Type::Index => write!(self.out, " : {ty}"),
                _ => Ok(()),
            },
            Part::IterArgs(name) if !op.group(name).is_empty() => {
                self.out.write_str(" iter_args")?;
                self.carried(op, name, 1)?;
                self.out.write_str(" -> ")?;
                self.type_list(&op.results)
            }
            Part::WhileArgs(name) if !op.group(name).is_empty() => {
                self.out.write_char(' ')?;
                self.carried(op, name, 0)
            }
            _ => Ok(()),
        }
    }

    /// Operands with something before and behind them; nothing if there are none.
    fn group(&mut self, op: &Op, name: &str, before: &str, behind: &str) -> fmt::Result {
        let values = op.group(name);
        if values.is_empty() {
            return Ok(());
        }
        self.out.write_str(before)?;
        self.values(values)?;
        self.out.write_str(behind)
    }

    /// An attribute with something before and behind it; nothing if it isn't there.
    fn attribute(&mut self, op: &Op, name: &str, before: &str, behind: &str) -> fmt::Result {
        match op.properties.get(name) {
            Some(value) => write!(self.out, "{before}{value}{behind}"),
            None => Ok(()),
        }
    }

    /// `(%a = %x, %b = %y)`.
    fn carried(&mut self, op: &Op, name: &str, first: usize) -> fmt::Result {
        let arguments = self.module.region_arguments(op, 0).get(first..).unwrap_or_default();
        let pairs: Vec<_> = arguments.iter().copied().zip(op.group(name).iter().copied()).collect();
        self.out.write_char('(')?;
        self.separated(&pairs, |printer, &(argument, value)| {
            printer.value(argument)?;
            printer.out.write_str(" = ")?;
            printer.value(value)
        })?;
        self.out.write_char(')')
    }

    /// ` ^bb1(%x : f32)`.
    fn successor(&mut self, successor: &Successor) -> fmt::Result {
        write!(self.out, " ^{}", self.module.label(successor.block))?;
        if successor.arguments.is_empty() {
            return Ok(());
        }
        self.out.write_char('(')?;
        self.values(&successor.arguments)?;
        self.out.write_str(" : ")?;
        self.types(&successor.arguments)?;
        self.out.write_char(')')
    }

    /// `[default: ^bb1, 42: ^bb2]`.
    fn cases(&mut self, op: &Op, name: &str) -> fmt::Result {
        let dense = match op.properties.get(name) {
            Some(Attribute::Dense(dense)) => Some(dense),
            _ => None,
        };
        self.out.write_str(" [")?;
        for (place, successor) in op.successors.iter().enumerate() {
            match (place.checked_sub(1), dense) {
                (Some(case), Some(dense)) => {
                    let bits = dense.bits(case).unwrap_or_default();
                    let number = crate::attribute::signed(bits, dense.ty.element());
                    write!(self.out, ", {number}:")?;
                }
                _ => self.out.write_str("default:")?,
            }
            self.successor(successor)?;
        }
        self.out.write_char(']')
    }
}
