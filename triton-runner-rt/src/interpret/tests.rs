use std::mem::MaybeUninit;

use super::bytes::Bytes;
use super::element::filled;
use super::memory::HostMemory;
use super::memory::sealed::Pass as _;
use super::*;
use crate::spec::{ArgSpec, KernelSpec};
use crate::{Error, F8E4M3, Grid, Null, half::bf16};

/// Stores a byte to each of four truth values.
const FLAGS: &str = r#"module {
  tt.func public @flags(%out: !tt.ptr<i8>, %value: i8) {
    %lane = tt.make_range {end = 4 : i32, start = 0 : i32} : tensor<4xi32>
    %base = tt.splat %out : !tt.ptr<i8> -> tensor<4x!tt.ptr<i8>>
    %to = tt.addptr %base, %lane : tensor<4x!tt.ptr<i8>>, tensor<4xi32>
    %values = tt.splat %value : i8 -> tensor<4xi8>
    tt.store %to, %values : tensor<4x!tt.ptr<i8>>
    tt.return
  }
}"#;

static SPEC: KernelSpec = KernelSpec {
    name: "flags",
    source: "kernels/flags.ttir",
    checks: &[],
    args: &[ArgSpec { name: "mask", ty: "*i1", divisible_by: 1 }, ArgSpec { name: "value", ty: "i8", divisible_by: 1 }],
    images: &[],
};

/// As the generated code does it, for a kernel of this text.
fn launched<'a>(ttir: &'static [Ttir], memory: impl HostOutput<'a, bool>, value: i8) -> Interpretation<'a> {
    let begun = InterpretedKernel::new(&SPEC, ttir).on();
    let arguments = [HostArgument::Memory(Some(memory.into_memory().1)), HostArgument::scalar(value)];
    Interpretation::new(begun.ready(Grid::from(1), arguments)).threads(1)
}

#[test]
fn truth_values_are_what_the_kernel_stored() {
    static TTIR: [Ttir; 1] = [Ttir::new(None, "kernels/flags.ttir", FLAGS, 4, true)];
    let mut mask = [false; 4];
    launched(&TTIR, &mut mask, 1).run().unwrap();
    assert_eq!(mask, [true; 4]);
    let mut unset = [MaybeUninit::uninit(); 4];
    let mut report = launched(&TTIR, &mut unset, 0).run().unwrap();
    assert_eq!(*report.initialized::<bool>("mask").unwrap(), [false; 4]);
}

#[test]
fn a_byte_that_is_no_truth_value_is_an_error_and_leaves_none() {
    static TTIR: [Ttir; 1] = [Ttir::new(None, "kernels/flags.ttir", FLAGS, 4, true)];
    let mut mask = [false; 4];
    let error = launched(&TTIR, &mut mask, 7).run().map(drop).unwrap_err();
    assert!(error.to_string().starts_with("kernel `flags` left the byte 7 in element 0 of `mask`"), "{error}");
    assert_eq!(mask, [true; 4]);
}

#[test]
fn a_grid_over_multiprocessors_takes_the_number_that_it_is_told() {
    static TTIR: [Ttir; 1] = [Ttir::new(None, "kernels/flags.ttir", FLAGS, 4, true)];
    let programs = |count: Option<u32>| {
        let mut mask = [false; 4];
        let begun = InterpretedKernel::new(&SPEC, &TTIR).on();
        let arguments = [HostArgument::Memory(Some((&mut mask).into_memory().1)), HostArgument::scalar(1_i8)];
        let grid = HostGrid::by_multiprocessors(|count| Grid::new(count - 1, 1, 1));
        let mut launch = Interpretation::new(begun.ready(grid, arguments)).threads(1);
        if let Some(count) = count {
            launch = launch.multiprocessors(count);
        }
        launch.run().unwrap().programs
    };
    assert_eq!(programs(None), u64::from(MULTIPROCESSORS) - 1);
    assert_eq!((programs(Some(133)), programs(Some(1)), programs(Some(0))), (132, 0, 0));
}

#[test]
fn the_file_for_an_architecture_goes_before_the_one_for_all() {
    static ALL: [Ttir; 2] = [
        Ttir::new(None, "kernels/flags.ttir", FLAGS, 4, true),
        Ttir::new(Some(crate::Arch::new(90, crate::Suffix::None)), "kernels/flags.sm_90.ttir", FLAGS, 4, true),
    ];
    let file = |all, arch: Option<&str>| {
        let mut mask = [false; 4];
        let mut launch = launched(all, &mut mask, 1);
        if let Some(arch) = arch {
            launch = launch.arch(arch.parse().unwrap());
        }
        launch.run().map(|report| report.file).map_err(|error| error.to_string())
    };
    assert_eq!(file(&ALL, None), Ok("kernels/flags.ttir"));
    assert_eq!(file(&ALL, Some("sm_90")), Ok("kernels/flags.sm_90.ttir"));
    assert_eq!(file(&ALL, Some("sm_80")), Ok("kernels/flags.ttir"));
    assert_eq!(file(&ALL[1..], None), Ok("kernels/flags.sm_90.ttir"));
    let text = file(&ALL[1..], Some("sm_80")).unwrap_err();
    assert!(text.starts_with("there is no TTIR of kernel `flags` for sm_80"), "{text}");
    assert!(text.ends_with("there is some for sm_90"), "{text}");
}

