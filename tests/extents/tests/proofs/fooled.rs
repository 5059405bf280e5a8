//! Kernels made to fool the analysis, in `fool/`: none is called safe wrongly. Each has a line with what makes it hard.

use std::path::Path;

use extents::{Case, Judge, Kernel, Seen, Tally, see};
use triton_runner_extent::{Cause, Extent, Kind, Refusal};

/// What is to come of a kernel.
enum Expected {
    /// A check that no launch gets past with an access outside.
    Checked,
    /// The same, and the first and the last byte that it asks for are touched by each launch that it lets through.
    Exact,
    /// No check.
    Unsafe(Cause),
}

use Expected::{Checked, Exact, Unsafe};

/// Launches of each kernel.
const CASES: u64 = 100;

fn text(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fool").join(format!("{name}.ttir"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn judge(name: &str, expected: &Expected) {
    let text = text(name);
    let cause = match expected {
        Unsafe(cause) => Some(cause),
        Checked | Exact => None,
    };
    match Extent::of(&text) {
        Ok(Extent::Unknown(all)) => {
            let found: Vec<_> = all.iter().map(|one| &one.reason.cause).collect();
            assert!(cause.is_some_and(|cause| found.contains(&cause)), "{found:?}");
        }
        Ok(Extent::Proven(check)) => assert!(cause.is_none(), "it is called safe: {check}"),
        Err(error) => panic!("{error}"),
    }
    let Some(kernel) = Kernel::new(name, &text) else { return assert!(cause.is_some(), "nobody runs it") };
    let mut tally = Tally::default();
    let mut judge = Judge::new(1);
    (0..CASES).for_each(|_| judge.judge(&kernel, &mut tally, true));
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(tally.passed + tally.confirmed > 0, "no launch says anything");
    if matches!(expected, Exact) {
        assert!(tally.inexact.is_empty(), "{}", tally.inexact.join("\n"));
    }
}

