use super::{i32s, numbers, run};
use triton_runner_interpreter::{Argument, Buffer, Checks, Finding, FindingKind, Launch, Options, Program};

#[test]
fn a_loop_carries_its_values() {
    let found = i32s(
        2,
        "%lo = arith.constant 0 : i32
    %hi = arith.constant 10 : i32
    %by = arith.constant 3 : i32
    %zero = arith.constant dense<0> : tensor<2xi32>
    %r = scf.for %i = %lo to %hi step %by iter_args(%acc = %zero) -> (tensor<2xi32>)  : i32 {
      %j = tt.splat %i : i32 -> tensor<2xi32>
      %s = arith.addi %acc, %j : tensor<2xi32>
      scf.yield %s : tensor<2xi32>
    }",
    );
    assert_eq!(found, [18; 2]);
}

#[test]
fn a_loop_may_carry_its_own_ends() {
    // They come of the program, and nothing else needs them.
    let found = i32s(
        2,
        "%pid = tt.get_program_id x : i32
    %three = arith.constant 3 : i32
    %one = arith.constant 1 : i32
    %lo = arith.addi %pid, %one : i32
    %hi = arith.addi %pid, %three : i32
    %by = arith.maxsi %pid, %one : i32
    %p:3 = scf.for %i = %lo to %hi step %by iter_args(%a = %lo, %b = %hi, %c = %by) -> (i32, i32, i32)  : i32 {
      %d = arith.addi %b, %i : i32
      scf.yield %a, %d, %c : i32, i32, i32
    }
    %s = arith.addi %p#0, %p#1 : i32
    %t = arith.addi %s, %p#2 : i32
    %r = tt.splat %t : i32 -> tensor<2xi32>",
    );
    assert_eq!(found, [8; 2]);
}

#[test]
fn values_of_a_loop_may_change_places() {
    let found = i32s(
        2,
        "%lo = arith.constant 0 : i32
    %hi = arith.constant 3 : i32
    %by = arith.constant 1 : i32
    %one = arith.constant dense<1> : tensor<2xi32>
    %two = arith.constant dense<2> : tensor<2xi32>
    %p:2 = scf.for %i = %lo to %hi step %by iter_args(%a = %one, %b = %two) -> (tensor<2xi32>, tensor<2xi32>)  : i32 {
      scf.yield %b, %a : tensor<2xi32>, tensor<2xi32>
    }
    %ten = arith.constant dense<10> : tensor<2xi32>
    %q = arith.muli %p#0, %ten : tensor<2xi32>
    %r = arith.addi %q, %p#1 : tensor<2xi32>",
    );
    assert_eq!(found, [21; 2]);
}

#[test]
fn a_loop_runs_while_its_condition_holds() {
    let found = i32s(
        2,
        "%one = arith.constant 1 : i32
    %end = arith.constant 100 : i32
    %v = scf.while (%a = %one) : (i32) -> i32 {
      %go = arith.cmpi slt, %a, %end : i32
      scf.condition(%go) %a : i32
    } do {
    ^bb0(%b: i32):
      %c = arith.addi %b, %b : i32
      scf.yield %c : i32
    }
    %r = tt.splat %v : i32 -> tensor<2xi32>",
    );
    assert_eq!(found, [128; 2]);
}

#[test]
fn a_program_returns_early() {
    let text = "module {
  tt.func public @kernel(%out: !tt.ptr<i32>) {
    %pid = tt.get_program_id x : i32
    %one = arith.constant 1 : i32
    %stop = arith.cmpi eq, %pid, %one : i32
    cf.cond_br %stop, ^bb1, ^bb2
  ^bb1:
    tt.return
  ^bb2:
    %to = tt.addptr %out, %pid : !tt.ptr<i32>, i32
    tt.store %to, %one : !tt.ptr<i32>
    tt.return
  }
}";
    let mut bytes = vec![0; 12];
    assert_eq!(run(text, [3, 1, 1], &mut [&mut bytes]).findings, []);
    assert_eq!(numbers(&bytes), [1, 0, 1]);
}

#[test]
fn a_function_is_called_with_its_own_values() {
    let text = "module {
  tt.func public @kernel(%out: !tt.ptr<i32>) {
    %c3 = arith.constant 3 : i32
    %c4 = arith.constant 4 : i32
    %a = tt.call @twice(%c3) : (i32) -> i32
    %b = tt.call @twice(%c4) : (i32) -> i32
    %c = arith.addi %a, %b : i32
    tt.store %out, %c : !tt.ptr<i32>
    tt.return
  }
  tt.func private @twice(%x: i32) -> i32 attributes {noinline = true} {
    %y = arith.addi %x, %x : i32
    tt.return %y : i32
  }
}";
    let mut bytes = vec![0; 4];
    assert_eq!(run(text, [1, 1, 1], &mut [&mut bytes]).findings, []);
    assert_eq!(numbers(&bytes), [14]);
}

/// Counts up to a number by a step, and stores each counter at its own place where that is 0 or more.
fn counting(end: i32, step: i32) -> String {
    format!(
        "module {{
  tt.func public @kernel(%out: !tt.ptr<i32>) {{
    %lo = arith.constant 0 : i32
    %hi = arith.constant {end} : i32
    %by = arith.constant {step} : i32
    scf.for %i = %lo to %hi step %by  : i32 {{
      %to = tt.addptr %out, %i : !tt.ptr<i32>, i32
      %below = arith.constant 4 : i32
      %is = arith.cmpi slt, %i, %below : i32
      tt.store %to, %i, %is : !tt.ptr<i32>
    }}
    tt.return
  }}
}}"
    )
}

fn counted(end: i32, step: i32, checks: Checks) -> Option<Finding> {
    let program = Program::new(&counting(end, step), &Options::default()).unwrap();
    let mut bytes = vec![0; 4];
    let mut launch = Launch::new(&program, [1, 1, 1]);
    launch.check(checks);
    launch.budget(1 << 10);
    let buffer = launch.buffer(Buffer::write(&mut bytes));
    launch.argument(Argument::Pointer { buffer, offset: 0 });
    launch.run().unwrap().findings.into_iter().next()
}

#[test]
fn a_counter_that_wraps_is_told_and_goes_on_below_zero() {
    let finding = counted(i32::MAX, 1 << 30, Checks::all()).unwrap();
    assert_eq!(finding.kind, FindingKind::Overflow, "{finding}");
    assert!(finding.message.contains("1073741824 + 1073741824 doesn't fit in 32 bits"), "{finding}");
    // Without that check the GPU's next counter is the interpreter's: −2³¹ is before the start.
    let finding = counted(i32::MAX, 1 << 30, Checks::none()).unwrap();
    assert_eq!((finding.kind, finding.element), (FindingKind::Bounds, Some(-(1 << 31))), "{finding}");
}

#[test]
fn a_counter_that_just_reaches_the_last_number_is_no_finding() {
    assert_eq!(counted(i32::MAX, i32::MAX, Checks::all()), None);
}
