//! Loops and branches of generated kernels.

use super::types::{Element, Type, Value};
use super::writer::Writer;

/// A value that each iteration hands to the next.
struct Carried {
    first: Value,
    inside: Value,
}

impl Writer {
    /// What a loop may carry: numbers, truth values and addresses, single ones and blocks.
    fn carried(&mut self, block_too: bool) -> Carried {
        let (one, block) = (Type::one(Element::Narrow), Type { shape: self.block, element: Element::Narrow });
        let kinds = [one, one, one, one.of(Element::Wide), one.of(Element::Truth), one.of(Element::ToFloat)];
        let blocks = [block, block, block.of(Element::ToFloat), block.of(Element::ToFloat), block.of(Element::Truth)];
        let ty = if block_too && self.chance(50) { self.pick(&blocks) } else { self.pick(&kinds) };
        let first = self.of_type(ty);
        let inside = Value { name: self.name(), ..first.clone() };
        Carried { first, inside }
    }

    /// A value of any type.
    fn of_type(&mut self, ty: Type) -> Value {
        match ty.element {
            Element::Truth => self.truth(ty, 1),
            Element::ToFloat | Element::ToNarrow => {
                let known = if self.chance(40) { self.known(|value| value.ty == ty) } else { None };
                match known {
                    Some(known) => known,
                    None if ty.is_one() => self.pointer(ty.element),
                    None => {
                        let (base, lanes) = (self.base(ty), self.number(ty.of(Element::Narrow), true, 1));
                        self.set(ty, false, format_args!("tt.addptr {base}, {lanes} : {ty}, {}", lanes.ty))
                    }
                }
            }
            _ => {
                let counts = !self.chance(self.habits.wild);
                self.number(ty, counts, 1)
            }
        }
    }

    /// What the next iteration has of a carried value.
    fn next(&mut self, of: &Value, all: &[Carried]) -> Value {
        let ty = of.ty;
        let others: Vec<Value> = all.iter().map(|one| one.inside.clone()).filter(|one| one.ty == ty).collect();
        if ty.is_pointer() {
            if self.chance(15) {
                return self.pick(&others);
            }
            let by = ty.of(Element::Narrow);
            let step = self.pick(&[1, 8, 16, 16, 0, -1, -16]);
            let step = if self.chance(30) { self.number(by, true, 1) } else { self.constant(by, step) };
            return self.set_aside(ty, false, format_args!("tt.addptr {of}, {step} : {ty}, {by}"));
        }
        match self.below(100) {
            // As much more each time.
            0..40 if ty.is_number() => {
                let step = if of.counts { self.pick(&[1, 1, 2, 4, 16]) } else { self.pick(&[1, 16, -1, -8]) };
                let step = if self.chance(20) { self.number(ty, of.counts, 1) } else { self.constant(ty, step) };
                self.set_aside(ty, of.counts, format_args!("arith.addi {of}, {step} : {ty}"))
            }
            // Never farther than another.
            40..60 if ty.is_number() => {
                let op = self.pick(&["minsi", "minsi", "maxsi", "minui", "remsi", "shrsi", "subi"]);
                let other = self.number(ty, true, 1);
                self.set_aside(ty, of.counts, format_args!("arith.{op} {of}, {other} : {ty}"))
            }
            60..70 => self.pick(&others),
            _ => self.of_type(ty),
        }
    }

    /// Where a loop ends: mostly after a few iterations, which end sooner than what launches are given.
    fn end(&mut self, ty: Type) -> Value {
        let end = self.number(ty, true, 1);
        if self.chance(35) {
            return end;
        }
        let most = self.pick(&[1, 3, 5, 40]);
        let most = self.constant(ty, most);
        self.set(ty, true, format_args!("arith.minsi {end}, {most} : {ty}"))
    }

    /// A loop with a counter.
    pub(super) fn count(&mut self, depth: u32) {
        let ty = Type::one(if self.chance(90) { Element::Narrow } else { Element::Wide });
        let zero = self.chance(40);
        let lower = if zero { self.constant(ty, 0) } else { self.number(ty, true, 1) };
        let upper = self.end(ty);
        let step = self.pick(&[1, 1, 1, 2, 3, 16]);
        let step = if self.chance(90) { self.constant(ty, step) } else { self.number(ty, true, 0) };
        let many = self.pick(&[0, 1, 1, 2, 2, 3]);
        let all: Vec<Carried> = (0..many).map(|_| self.carried(true)).collect();
        let counter = Value { name: self.name(), ty, counts: lower.counts };
        let results = self.name();
        let unsigned = if self.chance(4) { " unsigned" } else { "" };
        let header = format!("scf.for{unsigned} {counter} = {lower} to {upper} step {step}");
        if all.is_empty() {
            self.line(format_args!("{header} : {ty} {{"));
        } else {
            let (firsts, types) = (firsts(&all), types(&all));
            self.line(format_args!("{results}:{many} = {header} iter_args({firsts}) -> ({types}) : {ty} {{"));
        }
        self.region(|writer| {
            writer.know(counter.clone());
            all.iter().for_each(|one| writer.know(one.inside.clone()));
            if writer.chance(50) {
                let lanes = Type { shape: writer.block, ..ty };
                let start = writer.splat(lanes, &counter);
                if let Some(lane) = writer.known(|value| value.ty == lanes && value.counts) {
                    writer.set(lanes, counter.counts, format_args!("arith.addi {start}, {lane} : {lanes}"));
                }
            }
            let statements = writer.below(3) + u32::from(all.is_empty());
            writer.statements(depth + 1, statements);
            writer.yields(&all);
        });
        self.line("}");
        self.results(&results, &all);
    }