/// A test for each kernel.
macro_rules! kernels {
    ($($name:ident: $expected:expr,)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(#[test] fn $name() { judge(stringify!($name), &$expected); })*
    };
}

kernels! {
    all_bits: Exact,
    assembly: Unsafe(Cause::InlineAsm),
    assembly_as_index: Unsafe(Cause::InlineAsm),
    assume_of_loaded: Unsafe(Cause::Promise),
    assume_of_programs: Exact,
    assume_of_two: Exact,
    assume_positive: Exact,
    atomic_without_mask: Exact,
    bits_of_negative: Checked,
    branches_of_two: Exact,
    causal: Exact,
    circle_of_blocks: Unsafe(Cause::Control),
    descriptor_behind_rows: Checked,
    descriptor_in_a_branch: Checked,
    descriptor_last_stride: Checked,
    descriptor_of_any_start: Unsafe(Cause::DescriptorRules),
    descriptor_of_any_stride: Checked,
    descriptor_of_loaded_stride: Unsafe(Cause::Float),
    descriptor_of_no_size: Exact,
    descriptor_short_rows: Checked,
    digits: Exact,
    divided_ahead: Unsafe(Cause::Division),
    divided_by_compared: Unsafe(Cause::Division),
    divided_by_loaded: Checked,
    division_by_chosen: Checked,
    division_by_chosen_lanes: Checked,
    divisor_beside_truth: Checked,
    divisor_may_be_zero: Exact,
    early_return: Exact,
    early_return_inverted: Exact,
    either_branch: Exact,
    element_of_other_size: Exact,
    fetched_twenty_ahead: Checked,
    flattened: Checked,
    grouped: Checked,
    if_constraint_ends: Exact,
    index_above_zero: Unsafe(Cause::IndexFromMemory),
    index_below_another: Checked,
    index_below_the_last: Unsafe(Cause::IndexFromMemory),
    index_between: Checked,
    index_clamped: Checked,
    index_clamped_but_written: Unsafe(Cause::IndexFromWritten),
    index_from_memory: Unsafe(Cause::IndexFromMemory),
    index_larger: Unsafe(Cause::IndexFromMemory),
    index_masked_by_sum: Unsafe(Cause::IndexFromMemory),
    index_not_outside_both: Unsafe(Cause::IndexFromMemory),
    index_of_atomic: Unsafe(Cause::IndexFromWritten),
    index_of_bytes: Checked,
    index_on_either_side: Unsafe(Cause::IndexFromMemory),
    index_smaller: Unsafe(Cause::IndexFromMemory),
    index_smaller_sum: Checked,
    index_sum_widened: Checked,
    index_through_float: Unsafe(Cause::Float),
    index_widened: Checked,
    index_widened_by_zeros: Unsafe(Cause::IndexFromMemory),
    lanes_of_two_axes: Exact,
    loop_bound_from_memory: Unsafe(Cause::LoopBound),
    loop_bound_half_masked: Unsafe(Cause::LoopBound),
    loop_bound_masked: Checked,
    loop_carries_counter: Checked,
    loop_carries_mask: Exact,
    loop_counter_wraps: Exact,
    loop_grows: Unsafe(Cause::Carried),
    loop_keeps_its_first: Checked,
    loop_last_bump: Exact,
    loop_nested: Checked,
    loop_off_by_one: Exact,
    loop_step: Exact,
    loop_step_of_scalar: Exact,
    loop_sum_of_counters: Unsafe(Cause::Carried),
    loop_swaps_pointers: Unsafe(Cause::Carried),
    loop_zero_step_pointer: Exact,
    low_bits: Exact,
    low_bits_that_are_none: Exact,
    mask_at_most: Exact,
    mask_before_bump: Exact,
    mask_equal: Exact,
    mask_from_above: Exact,
    mask_not: Exact,
    mask_not_equal: Exact,
    mask_on_another: Exact,
    mask_on_more: Exact,
    mask_on_wrapped: Exact,
    mask_or: Exact,
    mask_transposed: Exact,
    mask_unsigned: Checked,
    max_of_two: Exact,
    merged_blocks: Checked,
    min_of_known: Exact,
    min_of_two: Exact,
    min_unsigned: Exact,
    negative_offset: Exact,
    negative_stride: Exact,
    pointer_from_table: Unsafe(Cause::PointerFromNumber),
    pointer_of_number: Unsafe(Cause::PointerFromNumber),
    product_of_programs: Exact,
    promise_of_equal_lanes: Unsafe(Cause::Promise),
    promise_of_loaded: Unsafe(Cause::Promise),
    promise_of_remainder: Exact,
    promise_of_scalar: Exact,
    quotient_of_negative: Exact,
    quotient_then_remainder: Exact,
    reduced_index: Unsafe(Cause::Lanes),
    remainder_of_aligned_negative: Checked,
    remainder_of_negative: Checked,
    remainder_then_quotient: Exact,
    reordered: Checked,
    reshaped: Checked,
    select_sides: Checked,
    select_wrong_side: Exact,
    shifted: Exact,
    shifted_by_scalar: Exact,
    shifted_down: Exact,
    shifted_past_the_mask: Unsafe(Cause::Never),
    truncated: Exact,
    truth_argument: Exact,
    truth_values: Exact,
    two_accesses: Exact,
    two_accesses_back: Exact,
    views_by_parity: Checked,
    while_asks_behind: Exact,
    while_asks_behind_in_loop: Checked,
    while_pointers: Unsafe(Cause::Carried),
    wider_by_scalar: Exact,
    wider_lanes: Unsafe(Cause::Alignment),
    wider_without_promise: Unsafe(Cause::Alignment),
    wrap_before_extension: Exact,
    wrap_of_grid: Exact,
    wrong_stride: Exact,
    zero_extended: Exact,
    zero_sizes: Exact,
}

#[test]
fn every_kernel_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fool");
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        files.map(|file| file.path().file_stem().unwrap_or_default().to_string_lossy().into()).collect();
    names.sort();
    assert_eq!(names, NAMES);
}

#[test]
fn a_grid_of_as_many_programs_as_there_can_be_is_refused_where_it_wraps() {
    let kernel = Kernel::new("wrap_of_grid", &text("wrap_of_grid")).expect("it is proven");
    let evaluate = |programs: u32| kernel.check.evaluate(&[None, Some(100)], [programs, 1, 1]);
    assert!(evaluate(1 << 27).is_ok());
    for programs in [(1 << 27) + 1, i32::MAX as u32, 1 << 31] {
        assert!(evaluate(programs).is_err(), "{programs}");
    }
}

#[test]
fn an_empty_grid_touches_nothing() {
    let kernel = Kernel::new("zero_sizes", &text("zero_sizes")).expect("it is proven");
    let bytes = kernel.check.evaluate(&[None, Some(100)], [0, 1, 1]).expect("nothing is wrong");
    assert!(bytes.iter().all(|bytes| bytes.ends.is_none()), "{bytes:?}");
    let bytes = kernel.check.evaluate(&[None, Some(0)], [1, 1, 1]).expect("nothing is wrong");
    assert_eq!(bytes.first().and_then(|bytes| bytes.ends), Some((0, 3)));
}

