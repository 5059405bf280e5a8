//! Operations in MLIR's generic syntax: `%r = "name"(%x)[^bb1] <{…}> ({…}) {…} : (f32) -> f32`.

use std::collections::HashMap;

use super::Body;
use super::custom::Reading;
use super::draft::Inside;
use crate::assembly::{Count, Operation, words};
use crate::attribute::{Attribute, Attributes};
use crate::module::{BlockId, Successor, ValueId};
use crate::token::Kind;

/// What an operation is that isn't known: no operands by name.
const UNKNOWN: &Operation =
    &Operation { names: &[], operands: &[], form: &[], results: crate::assembly::Results::Stated };

impl<'a> Body<'_, 'a> {
    /// `None` if the text is no such syntax.
    pub(super) fn generic(
        &mut self,
        index: usize,
        name: &str,
        end: usize,
        labels: &HashMap<&'a str, BlockId>,
    ) -> Option<()> {
        let at = self.tree.ops[index].name + 1;
        let inner = self.tree.ops[index].regions.len();
        let mut reading = Reading { body: self, operation: UNKNOWN, labels, index, at, end, arguments: Vec::new() };
        let mut values = reading.generic()?;
        if self.draft.types.len() != values.len() || self.draft.regions.len() < inner {
            return None;
        }
        let named = self.named[index].1 as usize;
        if named > 0 && named != self.draft.results.len() {
            let problem = self.tokens.unexpected(self.tree.ops[index].start, "as many names as there are results");
            self.problem.get_or_insert(problem);
        }
        // Types are compared before operands of successors are taken away.
        for (place, &value) in values.iter().enumerate() {
            let (ty, at) = self.draft.types[place];
            self.check(value, ty, at);
        }
        self.draft.types.clear();
        let sizes = |attributes: &Attributes| match attributes.get("operandSegmentSizes") {
            Some(Attribute::DenseArray(sizes)) => Some(sizes.values.clone()),
            _ => None,
        };
        let sizes = sizes(&self.draft.properties).or_else(|| sizes(&self.draft.attributes));
        let mut counts = None;
        if let Some(operation) = self.draft.operation {
            if !self.draft.successors.is_empty() {
                self.give_to_successors(operation, sizes.as_deref(), &mut values);
            }
            counts = self::counts(operation, sizes.as_deref(), values.len());
        }
        match counts {
            Some(counts) => {
                let groups = (0..).zip(counts).flat_map(|(group, count)| std::iter::repeat_n(group, count));
                self.draft.operands.extend(groups.zip(values));
            }
            None => {
                self.draft.operation = None;
                self.draft.operands.extend(values.into_iter().map(|value| (0, value)));
            }
        }
        self.draft.properties = with_words(name, std::mem::take(&mut self.draft.properties));
        Some(())
    }

    /// Behind an operation's own operands come those of the successors, as many as their blocks take.
    fn give_to_successors(&mut self, operation: &Operation, sizes: Option<&[i64]>, operands: &mut Vec<ValueId>) {
        let groups = operation.operands;
        let own: i64 = match sizes.and_then(|sizes| sizes.get(..groups.len())) {
            Some(sizes) => sizes.iter().fold(0, |sum, &size| sum.saturating_add(size)),
            None if groups.iter().all(|group| group.count == Count::One) => groups.len() as i64,
            None => return,
        };
        let taken = |body: &Self, successor: &Successor| body.blocks[successor.block.index()].arguments.len();
        let all: usize = self.draft.successors.iter().map(|successor| taken(self, successor)).sum();
        if operands.len().checked_sub(all) != usize::try_from(own).ok() {
            return;
        }
        let mut rest = operands.split_off(own as usize).into_iter();
        for successor in &mut self.draft.successors {
            successor.arguments = rest.by_ref().take(self.blocks[successor.block.index()].arguments.len()).collect();
        }
    }
}

