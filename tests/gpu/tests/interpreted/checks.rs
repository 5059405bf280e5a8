//! What a launch checks, the interpreter's options, and values of chosen programs.

use gpu_tests::kernels::*;
use triton_runner_rt::half::{bf16, f16};
use triton_runner_rt::interpret::{Elements, FindingKind, HostTensorMap};
use triton_runner_rt::{Axis, Error, GridFault, TensorMapFault};

use crate::{Tested, random};

#[test]
fn an_integer_that_breaks_its_promise_is_refused_before_anything_runs() {
    let (a, b, mut c) = (vec![bf16::ZERO; 64 * 72], vec![bf16::ZERO; 72 * 64], vec![7.0; 64 * 64]);
    let error = DotBf16::interpret(&a, &b, &mut c, 72).run().unwrap_err();
    let Error::Indivisible { argument: "k", value: 72, promised: 16, .. } = error else { panic!("{error}") };
    assert_eq!(c, vec![7.0; 64 * 64]);
}

#[test]
fn a_grid_that_no_gpu_takes_is_refused() {
    let (x, mut out) = ([0.0; 16], [0.0; 16]);
    let error = Softmax::interpret((1, 70_000), &x, &mut out, 16).run().unwrap_err();
    let Error::Grid { axis: Axis::Y, fault: GridFault::TooLarge { value: 70_000, .. }, .. } = error else {
        panic!("{error}")
    };
    let error = Add::interpret(&x, &x, &mut out, -5000).run().unwrap_err();
    assert!(matches!(error, Error::Grid { axis: Axis::X, fault: GridFault::Negative { .. }, .. }), "{error}");
}

#[test]
fn descriptors_have_the_rules_of_the_hardware() -> Tested {
    let x = vec![f16::ZERO; 64 * 64];
    let rule = |error| match error {
        Error::TensorMap { fault, .. } => fault,
        other => panic!("{other}"),
    };
    let made = HostTensorMap::new(&x, [64, 60], [60, 1]).unwrap_err();
    assert!(matches!(rule(made), TensorMapFault::Stride { dimension: 0, bytes: 120, .. }));
    let made = HostTensorMap::contiguous(&x, [65, 64]).unwrap_err();
    assert!(matches!(rule(made), TensorMapFault::OutOfMemory { needed: 4160, len: 4096, .. }));
    let map = HostTensorMap::contiguous(&x, [64, 64])?.round_to_tf32();
    let mut out = vec![f16::ZERO; 64 * 64];
    let launched = Described::interpret(1, &map, &mut out).run().unwrap_err();
    let text = launched.to_string();
    assert!(matches!(rule(launched), TensorMapFault::RoundNotF32), "{text}");
    assert!(text.contains("`source` of kernel `described`"), "{text}");
    Ok(())
}

#[test]
fn values_of_chosen_programs_are_read_by_their_name_in_python() -> Tested {
    let before = random(768);
    let mut x = before.clone();
    let report = Step::interpret(3, &mut x).trace("offsets", [2, 0, 0]).trace("value", [1, 0, 0]).run()?;
    let of = |program| report.traced.iter().filter(move |traced| traced.program[0] == program);
    let last = of(2).next_back().unwrap();
    assert_eq!((last.variable.as_deref(), &last.shape[..]), (Some("offsets"), &[256][..]));
    assert_eq!(last.elements, Elements::Integers((512..768).collect()));
    // What is computed on the way to the assignment has its name too.
    let Elements::Floats(value) = &of(1).next_back().unwrap().elements else { panic!("no numbers") };
    assert!(value.iter().eq(before[256..512].iter().map(|&x| f64::from(x)).collect::<Vec<_>>().iter()));
    Ok(())
}

#[test]
fn values_of_chosen_programs_are_read_by_their_name_in_the_ir() -> Tested {
    let (x, mut out) = (random(600), vec![0.0; 600]);
    let report = Axpb::interpret(&x, &mut out, 2.0, 1.0, 600).trace("%6", [2, 0, 0]).run()?;
    let [mask] = &report.traced[..] else { panic!("{:?}", report.traced) };
    let Elements::Integers(lanes) = &mask.elements else { panic!("{mask:?}") };
    assert_eq!(lanes.iter().sum::<i64>(), 600 - 512);
    Ok(())
}

#[test]
fn a_name_that_nothing_has_is_no_trace() {
    let (x, mut out) = (random(16), [0.0; 16]);
    let error = Axpb::interpret(&x, &mut out, 2.0, 1.0, 16).trace("ofsets", [0, 0, 0]).run().unwrap_err();
    assert!(error.to_string().contains("computes no value named `ofsets`"), "{error}");
}

#[test]
fn a_program_that_does_not_end_is_a_finding() {
    // One program less than it waits for.
    let (mut x, mut out, mut arrived) = ([0; 1024], [0; 4], [-1; 4]);
    let gather = Gather::interpret(&mut x, &mut out, &mut arrived, 4).threads(1).budget(100_000);
    let Error::Interpret(failure) = gather.run().unwrap_err() else { panic!() };
    assert_eq!(failure.findings()[0].kind, FindingKind::Endless);
}

#[test]
fn a_kernel_of_one_architecture_runs_for_that_one_alone() -> Tested {
    let (x, mut out) = (random(16), [0.0; 16]);
    // The file for all of them is for this one too.
    Axpb::interpret(&x, &mut out, 1.0, 0.0, 16).arch("sm_90".parse()?).run()?;
    Ok(())
}
