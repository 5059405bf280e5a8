//! Numbers and truth values of generated kernels.

use super::types::{Element, Type, Value};
use super::writer::Writer;

/// Any of them may make any number.
const WILD: [&str; 22] = [
    "addi",
    "addi",
    "subi",
    "subi",
    "muli",
    "muli",
    "divsi",
    "divui",
    "remsi",
    "remui",
    "minsi",
    "maxsi",
    "minui",
    "maxui",
    "andi",
    "ori",
    "xori",
    "shli",
    "shrsi",
    "shrui",
    "ceildivsi",
    "ceildivui",
];

/// Of counting numbers they make others.
const COUNTING: [&str; 11] =
    ["addi", "addi", "addi", "minsi", "minsi", "maxsi", "maxsi", "minui", "maxui", "ori", "andi"];

/// Of a counting number and a small positive constant they make another.
const BY_CONSTANT: [&str; 10] =
    ["addi", "muli", "muli", "divsi", "divui", "remsi", "remui", "shrsi", "andi", "ceildivsi"];

impl Writer {
    /// A constant. Truth values are those that aren't 0.
    pub(super) fn constant(&mut self, ty: Type, number: i64) -> Value {
        let word = match ty.element {
            Element::Truth => (number != 0).to_string(),
            Element::Float => format!("{number}.0"),
            _ => number.to_string(),
        };
        let counts = (0..=100).contains(&number);
        match (ty.is_one(), ty.element) {
            (true, Element::Truth) => self.set_aside(ty, counts, format_args!("arith.constant {word}")),
            (true, _) => self.set_aside(ty, counts, format_args!("arith.constant {word} : {ty}")),
            (false, _) => self.set_aside(ty, counts, format_args!("arith.constant dense<{word}> : {ty}")),
        }
    }

    fn any_constant(&mut self, ty: Type, counts: bool) -> Value {
        let small = [0, 1, 1, 2, 3, 4, 5, 7, 8, 15, 16, 16, 17, 31, 32, 33, 64, 100];
        let others = [-1, -1, -2, -3, -8, -16, -40, 65_536, 1 << 30, -(1 << 30), i64::from(i32::MAX), i32::MIN.into()];
        let number = if counts || self.chance(70) { self.pick(&small) } else { self.pick(&others) };
        self.constant(ty, number)
    }

    /// One number in each lane. `fuel` is how many operations deep a new one may be.
    pub(super) fn splat(&mut self, ty: Type, of: &Value) -> Value {
        if ty.is_one() {
            return of.clone();
        }
        self.set(ty, of.counts, format_args!("tt.splat {of} : {} -> {ty}", of.ty))
    }

    /// A number, a new one or one that is known.
    pub(super) fn number(&mut self, ty: Type, counts: bool, fuel: u32) -> Value {
        if self.chance(70)
            && let Some(known) = self.known(|value| value.ty == ty && (value.counts || !counts))
        {
            return known;
        }
        if fuel == 0 || self.chance(15) {
            return self.any_constant(ty, counts);
        }
        self.new_number(ty, counts, fuel - 1)
    }