#[test]
fn a_loop_whose_counter_would_wrap_is_refused() {
    let kernel = Kernel::new("loop_counter_wraps", &text("loop_counter_wraps")).expect("it is proven");
    let evaluate = |n: i64| kernel.check.evaluate(&[None, Some(n)], [1, 1, 1]);
    // With a step of 2²⁴ the counter gets to 2³¹ for all n above 127 · 2²⁴.
    assert!(evaluate(127 << 24).is_ok());
    for n in [(127 << 24) + 1, i64::from(i32::MAX)] {
        assert!(matches!(evaluate(n), Err(Refusal::Condition { kind: Kind::Loop, .. })), "{n}");
    }
}

/// Launches that are refused, with what is wrong of them; sizes don't matter.
#[test]
fn launches_at_the_edge_are_refused_for_what_is_wrong_with_them() {
    let most = i64::from(i32::MAX);
    let cases: &[(&str, &[i64], u32, Kind)] = &[
        ("wrap_before_extension", &[100, 1 << 29], 1, Kind::Wrap),
        ("truncated", &[1 << 20, 1 << 12], 1, Kind::Wrap),
        ("shifted", &[1 << 16, 0], 1 << 12, Kind::Wrap),
        ("mask_on_wrapped", &[10, most], 1, Kind::Wrap),
        ("index_smaller_sum", &[0, 1 << 29], 1, Kind::Wrap),
        ("index_sum_widened", &[0, 2], 1, Kind::Wrap),
        ("loop_off_by_one", &[most], 1, Kind::Wrap),
        ("loop_last_bump", &[most], 1, Kind::Loop),
        ("loop_last_bump", &[-most - 1], 1, Kind::Loop),
        ("loop_step_of_scalar", &[10, 0], 1, Kind::Step),
        ("loop_step_of_scalar", &[10, -1], 1, Kind::Step),
        ("loop_step_of_scalar", &[most, 2], 1, Kind::Loop),
        ("grouped", &[2, 3], 13, Kind::Divisor),
        ("grouped", &[2, 0], 1, Kind::Divisor),
        ("divisor_may_be_zero", &[5, 5], 1, Kind::Divisor),
        ("divisor_beside_truth", &[0, 0], 1, Kind::Divisor),
        ("remainder_of_negative", &[0, 1], 1, Kind::Divisor),
        ("division_by_chosen", &[0, 7], 1, Kind::Divisor),
        ("division_by_chosen_lanes", &[1, -5], 1, Kind::Divisor),
        ("remainder_of_aligned_negative", &[-1], 1, Kind::Lanes),
        ("shifted_by_scalar", &[1, 32], 1, Kind::Shift),
        ("shifted_by_scalar", &[1, -1], 1, Kind::Shift),
        ("wider_by_scalar", &[2], 1, Kind::Misaligned),
        ("fetched_twenty_ahead", &[most - 1000, most - 900], 1, Kind::Loop),
        ("zero_extended", &[100, 1], 1, Kind::Negative),
        ("shifted_down", &[100, 1], 1, Kind::Negative),
        ("bits_of_negative", &[100, -1], 1, Kind::Negative),
        ("min_unsigned", &[100, 1], 1, Kind::Negative),
        ("promise_of_remainder", &[17], 2, Kind::Promise),
        ("promise_of_scalar", &[8, 7], 1, Kind::Promise),
        ("assume_positive", &[0], 1, Kind::Assume),
        ("assume_positive", &[-1], 1, Kind::Assume),
        ("assume_of_two", &[5, 5], 1, Kind::Assume),
        ("assume_of_programs", &[3], 4, Kind::Assume),
        ("descriptor_of_no_size", &[0, 16], 1, Kind::Descriptor),
        ("descriptor_of_any_stride", &[16, 16, -16], 1, Kind::Descriptor),
        ("descriptor_of_any_stride", &[16, 16, 18], 1, Kind::Descriptor),
        ("descriptor_of_any_stride", &[16, 16, 1 << 38], 1, Kind::Descriptor),
        ("descriptor_last_stride", &[16, 2, 16], 1, Kind::Descriptor),
        ("descriptor_behind_rows", &[16, 2, 16], 2, Kind::Descriptor),
        ("descriptor_short_rows", &[1], 1, Kind::Descriptor),
        ("descriptor_short_rows", &[31], 1, Kind::Descriptor),
    ];
    for (name, given, programs, expected) in cases {
        let kernel = Kernel::new(name, &text(name)).expect("it is proven");
        let scalars: Vec<Option<i64>> = std::iter::once(None).chain(given.iter().copied().map(Some)).collect();
        let evaluated = kernel.check.evaluate(&scalars, [*programs, 1, 1]);
        let is_refused = matches!(&evaluated, Err(Refusal::Condition { kind, .. }) if kind == expected);
        assert!(is_refused, "{name} {given:?}: {evaluated:?}");
    }
}

