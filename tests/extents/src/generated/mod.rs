//! Kernels at random: whatever of TTIR decides which address is touched, put together in ways that nobody would think of.
//!
//! Most numbers in them count things, most accesses are held by a mask or a loop and have an argument of their own. So about
//! half are proven, and a check that asks for one element too few shows: no other access hides it.

mod accesses;
mod control;
mod numbers;
mod types;
mod writer;

use types::{Element, Shape, Type};
use writer::Writer;

/// The text of the kernel that a seed stands for.
pub fn generate(seed: u64) -> String {
    let mut writer = Writer::new(seed);
    writer.arguments();
    writer.indices();
    let statements = 2 + writer.below(4);
    for _ in 0..statements {
        // Blocks are split at the kernel's outermost level alone.
        if writer.chance(4) {
            writer.early_end();
        }
        writer.statements(0, 1);
    }
    // What is known last came of everything: it's an index.
    writer.access();
    writer.finish(&format!("generated_{seed}"))
}

impl Writer {
    fn arguments(&mut self) {
        let one = Type::one(Element::Narrow);
        let promise = if self.chance(20) { " {tt.divisibility = 16 : i32}" } else { "" };
        let mut arguments = vec![(one, ""), (one, promise)];
        arguments.extend(self.chance(30).then_some((one.of(Element::Wide), "")));
        arguments.extend(self.chance(15).then_some((one.of(Element::Truth), "")));
        for (ty, promise) in arguments {
            let argument = self.parameter(ty, promise);
            self.know(argument);
        }
        if self.chance(10)
            && let Some(argument) = self.scalar(Element::Narrow)
        {
            let least = self.pick(&[0, 1, 8]);
            let least = self.constant(one, least);
            let holds = self.compare("sge", &argument, &least);
            self.line(format_args!("llvm.intr.assume {holds} : i1"));
        }
    }

    /// Programs and lanes: where all indices begin.
    fn indices(&mut self) {
        let one = Type::one(Element::Narrow);
        let program = self.set(one, true, "tt.get_program_id x : i32");
        if self.chance(20) {
            self.set(one, true, "tt.get_program_id y : i32");
        }
        if self.chance(20) {
            self.set(one, true, "tt.get_num_programs x : i32");
        }
        let ty = Type { shape: self.block, ..one };
        if ty.shape == Shape::Line {
            let lane = self.set(ty, true, format_args!("tt.make_range {{end = 16 : i32, start = 0 : i32}} : {ty}"));
            let block = self.constant(one, 16);
            let start = self.set(one, true, format_args!("arith.muli {program}, {block} : i32"));
            let start = self.splat(ty, &start);
            self.set(ty, true, format_args!("arith.addi {start}, {lane} : {ty}"));
            return;
        }
        let lane = self.name();
        self.line(format_args!("{lane} = tt.make_range {{end = 8 : i32, start = 0 : i32}} : tensor<8xi32>"));
        let [row, column] = [("8x1", 1), ("1x8", 0)].map(|(shape, axis)| {
            let thin = self.name();
            let along = format!("tensor<{shape}xi32>");
            self.line(format_args!(
                "{thin} = tt.expand_dims {lane} {{axis = {axis} : i32}} : tensor<8xi32> -> {along}"
            ));
            self.set(ty, true, format_args!("tt.broadcast {thin} : {along} -> {ty}"))
        });
        let pitch = self.number(one, true, 1);
        let pitch = self.splat(ty, &pitch);
        let start = self.set(ty, true, format_args!("arith.muli {row}, {pitch} : {ty}"));
        self.set(ty, true, format_args!("arith.addi {start}, {column} : {ty}"));
        if self.chance(30) {
            self.set(ty, true, format_args!("tt.trans {start} {{order = array<i32: 1, 0>}} : {ty} -> {ty}"));
        }
    }

    /// So many of any kind; `depth` regions deep.
    fn statements(&mut self, depth: u32, many: u32) {
        for _ in 0..many {
            let habits = self.habits;
            let (loops, whiles, branches) = match depth {
                0 | 1 => (habits.loops, habits.whiles, habits.branches),
                2 => (habits.loops / 2, 0, habits.branches / 2),
                _ => (0, 0, 0),
            };
            let mut left = self.below(8 + loops + whiles + branches + habits.loaded + habits.folds);
            let mut is = |weight: u32| {
                let is = left < weight;
                left = left.wrapping_sub(weight);
                is
            };
            if is(loops) {
                self.count(depth);
            } else if is(whiles) {
                self.repeat(depth);
            } else if is(branches) {
                self.branch(depth);
            } else if is(habits.loaded) {
                self.loaded();
            } else if is(habits.folds) {
                self.fold();
            } else if is(5) {
                self.access();
            } else {
                self.anything();
            }
        }
    }

    /// A number or a truth value, for what follows.
    fn anything(&mut self) {
        let shape = if self.chance(60) { self.block } else { Shape::One };
        let element = if self.chance(80) { Element::Narrow } else { Element::Wide };
        let ty = Type { shape, element };
        if self.chance(25) {
            self.new_truth(ty.of(Element::Truth), 2);
        } else {
            let counts = !self.chance(self.habits.wild);
            self.new_number(ty, counts, 2);
        }
    }
}