    pub(super) fn new_number(&mut self, ty: Type, counts: bool, fuel: u32) -> Value {
        let other = if ty.element == Element::Narrow { Element::Wide } else { Element::Narrow };
        match self.below(100) {
            0..15 if !ty.is_one() => {
                let one = self.number(Type::one(ty.element), counts, fuel);
                self.splat(ty, &one)
            }
            15..25 => {
                let of = self.number(ty.of(other), counts, fuel);
                let op = match ty.element {
                    Element::Narrow => "trunci",
                    _ if counts || self.chance(75) => "extsi",
                    _ => "extui",
                };
                self.set(ty, counts && of.counts, format_args!("arith.{op} {of} : {} to {ty}", of.ty))
            }
            25..30 => {
                let of = self.truth(ty, fuel);
                let op = if counts || self.chance(70) { "extui" } else { "extsi" };
                self.set(ty, op == "extui", format_args!("arith.{op} {of} : {} to {ty}", of.ty))
            }
            30..40 => {
                let lanes = if self.chance(20) { Type::one(ty.element) } else { ty };
                let on = self.truth(lanes, fuel);
                let (yes, no) = (self.number(ty, counts, fuel), self.number(ty, counts, fuel));
                let kinds = if on.ty.is_one() { ty.to_string() } else { format!("{}, {ty}", on.ty) };
                let both = yes.counts && no.counts;
                self.set(ty, both, format_args!("arith.select {on}, {yes}, {no} : {kinds}"))
            }
            _ if !counts => self.wild(ty, fuel),
            40..75 => {
                let op = self.pick(&COUNTING);
                let (a, b) = (self.number(ty, true, fuel), self.number(ty, true, fuel));
                self.set(ty, true, format_args!("arith.{op} {a}, {b} : {ty}"))
            }
            _ => {
                let op = self.pick(&BY_CONSTANT);
                let small =
                    if op == "shrsi" { self.pick(&[1, 2, 4]) } else { self.pick(&[1, 2, 3, 4, 5, 7, 8, 15, 16]) };
                let (a, by) = (self.number(ty, true, fuel), self.constant(ty, small));
                self.set(ty, true, format_args!("arith.{op} {a}, {by} : {ty}"))
            }
        }
    }

    /// Any operation, of any two numbers that aren't so odd that nothing can be said.
    fn wild(&mut self, ty: Type, fuel: u32) -> Value {
        let op = self.pick(&WILD);
        let a = self.number(ty, false, fuel);
        let constant = match op {
            "divsi" | "divui" | "remsi" | "remui" | "ceildivsi" | "ceildivui" if self.chance(70) => {
                Some(self.pick(&[1, 2, 3, 4, 8, 16, 5, -1, -3]))
            }
            "shli" | "shrsi" | "shrui" if self.chance(90) => Some(self.pick(&[0, 1, 2, 3, 4, 5, 28, 31])),
            "andi" if self.chance(70) => Some(self.pick(&[1, 3, 7, 15, 31, -2, -8, 5, 12])),
            "muli" if self.chance(60) => Some(self.pick(&[-3, -1, 2, 3, 5, 16])),
            _ => None,
        };
        let b = match constant {
            Some(constant) => self.constant(ty, constant),
            None => self.number(ty, false, fuel),
        };
        self.set(ty, false, format_args!("arith.{op} {a}, {b} : {ty}"))
    }

    /// A truth value for each lane of a type.
    pub(super) fn truth(&mut self, lanes: Type, fuel: u32) -> Value {
        let ty = lanes.of(Element::Truth);
        if self.chance(50)
            && let Some(known) = self.known(|value| value.ty == ty)
        {
            return known;
        }
        if fuel == 0 {
            let number = i64::from(self.chance(50));
            return self.constant(ty, number);
        }
        self.new_truth(ty, fuel - 1)
    }

    pub(super) fn new_truth(&mut self, ty: Type, fuel: u32) -> Value {
        match self.below(100) {
            0..8 if !ty.is_one() => {
                let one = self.truth(Type::one(Element::Narrow), fuel);
                self.splat(ty, &one)
            }
            8..12 if ty.is_one() => {
                let of = self.number(Type::one(Element::Narrow), false, fuel);
                self.set(ty, true, format_args!("arith.trunci {of} : i32 to i1"))
            }
            12..35 => {
                let op = self.pick(&["andi", "andi", "andi", "ori", "ori", "xori"]);
                let (a, b) = (self.truth(ty, fuel), self.truth(ty, fuel));
                self.set(ty, true, format_args!("arith.{op} {a}, {b} : {ty}"))
            }
            _ => {
                let number = ty.of(if self.chance(85) { Element::Narrow } else { Element::Wide });
                let is = self
                    .pick(&["slt", "slt", "slt", "sle", "sgt", "sge", "sge", "eq", "ne", "ult", "ule", "ugt", "uge"]);
                let counts = self.chance(70);
                let (a, b) = (self.number(number, counts, fuel), self.number(number, counts, fuel));
                self.compare(is, &a, &b)
            }
        }
    }

    pub(super) fn compare(&mut self, is: &str, a: &Value, b: &Value) -> Value {
        self.set(a.ty.of(Element::Truth), true, format_args!("arith.cmpi {is}, {a}, {b} : {}", a.ty))
    }
}
