use super::{bytes, numbers, run};
use triton_runner_interpreter::FindingKind;

/// Program 0 waits until the last one has written.
const FLAG: &str = "module {
  tt.func public @kernel(%flag: !tt.ptr<i32>, %out: !tt.ptr<i32>) {
    %true = arith.constant true
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %pid = tt.get_program_id x : i32
    %n = tt.get_num_programs x : i32
    %m = arith.subi %n, %one : i32
    %last = arith.cmpi eq, %pid, %m : i32
    scf.if %last {
      %a = tt.atomic_rmw exch, acq_rel, gpu, %flag, %one, %true : (!tt.ptr<i32>, i32, i1) -> i32
      scf.yield
    } else {
      scf.while : () -> () {
        %v = tt.atomic_cas acq_rel, gpu, %flag, %one, %one : (!tt.ptr<i32>, i32, i32) -> i32
        %go = arith.cmpi eq, %v, %zero : i32
        scf.condition(%go)
      } do {
        scf.yield
      }
      scf.yield
    }
    %to = tt.addptr %out, %pid : !tt.ptr<i32>, i32
    tt.store %to, %one : !tt.ptr<i32>
    tt.return
  }
}";

#[test]
fn programs_that_wait_for_a_later_one_go_on_when_it_is_done() {
    let (mut flag, mut out) = (bytes(&[0]), bytes(&[0; 40]));
    let report = run(FLAG, [40, 1, 1], &mut [&mut flag, &mut out]);
    assert_eq!(report.findings, []);
    assert_eq!(numbers(&out), [1; 40]);
}

#[test]
fn waiting_for_what_nobody_does_is_a_finding() {
    let text = FLAG.replace("%last = arith.cmpi eq, %pid, %m : i32", "%last = arith.cmpi eq, %n, %zero : i32");
    let (mut flag, mut out) = (bytes(&[0]), bytes(&[0; 4]));
    let report = run(&text, [4, 1, 1], &mut [&mut flag, &mut out]);
    assert_eq!(report.findings[0].kind, FindingKind::Endless, "{report:?}");
}

#[test]
fn a_loop_without_end_is_a_finding() {
    let text = "module {
  tt.func public @kernel(%x: !tt.ptr<i32>) {
    cf.br ^bb1
  ^bb1:
    cf.br ^bb1
  }
}";
    let report = run(text, [1, 1, 1], &mut [&mut bytes(&[0])]);
    assert_eq!(report.findings[0].kind, FindingKind::Endless);
}

#[test]
fn programs_take_a_lock_one_after_the_other() {
    let text = "module {
  tt.func public @kernel(%lock: !tt.ptr<i32>, %x: !tt.ptr<i32>) {
    %true = arith.constant true
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    scf.while : () -> () {
      %v = tt.atomic_cas acquire, gpu, %lock, %zero, %one : (!tt.ptr<i32>, i32, i32) -> i32
      %go = arith.cmpi eq, %v, %one : i32
      scf.condition(%go)
    } do {
      scf.yield
    }
    %a = tt.load %x : !tt.ptr<i32>
    %b = arith.addi %a, %one : i32
    tt.store %x, %b : !tt.ptr<i32>
    gpu.barrier
    %c = tt.atomic_rmw exch, acq_rel, gpu, %lock, %zero, %true : (!tt.ptr<i32>, i32, i1) -> i32
    tt.return
  }
}";
    let (mut lock, mut x) = (bytes(&[0]), bytes(&[0]));
    let report = run(text, [1000, 1, 1], &mut [&mut lock, &mut x]);
    assert_eq!(report.findings, []);
    assert_eq!(numbers(&x), [1000]);
}
