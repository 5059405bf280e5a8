//! A module as text, that reads back as an equal module and that MLIR reads. Nothing recurses with the nesting of regions.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use crate::attribute::display::Quoted;
use crate::location::{LocId, Location, Position};
use crate::module::{Block, BlockId, Module, Op, OpId, RegionId, Syntax, ValueId};

mod custom;
mod function;
mod generic;

/// How deep lines are indented at most: a file may be nested as deep as it likes.
const MAX_INDENT: usize = 32;

/// Custom assembly where the file has it, generic syntax where it has that. What isn't known is printed as it was read.
impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.location_aliases.iter().rev().map(|(name, id)| (*id, self.span(name))).collect();
        let mut printer = Printer { module: self, out: f, locations: names, indent: 0 };
        for (name, value) in &self.aliases {
            writeln!(printer.out, "{} = {}", self.span(name), self.span(value))?;
        }
        // MLIR reads the locations of arguments at once, so that all come first, each behind those that it names.
        for (name, id) in &self.location_aliases {
            let name = self.span(name);
            write!(printer.out, "{name} = loc(")?;
            match printer.locations.get(id) {
                // Another name of the same.
                Some(first) if *first != name => write!(printer.out, "{first}")?,
                _ => printer.definition(*id)?,
            }
            writeln!(printer.out, ")")?;
        }
        printer.run()
    }
}

struct Printer<'m, 'f, 'o> {
    module: &'m Module,
    out: &'f mut fmt::Formatter<'o>,
    /// Aliases by what they stand for.
    locations: HashMap<LocId, &'m str>,
    indent: usize,
}

/// What is still to be printed.
enum Step {
    Op(OpId),
    Block(BlockId, Label),
    /// A region has ended: the operation goes on with the piece of this place and the region of this place.
    Rest(OpId, usize, usize),
}

/// Whether a block's label is printed.
#[derive(Clone, Copy, PartialEq)]
enum Label {
    /// With all arguments.
    All,
    /// If the text has one, with the arguments that don't stand in the operation's own text.
    Behind(usize),
}

impl<'m> Printer<'m, '_, '_> {
    fn run(&mut self) -> fmt::Result {
        let mut steps = Vec::new();
        self.region(self.module.file(), Label::All, &mut steps);
        while let Some(step) = steps.pop() {
            match step {
                Step::Block(block, label) => self.block(block, label, &mut steps)?,
                Step::Op(id) => {
                    let op = self.module.op(id);
                    self.line()?;
                    if op.syntax == Syntax::Unknown {
                        writeln!(self.out, "{}", self.module.text(id))?;
                        continue;
                    }
                    self.results(op)?;
                    self.rest(id, 0, 0, &mut steps)?;
                }
                Step::Rest(id, part, region) => {
                    self.indent = self.indent.saturating_sub(1);
                    self.line()?;
                    self.out.write_char('}')?;
                    self.rest(id, part, region, &mut steps)?;
                }
            }
        }
        Ok(())
    }

    /// The rest of an operation, up to its next region or its end.
    fn rest(&mut self, id: OpId, part: usize, region: usize, steps: &mut Vec<Step>) -> fmt::Result {
        let op = self.module.op(id);
        let open = match op.syntax {
            Syntax::Generic => self.generic(op, region)?,
            _ => self.custom(id, op, part, region)?,
        };
        if let Some((next, region, label)) = open {
            steps.push(Step::Rest(id, next, region + 1));
            self.out.write_str("{\n")?;
            self.indent += 1;
            self.region(op.regions[region], label, steps);
            return Ok(());
        }
        if let Some(location) = op.location {
            self.out.write_str(" ")?;
            self.location(location)?;
        }
        self.out.write_char('\n')
    }

    fn region(&self, region: RegionId, first: Label, steps: &mut Vec<Step>) {
        let blocks = self.module.region(region).blocks.iter().enumerate().rev();
        steps.extend(blocks.map(|(i, &block)| Step::Block(block, if i == 0 { first } else { Label::All })));
    }

    fn block(&mut self, id: BlockId, label: Label, steps: &mut Vec<Step>) -> fmt::Result {
        let Block { arguments, ops, .. } = self.module.block(id);
        let name = self.module.label(id);
        let shown = match label {
            Label::All => &arguments[..],
            Label::Behind(own) => arguments.get(own..).unwrap_or_default(),
        };
        if !name.is_empty() {
            write!(self.out, "{:1$}^{name}", "", 2 * self.indent.min(MAX_INDENT).saturating_sub(1))?;
            if !shown.is_empty() {
                self.out.write_char('(')?;
                self.separated(shown, |printer, &value| printer.argument(value))?;
                self.out.write_char(')')?;
            }
            self.out.write_str(":\n")?;
        }
        steps.extend(ops.iter().rev().map(|&op| Step::Op(op)));
        Ok(())
    }