#[test]
fn a_descriptor_that_hardware_takes_is_let_through() {
    for (name, given, programs) in [
        ("descriptor_of_any_stride", [16, 16, 16], 1),
        ("descriptor_of_any_stride", [16, 16, (1 << 38) - 4], 1),
        ("descriptor_last_stride", [16, 1, 16], 1),
        ("descriptor_behind_rows", [16, 4, 16], 2),
        // The only program starts at the first row, however far the next one would be.
        ("descriptor_behind_rows", [16, 2, 16], 1),
        ("descriptor_in_a_branch", [0, 16, 18], 1),
    ] {
        let kernel = Kernel::new(name, &text(name)).expect("it is proven");
        let scalars: Vec<Option<i64>> = std::iter::once(None).chain(given.map(Some)).collect();
        let evaluated = kernel.check.evaluate(&scalars, [programs, 1, 1]);
        assert!(evaluated.is_ok(), "{name} {given:?}: {evaluated:?}");
    }
}

#[test]
fn a_loop_whose_end_is_loaded_is_named_by_its_own_line() {
    let Ok(Extent::Unknown(all)) = Extent::of(&text("loop_bound_from_memory")) else { panic!("it is called safe") };
    let line = text("loop_bound_from_memory").lines().position(|line| line.contains("scf.for")).expect("it has a loop");
    let of_loop: Vec<u32> =
        all.iter().filter(|one| one.reason.cause == Cause::LoopBound).map(|one| one.reason.place.line).collect();
    assert_eq!(of_loop, [line as u32 + 1]);
}

/// Kernel, scalars, programs, first and last byte that are touched.
type Ends = (&'static str, &'static [i64], u32, Option<(i128, i128)>);

#[test]
fn the_first_and_the_last_byte_are_those_that_are_touched() {
    let cases: &[Ends] = &[
        // Rows of 16 from their start, of which the last is short.
        ("digits", &[20, 16, 1], 2, Some((0, 63))),
        ("branches_of_two", &[1, 0], 1, Some((0, 63))),
        ("branches_of_two", &[0, 1], 1, Some((128, 191))),
        ("branches_of_two", &[1, 1], 1, Some((0, 191))),
        ("branches_of_two", &[0, 0], 1, None),
        ("either_branch", &[1, 0], 1, Some((128, 191))),
        ("either_branch", &[0, 1], 1, Some((128, 191))),
        ("min_of_known", &[12], 1, Some((0, 31))),
        ("two_accesses", &[10, 1, 3], 1, Some((44, 115))),
        ("two_accesses", &[10, 3, 1], 1, Some((44, 115))),
        ("two_accesses_back", &[64, 60], 1, Some((0, 79))),
        ("two_accesses_back", &[60, 64], 1, Some((0, 79))),
        ("divisor_may_be_zero", &[9, 2], 1, Some((0, 27))),
    ];
    for (name, given, programs, expected) in cases {
        let kernel = Kernel::new(name, &text(name)).expect("it is proven");
        let scalars: Vec<Option<i64>> = std::iter::once(None).chain(given.iter().copied().map(Some)).collect();
        let bytes = kernel.check.evaluate(&scalars, [*programs, 1, 1]).unwrap_or_else(|e| panic!("{name}: {e:?}"));
        assert_eq!(bytes.first().and_then(|bytes| bytes.ends), *expected, "{name} {given:?}");
    }
}

/// The last group of programs has fewer rows, so its columns go further.
#[test]
fn a_quotient_is_largest_by_the_smallest_divisor() {
    let kernel = Kernel::new("grouped", &text("grouped")).expect("it is proven");
    // 3 rows of 2 columns in groups of 2 rows; program 6 is at a third column of the last row, and 7 at a fourth.
    let high = |programs: u32| {
        let bytes = kernel.check.evaluate(&[None, Some(3), Some(2)], [programs, 1, 1]).expect("nothing is wrong");
        bytes.first().and_then(|bytes| bytes.ends).map_or(0, |(_, high)| high + 1)
    };
    let seen = |programs: u32| {
        let case = Case { scalars: vec![None, Some(3), Some(2)], grid: [programs, 1, 1], seed: 1 };
        let len = usize::try_from(high(programs)).expect("it is no large number");
        see(&kernel.program, &case, &[Some(len), None, None], &[])
    };
    for programs in 1..=8 {
        assert_eq!(seen(programs), Seen::Inside, "{programs}");
    }
}
