//! Accesses of generated kernels: addresses, masks, loads of what is an index later.

use super::types::{Element, Shape, Type, Value};
use super::writer::Writer;

impl Writer {
    /// A load, a store or an atomic operation of one element or a block.
    pub(super) fn access(&mut self) {
        let index = self.index();
        let to = if self.chance(90) { Element::ToFloat } else { Element::ToNarrow };
        let address = self.address(to, &index);
        let mask = self.chance(self.habits.masked).then(|| self.mask(&index));
        let what = index.ty.of(if to == Element::ToFloat { Element::Float } else { Element::Narrow });
        let masked = mask.as_ref().map_or_else(String::new, |mask| format!(", {mask}"));
        match self.below(100) {
            0..40 => {
                self.set_aside(what, false, format_args!("tt.load {address}{masked} : {}", address.ty));
            }
            40..50 if mask.is_some() => {
                let other = self.constant(what, 1);
                self.set_aside(what, false, format_args!("tt.load {address}{masked}, {other} : {}", address.ty));
            }
            50..57 => {
                let (one, all) = (self.constant(what, 1), what.of(Element::Truth));
                let mask = mask.unwrap_or_else(|| self.constant(all, 1));
                let op = if to == Element::ToFloat { "fadd" } else { "add" };
                let op = format!("tt.atomic_rmw {op}, acq_rel, gpu, {address}, {one}, {mask}");
                self.set_aside(what, false, format_args!("{op} : ({}, {what}, {all}) -> {what}", address.ty));
            }
            _ => {
                let one = self.constant(what, 1);
                self.line(format_args!("tt.store {address}, {one}{masked} : {}", address.ty));
            }
        }
    }

    /// What was made last as often as not: what a loop leaves is an index soon.
    fn index(&mut self) -> Value {
        if self.chance(50)
            && let Some(last) = self.last(|value| value.ty.is_number())
        {
            return last;
        }
        let shape = if self.chance(65) { self.block } else { Shape::One };
        let element = if self.chance(80) { Element::Narrow } else { Element::Wide };
        let counts = !self.chance(self.habits.wild);
        self.number(Type { shape, element }, counts, 2)
    }

    /// So many elements behind an argument, or behind an address that is known.
    fn address(&mut self, to: Element, index: &Value) -> Value {
        let ty = index.ty.of(to);
        let known = if self.chance(30) { self.known(|value| value.ty == ty) } else { None };
        let base = match known {
            Some(known) => known,
            None => self.base(ty),
        };
        let op = format!("tt.addptr {base}, {index} : {ty}, {}", index.ty);
        if self.chance(25) { self.set(ty, false, op) } else { self.set_aside(ty, false, op) }
    }

    /// An argument, in each lane.
    pub(super) fn base(&mut self, ty: Type) -> Value {
        let argument = self.pointer(ty.element);
        if ty.is_one() {
            return argument;
        }
        self.set_aside(ty, false, format_args!("tt.splat {argument} : {} -> {ty}", argument.ty))
    }

    /// Where an access with an index is made: mostly what holds the index.
    fn mask(&mut self, index: &Value) -> Value {
        if self.chance(12) {
            return self.truth(index.ty, 2);
        }
        let held = if self.chance(80) { index.clone() } else { self.number(index.ty, true, 1) };
        let is = self.pick(&["slt", "slt", "slt", "slt", "sle", "ult", "ule", "ne"]);
        let limit = self.limit(index.ty);
        let mut mask = self.compare(is, &held, &limit);
        if self.chance(if index.counts { 25 } else { 85 }) {
            let is = self.pick(&["sge", "sge", "sgt"]);
            let (from, op) = (self.pick(&[0, 0, 0, 1, -1, 5]), self.pick(&["andi", "andi", "andi", "andi", "ori"]));
            let from = self.constant(index.ty, from);
            let above = self.compare(is, &held, &from);
            mask = self.set(mask.ty, true, format_args!("arith.{op} {mask}, {above} : {}", above.ty));
        }
        if self.chance(20) {
            let other = self.truth(index.ty, 1);
            let op = self.pick(&["andi", "andi", "andi", "ori", "xori"]);
            mask = self.set(mask.ty, true, format_args!("arith.{op} {mask}, {other} : {}", other.ty));
        }
        mask
    }

