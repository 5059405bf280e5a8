//! Memory of the host: every container, memory without values, views.

use std::mem::MaybeUninit;

use gpu_tests::kernels::*;
use triton_runner_rt::Error;
use triton_runner_rt::half::f16;
use triton_runner_rt::interpret::{FindingKind, HostTensorMapMut, InterpretFailure, Misaligned, NotInitialized};

use crate::{Tested, random};

/// What the interpreter found.
fn findings(error: Error) -> Vec<FindingKind> {
    match error {
        Error::Interpret(failure) => failure.findings().iter().map(|finding| finding.kind).collect(),
        other => panic!("{other}"),
    }
}

#[test]
fn slices_vectors_arrays_and_boxes_are_memory() -> Tested {
    let (array, boxed) = ([1.0_f32; 300], vec![2.0_f32; 300].into_boxed_slice());
    let mut vector = vec![0.0; 300];
    Add::interpret(&array, &boxed, &mut vector, 300).run()?;
    let mut other = [0.0; 300];
    Add::interpret(&vector[..], &mut vector.clone(), &mut other[..], 300).run()?;
    let mut last = vec![0.0; 300].into_boxed_slice();
    Add::interpret(&other, &other, &mut last, 300).run()?;
    assert_eq!(*last, [12.0; 300]);
    Ok(())
}

#[test]
fn memory_without_values_comes_back_once_every_element_is_written() -> Tested {
    let x = random(1000);
    let mut out = Box::<[f32]>::new_uninit_slice(1000);
    let mut report = Add::interpret(&x, &x, &mut out[..], 1000).run()?;
    let sums: &mut [f32] = report.initialized("out")?;
    assert!(x.iter().zip(&*sums).all(|(x, sum)| x + x == *sum));
    let taken = report.initialized::<f32>("out").unwrap_err();
    assert!(matches!(taken, NotInitialized::Taken { kernel: "add", argument: "out", .. }), "{taken}");
    Ok(())
}

#[test]
fn memory_that_is_not_written_as_a_whole_does_not_come_back() -> Tested {
    let x = random(1000);
    let mut out = vec![MaybeUninit::uninit(); 1001];
    let mut report = Add::interpret(&x, &x, &mut out, 1000).run()?;
    let text = report.initialized::<f32>("out").unwrap_err().to_string();
    assert!(text.starts_with("kernel `add` did not write element 1000 of `out`"), "{text}");
    let text = report.initialized::<i32>("out").unwrap_err().to_string();
    assert_eq!(text, "argument `out` of kernel `add` has elements of type f32, not i32");
    let text = report.initialized::<f32>("x").unwrap_err().to_string();
    assert_eq!(text, "no argument `x` of kernel `add` was given as `&mut [MaybeUninit<T>]`: there is `out`");
    // Nothing runs on an empty grid.
    let mut report = Add::interpret(&x, &x, &mut out, 0).run()?;
    assert_eq!(report.programs, 0);
    assert!(matches!(report.initialized::<f32>("out"), Err(NotInitialized::Unwritten { element: 0, .. })));
    Ok(())
}

#[test]
fn reading_memory_without_values_is_a_finding() {
    let mut x = [MaybeUninit::<f32>::uninit(); 256];
    assert_eq!(findings(Step::interpret(1, &mut x).run().unwrap_err()), [FindingKind::Uninitialized]);
}

#[test]
fn a_descriptor_over_memory_without_values_gives_it_back() -> Tested {
    let x = vec![f16::ONE; 64 * 64];
    let mut target = vec![MaybeUninit::<f16>::uninit(); 64 * 64];
    let mut map = HostTensorMapMut::contiguous(&mut target, [64, 64])?;
    let mut report = Stored::interpret(1, &x, &mut map).run()?;
    assert_eq!(*report.initialized::<f16>("target")?, [f16::ONE; 64 * 64]);
    Ok(())
}

#[test]
fn a_view_breaks_the_promise_that_an_allocation_keeps() -> Tested {
    let (x, mut out) = (random(100), [0.0; 97]);
    Axpb::interpret(Misaligned::new(&x[4..], 4), &mut out, 1.0, 0.0, 96).run()?;
    let error = Axpb::interpret(Misaligned::new(&x[3..], 3), &mut out, 1.0, 0.0, 97).run().unwrap_err();
    let Error::Misaligned { kernel: "axpb", argument: "x", index: 0, address: 12, promised: 16, .. } = error else {
        panic!("{error}")
    };
    let error = Axpb::interpret(&x, Misaligned::new(&mut out, 1), 1.0, 0.0, 97).run().unwrap_err();
    assert!(matches!(error, Error::Misaligned { argument: "out", .. }), "{error}");
    Ok(())
}

#[test]
fn an_access_outside_names_argument_element_and_program() {
    let (x, mut out) = ([0.0; 300], [0.0; 299]);
    let error = Axpb::interpret(&x, &mut out, 1.0, 0.0, 300).run().unwrap_err();
    let text = error.to_string();
    let Error::Interpret(failure) = error else { panic!("{text}") };
    assert!(matches!(*failure, InterpretFailure::Findings { kernel: "axpb", file: "kernels/axpb.ttir", .. }), "{text}");
    let [finding] = failure.findings() else { panic!("{text}") };
    assert_eq!((finding.argument.as_deref(), finding.element), (Some("out"), Some(299)));
    assert_eq!(finding.program, Some([1, 0, 0]));
    assert!(text.contains("[bounds]") && text.contains("kernels.py:"), "{text}");
}
