use proptest::prelude::*;
use test_data::{paths, text};
use triton_runner_ir::Summary;
use triton_runner_manifest::{Access, ArgType, Scalar, Suffix};

use super::*;
use crate::metadata::Metadata;

fn argument(name: &str, ty: &str) -> Argument {
    Argument {
        name: name.into(),
        named: true,
        ty: ty.parse().unwrap(),
        divisible_by: 1,
        line: 0,
        access: Access::Unknown,
    }
}

fn arguments() -> Vec<Argument> {
    [("x", "*fp32"), ("y", "*fp32"), ("n", "i32"), ("flag", "i1"), ("out", "*fp16")]
        .map(|(name, ty)| argument(name, ty))
        .to_vec()
}

/// The parameters of `arguments()` with two hidden pointers.
fn params() -> Vec<Param> {
    [(0, 8, true), (8, 8, true), (16, 4, false), (20, 1, false), (24, 8, true), (32, 8, true), (40, 8, true)]
        .map(|(offset, size, pointer)| Param { offset, size, pointer })
        .to_vec()
}

fn image(params: Vec<Param>) -> Module {
    Module {
        arch: Arch::new(90, Suffix::A),
        ptx_version: None,
        entries: vec![Entry {
            name: "add".into(),
            params,
            required_block: Some([128, 1, 1]),
            max_block: None,
            cluster: None,
            states_clusters: true,
            registers: Some(32),
            local_bytes: Some(0),
            static_shared: Some(0),
            dynamic_shared: Some(false),
        }],
    }
}