impl Reading<'_, '_, '_> {
    /// All of it but the types' comparison; returns the operands.
    fn generic(&mut self) -> Option<Vec<ValueId>> {
        self.punct(b'(')?;
        let mut values = Vec::new();
        if !self.is(b')') {
            values = self.list(|reading| {
                (reading.kind() == Some(Kind::Value)).then_some(())?;
                let (value, behind) = reading.body.value(reading.at);
                reading.at = behind;
                Some(value)
            })?;
        }
        self.punct(b')')?;
        if self.is(b'[') {
            self.at += 1;
            let labels = if self.is(b']') { Vec::new() } else { self.list(|reading| reading.eat(Kind::Block))? };
            self.punct(b']')?;
            for at in labels {
                let block = self.body.label(at, self.labels)?;
                self.body.draft.successors.push(Successor { block, arguments: Vec::new() });
            }
        }
        if self.is(b'<') {
            let open = self.at + 1;
            if !self.body.tokens.is(open, b'{')
                || self.body.tokens.partner(open) + 1 != self.body.tokens.partner(self.at)
            {
                return None;
            }
            self.body.draft.properties = self.body.source().dictionary(open);
            self.at = self.body.tokens.partner(self.at) + 1;
        }
        if self.is(b'(') {
            self.at += 1;
            self.list(|reading| reading.generic_region())?;
            self.punct(b')')?;
        }
        if self.is(b'{') {
            self.body.draft.attributes = self.body.source().dictionary(self.at);
            self.at = self.body.tokens.partner(self.at) + 1;
        }
        self.punct(b':')?;
        self.functional()?;
        (self.at == self.end).then_some(values)
    }

    fn generic_region(&mut self) -> Option<()> {
        let open = self.eat(Kind::Punct(b'{'))?;
        let close = self.body.tokens.partner(open);
        let next = self.body.draft.regions.iter().filter(|region| region.tree.is_some()).count();
        let regions = &self.body.tree.ops[self.index].regions;
        let tree = regions.get(next).copied().filter(|&region| self.body.tree.regions[region].open == open);
        if tree.is_none() && close != open + 1 {
            return None;
        }
        self.body.draft.regions.push(Inside { tree, ..Inside::default() });
        self.at = close + 1;
        Some(())
    }
}

/// How many operands each group has: as the text says, or as only one way is possible.
fn counts(operation: &Operation, sizes: Option<&[i64]>, operands: usize) -> Option<Vec<usize>> {
    let groups = operation.operands;
    if let Some(sizes) = sizes {
        // A branch's last sizes are those of its successors.
        let sizes = sizes.get(..groups.len())?;
        let counts: Vec<usize> = sizes.iter().map(|&size| size.try_into().ok()).collect::<Option<_>>()?;
        let fits = counts.iter().zip(groups).all(|(&count, group)| match group.count {
            Count::One => count == 1,
            Count::Optional => count <= 1,
            Count::Many => true,
        });
        let sum = counts.iter().fold(0_usize, |sum, &count| sum.saturating_add(count));
        return (fits && sum == operands).then_some(counts);
    }
    let single = groups.iter().filter(|group| group.count == Count::One).count();
    let rest = operands.checked_sub(single)?;
    let others = groups.len() - single;
    // Several lists without sizes are equally long.
    let each = if others == 0 { 0 } else { rest / others };
    let fits = match others {
        0 => rest == 0,
        _ => rest % others == 0 && (each <= 1 || groups.iter().all(|group| group.count != Count::Optional)),
    };
    let count = |group: &crate::assembly::Operand| if group.count == Count::One { 1 } else { each };
    fits.then(|| groups.iter().map(count).collect())
}

/// Attributes with words in the place of the numbers that mean them.
fn with_words(operation: &str, attributes: Attributes) -> Attributes {
    attributes.map(|name, value| {
        let words = words::of(operation, name);
        match (&value, words) {
            (Attribute::Integer(integer), Some(words)) => {
                let word = words.iter().find(|(number, _)| i128::from(*number) == integer.value);
                word.map_or(value, |(_, word)| Attribute::Keyword((*word).into()))
            }
            (Attribute::Integer(integer), None) if (operation, name) == ("ttg.barrier", "addrSpace") => {
                Attribute::Flags(words::bits(words::BARRIER, integer.value))
            }
            (Attribute::Opaque(text), _) => match words::flags(text) {
                Some(flags) => Attribute::Flags(flags),
                None => value,
            },
            _ => value,
        }
    })
}