#[test]
fn what_the_interpreter_does_not_run_is_an_error_each_time() {
    static TTIR: [Ttir; 1] = [Ttir::new(None, "kernels/flags.ttir", "module { something }", 4, true)];
    for _ in 0..2 {
        let mut mask = [false; 4];
        let error = launched(&TTIR, &mut mask, 1).run().map(drop).unwrap_err();
        assert!(error.to_string().starts_with("kernel `flags` of kernels/flags.ttir was not interpreted: "), "{error}");
    }
}

#[test]
fn of_variants_the_first_with_ttir_is_taken() {
    static TTIR: [Ttir; 1] = [Ttir::new(None, "kernels/flags.ttir", FLAGS, 4, true)];
    let some = Some(InterpretedKernel::new(&SPEC, &TTIR));
    let order = [('b', 1), ('a', 0)];
    assert_eq!(InterpretedKernel::first(&[some, some], &order, "flags").unwrap().0, 'b');
    assert_eq!(InterpretedKernel::first(&[some, None], &order, "flags").unwrap().0, 'a');
    let error = InterpretedKernel::first(&[None, None], &order, "flags").unwrap_err();
    assert!(error.to_string().starts_with("there is no TTIR of kernel `flags`"), "{error}");
}

fn bytes(memory: &HostMemory<'_>) -> Vec<u8> {
    match &memory.bytes {
        Bytes::Read(bytes) => bytes.to_vec(),
        Bytes::Write(bytes) => bytes.to_vec(),
        Bytes::Flags { bytes, .. } => bytes.clone(),
    }
}

#[test]
fn elements_of_every_kind_are_their_bytes() {
    let mut halves = [bf16::ONE; 2];
    assert_eq!(bytes(&(&halves).into_memory().1), [0x80, 0x3f, 0x80, 0x3f]);
    let (_, memory) = (&mut halves).into_memory();
    assert_eq!((memory.element, memory.uninitialized, memory.len()), (("bf16", 2), false, 4));
    assert_eq!(<bf16 as Element>::back(memory.bytes).unwrap(), [bf16::ONE; 2]);
    assert_eq!(bytes(&(&[F8E4M3::from_f32(1.0)]).into_memory().1), [0x38]);
    assert_eq!(bytes(&(&[true, false]).into_memory().1), [1, 0]);
    assert_eq!(bytes(&(&vec![-2_i64]).into_memory().1), (-2_i64).to_le_bytes());
    let mut unset = [MaybeUninit::<u16>::uninit(); 3];
    assert_eq!(filled(&mut unset), [0; 3]);
}

#[test]
fn memory_is_given_or_not() {
    let numbers = [1.0_f32; 4];
    assert!(NullableHostInput::<f32>::is_given(&&numbers));
    assert!(NullableHostInput::<f32>::is_given(&Some(&numbers)));
    assert!(!NullableHostInput::<f32>::is_given(&None::<&[f32]>));
    assert!(!NullableHostOutput::<f32>::is_given(&Null));
    assert!(NullableHostInput::<f32>::pass(Null).1.is_none());
    let (address, memory) = NullableHostInput::<f32>::pass(Some(Misaligned::new(&numbers, 3)));
    assert_eq!((address, memory.unwrap().misaligned), (12, 12));
    let nested = Misaligned::new(Misaligned::new(&numbers, 1), usize::MAX);
    assert_eq!(nested.into_memory().0, 0);
}

#[test]
fn a_descriptor_reaches_no_further_than_its_memory() {
    let numbers = [0.0_f32; 32];
    assert_eq!(HostTensorMap::contiguous(&numbers, [4, 8]).unwrap().strides(), [8, 1]);
    let error = HostTensorMap::contiguous(&numbers, [5, 8]).unwrap_err();
    assert!(matches!(error, Error::TensorMap { argument: None, .. }), "{error}");
    let mut unset = [MaybeUninit::<f32>::uninit(); 32];
    assert_eq!(HostTensorMapMut::contiguous(&mut unset, [2, 16]).unwrap().shape(), [2, 16]);
}

#[test]
fn a_report_and_a_launch_go_between_threads() {
    fn sent<T: Send>() {}
    sent::<Interpretation<'_>>();
    sent::<Report<'_>>();
}