fn check(image: &Module, change: impl FnOnce(&mut Expected<'_>)) -> Result<u32, ContractError> {
    let arguments = arguments();
    let mut expected = Expected {
        entry: "add",
        arch: Arch::new(90, Suffix::None),
        arguments: &arguments,
        writer: writer("3.5.0"),
        num_warps: 4,
        num_ctas: 1,
        shared: 0,
        scratch: 0,
        profile: 0,
    };
    change(&mut expected);
    verify(image, &expected).map(|verified| verified.hidden)
}

fn writer(version: &str) -> Writer {
    let mut metadata = Metadata::default();
    metadata.triton_version = Some(version.to_owned());
    metadata.writer()
}

#[test]
fn hidden_pointers_are_those_of_the_triton_that_made_the_file() {
    let none = Metadata::default().writer();
    for (by, added) in [
        (none, 0),
        (writer("3.2.0"), 0),
        (writer("3.3.0"), 1),
        (writer("3.4.0"), 1),
        (writer("3.5.1"), 2),
        (writer("3.9.0"), 2),
        // One that isn't known yet may have as many as the newest that is.
        (writer("3.12.0.dev20270101"), 2),
    ] {
        for found in 0..=3 {
            let mut params = params();
            params.push(Param { offset: 48, size: 8, pointer: true });
            let image = image(params[..5 + found].to_vec());
            match check(&image, |expected| expected.writer = by) {
                Ok(hidden) => assert_eq!((found, hidden as usize), (added, added), "{by}"),
                Err(error) => {
                    let text = error.to_string();
                    assert!(found != added && text.contains(&format!("it has {found} more, and {by} adds")), "{text}");
                }
            }
        }
    }
}

#[test]
fn a_signature_that_lacks_its_last_argument_is_refused() {
    // The pointer `out` would be taken for a hidden one, and get null.
    let arguments = &arguments()[..4];
    let error = |hidden: usize| hidden_error(&params()[..5 + hidden], arguments, hidden);
    for hidden in 0..=2 {
        assert!(error(hidden).contains(&format!("behind them it has {} more", hidden + 1)), "{}", error(hidden));
    }
    // A number is no pointer, whatever its size.
    let mut number = params();
    number[5].pointer = false;
    let error = hidden_error(&number, &super::tests::arguments(), 2);
    assert!(
        error.contains("what follows them isn't a hidden pointer") && error.contains("! 5  hidden pointer"),
        "{error}"
    );
}

fn hidden_error(params: &[Param], arguments: &[Argument], hidden: usize) -> String {
    super::hidden(params, arguments, writer(["3.2.0", "3.3.1", "3.6.0"][hidden])).unwrap_err().to_string()
}

#[test]
fn descriptors_expand_to_a_map_shapes_and_strides() {
    let arguments = [argument("a", "tensordesc<fp16[128, 64]>"), argument("n", "i32")];
    let params = [(0, 128), (128, 4), (132, 4), (136, 8), (144, 8), (152, 4), (160, 8)].map(|(offset, size)| Param {
        offset,
        size,
        pointer: size == 8 && offset == 160,
    });
    assert_eq!(hidden(&params, &arguments, writer("3.4.0")), Ok(1));
    assert!(hidden(&params[..4], &arguments, writer("3.4.0")).is_err());
}

#[test]
fn a_parameter_too_few_or_too_many_is_refused_with_both_sides() {
    let error = check(&image(params()[..4].to_vec()), |_| {}).unwrap_err().to_string();
    assert!(error.contains("it has fewer"), "{error}");
    assert!(error.contains("! 4  out: *fp16 (8 bytes at 24)"), "{error}");
    assert!(error.contains("nothing"), "{error}");
    let mut many = params();
    many.push(Param { offset: 48, size: 8, pointer: true });
    let error = check(&image(many), |_| {}).unwrap_err().to_string();
    assert!(error.contains("it has 3 more, and Triton 3.5 adds 2 hidden pointers there"), "{error}");
}

#[test]
fn a_parameter_of_another_size_or_kind_is_refused() {
    for change in [
        |params: &mut Vec<Param>| params[2].size = 8,
        |params: &mut Vec<Param>| params[0].pointer = false,
        |params: &mut Vec<Param>| params[3].offset = 21,
        |params: &mut Vec<Param>| params[6].size = 4,
    ] {
        let mut params = params();
        change(&mut params);
        assert!(matches!(check(&image(params), |_| {}), Err(ContractError::Params { .. })));
    }
}

#[test]
fn parameters_that_are_not_marked_at_all_are_compared_by_size() {
    let bare = || params().into_iter().map(|param| Param { pointer: false, ..param }).collect::<Vec<_>>();
    assert_eq!(check(&image(bare()), |_| {}), Ok(2));
    let mut wrong = bare();
    wrong[2].size = 8;
    assert!(check(&image(wrong), |_| {}).is_err());
}

#[test]
fn the_rest_of_the_launch_is_held_against_the_image_too() {
    let good = image(params());
    let text = |result: Result<u32, ContractError>| result.unwrap_err().to_string();
    assert_eq!(
        text(check(&good, |e| e.num_warps = 8)),
        "its block must be 128 threads, but the metadata says 8 warps, which is 256 threads; the JSON is of another build of this kernel: take both from one build"
    );
    assert!(text(check(&good, |e| e.entry = "mul")).contains("no kernel `mul`, only `add`"));
    assert_eq!(
        text(check(&good, |e| e.arch = Arch::new(80, Suffix::None))),
        "it is for sm_90a, but sm_80 was asked for; take the file for sm_80"
    );
    assert!(text(check(&good, |e| e.shared = 233_000)).contains("can have 232448"));
    let mut clustered = image(params());
    clustered.entries[0].cluster = Some([2, 1, 1]);
    assert!(text(check(&clustered, |_| {})).contains("clusters of [2, 1, 1] CTAs, but the metadata says 1; the JSON"));
    assert_eq!(check(&clustered, |e| e.num_ctas = 2), Ok(2));
    // Up to Triton 3.5 nothing but the metadata has it.
    assert_eq!(check(&good, |e| e.num_ctas = 2), Ok(2));
    let newer = |e: &mut Expected<'_>| {
        e.writer = writer("3.6.0");
        e.num_ctas = 2;
    };
    assert!(text(check(&good, newer)).contains("compiled for no clusters, and Triton 3.6 states them"));
    let mut llir = image(params());
    llir.entries[0].states_clusters = false;
    assert_eq!(check(&llir, newer), Ok(2));
    let mut dynamic = image(params());
    dynamic.entries[0].dynamic_shared = Some(true);
    assert!(text(check(&dynamic, |_| {})).contains("uses dynamic shared memory"));
    assert_eq!(check(&dynamic, |e| e.shared = 1024), Ok(2));
    let bare = image(params()[..5].to_vec());
    let old = |scratch| {
        move |e: &mut Expected<'_>| {
            e.writer = writer("3.2.0");
            e.scratch = scratch;
        }
    };
    assert_eq!(check(&bare, old(0)), Ok(0));
    assert!(text(check(&bare, old(384))).contains("384 bytes of global scratch"));
    assert!(text(check(&bare, old(384))).ends_with("take both from one build"));
    let mut unknown = image(params());
    unknown.entries[0].required_block = None;
    assert!(text(check(&unknown, |_| {})).contains("no `.reqntid`"));
    unknown.entries[0].max_block = Some([128, 1, 1]);
    assert_eq!(check(&unknown, |_| {}), Ok(2));
    let mut two = image(params());
    two.entries.push(two.entries[0].clone());
    assert!(text(check(&two, |_| {})).contains("several kernels"));
    two.entries.clear();
    assert!(text(check(&two, |_| {})).contains("only none"));
}

