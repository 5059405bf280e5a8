//! When two modules say the same: all but where in the file it stands.

use crate::module::{Block, Function, Module, Op, Region, Syntax, Value};

/// Equal operations, values, blocks, regions, types, attributes, names and locations, in the same order. Lines, blanks and
/// the text of what is understood don't count.
impl PartialEq for Module {
    fn eq(&self, other: &Self) -> bool {
        let text = |span: &std::ops::Range<u32>, theirs: &std::ops::Range<u32>| self.span(span) == other.span(theirs);
        let value =
            |a: &Value, b: &Value| a.ty == b.ty && a.def == b.def && a.location == b.location && text(&a.name, &b.name);
        let block = |a: &Block, b: &Block| {
            a.arguments == b.arguments && a.ops == b.ops && a.region == b.region && text(&a.label, &b.label)
        };
        let region = |a: &Region, b: &Region| a.blocks == b.blocks && a.op == b.op;
        let function = |a: &Function, b: &Function| {
            (a.op, &a.name, a.public, a.body) == (b.op, &b.name, b.public, b.body)
                && all(&a.arguments, &b.arguments, |a, b| a.value == b.value && a.attributes == b.attributes)
                && all(&a.results, &b.results, |a, b| a.ty == b.ty && a.attributes == b.attributes)
        };
        let op = |a: &Op, b: &Op| {
            (a.syntax, a.location, a.block) == (b.syntax, b.location, b.block)
                && a.name == b.name
                && a.operands == b.operands
                && a.lens == b.lens
                && a.results == b.results
                && a.properties == b.properties
                && a.attributes == b.attributes
                && a.regions == b.regions
                && a.successors == b.successors
                && (a.syntax != Syntax::Unknown || text(&a.text, &b.text))
        };
        all(&self.ops, &other.ops, op)
            && all(&self.values, &other.values, value)
            && all(&self.blocks, &other.blocks, block)
            && all(&self.regions, &other.regions, region)
            && all(&self.functions, &other.functions, function)
            && self.types == other.types
            && self.locations == other.locations
            && all(&self.aliases, &other.aliases, |a, b| text(&a.0, &b.0) && text(&a.1, &b.1))
            && all(&self.location_aliases, &other.location_aliases, |a, b| text(&a.0, &b.0) && a.1 == b.1)
    }
}

fn all<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}