    /// A loop with a condition. Its first number goes up each time, and most conditions ask for it.
    pub(super) fn repeat(&mut self, depth: u32) {
        let ty = Type::one(Element::Narrow);
        let lower = self.number(ty, true, 1);
        let mut all = vec![Carried { inside: Value { name: self.name(), ..lower.clone() }, first: lower }];
        if self.chance(70) {
            let other = self.carried(true);
            all.push(other);
        }
        let results = self.name();
        let (firsts, types) = (firsts(&all), types(&all));
        self.line(format_args!("{results}:{} = scf.while ({firsts}) : ({types}) -> ({types}) {{", all.len()));
        self.region(|writer| {
            all.iter().for_each(|one| writer.know(one.inside.clone()));
            if writer.chance(30) {
                writer.access();
            }
            let (is, limit) = (writer.pick(&["slt", "slt", "slt", "sle", "ult", "ne"]), writer.end(ty));
            let mut goes_on = writer.compare(is, &all[0].inside, &limit);
            if writer.chance(25) {
                let (op, other) = (writer.pick(&["andi", "andi", "ori"]), writer.truth(ty, 1));
                goes_on = writer.set_aside(other.ty, true, format_args!("arith.{op} {goes_on}, {other} : i1"));
            }
            let insides: Vec<&str> = all.iter().map(|one| one.inside.name.as_str()).collect();
            writer.line(format_args!("scf.condition({goes_on}) {} : {types}", insides.join(", ")));
        });
        self.line("} do {");
        let behind: Vec<Carried> = all
            .iter()
            .map(|one| Carried { first: one.first.clone(), inside: Value { name: self.name(), ..one.inside.clone() } })
            .collect();
        self.region(|writer| {
            let arguments: Vec<String> =
                behind.iter().map(|one| format!("{}: {}", one.inside, one.inside.ty)).collect();
            writer.line(format_args!("^bb0({}):", arguments.join(", ")));
            behind.iter().for_each(|one| writer.know(one.inside.clone()));
            let statements = 1 + writer.below(2);
            writer.statements(depth + 1, statements);
            let step = writer.pick(&[1, 2, 4, 16]);
            let step = writer.constant(ty, step);
            let next = writer.set_aside(ty, true, format_args!("arith.addi {}, {step} : {ty}", behind[0].inside));
            let mut yielded = vec![next.name];
            for one in &behind[1..] {
                yielded.push(writer.next(&one.inside, &behind).name);
            }
            writer.line(format_args!("scf.yield {} : {types}", yielded.join(", ")));
        });
        self.line("}");
        self.results(&results, &all);
    }

    fn yields(&mut self, all: &[Carried]) {
        if all.is_empty() {
            return;
        }
        let yielded: Vec<String> = all.iter().map(|one| self.next(&one.inside, all).name).collect();
        self.line(format_args!("scf.yield {} : {}", yielded.join(", "), types(all)));
    }

    fn results(&mut self, name: &str, all: &[Carried]) {
        for (place, one) in all.iter().enumerate() {
            self.know(Value { name: format!("{name}#{place}"), ..one.first.clone() });
        }
    }

    /// A branch, with results or without.
    pub(super) fn branch(&mut self, depth: u32) {
        let on = self.truth(Type::one(Element::Narrow), 2);
        let many = self.pick(&[0, 0, 1, 2]);
        let all: Vec<Carried> = (0..many).map(|_| self.carried(true)).collect();
        let results = self.name();
        let types = types(&all);
        if all.is_empty() {
            self.line(format_args!("scf.if {on} {{"));
        } else {
            self.line(format_args!("{results}:{many} = scf.if {on} -> ({types}) {{"));
        }
        let sides = if all.is_empty() && self.chance(50) { 1 } else { 2 };
        for side in 0..sides {
            if side == 1 {
                self.line("} else {");
            }
            self.region(|writer| {
                let statements = 1 + writer.below(2);
                writer.statements(depth + 1, statements);
                if !all.is_empty() {
                    let sides: Vec<String> = all.iter().map(|one| writer.of_type(one.first.ty).name).collect();
                    writer.line(format_args!("scf.yield {} : {types}", sides.join(", ")));
                }
            });
        }
        self.line("}");
        self.results(&results, &all);
    }

    /// Programs for which something holds end here.
    pub(super) fn early_end(&mut self) {
        let on = self.truth(Type::one(Element::Narrow), 2);
        let label = self.name().replace('%', "");
        self.line(format_args!("cf.cond_br {on}, ^{label}_end, ^{label}"));
        self.line(format_args!("^{label}_end:"));
        self.line("tt.return");
        self.line(format_args!("^{label}:"));
    }
}

fn firsts(all: &[Carried]) -> String {
    let firsts: Vec<String> = all.iter().map(|one| format!("{} = {}", one.inside, one.first)).collect();
    firsts.join(", ")
}

fn types(all: &[Carried]) -> String {
    let types: Vec<String> = all.iter().map(|one| one.first.ty.to_string()).collect();
    types.join(", ")
}
