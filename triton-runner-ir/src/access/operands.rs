//! The values in an operation's own tokens, its regions left out.

use crate::attributes::Entries;
use crate::token::{Kind, Tokens};
use crate::tree::{Op, Tree};

/// A value that is given to another block.
#[derive(Debug)]
pub(super) struct Successor<'a> {
    pub(super) label: &'a str,
    pub(super) values: Vec<&'a str>,
}

/// An operation's values in the order of the text.
#[derive(Debug, Default)]
pub(super) struct Operands<'a> {
    /// What it uses.
    pub(super) uses: Vec<&'a str>,
    /// For each region what the text before it defines: `%i = %lb`, `iter_args(%a = %b)`, `partition0(%x: i32)`.
    pub(super) region_args: Vec<Vec<&'a str>>,
    pub(super) successors: Vec<Successor<'a>>,
    /// The first `@name`.
    pub(super) symbol: Option<&'a str>,
    /// Has `pure = true`.
    pub(super) pure: bool,
}

/// The names of an operation's results, with the place of each among them.
pub(super) fn results<'a>(tokens: &Tokens<'a>, op: &Op) -> Vec<(&'a str, u32)> {
    let mut results = Vec::new();
    let mut place = 0_u32;
    let mut at = op.start;
    while at < op.name {
        if tokens.kind(at) == Some(Kind::Value) {
            results.push((tokens.text(at), place));
            let several = tokens.is(at + 1, b':');
            let count = if several { tokens.text(at + 2).parse().unwrap_or(u32::MAX) } else { 1 };
            place = place.saturating_add(count);
            at += if several { 2 } else { 0 };
        }
        at += 1;
    }
    results
}

/// `%x#1` as `%x` and 1.
pub(super) fn split(value: &str) -> (&str, u32) {
    match value.split_once('#') {
        Some((name, place)) => (name, place.parse().unwrap_or(u32::MAX)),
        None => (value, 0),
    }
}

/// A function's name without `@` and quotes.
pub(super) fn symbol(symbol: &str) -> &str {
    symbol.trim_start_matches('@').trim_matches('"')
}

/// A block's label, whose token is given, with its arguments.
pub(super) fn label<'a>(tokens: &Tokens<'a>, at: usize) -> (&'a str, Vec<&'a str>) {
    let mut args = Vec::new();
    if tokens.is(at + 1, b'(') {
        let close = tokens.partner(at + 1);
        args.extend(
            (at + 2..close)
                .filter(|&i| tokens.kind(i) == Some(Kind::Value) && tokens.is(i + 1, b':'))
                .map(|i| tokens.text(i)),
        );
    }
    (tokens.text(at), args)
}

impl<'a> Operands<'a> {
    pub(super) fn read(tokens: &Tokens<'a>, tree: &Tree<'a>, op: &Op) -> Self {
        let mut operands = Self::default();
        let mut regions = op.regions.iter().map(|&region| tree.regions[region].open).peekable();
        let mut defined = Vec::new();
        let mut depth = 0_u32;
        let mut at = op.name + 1;
        while at < op.end {
            match tokens.kind(at) {
                Some(Kind::Punct(b'{')) => {
                    if regions.next_if_eq(&at).is_some() {
                        operands.region_args.push(std::mem::take(&mut defined));
                    } else {
                        let pure = |(key, value): (&str, usize)| key == "pure" && tokens.text(value) == "true";
                        operands.pure |= Entries::of(tokens, at).any(pure);
                    }
                    at = tokens.partner(at);
                }
                Some(Kind::Punct(b'<')) => {
                    // Properties of the generic syntax, and types, which hold no values.
                    let close = tokens.partner(at);
                    if operands.symbol.is_none() {
                        let symbol = (at..close).find(|&i| tokens.kind(i) == Some(Kind::Symbol));
                        operands.symbol = symbol.map(|i| tokens.text(i));
                    }
                    at = close;
                }
                Some(Kind::Punct(b'(' | b'[')) => depth += 1,
                Some(Kind::Punct(b')' | b']')) => depth = depth.saturating_sub(1),
                Some(Kind::Value) => {
                    let defines =
                        tokens.is(at + 1, b'=') || (depth > 0 && tokens.is(at + 1, b':') && regions.peek().is_some());
                    let list = if defines { &mut defined } else { &mut operands.uses };
                    list.push(tokens.text(at));
                }
                Some(Kind::Symbol) if operands.symbol.is_none() => operands.symbol = Some(tokens.text(at)),
                Some(Kind::Block) => {
                    let label = tokens.text(at);
                    let mut values = Vec::new();
                    if tokens.is(at + 1, b'(') {
                        let close = tokens.partner(at + 1);
                        values.extend(
                            (at + 2..close).filter(|&i| tokens.kind(i) == Some(Kind::Value)).map(|i| tokens.text(i)),
                        );
                        at = close;
                    }
                    operands.successors.push(Successor { label, values });
                }
                _ => {}
            }
            at += 1;
        }
        // Names that no region takes are uses of something unknown.
        operands.uses.append(&mut defined);
        operands
    }
}