    /// What an index is held below: as a rule an argument.
    fn limit(&mut self, ty: Type) -> Value {
        if self.chance(60)
            && let Some(argument) = self.scalar(ty.element)
        {
            return self.splat(ty, &argument);
        }
        self.number(ty, true, 1)
    }

    /// A number from memory, between ends or not.
    pub(super) fn loaded(&mut self) {
        let shape = if self.chance(60) { self.block } else { Shape::One };
        let ty = Type { shape, element: Element::Narrow };
        let index = self.number(ty, true, 1);
        let address = self.address(Element::ToNarrow, &index);
        let masked = match self.below(10) {
            0..6 => String::new(),
            6 => format!(", {}", self.mask(&index)),
            _ => format!(", {}, {}", self.mask(&index), self.number(ty, true, 1)),
        };
        let loaded = self.set_aside(ty, false, format_args!("tt.load {address}{masked} : {}", address.ty));
        if self.chance(20) {
            self.know(loaded.clone());
        }
        self.hold(&loaded);
    }

    /// A number of any size, held between ends that are never both lost.
    fn hold(&mut self, number: &Value) {
        let ty = number.ty;
        match self.below(8) {
            0 | 1 => {
                let lowest = self.pick(&[0, 0, 3, -1]);
                let (lowest, highest) = (self.constant(ty, lowest), self.limit(ty));
                let from = self.set_aside(ty, false, format_args!("arith.maxsi {number}, {lowest} : {ty}"));
                self.set(ty, true, format_args!("arith.minsi {from}, {highest} : {ty}"));
            }
            2 => {
                let highest = self.limit(ty);
                self.set(ty, true, format_args!("arith.minui {number}, {highest} : {ty}"));
            }
            3 | 4 => {
                let op = self.pick(&["remsi", "remui"]);
                let divisor = self.pick(&[7, 8, 16]);
                let by = if self.chance(40) { self.limit(ty) } else { self.constant(ty, divisor) };
                self.set(ty, op == "remui", format_args!("arith.{op} {number}, {by} : {ty}"));
            }
            5 => {
                let bits = self.pick(&[7, 15, 12]);
                let bits = self.constant(ty, bits);
                self.set(ty, true, format_args!("arith.andi {number}, {bits} : {ty}"));
            }
            6 => {
                let (op, by) = (self.pick(&["shrsi", "shrui"]), self.pick(&[26, 28, 29]));
                let by = self.constant(ty, by);
                self.set(ty, op == "shrui", format_args!("arith.{op} {number}, {by} : {ty}"));
            }
            _ => self.know(number.clone()),
        }
    }

    /// All lanes as one, or each as all up to it.
    pub(super) fn fold(&mut self) {
        let one = Type::one(Element::Narrow);
        let ty = Type { shape: self.block, ..one };
        let of = self.number(ty, true, 1);
        let op = self.pick(&["maxsi", "minsi", "addi", "maxui", "minui", "ori", "andi", "xori"]);
        let is_scan = ty.shape != Shape::Line || self.chance(40);
        let (kind, result) = if is_scan { ("scan", ty) } else { ("reduce", one) };
        let end = if is_scan { self.pick(&[", reverse = false", ", reverse = true"]) } else { "" };
        let [folded, a, b, c] = [(); 4].map(|()| self.name());
        self.line(format_args!("{folded} = \"tt.{kind}\"({of}) <{{axis = 0 : i32{end}}}> ({{"));
        self.line(format_args!("^bb0({a}: i32, {b}: i32):"));
        self.line(format_args!("  {c} = arith.{op} {a}, {b} : i32"));
        self.line(format_args!("  tt.{kind}.return {c} : i32"));
        self.line(format_args!("}}) : ({ty}) -> {result}"));
        self.know(Value { name: folded, ty: result, counts: true });
    }
}
