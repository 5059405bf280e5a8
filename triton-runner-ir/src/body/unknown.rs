//! Operations in an assembly that isn't known: the values in their text, its regions left out.

use std::collections::HashMap;

use super::draft::{Argument, Inside};
use super::state::Body;
use super::types::Table;
use crate::attribute::Attributes;
use crate::module::{BlockId, Successor, TypeId, ValueId};
use crate::token::Kind;

impl<'a> Body<'_, 'a> {
    pub(super) fn unknown(&mut self, index: usize, end: usize, labels: &HashMap<&'a str, BlockId>) {
        let tokens = self.tokens;
        let op = &self.tree.ops[index];
        let mut regions = op.regions.iter().map(|&region| (region, self.tree.regions[region].open)).peekable();
        let mut defined: Vec<Argument> = Vec::new();
        let mut depth = 0_u32;
        let mut at = op.name + 1;
        while at < end {
            match tokens.kind(at) {
                Some(Kind::Punct(b'{')) => {
                    if let Some((region, _)) = regions.next_if(|(_, open)| *open == at) {
                        let arguments = std::mem::take(&mut defined);
                        self.draft.regions.push(Inside {
                            tree: Some(region),
                            arguments,
                            isolated: false,
                            entered: true,
                        });
                    } else {
                        for (name, value) in self.dictionary(at).into_iter().flat_map(Attributes::into_entries) {
                            if self.draft.attributes.get(&name).is_none() {
                                self.draft.attributes.push(name, value);
                            }
                        }
                    }
                    at = tokens.partner(at);
                }
                // Properties of the generic syntax, and types, which hold no values.
                Some(Kind::Punct(b'<')) => at = tokens.partner(at),
                Some(Kind::Punct(b'(' | b'[')) => depth += 1,
                Some(Kind::Punct(b')' | b']')) => depth = depth.saturating_sub(1),
                Some(Kind::Value) => {
                    let typed = depth > 0 && tokens.is(at + 1, b':') && regions.peek().is_some();
                    if tokens.is(at + 1, b'=') || typed {
                        let ty = if typed { self.ty(at + 2).map(|(ty, _)| ty) } else { None };
                        let ty = ty.unwrap_or(Table::UNKNOWN);
                        defined.push(Argument { at: Some(at), ty, location: None });
                    } else {
                        let (value, behind) = self.value(at);
                        self.draft.operands.push((0, value));
                        at = behind - 1;
                    }
                }
                Some(Kind::Block) => {
                    let label = at;
                    let mut arguments = Vec::new();
                    if tokens.is(at + 1, b'(') {
                        let close = tokens.partner(at + 1);
                        arguments = self.values_between(at + 2, close);
                        at = close;
                    }
                    match self.label(label, labels) {
                        Some(block) => self.draft.successors.push(Successor { block, arguments }),
                        None => self.draft.operands.extend(arguments.into_iter().map(|value| (0, value))),
                    }
                }
                _ => {}
            }
            at += 1;
        }
        // Names that no region takes are uses of something unknown.
        for argument in defined {
            if let Some(at) = argument.at {
                let (value, _) = self.value(at);
                self.draft.operands.push((0, value));
            }
        }
        self.draft.results = self.unknown_results(index, end);
        if matches!(tokens.kind(end - 1), Some(Kind::Punct(b',' | b'=' | b':') | Kind::Arrow)) {
            let problem = tokens.unexpected(end, "the rest of the operation");
            self.problem.get_or_insert(problem);
        }
    }

    fn values_between(&mut self, at: usize, end: usize) -> Vec<ValueId> {
        let mut values = Vec::new();
        for i in at..end {
            if self.tokens.kind(i) == Some(Kind::Value) {
                values.push(self.value(i).0);
            }
        }
        values
    }

    /// Types behind the last arrow or `to`, if there is one for each result; else none that are known.
    fn unknown_results(&mut self, index: usize, end: usize) -> Vec<TypeId> {
        let count = self.named[index].1 as usize;
        let tokens = self.tokens;
        let is_arrow = |i: &usize| tokens.kind(*i) == Some(Kind::Arrow) || tokens.text(*i) == "to";
        // Arrows in brackets are those of other types.
        let mut arrow = None;
        let mut at = self.tree.ops[index].name + 1;
        while at < end {
            if is_arrow(&at) {
                arrow = Some(at);
            }
            at = tokens.partner(at).max(at) + 1;
        }
        let mut types = Vec::new();
        if let Some(arrow) = arrow {
            let listed = tokens.is(arrow + 1, b'(');
            let end = if listed { tokens.partner(arrow + 1) } else { end };
            let mut at = if listed { arrow + 2 } else { arrow + 1 };
            while at < end {
                let Some((ty, behind)) = self.ty(at) else { break };
                types.push(ty);
                if !tokens.is(behind, b',') {
                    break;
                }
                at = behind + 1;
            }
        }
        if types.len() == count { types } else { vec![Table::UNKNOWN; count] }
    }
}
