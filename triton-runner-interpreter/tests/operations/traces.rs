//! Values of chosen programs.

use super::bytes;
use triton_runner_interpreter::{Argument, Buffer, Elements, Launch, Options, Program};

const LOOP: &str = r#"#loc = loc("sum.py":3:0)
module {
  tt.func public @kernel(%x: !tt.ptr<i32>) {
    %pid = tt.get_program_id x : i32 loc(#loc2)
    %lane = tt.make_range {end = 2 : i32, start = 0 : i32} : tensor<2xi32> loc(#loc)
    %zero = arith.constant 0 : i32 loc(#loc)
    %one = arith.constant 1 : i32 loc(#loc)
    %two = arith.constant 2 : i32 loc(#loc)
    %end = scf.for %i = %zero to %two step %one iter_args(%a = %pid) -> (i32) : i32 {
      %b = arith.addi %a, %i : i32 loc(#loc)
      scf.yield %b : i32 loc(#loc)
    } loc(#loc)
    tt.store %x, %end : !tt.ptr<i32> loc(#loc)
    tt.return loc(#loc)
  } loc(#loc)
} loc(#loc)
#loc1 = loc("sum.py":4:8)
#loc2 = loc("program"(#loc1))
"#;

#[test]
fn a_value_is_given_each_time_that_a_chosen_program_computes_it() {
    let program = Program::new(LOOP, &Options::default()).unwrap();
    let mut x = bytes(&[0]);
    let mut launch = Launch::new(&program, [8, 1, 1]);
    launch.buffer(Buffer::write(&mut x));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    launch.trace("%b", [5, 0, 0]);
    launch.trace("program", [3, 0, 0]);
    launch.trace("%lane", [3, 0, 0]);
    let report = launch.run().unwrap();
    assert_eq!(report.findings, []);
    let values: Vec<_> = report.traced.iter().map(|one| (one.program[0], &*one.name, one.elements.clone())).collect();
    let of = |numbers: &[i64]| Elements::Integers(numbers.to_vec());
    let names: Vec<_> = values.iter().map(|(program, name, _)| (*program, name.trim_start_matches('%'))).collect();
    assert_eq!(names, [(3, "pid"), (3, "lane"), (5, "b"), (5, "b")]);
    assert_eq!(values.into_iter().map(|one| one.2).collect::<Vec<_>>(), [of(&[3]), of(&[0, 1]), of(&[5]), of(&[6])]);
    let first = &report.traced[0];
    assert_eq!((first.variable.as_deref(), first.python.clone()), (Some("program"), Some(("sum.py".to_owned(), 4))));
}

#[test]
fn a_name_that_nothing_has_is_an_error() {
    let program = Program::new(LOOP, &Options::default()).unwrap();
    let mut x = bytes(&[0]);
    let mut launch = Launch::new(&program, [8, 1, 1]);
    launch.buffer(Buffer::write(&mut x));
    launch.argument(Argument::Pointer { buffer: 0, offset: 0 });
    launch.trace("nobody", [0, 0, 0]);
    assert!(launch.run().unwrap_err().to_string().contains("no value named `nobody`"));
}