#[test]
fn numbers_that_multiply_to_more_than_there_is_are_refused() {
    let error = check(&image(params()), |expected| expected.num_warps = u32::MAX).unwrap_err().to_string();
    assert!(error.contains("4294967295 warps, which is 137438953440 threads"), "{error}");
    let mut clustered = image(params());
    // More than 64 bits hold.
    clustered.entries[0].cluster = Some([1 << 31, 1 << 31, 1 << 31]);
    assert!(matches!(check(&clustered, |_| ()), Err(ContractError::Cluster { .. })));
    for num_ctas in [0, 17, u32::MAX] {
        let error = check(&image(params()), |expected| expected.num_ctas = num_ctas).unwrap_err().to_string();
        assert!(error.contains(&format!("{num_ctas} CTAs to a cluster")), "{error}");
    }
}

#[test]
fn parameters_are_those_of_the_ptx_without_the_hidden_pointers() {
    let mut pairs = 0;
    for path in paths("ptx") {
        let stem = path.strip_suffix(".ptx").unwrap();
        let ttir = format!("{}.ttir", stem.split(".sm_").next().unwrap());
        let Some(ir) = paths("ttir").into_iter().find(|path| *path == ttir) else { continue };
        let found = crate::ptx::read(&text(&path)).unwrap().entries[0].params.clone();
        let expected = super::params(&Summary::read(&text(&ir)).unwrap().arguments().unwrap());
        let hidden = found.len() - expected.len();
        assert_eq!(found[..expected.len()], expected[..], "{path}");
        assert_eq!(
            hidden,
            [("3.2", 0), ("3.3", 1), ("3.4", 1)].into_iter().find(|(v, _)| path.starts_with(v)).map_or(2, |(_, n)| n)
        );
        pairs += 1;
    }
    assert!(pairs >= 20, "{pairs} pairs");
}

fn argument_type() -> impl Strategy<Value = ArgType> {
    let scalar = proptest::sample::select(Scalar::ALL.to_vec());
    prop_oneof![
        scalar.clone().prop_map(ArgType::Scalar),
        scalar.clone().prop_map(ArgType::Pointer),
        (scalar, proptest::collection::vec(1..1024_u32, 1..=5))
            .prop_map(|(element, block)| ArgType::TensorDesc { element, block }),
        Just(ArgType::TmaDesc),
    ]
}

proptest! {
    #[test]
    fn parameters_never_overlap(types in proptest::collection::vec(argument_type(), 0..12)) {
        let arguments: Vec<_> = types.iter().map(|ty| argument("x", &ty.to_string())).collect();
        let params = super::params(&arguments);
        prop_assert!(params.windows(2).all(|pair| pair[0].offset + pair[0].size <= pair[1].offset));
    }
}

#[test]
fn memory_for_profiling_needs_the_second_hidden_pointer() {
    let profile = |expected: &mut Expected<'_>| expected.profile = 64;
    assert_eq!(check(&image(params()), profile), Ok(2));
    let mut one = params();
    one.pop();
    let of_3_3 = |expected: &mut Expected<'_>| {
        profile(expected);
        expected.writer = writer("3.3.1");
    };
    assert_eq!(check(&image(one), of_3_3), Err(ContractError::NoProfileParam { profile: 64 }));
}

#[test]
fn a_block_fits_into_a_multiprocessor() {
    let with = |warps: u32, registers: u32| {
        let mut image = image(params());
        image.entries[0].required_block = Some([warps * 32, 1, 1]);
        image.entries[0].registers = Some(registers);
        check(&image, |expected| expected.num_warps = warps)
    };
    assert_eq!((with(32, 64), with(8, 255), with(12, 168)), (Ok(2), Ok(2), Ok(2)));
    assert_eq!(with(64, 16), Err(ContractError::Warps { num_warps: 64 }));
    assert_eq!(with(32, 65), Err(ContractError::Registers { registers: 65, num_warps: 32, needed: 73_728 }));
}