    fn line(&mut self) -> fmt::Result {
        write!(self.out, "{:1$}", "", 2 * self.indent.min(MAX_INDENT))
    }

    /// `%a:2, %b = `.
    fn results(&mut self, op: &Op) -> fmt::Result {
        let module = self.module;
        let names = op.results.chunk_by(|a, b| module.value(*a).name == module.value(*b).name);
        let names = names.filter(|group| !module.span(&module.value(group[0]).name).is_empty());
        let mut first = true;
        for group in names {
            write!(self.out, "{}%{}", if first { "" } else { ", " }, module.span(&module.value(group[0]).name))?;
            if group.len() > 1 {
                write!(self.out, ":{}", group.len())?;
            }
            first = false;
        }
        if first { Ok(()) } else { self.out.write_str(" = ") }
    }

    fn separated<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T) -> fmt::Result) -> fmt::Result {
        for (i, item) in items.iter().enumerate() {
            self.out.write_str(if i == 0 { "" } else { ", " })?;
            print(self, item)?;
        }
        Ok(())
    }

    /// `%x`, `%0#1`.
    fn value(&mut self, value: ValueId) -> fmt::Result {
        let name = self.module.name(value).unwrap_or_default();
        write!(self.out, "%{name}")
    }

    fn values(&mut self, values: &[ValueId]) -> fmt::Result {
        self.separated(values, |printer, &value| printer.value(value))
    }

    /// Types with commas between them.
    fn types(&mut self, values: &[ValueId]) -> fmt::Result {
        let module = self.module;
        self.separated(values, |printer, &value| write!(printer.out, "{}", module.ty(value)))
    }

    /// `(i32, f32)`.
    fn type_list(&mut self, values: &[ValueId]) -> fmt::Result {
        self.out.write_char('(')?;
        self.types(values)?;
        self.out.write_char(')')
    }

    /// `f32`, or `(f32, i32)`.
    fn result_types(&mut self, op: &Op) -> fmt::Result {
        match op.results[..] {
            // A function as a result needs its parentheses.
            [result] if !self.module.ty(result).to_string().starts_with('(') => {
                write!(self.out, "{}", self.module.ty(result))
            }
            _ => self.type_list(&op.results),
        }
    }

    /// `%x: i32 loc(…)`.
    fn argument(&mut self, value: ValueId) -> fmt::Result {
        self.value(value)?;
        write!(self.out, ": {}", self.module.ty(value))?;
        self.argument_location(value)
    }

    fn argument_location(&mut self, value: ValueId) -> fmt::Result {
        match self.module.value(value).location {
            Some(location) => {
                self.out.write_char(' ')?;
                self.location(location)
            }
            None => Ok(()),
        }
    }

    /// `loc(…)`.
    fn location(&mut self, id: LocId) -> fmt::Result {
        self.out.write_str("loc(")?;
        self.inner_location(id)?;
        self.out.write_char(')')
    }

    /// A location by its alias, or written out.
    fn inner_location(&mut self, id: LocId) -> fmt::Result {
        match self.locations.get(&id) {
            Some(alias) => self.out.write_str(alias),
            None => self.definition(id),
        }
    }

    /// A location written out. What is inside it without alias was nested in the text, which has a limit.
    fn definition(&mut self, id: LocId) -> fmt::Result {
        match self.module.locations.get(id) {
            Location::Unknown => self.out.write_str("unknown"),
            Location::File(Position { file, line, column, end }) => {
                write!(self.out, "{}:{line}:{column}", Quoted(file))?;
                end.map_or(Ok(()), |(line, column)| write!(self.out, " to {line}:{column}"))
            }
            Location::Named { name, inner } => {
                write!(self.out, "{}", Quoted(name))?;
                let Some(inner) = inner else { return Ok(()) };
                self.out.write_char('(')?;
                self.inner_location(*inner)?;
                self.out.write_char(')')
            }
            Location::CallSite { callee, caller } => {
                self.out.write_str("callsite(")?;
                self.inner_location(*callee)?;
                self.out.write_str(" at ")?;
                self.inner_location(*caller)?;
                self.out.write_char(')')
            }
            Location::Fused { metadata, parts } => {
                self.out.write_str("fused")?;
                if let Some(metadata) = metadata {
                    write!(self.out, "<{metadata}>")?;
                }
                self.out.write_char('[')?;
                self.separated(parts, |printer, &part| printer.inner_location(part))?;
                self.out.write_char(']')
            }
            Location::Opaque(text) => self.out.write_str(text),
        }
    }
}
